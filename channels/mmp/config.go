// Package mmp is the channel of VNA MMP, a multi-messaging platform made by
// Peacom: Zalo, Viber, Viber Bot, RCS, Apple and WhatsApp behind one webhook and
// one API. Wire facts are those of https://mdoc.lamhongquan.com and of the types
// in https://github.com/peacom/peacom; README.md says which were confirmed, which
// are inferred, and what nobody publishes and so is a setting.
package mmp

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "mmp",
		Summary:      "Zalo, Viber, RCS, Apple or WhatsApp through VNA MMP (Peacom platform).",
		Settings:     append(sendSettings(), inboundSettings()...),
		Capabilities: func(c *channels.Config) channels.Capabilities { return capabilities(c.Text("application")) },
		Variants:     variants(),
		Sources:      sources(),
		// How long MMP tries again is not published.
		DedupeWindow: 72 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(*channels.Config) string {
	return "In the portal under Channel, Official account, Edit Official Account: turn Internal off, write into Webhook\n" +
		"{webhook}?token={webhook_token}\nand press Submit."
}

func sendSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "application", Kind: channels.SettingEnum, Default: other,
			Values:  []string{other, "viber", viberBot, rcs, apple, "zalo", whatsapp},
			Doc:     "The platform behind the official account. It decides what can be sent; other is text only.",
			Example: whatsapp,
		},
		{
			Name: "api_url", Kind: channels.SettingURL,
			Doc:     "The address of the API. Needed: MMP does not publish it; it stands on the page Send Conversation Message that you were given.",
			Example: "https://api.example.test",
		},
		{
			Name: "api_key", Kind: channels.SettingSecret, Required: true,
			Doc:     "The API key of the portal.",
			Example: "${ env.MMP_API_KEY }",
		},
		{
			Name: "send_path", Kind: channels.SettingText,
			Doc:     "The path of Send Conversation Message, with {account} (publicId of the official account), {conversation}, {ref} and {api_key} filled in. Needed: MMP does not publish it.",
			Example: `"/conversations/{conversation}/messages"`,
		},
		{
			Name: "headers", Kind: channels.SettingList,
			Doc:     "The headers of every request to the API, each as `Name: value`, with {api_key} filled in. Needed unless the path has the key: MMP does not publish the name.",
			Example: `["X-Api-Key: {api_key}"]`,
		},
		{
			Name: "body", Kind: channels.SettingText,
			Doc: "The body of Send Conversation Message, as JSON. The text {message} becomes the message; {account}, {conversation} and {ref} are filled in. " +
				"MMP does not publish it: without this setting it has the names that the webhooks have.",
			Example: `'{"publicId": "{account}", "to": "{conversation}", "message": "{message}"}'`,
		},
		{
			Name: "message_id", Kind: channels.SettingText, Default: "messageId",
			Doc: "Where the answer has the id of the message, such as data.messageId. With {ref} the answer is not read, " +
				"and statuses are known by the clientMessageId that the body gave.",
			Example: "data.messageId",
		},
		{
			Name: "check_path", Kind: channels.SettingText,
			Doc:     "The path of Get Channel Status, or of any other GET, for checking the settings. Without it nothing is asked.",
			Example: `"/channels/5b0c7a1e/status"`,
		},
		{
			Name: "list_button", Kind: channels.SettingText, Default: "Options",
			Doc:     "The label, of at most 20 characters, of the button that opens a list in WhatsApp.",
			Example: "Choose",
		},
	}
}

func inboundSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "webhook_token", Kind: channels.SettingSecret, Own: true,
			Doc: "A secret of your own, of the characters A-Z a-z 0-9 _ -, at the end of the webhook's address as ?token=. " +
				"MMP signs nothing. Needed unless verify is off.",
			Example: "${ env.MMP_WEBHOOK_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the webhook_token are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "events", Kind: channels.SettingList,
			Doc: "What events mean whose shape MMP does not publish, each as `kind: path=value`, the first that fits. " +
				"Kinds: " + strings.Join(ruleKinds(), ", ") + ".",
			Example: `["conversation_assigned: conversation.event=ASSIGNED"]`,
		},
		{
			Name: "event_conversation", Kind: channels.SettingText, Default: "from",
			Doc:     "Where events of the setting events have the id of the conversation.",
			Example: "conversation.publicId",
		},
	}
}

