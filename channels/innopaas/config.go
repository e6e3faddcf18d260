// Package innopaas is the channel of InnoPaaS WhatsApp Business: webhooks in, its
// HTTP API out. Wire facts are those of https://docs.innopaas.com/api-reference and,
// for the contents of messages, of the format that the vendor published as
// https://github.com/chuanglan-international/whatsapp; README.md says which were
// confirmed, which are inferred, and what nobody publishes.
package innopaas

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits. Titles and the id of a row are published; the number of buttons, the
// longest text of interactive messages, hint and list button are WhatsApp's own:
// https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages.
// A plain text may have 3,000 characters, but one limit holds for all, since
// options hang on the last part of a text. An option's id may be that of a row or
// of a button, so it has the limit of a row.
const (
	maxText        = 1024
	maxButtons     = 3
	maxButtonTitle = 20
	maxRows        = 10
	maxRowTitle    = 24
	maxRowHint     = 72
	maxRowID       = 200
	maxListButton  = 20
)

// window is how long after the person's last message WhatsApp takes free text.
const window = 24 * time.Hour

// WhatsApp's own rates; InnoPaaS publishes none:
// https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput. How
// many messages may go to a person at once is chosen: more than a turn has.
const (
	perSecond      = 80 // of a number, in and out
	recipientEvery = 6 * time.Second
	recipientBurst = 10
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "innopaas",
		Summary:      "WhatsApp Business through InnoPaaS.",
		Settings:     append(sendSettings(), inboundSettings()...),
		Capabilities: capabilities,
		Sources:      sources(),
		// How long InnoPaaS tries again is not published.
		DedupeWindow: 72 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(*channels.Config) string {
	return "In the console under Developer Tools, API Keys, press the button for callback event configuration, then Add, WhatsApp:\n" +
		"callback address {webhook}, all events; request method POST;\nAuthorization {webhook_token}."
}

func sendSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "app_key", Kind: channels.SettingSecret, Required: true,
			Doc:     "The AppKey of the application, from the list of API Keys in the console.",
			Example: "${ env.INNOPAAS_APP_KEY }",
		},
		{
			Name: "token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The access token of the application (Authorization). Making a new one in the console ends the old.",
			Example: "${ env.INNOPAAS_TOKEN }",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://api.innopaas.com",
			Doc:     "The address of the API.",
			Example: "https://api.innopaas.com",
		},
		{
			Name: "template_language", Kind: channels.SettingText,
			Doc:     "The language of templates that name none, which InnoPaaS requires. Without it such a template is not sent.",
			Example: "en_US",
		},
		{
			Name: "list_button", Kind: channels.SettingText, Default: "Options",
			Doc:     "The label, of at most 20 characters, of the button that opens a list.",
			Example: "Choose",
		},
	}
}

func inboundSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "webhook_token", Kind: channels.SettingSecret, Own: true,
			Doc: "A secret of your own, the same as Authorization in the console's webhook settings, or at the end of the webhook's address as ?token=. " +
				"InnoPaaS signs nothing. Needed unless verify is off.",
			Example: "${ env.INNOPAAS_WEBHOOK_TOKEN }",
		},
		{
			Name: "webhook_user", Kind: channels.SettingText,
			Doc:     "The UserName in the console's webhook settings. When it is set, webhooks with another are refused too.",
			Example: "parley",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the webhook_token are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "media_hosts", Kind: channels.SettingList,
			Doc: "Where the links of incoming media open only with the app_key and the token, as `https://host`: these the bot opens itself. " +
				"Whether InnoPaaS has such is not published; other links are taken as they are.",
			Example: `["https://api.innopaas.com"]`,
		},
	}
}

func capabilities(*channels.Config) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	caps := channels.Capabilities{
		Text: text(maxText), Caption: text(maxText),
		Media: []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		// WhatsApp shows none under a sound.
		Captions: []channels.MediaKind{channels.Image, channels.Video, channels.File},
		OptionID: maxRowID, Location: true, Contact: true, Template: true,
		Window: window, StatusByID: true,
		Pace: channels.Pace{PerSecond: perSecond, Recipient: recipientEvery, RecipientBurst: recipientBurst},
	}
	caps.Buttons.Max, caps.Buttons.Label = maxButtons, text(maxButtonTitle)
	caps.List.Max, caps.List.Label, caps.List.Hint = maxRows, text(maxRowTitle), text(maxRowHint)
	return caps
}

// A Channel is an application of InnoPaaS, with the WhatsApp Business Accounts and
// numbers that post to its webhook: each event names its own, as
// "<WABA id>:<number>". Beside the two methods of every channel it can open media.
type Channel struct {
	name, appKey, token, apiURL  string
	webhookToken, webhookUser    string
	templateLanguage, listButton string
	verify                       bool
	mediaHosts                   map[string]bool
	http                         *http.Client
	log                          *slog.Logger
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel     = (*Channel)(nil)
	_ channels.MediaOpener = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, appKey: c.Text("app_key"), token: c.Text("token"),
		apiURL:       strings.TrimSuffix(c.Text("api_url"), "/"),
		webhookToken: c.Text("webhook_token"), webhookUser: c.Text("webhook_user"), verify: c.Text("verify") != "off",
		templateLanguage: c.Text("template_language"), listButton: c.Text("list_button"),
		http: c.HTTP, log: c.Log,
	}
	for _, name := range []string{"app_key", "token", "webhook_token", "webhook_user"} {
		if !headerValue(c.Text(name)) {
			return nil, fmt.Errorf("setting %q has white space at an end, or characters that a header cannot carry", name)
		}
	}
	if ch.verify && ch.webhookToken == "" {
		return nil, errors.New(`setting "webhook_token" is missing: choose one, or write verify: off to take webhooks from anybody`)
	}
	if u, err := url.Parse(ch.apiURL); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`setting "api_url" is an address without a query`)
	}
	if ch.listButton == "" || channels.Measure(ch.listButton, channels.UTF16) > maxListButton {
		return nil, fmt.Errorf(`setting "list_button" is a text of at most %d characters`, maxListButton)
	}
	var err error
	ch.mediaHosts, err = mediaHosts(c.Lists["media_hosts"])
	return ch, err
}

// headerValue reports whether a header brings a value as it is: visible ASCII with
// blanks inside.
func headerValue(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
