// Package telegram is the channel of Telegram bots: webhooks in, the Bot API out.
// Wire facts are those of https://core.telegram.org/bots/api; README.md says which
// were confirmed and what is sent and taken.
package telegram

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of the Bot API.
const (
	maxText         = 4096 // UTF-16 units
	maxCaption      = 1024 // UTF-16 units
	maxCallbackData = 64   // bytes
)

// Limits that the Bot API does not publish: as much as phones show well.
const (
	maxButtons     = 20
	maxButtonLabel = 64
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "telegram",
		Summary:      "A Telegram bot, through webhooks and the Bot API.",
		Settings:     settings(),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// Telegram tries again for 24 hours.
		DedupeWindow: 48 * time.Hour,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The token that @BotFather gave the bot.",
			Example: "${ env.TELEGRAM_TOKEN }",
		},
		{
			Name: "secret", Kind: channels.SettingSecret, Own: true,
			Doc:     "A secret of your own, 1 to 256 of the characters A-Z a-z 0-9 _ -, that Telegram sends with every webhook. Needed unless verify is off.",
			Example: "${ env.TELEGRAM_SECRET }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the secret are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://api.telegram.org",
			Doc:     "The address of the Bot API, for a server of your own.",
			Example: "http://127.0.0.1:8081",
		},
		{
			Name: "keyboard", Kind: channels.SettingEnum, Values: []string{"inline", "reply"}, Default: "inline",
			Doc:     "Where options are shown: inline under the message, or as a reply keyboard in place of the person's own.",
			Example: "reply",
		},
	}
}

func capabilities(c *channels.Config) channels.Capabilities {
	caps := channels.Capabilities{
		Text:    channels.TextLimit{Max: maxText, Unit: channels.UTF16},
		Caption: channels.TextLimit{Max: maxCaption, Unit: channels.UTF16},
		Media:   []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this:
		// about 30 notifications a second. Replies may be far more; what it takes of
		// them is not published, and its 429 tells.
		Pace:     channels.Pace{BulkPerSecond: 25},
		Location: true,
		Contact:  true,
		// A message has one keyboard: link buttons are inline ones.
		Links: c.Text("keyboard") != "reply",
	}
	caps.Buttons.Max = maxButtons
	caps.Buttons.Label = channels.TextLimit{Max: maxButtonLabel, Unit: channels.UTF16}
	return caps
}

// A Channel is a Telegram bot. Beside the two methods of every channel it can
// acknowledge taps, show that it types, open media, and register its webhook.
type Channel struct {
	name, token, secret, apiURL, account string
	verify, replyKeyboard                bool
	http                                 *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.Typer        = (*Channel)(nil)
	_ channels.MediaOpener  = (*Channel)(nil)
	_ channels.Registrar    = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
	_ channels.Inspector    = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	account, _, ok := strings.Cut(c.Text("token"), ":")
	if !ok || !regexp.MustCompile(`^[0-9]{1,20}$`).MatchString(account) {
		return nil, errors.New(`setting "token" is not a bot's token: it starts with the bot's number and a colon`)
	}
	ch := &Channel{
		name: c.Name, token: c.Text("token"), secret: c.Text("secret"), account: account,
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"),
		verify: c.Text("verify") != "off", replyKeyboard: c.Text("keyboard") == "reply",
		http: c.HTTP,
	}
	if ch.verify && ch.secret == "" {
		return nil, errors.New(`setting "secret" is missing: choose one, or write verify: off to take webhooks from anybody`)
	}
	if ch.secret != "" && !regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`).MatchString(ch.secret) {
		return nil, errors.New(`setting "secret" has characters that Telegram does not take: use up to 256 of A-Z a-z 0-9 _ -`)
	}
	return ch, nil
}
