// Package chatapi is the channel of Chat API (chat-api.com, closed in 2023) and of
// 1MSG, which carries its format on over the official WhatsApp API. Wire facts are
// those of the clients and receivers that README.md names, since neither signs nor
// fully documents its webhooks; README.md says which were confirmed, which are
// inferred, and what nobody publishes.
package chatapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The dialects, and where their APIs are.
const (
	dialectChatAPI = "chatapi"
	dialect1MSG    = "1msg"

	chatAPIURL = "https://api.chat-api.com"
	oneMSGURL  = "https://api.1msg.io"
)

// takeOver is the setting phone under which a person who writes on the phone owns
// the conversation.
const takeOver = "take_over"

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "chatapi",
		Summary:      "WhatsApp through Chat API, or through 1MSG, which carries its format on.",
		Settings:     append(sendSettings(), inboundSettings()...),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// The spacing of the up to 20 attempts is not published.
		DedupeWindow: 72 * time.Hour,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func sendSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "dialect", Kind: channels.SettingEnum, Values: []string{dialectChatAPI, dialect1MSG}, Default: dialectChatAPI,
			Doc:     "Whose API it is. 1msg has buttons, lists, templates and the window of 24 hours.",
			Example: dialect1MSG,
		},
		{
			Name: "instance", Kind: channels.SettingText, Required: true,
			Doc:     "The number of the instance, or in 1MSG the id of the channel.",
			Example: `"100017"`,
		},
		{
			Name: "token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The token of the instance or channel. The API wants it in the address of every call.",
			Example: "${ env.CHATAPI_TOKEN }",
		},
		{
			Name: "api_url", Kind: channels.SettingURL,
			Doc: "The address of the API without the instance: " + chatAPIURL + ", or " + oneMSGURL + " with dialect 1msg, unless it is set. " +
				"Chat API shows its regional one in the account.",
			Example: "https://eu17.chat-api.com",
		},
		{
			Name: "namespace", Kind: channels.SettingText,
			Doc:     "The namespace of the templates, with dialect 1msg. Needed for sending one; GET /templates shows it.",
			Example: "a0b1c2d3_e4f5_6789_abcd_ef0123456789",
		},
		{
			Name: "template_language", Kind: channels.SettingText, Default: "en",
			Doc:     "The language of a template whose reply names none, with dialect 1msg.",
			Example: "pt_BR",
		},
		{
			Name: "list_button", Kind: channels.SettingText, Default: "Options",
			Doc:     "The label, of at most 20 characters, of the button that opens a list, with dialect 1msg.",
			Example: "Choose",
		},
		{
			Name: "link_preview", Kind: channels.SettingText,
			Doc: "The picture of links as a data URI, with dialect chatapi, whose sendLink takes no link without one. " +
				"Without this setting links are lines of the text.",
			Example: `"data:image/png;base64,iVBORw0KGgo="`,
		},
	}
}

func inboundSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "webhook_token", Kind: channels.SettingSecret, Own: true,
			Doc: "A secret of your own, of the characters A-Z a-z 0-9 _ -, at the end of the webhook's address as ?token=. " +
				"Neither platform signs anything. Needed unless verify is off.",
			Example: "${ env.CHATAPI_WEBHOOK_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the webhook_token are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "phone", Kind: channels.SettingEnum, Values: []string{"echo", takeOver}, Default: "echo",
			Doc: "What it means when a person writes to a conversation with the phone or app of the business: " +
				"echo is nothing, take_over silences the bot there until the conversation is given back.",
			Example: takeOver,
		},
		{
			Name: "give_back", Kind: channels.SettingText,
			Doc:     "What a person writes on the phone to give the conversation back to the bot, with phone take_over. The other side sees it too.",
			Example: `"Our assistant goes on."`,
		},
		{
			Name: "groups", Kind: channels.SettingBool, Default: "false",
			Doc:     "Whether the bot answers in groups. Otherwise their messages are events of kind unknown.",
			Example: "true",
		},
		{
			Name: "mark_read", Kind: channels.SettingBool, Default: "false",
			Doc:     "Whether messages are marked as read once the bot has them. In 1MSG this also shows that an answer is being written.",
			Example: "true",
		},
		{
			Name: "reaction", Kind: channels.SettingText,
			Doc:     "An emoji that the bot puts on each message once it has it, with dialect 1msg.",
			Example: `"👀"`,
		},
	}
}

