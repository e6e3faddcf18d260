// Package discord is the channel of a Discord app over HTTP: interactions and
// webhook events in, messages of the bot and answers to interactions out. What people
// write in channels comes through Discord's Gateway only, which this channel does not
// use; README.md says what that means, and which wire facts of
// https://docs.discord.com/developers were confirmed.
package discord

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of messages: …/resources/message#create-message and …/components/reference.
// Discord counts characters and does not say of which kind: UTF-16 units are never
// fewer.
const (
	maxText     = 2000
	maxRows     = 5
	maxRow      = 5 // buttons in a row
	maxLabel    = 80
	maxChoices  = 25
	maxOption   = 100 // label, description and value of a select's option
	maxCustomID = 100
	maxLinkURL  = 512
	maxTitle    = 45 // of a modal
	maxInput    = 4000
	maxArgument = 6000
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "discord",
		Summary:      "A Discord app over HTTP: commands, buttons, menus and forms, and the REST API.",
		Settings:     settings(),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// Webhook events are tried again for ten minutes, interactions never.
		DedupeWindow: 25 * time.Hour,
		NoRetry:      true,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The token of the bot, from the page Bot of the app.",
			Example: "${ env.DISCORD_TOKEN }",
		},
		{
			Name: "public_key", Kind: channels.SettingText,
			Doc:     "The public key of the app, 64 hexadecimal digits from the page General Information, that proves webhooks. Needed unless verify is off.",
			Example: "${ env.DISCORD_PUBLIC_KEY }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without a signature are refused. off takes them from anybody; Discord does not take such an address.",
			Example: "off",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://discord.com/api/v10",
			Doc:     "The address of the REST API, with its version.",
			Example: "http://127.0.0.1:8080/api/v10",
		},
		{
			Name: "command", Kind: channels.SettingText, Default: "chat",
			Doc:     "The slash command by which people write to the bot: what they give it is the text of the message. It is made when the address is registered.",
			Example: "ask",
		},
		{
			Name: "command_description", Kind: channels.SettingText, Default: "Write to the bot",
			Doc:     "What people read beside the command, up to 100 characters.",
			Example: "Ask us anything",
		},
		{
			Name: "write_button", Kind: channels.SettingText,
			Doc:     "The label of a button under every message of the bot, up to 45 characters, that opens a form to write in. No button unless set.",
			Example: "Answer",
		},
		{
			Name: "conversation", Kind: channels.SettingEnum, Values: []string{"person", "channel"}, Default: "person",
			Doc:     "Whose a conversation is: that of each person in a channel, or that of all in it together.",
			Example: "channel",
		},
		{
			Name: "answer", Kind: channels.SettingEnum, Values: []string{"interaction", "channel"}, Default: "interaction",
			Doc:     "interaction: for 15 minutes the bot answers to the command or the tap itself, from the process that took it. channel: always with messages of the bot, which has to be a member; for several processes.",
			Example: "channel",
		},
	}
}

func capabilities(c *channels.Config) channels.Capabilities {
	text := channels.TextLimit{Max: maxText, Unit: channels.UTF16}
	caps := channels.Capabilities{
		Text: text, Caption: text,
		Media: []channels.MediaKind{channels.Image},
		Links: true,
		// All requests of a bot: …/topics/rate-limits#global-rate-limit. Those of a
		// route are told by its answers and must not be built in.
		Pace: channels.Pace{PerSecond: 50},
		// Answers to interactions have no nonce.
		Repeatable: c.Text("answer") == "channel",
	}
	rows := maxRows
	if c.Text("write_button") != "" {
		rows--
	}
	caps.Buttons.Max = rows * maxRow
	caps.Buttons.Label = channels.TextLimit{Max: maxLabel, Unit: channels.UTF16}
	caps.List.Max = maxChoices
	caps.List.Label = channels.TextLimit{Max: maxOption, Unit: channels.UTF16}
	caps.List.Hint = channels.TextLimit{Max: maxOption, Unit: channels.UTF16}
	return caps
}

// A Channel is a Discord app. Beside the two methods of every channel it can register
// its address and its command, check its token, and show that it types.
type Channel struct {
	name, token, apiURL           string
	command, description, write   string
	verify, byPerson, viaChannels bool
	key                           ed25519.PublicKey
	grants                        *grants
	http                          *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.Typer        = (*Channel)(nil)
	_ channels.Registrar    = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, token: strings.TrimPrefix(c.Text("token"), "Bot "), apiURL: strings.TrimSuffix(c.Text("api_url"), "/"),
		command: c.Text("command"), description: c.Text("command_description"), write: c.Text("write_button"),
		verify: c.Text("verify") != "off", byPerson: c.Text("conversation") != "channel", viaChannels: c.Text("answer") == "channel",
		grants: newGrants(), http: c.HTTP,
	}
	key, err := hex.DecodeString(c.Text("public_key"))
	switch {
	case ch.verify && len(key) == 0 && err == nil:
		return nil, errors.New(`setting "public_key" is missing: copy it from General Information, or write verify: off to take webhooks from anybody`)
	case c.Text("public_key") != "" && (err != nil || len(key) != ed25519.PublicKeySize):
		return nil, errors.New(`setting "public_key" is not one: it has 64 hexadecimal digits`)
	case ch.command != "" && (!regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`).MatchString(ch.command) || strings.ToLower(ch.command) != ch.command):
		return nil, errors.New(`setting "command" is no name that Discord takes: up to 32 letters, digits, - and _, in lower case`)
	case ch.description == "" || channels.Measure(ch.description, channels.UTF16) > maxOption:
		return nil, errors.New(`setting "command_description" needs 1 to 100 characters`)
	case channels.Measure(ch.write, channels.UTF16) > maxTitle:
		return nil, errors.New(`setting "write_button" is longer than 45 characters`)
	}
	ch.key = key
	return ch, nil
}
