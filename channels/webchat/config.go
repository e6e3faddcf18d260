package webchat

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
)

const (
	maxTitle  = 60 // runes
	minSecret = 16 // bytes
)

func settings() []channels.Setting {
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
	}
}

func newChannel(c *channels.Config) (channels.Channel, error) {
	look, err := newAppearance(textOr(c, "title"), textOr(c, "color"))
	if err != nil {
		return nil, err
	}
	sites := c.Lists["origins"]
	for _, site := range sites {
		if err := checkOrigin(site); err != nil {
			return nil, fmt.Errorf("origins: %w", err)
		}
	}
	secret := c.Text("secret")
	if secret != "" && len(secret) < minSecret {
		return nil, fmt.Errorf("secret: needs at least %d characters", minSecret)
	}
	files, err := newFiles(look)
	if err != nil {
		return nil, err
	}
	name := c.Name
	if name == "" {
		name = "web"
	}
	return &Channel{
		name:   name,
		files:  files,
		sites:  slices.Clone(sites),
		secret: []byte(secret),
		log:    c.Log,
		now:    time.Now,
		pace:   pace{look: 5 * time.Second, heartbeat: 15 * time.Second, write: 10 * time.Second},
		caps:   streamCaps{total: 10_000, visitor: 8},
	}, nil
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

// An appearance is what the settings say about looks.
type appearance struct {
	title   string
	initial string
	theme   theme
}

func newAppearance(title, color string) (appearance, error) {
	title = strings.TrimSpace(title)
	if utf8.RuneCountInString(title) > maxTitle {
		return appearance{}, fmt.Errorf("title: longer than %d characters", maxTitle)
	}
	if !utf8.ValidString(title) || title == "" {
		return appearance{}, errors.New("title: not a text")
	}
	rgb, err := parseColor(color)
	if err != nil {
		return appearance{}, fmt.Errorf("color: %w", err)
	}
	first, _ := utf8.DecodeRuneInString(title)
	return appearance{title: title, initial: strings.ToUpper(string(first)), theme: newTheme(rgb)}, nil
}
