// Package line is the channel of LINE Official Accounts: webhooks in, the Messaging API
// out. Wire facts are those of https://developers.line.biz/en/reference/messaging-api/
// (below …/#name) and of https://github.com/line/line-openapi; README.md says which were
// confirmed, which are inferred, and what nobody publishes.
package line

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of the Messaging API. Texts are counted in UTF-16 units, labels and the texts of
// templates in grapheme clusters:
// https://developers.line.biz/en/docs/messaging-api/text-character-count/.
const (
	maxText            = 5000
	maxQuickReplies    = 13
	maxTemplateActions = 4
	maxTemplateText    = 160 // of one without title and image
	maxLabel           = 20
	maxPostbackData    = 300
	maxAltText         = 400 // it was raised since; the smaller holds everywhere
	maxPlace           = 100 // of a location's title and of its address
)

// perSecond is the rate limit of push messages: …/#rate-limits.
const perSecond = 2000

const (
	defaultAPI     = "https://api.line.me"
	defaultContent = "https://api-data.line.me"
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "line",
		Summary:      "A LINE Official Account, through webhooks and the Messaging API.",
		Settings:     settings(),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// LINE does not publish for how long it delivers again.
		DedupeWindow: 4 * 24 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(*channels.Config) string {
	return "In the LINE Developers Console, Messaging API: switch Use webhook and Webhook redelivery on.\n" +
		"In the Official Account Manager, Response settings: switch auto-response messages off."
}

func settings() []channels.Setting {
	return append(credentials(), []channels.Setting{
		{
			Name: "buttons", Kind: channels.SettingEnum, Values: []string{"quick_reply", "template"}, Default: "quick_reply",
			Doc: "How options are shown: quick_reply, up to 13 buttons above the keyboard, on phones only and until the next message; " +
				"template, up to 4 buttons in the message, everywhere, below a text of at most 160 characters.",
			Example: "template",
		},
		{
			Name: "video_preview", Kind: channels.SettingURL,
			Doc:     "The address of a picture (JPEG or PNG, at most 1 MB, https) that is shown until a video plays: LINE requires one. Without it videos go out as links.",
			Example: "https://cdn.example.com/play.png",
		},
		{
			Name: "audio_seconds", Kind: channels.SettingInt,
			Doc:     "The length that LINE shows for sounds, 1 to 3600: it requires one and does not look itself. Without it sounds go out as links.",
			Example: "60",
		},
		{
			Name: "receipts", Kind: channels.SettingEnum, Values: []string{"read", "off"}, Default: "read",
			Doc: "Whether a message that the bot has taken is marked as read. LINE itself does so while the chat of the account is off; " +
				"off leaves it to the people who answer in the LINE Official Account Manager.",
			Example: "off",
		},
		{
			Name: "standby", Kind: channels.SettingEnum, Values: []string{"echo", "take_over"}, Default: "echo",
			Doc: "What an event does that LINE marks as standby, because another module has the conversation: echo, it starts nothing, " +
				"and the bot answers again when events are active; take_over, the bot also falls silent in that conversation until somebody gives it back.",
			Example: "take_over",
		},
	}...)
}

func credentials() []channels.Setting {
	return []channels.Setting{
		{
			Name: "access_token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The channel access token, in the LINE Developers Console under Messaging API.",
			Example: "${ env.LINE_ACCESS_TOKEN }",
		},
		{
			Name: "channel_secret", Kind: channels.SettingSecret,
			Doc:     "The channel secret, in the console under Basic settings: LINE signs webhooks with it. Needed unless verify is off.",
			Example: "${ env.LINE_CHANNEL_SECRET }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the right signature are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: defaultAPI,
			Doc:     "The address of the Messaging API.",
			Example: "http://127.0.0.1:8081",
		},
		{
			Name: "content_url", Kind: channels.SettingURL,
			Doc:     "The address that gives out what people sent: " + defaultContent + ", or the api_url when that is another than LINE's.",
			Example: "http://127.0.0.1:8082",
		},
	}
}

func capabilities(c *channels.Config) channels.Capabilities {
	graphemes := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.Graphemes} }
	caps := channels.Capabilities{
		Text:     channels.TextLimit{Max: maxText, Unit: channels.UTF16},
		Media:    []channels.MediaKind{channels.Image},
		OptionID: maxPostbackData,
		Location: true, Repeatable: true,
		Pace: channels.Pace{PerSecond: perSecond},
	}
	if c.Text("video_preview") != "" {
		caps.Media = append(caps.Media, channels.Video)
	}
	if c.Text("audio_seconds") != "" {
		caps.Media = append(caps.Media, channels.Audio)
	}
	caps.Buttons.Max, caps.Buttons.Label = maxQuickReplies, graphemes(maxLabel)
	if c.Text("buttons") == "template" {
		caps.Buttons.Max, caps.WithOptions = maxTemplateActions, graphemes(maxTemplateText)
	}
	return caps
}

// A Channel is a LINE Official Account. Beside the two methods of every channel it can
// mark messages as read, show that it types, open media, and register its webhook.
type Channel struct {
	name, token, secret, apiURL, contentURL string
	videoPreview                            string
	audioLength                             int64 // milliseconds
	verify, template, receipts, takeOver    bool
	http                                    *http.Client
	log                                     *slog.Logger
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.Typer        = (*Channel)(nil)
	_ channels.MediaOpener  = (*Channel)(nil)
	_ channels.Registrar    = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, token: c.Text("access_token"), secret: c.Text("channel_secret"),
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"), contentURL: strings.TrimSuffix(c.Text("content_url"), "/"),
		videoPreview: c.Text("video_preview"), verify: c.Text("verify") != "off", template: c.Text("buttons") == "template",
		receipts: c.Text("receipts") != "off", takeOver: c.Text("standby") == "take_over", http: c.HTTP, log: c.Log,
	}
	if ch.contentURL == "" {
		if ch.contentURL = ch.apiURL; ch.apiURL == defaultAPI {
			ch.contentURL = defaultContent
		}
	}
	if ch.verify && ch.secret == "" {
		return nil, errors.New(`setting "channel_secret" is missing: write it, or write verify: off to take webhooks from anybody`)
	}
	if strings.ContainsFunc(ch.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New(`setting "access_token" has characters that no access token has`)
	}
	if s := ch.videoPreview; s != "" {
		if u, err := url.Parse(s); err != nil || u.Scheme != "https" {
			return nil, errors.New(`setting "video_preview" is an https address: LINE takes no other`)
		}
	}
	if s := c.Text("audio_seconds"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 || n > 3600 {
			return nil, fmt.Errorf(`setting "audio_seconds" is 1 to 3600, not %q`, s)
		}
		ch.audioLength = n * 1000
	}
	return ch, nil
}