// A Channel is an API key of MMP with the official accounts that post to its
// webhook. Beside the two methods of every channel it can show that it types
// (RCS and Apple) and check its settings.
type Channel struct {
	name, application, apiURL, apiKey, webhookToken string
	listButton                                      string
	verify                                          bool
	send                                            request
	checkPath                                       string
	// messageID is where an answer has the id; empty: statuses are known by the
	// reference that the request carried.
	messageID         keyPath
	rules             []rule
	eventConversation keyPath
	http              *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Typer   = (*Channel)(nil)
	_ channels.Checker = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, application: c.Text("application"), apiURL: strings.TrimSuffix(c.Text("api_url"), "/"),
		apiKey: c.Text("api_key"), webhookToken: c.Text("webhook_token"), verify: c.Text("verify") != "off",
		listButton: c.Text("list_button"), checkPath: c.Text("check_path"), http: c.HTTP,
	}
	if err := ch.checkAddress(); err != nil {
		return nil, err
	}
	if strings.ContainsAny(ch.apiKey, " \t\r\n\x00") {
		return nil, errors.New(`setting "api_key" has white space, which a header cannot carry`)
	}
	if err := checkToken(ch.webhookToken, ch.verify); err != nil {
		return nil, err
	}
	if channels.Measure(ch.listButton, channels.UTF16) > maxListButton {
		return nil, fmt.Errorf(`setting "list_button" is longer than %d characters`, maxListButton)
	}
	var err error
	if ch.send, err = newRequest(c.Text("send_path"), c.Lists["headers"], c.Text("body")); err != nil {
		return nil, err
	}
	if err := expandable(ch.checkPath, "api_key"); err != nil {
		return nil, fmt.Errorf(`setting "check_path" %w`, err)
	}
	if err := ch.setMessageID(c.Text("message_id")); err != nil {
		return nil, err
	}
	if ch.eventConversation, err = newPath(c.Text("event_conversation")); err != nil {
		return nil, fmt.Errorf(`setting "event_conversation" %w`, err)
	}
	if ch.rules, err = newRules(c.Lists["events"]); err != nil {
		return nil, err
	}
	return ch, nil
}

// checkAddress says what is missing of where the API is.
func (c *Channel) checkAddress() error {
	if c.apiURL == "" {
		return errors.New(`setting "api_url" is missing: MMP does not publish the address of its API; ` +
			`copy it from the page "Send Conversation Message" of the documentation that you were given`)
	}
	u, err := url.Parse(c.apiURL)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New(`setting "api_url" is an address without a query; what follows the host may be in send_path`)
	}
	if c.checkPath != "" && !strings.HasPrefix(c.checkPath, "/") {
		return errors.New(`setting "check_path" does not begin with a slash`)
	}
	return nil
}

func checkToken(token string, verify bool) error {
	if token == "" && verify {
		return errors.New(`setting "webhook_token" is missing: choose one, or write verify: off to take webhooks from anybody`)
	}
	for _, r := range token {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", r) {
			return errors.New(`setting "webhook_token" has characters that change in an address: use A-Z a-z 0-9 _ -`)
		}
	}
	return nil
}

func (c *Channel) setMessageID(at string) (err error) {
	if at == "{ref}" {
		if !c.send.hasRef {
			return errors.New(`setting "message_id" is {ref}, but neither send_path nor body has {ref}`)
		}
		return nil
	}
	if c.messageID, err = newPath(at); err != nil {
		return fmt.Errorf(`setting "message_id" %w`, err)
	}
	return nil
}
