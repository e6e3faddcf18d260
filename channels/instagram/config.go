// Package instagram is the channel of Instagram's messages, in both forms that Meta
// has: through the Messenger Platform with a Facebook page, and through the Instagram
// API with Instagram Login, which needs none. What it shares with Messenger is in package
// messaging. Wire facts are those of
// https://developers.facebook.com/documentation/business-messaging/instagram-messaging
// and of https://developers.facebook.com/documentation/instagram-platform (messages below
// …/instagram-api-with-instagram-login/messaging-api); README.md says which were
// confirmed, which are inferred, and what nobody publishes.
package instagram

import (
	"errors"
	"maps"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
	"github.com/parley-chat/parley/channels/meta/messaging"
)

// maxText is the longest text, in bytes: …/messaging-api#send-a-text-message.
const maxText = 1000

// perSecond is how many messages an account may send, those with sounds and videos
// apart: https://developers.facebook.com/documentation/instagram-platform/overview.
const perSecond = 100

// The addresses of the two forms.
const (
	withPage  = "https://graph.facebook.com"
	withLogin = "https://graph.instagram.com"
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "instagram",
		Summary:      "Instagram's messages, with a Facebook page or with Instagram Login.",
		Settings:     append(append(appSettings(), settings()...), messaging.Settings()...),
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
	text := "In the app's console under Instagram, Configure webhooks: callback URL {webhook}\n" +
		"and verify token {verify_token}, Verify and save; subscribe the fields messages and messaging_postbacks."
	if !c.Bool("register") {
		text += "\nSubscribe the account there as well."
	}
	return text + " Publish the app: it gets no webhooks before."
}

// appSettings are those of an app, with what is different for Instagram.
func appSettings() []channels.Setting {
	all := meta.Settings()
	for i := range all {
		switch s := &all[i]; s.Name {
		case "access_token":
			s.Doc = "The access token: with page_id that of the page, otherwise that of the Instagram account, which ends after 60 days unless you refresh it."
		case "app_secret":
			s.Doc = "The app secret, in the console under App settings, Basic; with Instagram Login the Instagram app secret, under Instagram, API setup. " +
				"Meta signs webhooks with it. Needed unless verify is off."
		case "api_url":
			s.Default = ""
			s.Doc = "The address of the API. Without it that of the form: " + withPage + " with page_id, " + withLogin + " otherwise."
		}
	}
	return all
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "account_id", Kind: channels.SettingText, Required: true,
			Doc: "The ID of the Instagram professional account, as webhooks have it: with page_id the page's instagram_business_account, otherwise " +
				"user_id of /me. The access_token is for this account: each is a channel of its own, and events of others are of kind unknown.",
			Example: "17841405822304914",
		},
		{
			Name: "page_id", Kind: channels.SettingText,
			Doc: "The ID of the Facebook page that the account is linked to, if messages go through the Messenger Platform with the page's token. " +
				"Without it they go through the Instagram API with Instagram Login.",
			Example: "682498302938465",
		},
	}
}

func capabilities(c *channels.Config) channels.Capabilities {
	// Files may be PDF only, which nothing tells before: they become links.
	caps := messaging.Capabilities(c, text(), channels.Image, channels.Audio, channels.Video)
	caps.Pace = channels.Pace{PerSecond: perSecond}
	return caps
}

func text() channels.TextLimit { return channels.TextLimit{Max: maxText, Unit: channels.Bytes} }

// A Channel is an Instagram account, whose id is the account of its events. Beside the
// two methods of every channel it answers handshakes, checks its settings, marks messages
// as seen and shows that it writes.
type Channel struct {
	*messaging.Channel
	account, page string
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
	ch := &Channel{account: c.Text("account_id"), page: c.Text("page_id")}
	if ch.account == "" || !digits(ch.account) {
		return nil, errors.New(`setting "account_id" is the id of an account, of digits only, and not its name`)
	}
	if !digits(ch.page) {
		return nil, errors.New(`setting "page_id" is the id of a page, of digits only, and not its name`)
	}
	app, err := meta.New(located(c))
	if err != nil {
		return nil, err
	}
	setup := messaging.Setup{App: app, Name: c.Name, Account: ch.account, Sender: ch.account, Text: text()}
	if ch.page != "" {
		setup.Sender, setup.Typed = ch.page, true
	}
	if ch.Channel, err = messaging.New(setup, c); err != nil {
		return nil, err
	}
	if c.Bool("register") {
		return registering{ch}, nil
	}
	return ch, nil
}

// located returns the config with the address of the form where none is set.
func located(c *channels.Config) *channels.Config {
	if c.Text("api_url") != "" {
		return c
	}
	out := *c
	out.Values = maps.Clone(c.Values)
	out.Values["api_url"] = withLogin
	if c.Text("page_id") != "" {
		out.Values["api_url"] = withPage
	}
	return &out
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
