// Package oneroute is the channel of OneRoute, an inbox for teams whose WhatsApp
// numbers a bot can share with people: webhooks in, texts and templates out. Wire
// facts are those of https://docs.oneroute.io; README.md says which were confirmed
// there, which are inferred, and what nobody publishes and so is a setting.
package oneroute

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// maxText is WhatsApp's own limit of a text; OneRoute publishes none.
const maxText = 4096

// window is how long after the person's last message OneRoute takes a text:
// https://docs.oneroute.io/whatsapp-api/endpoints/send-session-message.
const window = 24 * time.Hour

// whatsappRate is how many messages a second a number of WhatsApp takes, in and
// out: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput.
// OneRoute publishes no rates of its own.
const whatsappRate = 80

// defaultNumber is where a payload may have the customer's number if the settings
// do not say. OneRoute does not publish where it is: its sample has none, and
// phone is what the same sample calls the number of the channel.
const defaultNumber = "conversation.customer.phone"

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "oneroute",
		Summary:      "WhatsApp through OneRoute, an inbox that people and the bot share.",
		Settings:     append(apiSettings(), inboundSettings()...),
		Capabilities: capabilities,
		Sources:      sources(),
		// Whether and how long OneRoute tries again is not published.
		DedupeWindow: 72 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(c *channels.Config) string {
	address := "{webhook}"
	if c.Text("webhook_token") != "" {
		address += "?token={webhook_token}"
	}
	return "At https://app.oneroute.io/settings/account-settings, or better in the settings of the one channel, set the webhook URL to\n" + address
}

func apiSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "api_key", Kind: channels.SettingSecret, Required: true,
			Doc:     "The API key of the workspace; the one of the sandbox works too.",
			Example: "${ env.ONEROUTE_API_KEY }",
		},
		{
			Name: "from", Kind: channels.SettingText, Required: true,
			Doc:     "The WhatsApp number that the bot sends from, with its country; it is connected to a channel of OneRoute.",
			Example: `"2347000000001"`,
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://api.oneroute.io/api/public",
			Doc:     "The address of the API.",
			Example: "https://api.oneroute.io/api/public",
		},
		{
			Name: "save_templates", Kind: channels.SettingBool, Default: "true",
			Doc:     "Whether templates are shown as messages of the conversation in OneRoute (save).",
			Example: "false",
		},
		{
			Name: "code_templates", Kind: channels.SettingList,
			Doc:     "The names of the templates of the category authentication: their first value is the code, which their button needs too.",
			Example: `["login_code"]`,
		},
		{
			Name: "check_path", Kind: channels.SettingText,
			Doc:     "The path of Fetch Channels, or of any other GET, for checking the API key. OneRoute's documentation has it; without it nothing is asked.",
			Example: `"/channels"`,
		},
	}
}

func inboundSettings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "secret_key", Kind: channels.SettingSecret,
			Doc: "The OneRoute Secret Key, by which webhooks are signed. Needed unless verify is off, or webhook_token is set because " +
				"your workspace does not sign.",
			Example: "${ env.ONEROUTE_SECRET_KEY }",
		},
		{
			Name: "webhook_token", Kind: channels.SettingSecret, Own: true,
			Doc: "A secret of your own, of the characters A-Z a-z 0-9 _ -, at the end of the webhook's address as ?token=. " +
				"Beside secret_key both are asked for.",
			Example: "${ env.ONEROUTE_WEBHOOK_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the signature, or the token, are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "channel", Kind: channels.SettingText,
			Doc: "The id of the channel in OneRoute that has the number (conversation.Channel.id). Messages of other channels of the " +
				"workspace are then set aside as unknown, and never answered from this number.",
			Example: "8bad2edc-2973-4cec-8f33-a17c54dc0686",
		},
		{
			Name: "customer_number", Kind: channels.SettingList,
			Doc: "Where webhooks have the customer's WhatsApp number, which answers are sent to; the first place that has one counts. " +
				"OneRoute does not publish it: without this setting it is " + defaultNumber + ".",
			Example: `["conversation.customer.phone"]`,
		},
		{
			Name: "bot_users", Kind: channels.SettingList,
			Doc: "The users of OneRoute that are no people: those whom it names as the sender or agent (name or id) when the bot itself " +
				"sends. What other users write then counts as a person taking over.",
			Example: `["Shop bot"]`,
		},
		{
			Name: "events", Kind: channels.SettingList,
			Doc: "What webhooks mean whose shape OneRoute does not publish, each as `kind: path=value`, the first that fits; the value null " +
				"fits what is empty or absent. Kinds: " + strings.Join(ruleKinds(), ", ") + ".",
			Example: `["give_back: conversation.agent_id=null, message.sender.authUser=false"]`,
		},
	}
}