// A Channel is an instance of Chat API or a channel of 1MSG. Beside the two methods
// of every channel it can register its webhook, check its state, acknowledge
// messages, show that it types (Chat API) and open media (1MSG).
type Channel struct {
	name, instance, token, webhookToken, apiURL string
	oneMSG, verify                              bool
	namespace, language, listButton, preview    string
	phoneTakesOver                              bool
	giveBack                                    string
	groups, markRead                            bool
	reaction                                    string
	http                                        *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Registrar    = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.Typer        = (*Channel)(nil)
	_ channels.MediaOpener  = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, instance: instanceID(c.Text("instance")), token: c.Text("token"), webhookToken: c.Text("webhook_token"),
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"), oneMSG: c.Text("dialect") == dialect1MSG, verify: c.Text("verify") != "off",
		namespace: c.Text("namespace"), language: c.Text("template_language"), listButton: c.Text("list_button"),
		preview: c.Text("link_preview"), phoneTakesOver: c.Text("phone") == takeOver, giveBack: strings.TrimSpace(c.Text("give_back")),
		groups: c.Bool("groups"), markRead: c.Bool("mark_read"), reaction: c.Text("reaction"), http: c.HTTP,
	}
	switch {
	case ch.apiURL != "":
	case ch.oneMSG:
		ch.apiURL = oneMSGURL
	default:
		ch.apiURL = chatAPIURL
	}
	if u, err := url.Parse(ch.apiURL); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`setting "api_url" is an address without a query`)
	}
	if ch.instance == "" || strings.Trim(ch.instance, letters+digits+"_-") != "" {
		return nil, errors.New(`setting "instance" is the number of an instance or the id of a channel`)
	}
	if err := ch.checkToken(); err != nil {
		return nil, err
	}
	return ch, ch.checkDialect()
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func (c *Channel) checkToken() error {
	if c.webhookToken == "" && c.verify {
		return errors.New(`setting "webhook_token" is missing: choose one, or write verify: off to take webhooks from anybody`)
	}
	if strings.Trim(c.webhookToken, letters+digits+"_-") != "" {
		return errors.New(`setting "webhook_token" has characters that change in an address: use A-Z a-z 0-9 _ -`)
	}
	return nil
}

// checkDialect says which settings belong to the other dialect.
func (c *Channel) checkDialect() error {
	switch {
	case channels.Measure(c.listButton, channels.UTF16) > maxListButton:
		return fmt.Errorf(`setting "list_button" is longer than %d characters`, maxListButton)
	case c.oneMSG && c.preview != "":
		return errors.New(`setting "link_preview" is for dialect chatapi: 1MSG has link buttons without a picture`)
	case !c.oneMSG && c.namespace != "":
		return errors.New(`setting "namespace" is for dialect 1msg: Chat API has no templates`)
	case !c.oneMSG && c.reaction != "":
		return errors.New(`setting "reaction" is for dialect 1msg: Chat API has no reactions`)
	case c.preview != "" && !strings.HasPrefix(c.preview, "data:image/"):
		return errors.New(`setting "link_preview" is not a picture as a data URI`)
	case c.giveBack != "" && !c.phoneTakesOver:
		return errors.New(`setting "give_back" has no meaning without phone: take_over`)
	}
	return nil
}

// instanceID is an id as it stands in addresses: some places show it as
// "instance100017".
func instanceID(s string) string {
	const prefix = "instance"
	if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}
