// Package viber is the channel of Viber bots: webhooks in, the Viber REST Bot API out.
// Wire facts are those of https://creators.viber.com/docs/bots-api (below …/bots-api/…),
// whose text is in https://github.com/Viber/creators-hub, and of
// https://developers.viber.com/docs; README.md says which were confirmed, which are
// inferred, and what nobody publishes.
package viber

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of the API: …/bots-api/data-models/message. It does not say what a character is.
const (
	maxText         = 7000
	maxCaption      = 768 // of pictures, which alone have one
	maxTrackingData = 4000
	maxSenderName   = 28
	maxContactName  = 28
	maxPhone        = 18
	maxFileName     = 256
	maxVideoSize    = 26 << 20
	maxFileSize     = 50 << 20
)

// Limits of keyboards: 12 rows are published (https://developers.viber.com/docs/faq), the
// length of a label is not. A text with a keyboard is shorter, so that both are within
// the 30 kB of a request in every script.
const (
	maxButtons     = 12
	maxButtonLabel = 60
	maxWithOptions = 5000
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "viber",
		Summary:      "A Viber bot, through webhooks and the REST Bot API.",
		Settings:     settings(),
		Capabilities: capabilities,
		Sources:      sources(),
		// Viber tries again for an hour.
		DedupeWindow: 25 * time.Hour,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "auth_token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The bot's authentication token (app key), in the Viber Admin Panel. It also signs the webhooks.",
			Example: "${ env.VIBER_AUTH_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the right signature are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "sender_name", Kind: channels.SettingText, Required: true,
			Doc:     "The name that people see above the bot's messages, at most 28 characters. Viber requires it.",
			Example: "Acme",
		},
		{
			Name: "sender_avatar", Kind: channels.SettingURL,
			Doc:     "The address of the picture beside the bot's messages: at most 100 kB, best 720 by 720.",
			Example: "https://cdn.example.com/avatar.jpg",
		},
		{
			Name: "welcome", Kind: channels.SettingText,
			Doc: "What a person reads who opens the chat and is not subscribed yet, at most 7000 characters: the only message that Viber then allows. " +
				"Without it they read nothing until they write.",
			Example: "Hello! Write anything and our assistant answers.",
		},
		{
			Name: "receipts", Kind: channels.SettingBool, Default: "true",
			Doc:     "Whether Viber reports what was delivered and seen; failures it reports in any case.",
			Example: "false",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://chatapi.viber.com",
			Doc:     "The address of the REST Bot API.",
			Example: "http://127.0.0.1:8081",
		},
	}
}

func capabilities(*channels.Config) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	caps := channels.Capabilities{
		Text: text(maxText), WithOptions: text(maxWithOptions), Caption: text(maxCaption),
		Captions: []channels.MediaKind{channels.Image},
		Media:    []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		Location: true, Contact: true,
	}
	caps.Buttons.Max, caps.Buttons.Label = maxButtons, text(maxButtonLabel)
	return caps
}

// A Channel is a Viber bot. Beside the two methods of every channel it can register its
// webhook and check its token. The API has no way to show that it types.
type Channel struct {
	name, token, apiURL      string
	senderName, senderAvatar string
	welcome                  string
	verify, receipts         bool
	http                     *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel   = (*Channel)(nil)
	_ channels.Registrar = (*Channel)(nil)
	_ channels.Checker   = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, token: c.Text("auth_token"), apiURL: strings.TrimSuffix(c.Text("api_url"), "/"),
		senderName: strings.TrimSpace(c.Text("sender_name")), senderAvatar: c.Text("sender_avatar"), welcome: channels.Clean(c.Text("welcome")),
		verify: c.Text("verify") != "off", receipts: c.Text("receipts") != "false", http: c.HTTP,
	}
	if ch.verify && ch.token == "" {
		return nil, errors.New(`setting "auth_token" is missing: without it no webhook can be verified; verify: off takes them from anybody`)
	}
	if strings.ContainsFunc(ch.token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New(`setting "auth_token" has characters that no token has`)
	}
	if ch.senderName == "" || channels.Measure(ch.senderName, channels.UTF16) > maxSenderName {
		return nil, fmt.Errorf(`setting "sender_name" is a name of at most %d characters`, maxSenderName)
	}
	if s := ch.senderAvatar; s != "" && !web(s) {
		return nil, errors.New(`setting "sender_avatar" is the http or https address of a picture`)
	}
	if channels.Measure(ch.welcome, channels.UTF16) > maxText {
		return nil, fmt.Errorf(`setting "welcome" is a text of at most %d characters`, maxText)
	}
	return ch, nil
}

// web reports whether a text is an address that a phone can open.
func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