// capabilities are those of a text: OneRoute documents no media, buttons or lists
// for messages in a conversation.
func capabilities(*channels.Config) channels.Capabilities {
	return channels.Capabilities{
		Text:     channels.TextLimit{Max: maxText, Unit: channels.UTF16},
		Template: true,
		Window:   window,
		Pace:     channels.Pace{PerSecond: whatsappRate},
	}
}

// A Channel is a WhatsApp number in a workspace of OneRoute. Beside the two
// methods of every channel it can check its key.
type Channel struct {
	name, from, channel, apiURL, checkPath string
	apiKey, secretKey, webhookToken        string
	verify, save                           bool
	codeTemplates, botUsers                []string
	numbers                                []keyPath
	rules                                  []rule
	http                                   *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Checker = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, channel: c.Text("channel"), apiURL: strings.TrimSuffix(c.Text("api_url"), "/"), checkPath: c.Text("check_path"),
		apiKey: c.Text("api_key"), secretKey: c.Text("secret_key"), webhookToken: c.Text("webhook_token"),
		verify: c.Text("verify") != "off", save: c.Text("save_templates") != "false",
		codeTemplates: c.Lists["code_templates"], botUsers: c.Lists["bot_users"], http: c.HTTP,
	}
	if ch.from = number(c.Text("from")); ch.from == "" {
		return nil, errors.New(`setting "from" is not a number with its country, such as 2347000000001`)
	}
	if strings.ContainsAny(ch.apiKey, " \t\r\n\x00") {
		return nil, errors.New(`setting "api_key" has white space, which a header cannot carry`)
	}
	if u, err := url.Parse(ch.apiURL); err != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`setting "api_url" is an address without a query`)
	}
	if ch.checkPath != "" && !strings.HasPrefix(ch.checkPath, "/") {
		return nil, errors.New(`setting "check_path" does not begin with a slash`)
	}
	if err := ch.checkSecrets(); err != nil {
		return nil, err
	}
	return ch, ch.readPaths(c)
}

// checkSecrets says whether anything proves a webhook.
func (c *Channel) checkSecrets() error {
	if c.verify && c.secretKey == "" && c.webhookToken == "" {
		return errors.New(`setting "secret_key" is missing: copy it from OneRoute, or set webhook_token if your workspace does not ` +
			`sign its webhooks, or write verify: off to take them from anybody`)
	}
	if strings.Trim(c.webhookToken, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return errors.New(`setting "webhook_token" has characters that change in an address: use A-Z a-z 0-9 _ -`)
	}
	return nil
}

// readPaths reads the settings that name places in a payload.
func (c *Channel) readPaths(config *channels.Config) error {
	places := config.Lists["customer_number"]
	if len(places) == 0 {
		places = []string{defaultNumber}
	}
	for _, place := range places {
		p, err := newPath(place)
		if err != nil {
			return fmt.Errorf(`setting "customer_number" %w`, err)
		}
		c.numbers = append(c.numbers, p)
	}
	var err error
	c.rules, err = newRules(config.Lists["events"])
	return err
}
