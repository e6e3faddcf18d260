// Package zalo is the channel of Zalo Official Accounts (OA): webhooks in, the OA API
// v3 and ZBS template messages (formerly ZNS) out. Wire facts are those of
// https://docs.zaloplatforms.com/docs/OA and /docs/ZBS, the server-rendered copy of
// https://developers.zalo.me/docs (below OA/… and ZBS/…), and of Zalo's own libraries;
// README.md says which were confirmed, which are inferred, and what nobody publishes.
package zalo

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of messages: OA/tin-nhan/tin-tu-van. Zalo counts characters and does not say of
// which kind: UTF-16 units are never fewer.
const (
	maxText = 2000
	// maxWithOptions leaves room for what a conversation without buttons gets as lines.
	maxWithOptions = 1400
	maxButtons     = 5
	maxLabel       = 100
	maxPayload     = 1000
	// maxOption is the longest id of an option: in a payload each of its bytes may
	// take three.
	maxOption    = 300
	maxImageSize = 1 << 20
	maxFileSize  = 5 << 20
)

// perSecond is the rate limit of an app, 4,000 requests a minute:
// OA/phu-luc/gioi-han-toc-do-api.
const perSecond = 66

// The windows of consultation messages: taken within 7 days of the person's last
// interaction, free of charge within 48 hours: OA/tin-nhan/tong-quan.
const (
	window     = 7 * 24 * time.Hour
	freeWindow = 48 * time.Hour
)

const (
	defaultAPI      = "https://openapi.zalo.me"
	defaultTemplate = "https://business.openapi.zalo.me"
	defaultOAuth    = "https://oauth.zaloapp.com"
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "zalo",
		Summary:      "A Zalo Official Account, through webhooks and the OA API v3.",
		Settings:     append(credentials(), behaviour()...),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// Zalo tries again for two hours, and did for twelve in older documents.
		DedupeWindow: 36 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func capabilities(c *channels.Config) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	caps := channels.Capabilities{
		Text: text(maxText), WithOptions: text(maxWithOptions), Caption: text(maxWithOptions),
		Captions: []channels.MediaKind{channels.Image},
		Media:    []channels.MediaKind{channels.Image},
		OptionID: maxOption,
		Template: len(c.Lists["templates"]) > 0,
		Window:   window,
		Pace:     channels.Pace{PerSecond: perSecond},
	}
	if len(c.Lists["upload_from"]) > 0 {
		caps.Media = append(caps.Media, channels.File)
	}
	if c.Text("window") == "48h" {
		caps.Window = freeWindow
	}
	if c.Text("buttons") != "text" {
		caps.Links = true
		caps.Buttons.Max, caps.Buttons.Label = maxButtons, text(maxLabel)
	}
	return caps
}

// A Channel is a Zalo Official Account. Beside the two methods of every channel it can
// check its token. Zalo has no API for the webhook's address, none that shows typing, and
// media come with addresses of their own.
type Channel struct {
	name, appID, oaID, secret string
	apiURL, templateURL       string
	verify, show, native      bool
	takesOver, groups         bool
	giveBack                  string
	templates                 map[string]template
	uploadFrom                []*url.URL
	tokens                    *tokens
	http                      *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Checker = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, appID: c.Text("app_id"), oaID: c.Text("oa_id"), secret: c.Text("oa_secret_key"),
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"), verify: c.Text("verify") != "off",
		show: c.Text("buttons") == "show", native: c.Text("buttons") != "text",
		takesOver: c.Text("inbox") != "echo", groups: c.Bool("groups"), giveBack: strings.TrimSpace(c.Text("give_back")), http: c.HTTP,
	}
	ch.templateURL = or(c.Text("template_url"), ch.apiURL, defaultTemplate)
	if ch.verify && ch.secret == "" {
		return nil, errors.New(`setting "oa_secret_key" is missing: write it, or write verify: off to take webhooks from anybody`)
	}
	for name, id := range map[string]string{"app_id": ch.appID, "oa_id": ch.oaID} {
		if strings.Trim(id, "0123456789") != "" {
			return nil, fmt.Errorf("setting %q is a number, as Zalo shows it", name)
		}
	}
	if ch.appID == "" {
		return nil, errors.New(`setting "app_id" is missing`)
	}
	var err error
	if ch.tokens, err = newTokens(c, ch.appID, or(c.Text("oauth_url"), ch.apiURL, defaultOAuth)); err != nil {
		return nil, err
	}
	if ch.templates, err = readTemplates(c.Lists["templates"]); err != nil {
		return nil, err
	}
	for _, s := range c.Lists["upload_from"] {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf(`setting "upload_from" has %q, which is no address that files lie below`, s)
		}
		ch.uploadFrom = append(ch.uploadFrom, u)
	}
	return ch, nil
}

// or is the address of another API of Zalo's: its own setting, else the api_url where that
// is not Zalo's, else the default.
func or(setting, apiURL, otherwise string) string {
	switch {
	case setting != "":
		return strings.TrimSuffix(setting, "/")
	case apiURL != defaultAPI:
		return apiURL
	}
	return otherwise
}
