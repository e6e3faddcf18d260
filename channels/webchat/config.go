package webchat

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/parley-chat/parley/channels"
)

// The shortest secrets, in bytes. That of tokens is as long as their signature.
const (
	minSecret         = 16
	minIdentitySecret = 32
)

// settings are the table that decoding, errors and the reference are made from.
func settings() []channels.Setting {
	return slices.Concat(lookSettings(), []channels.Setting{
		{
			Name: "uploads", Kind: channels.SettingList,
			Doc: "Types of files that visitors may send, as MIME types; image/* stands for all images that browsers show. " +
				"Without it visitors send no files.",
			Example: "image/*",
		},
		{
			Name: "upload_size", Kind: channels.SettingInt, Default: "10",
			Doc:     "The largest file that visitors may send, in MB, from 1 to 100. The bot's store of media may have a lower limit.",
			Example: "20",
		},
		{
			Name: "origins", Kind: channels.SettingList,
			Doc: "Sites that may embed the widget and call the chat from their own pages: " +
				"scheme, host and port, each written as browsers send it. The chat's own site always may.",
			Example: "https://shop.example.com",
		},
		{
			Name: "secret", Kind: channels.SettingSecret, Own: true,
			Doc: "Signs the ids of visitors, so that only ids that this bot gave out are taken. At least 16 characters. " +
				"When it is set, changed or removed, visitors start a new conversation.",
			Example: "${ env.WEBCHAT_SECRET }",
		},
		{
			Name: "identity_secret", Kind: channels.SettingSecret,
			Doc: "Signs the tokens with which a site tells who its visitor is (JWT, HS256). At least 32 characters. " +
				"The site's server has the same secret, browsers never. Without it nobody is believed.",
			Example: "${ env.WEBCHAT_IDENTITY_SECRET }",
		},
	})
}

// lookSettings are those of how the chat looks and what it says.
func lookSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "title", Kind: channels.SettingText, Default: "Chat",
			Doc:     "Name at the head of the chat, at most 60 characters.",
			Example: "Acme support",
		},
		{
			Name: "color", Kind: channels.SettingText, Default: "#3d5af1",
			Doc: "Color of the visitor's messages and of the buttons, as #rrggbb. " +
				"Colors of texts are derived from it so that they stay readable.",
			Example: "#0b7a75",
		},
		{
			Name: "scheme", Kind: channels.SettingEnum, Default: "auto", Values: []string{"auto", "light", "dark"},
			Doc: "Whether the chat is light or dark; auto is as the visitor's device is.", Example: "light",
		},
		{
			Name: "radius", Kind: channels.SettingInt, Default: "20",
			Doc: "How round the corners are, in pixels from 0 to 28.", Example: "8",
		},
		{
			Name: "logo", Kind: channels.SettingURL,
			Doc:     "Address of a square picture that stands for the bot; without it the first letter of the title does.",
			Example: "https://shop.example.com/logo.png",
		},
		{
			Name: "position", Kind: channels.SettingEnum, Default: "auto", Values: []string{"auto", "left", "right"},
			Doc: "The corner of the widget's button; auto is left on pages that are written from right to left, else right.", Example: "left",
		},
		{
			Name: "language", Kind: channels.SettingText,
			Doc:     "Language of the chat's own words, as a BCP 47 tag. Without it, that of the site or the visitor's browser, else English.",
			Example: "pt-BR",
		},
		{
			Name: "texts", Kind: channels.SettingList,
			Doc: "Words of the chat in place of its own, each as name=text for all languages or language.name=text for one. " +
				"The names are in static/texts/en.json, such as welcome and placeholder.",
			Example: `"de.welcome=Fragen Sie uns alles."`,
		},
	}
}

func newChannel(c *channels.Config) (channels.Channel, error) {
	look, err := newAppearance(c)
	if err != nil {
		return nil, err
	}
	sites := c.Lists["origins"]
	for _, site := range sites {
		if err := checkOrigin(site); err != nil {
			return nil, fmt.Errorf("origins: %w", err)
		}
	}
	secret, err := secretOf(c, "secret", minSecret)
	if err != nil {
		return nil, err
	}
	identity, err := secretOf(c, "identity_secret", minIdentitySecret)
	if err != nil {
		return nil, err
	}
	uploads, err := newUploads(c)
	if err != nil {
		return nil, err
	}
	files, pages, err := newFiles(look, uploads)
	if err != nil {
		return nil, err
	}
	name := c.Name
	if name == "" {
		name = "web"
	}
	return &Channel{
		name:     name,
		files:    files,
		pages:    pages,
		sites:    slices.Clone(sites),
		secret:   secret,
		identity: identity,
		uploads:  uploads,
		log:      c.Log,
		now:      time.Now,
		pace:     pace{look: 5 * time.Second, heartbeat: 15 * time.Second, reset: time.Minute, write: 10 * time.Second},
		streams:  newStreams(streamCaps{total: 10_000, visitor: 8}),
	}, nil
}

func secretOf(c *channels.Config, name string, least int) ([]byte, error) {
	secret := c.Text(name)
	if secret != "" && len(secret) < least {
		return nil, fmt.Errorf("%s: needs at least %d characters", name, least)
	}
	return []byte(secret), nil
}

// intOf returns a whole number between bounds.
func intOf(c *channels.Config, name string, least, most int) (int, error) {
	n, err := strconv.Atoi(textOr(c, name))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s: not a whole number from %d to %d", name, least, most)
	}
	return n, nil
}

// enumOf returns a setting that has one of few values.
func enumOf(c *channels.Config, name string) (string, error) {
	v, all := textOr(c, name), settings()
	i := slices.IndexFunc(all, func(s channels.Setting) bool { return s.Name == name })
	if !slices.Contains(all[i].Values, v) {
		return "", fmt.Errorf("%s: %q is none of %s", name, v, strings.Join(all[i].Values, ", "))
	}
	return v, nil
}

// textOr returns a setting, or the default of the table: tools build channels
// from a Config that holds only what they care about.
func textOr(c *channels.Config, name string) string {
	if v := c.Text(name); v != "" {
		return v
	}
	all := settings()
	i := slices.IndexFunc(all, func(s channels.Setting) bool { return s.Name == name })
	return all[i].Default
}

// checkOrigin takes an origin as browsers write it in the Origin header. All
// other spellings would never match, so they are mistakes.
func checkOrigin(s string) error {
	if strings.Contains(s, "*") {
		return fmt.Errorf("%q: name each site, there are no wildcards", s)
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.ContainsAny(u.Host, " ;,'\"") {
		return fmt.Errorf("%q is not like https://shop.example.com", s)
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	if want := u.Scheme + "://" + host; s != want {
		return fmt.Errorf("%q: browsers write it as %q", s, want)
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return fmt.Errorf("%q: browsers write other letters in hosts as xn--…", s)
	}
	return nil
}
