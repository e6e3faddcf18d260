// Package messenger is the channel of Messenger, Meta's messages to Facebook pages:
// webhooks in, the Send API out. What it shares with Instagram is in package messaging.
// Wire facts are those of
// https://developers.facebook.com/documentation/business-messaging/messenger-platform;
// README.md says which were confirmed, which are inferred, and what nobody publishes.
package messenger

import (
	"errors"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
	"github.com/parley-chat/parley/channels/meta/messaging"
)

// maxText is the longest text, in characters: …/reference/send-api#message.
const maxText = 2000

// perSecond is how many messages a page may send, those with sounds and videos apart, by
// the platform's page on rate limiting.
const perSecond = 300

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "messenger",
		Summary:      "Messenger: messages to a Facebook page, through Meta's Messenger Platform.",
		Settings:     append(append(meta.Settings(), settings()...), messaging.Settings()...),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		DedupeWindow: messaging.DedupeWindow,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(c *channels.Config) string {
	text := "In the app's console under Messenger, API Setup, Configure webhooks: callback URL {webhook}\n" +
		"and verify token {verify_token}, Verify and save; subscribe the fields messages and messaging_postbacks."
	if !c.Bool("register") {
		text += "\nUnder Generate access tokens, Add subscriptions for the page, with the same fields."
	}
	return text + " Publish the app."
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "page_id", Kind: channels.SettingText, Required: true,
			Doc: "The ID of the page, in the page's About, Page transparency. The access_token is that of this page: each page is a channel of its own, " +
				"and events of other pages are of kind unknown.",
			Example: "682498302938465",
		},
		{
			Name: "get_started", Kind: channels.SettingText, Default: "GET_STARTED",
			Doc:     "The payload that the page's Get Started button was given: a tap on it begins the conversation. Other payloads are choices.",
			Example: "GET_STARTED",
		},
	}
}

func capabilities(c *channels.Config) channels.Capabilities {
	text := channels.TextLimit{Max: maxText, Unit: channels.UTF16}
	caps := messaging.Capabilities(c, text, channels.Image, channels.Audio, channels.Video, channels.File)
	caps.Pace = channels.Pace{PerSecond: perSecond}
	return caps
}

// A Channel is a page, whose id is the account of its events. Beside the two methods of
// every channel it answers handshakes, checks its settings, marks messages as seen and
// shows that it writes.
type Channel struct {
	*messaging.Channel
	page string
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Handshaker   = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.Typer        = (*Channel)(nil)
	_ channels.Registrar    = registering{}
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	app, err := meta.New(c)
	if err != nil {
		return nil, err
	}
	page := c.Text("page_id")
	if page == "" || strings.Trim(page, "0123456789") != "" {
		return nil, errors.New(`setting "page_id" is the id of a page, of digits only, and not its name`)
	}
	core, err := messaging.New(messaging.Setup{
		App: app, Name: c.Name, Account: page, Sender: page, Marked: true, Typed: true,
		Text: channels.TextLimit{Max: maxText, Unit: channels.UTF16}, GetStarted: c.Text("get_started"),
	}, c)
	if err != nil {
		return nil, err
	}
	ch := &Channel{Channel: core, page: page}
	if c.Bool("register") {
		return registering{ch}, nil
	}
	return ch, nil
}
