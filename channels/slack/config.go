// Package slack is the channel of a Slack app: the Events API, interactivity and
// slash commands in, chat.postMessage out. Wire facts are those of
// https://docs.slack.dev; README.md says which were confirmed and what is sent and
// taken.
package slack

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of messages: https://docs.slack.dev/reference/methods/chat.postMessage and
// the pages of https://docs.slack.dev/reference/block-kit. Slack counts characters
// and does not say of which kind: UTF-16 units are never fewer.
const (
	// maxText is what Slack advises. It cuts texts off at 40,000, counted with the
	// escapes that this channel adds, of up to five characters for one.
	maxText        = 4000
	maxSection     = 3000
	maxButtons     = 25 // elements of an actions block
	maxLabel       = 75
	maxHint        = 75
	maxRows        = 100
	maxOptionValue = 150
	maxAltText     = 2000
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "slack",
		Summary:      "A Slack app: events, buttons and slash commands through webhooks, and the Web API.",
		Settings:     settings(),
		Capabilities: capabilities,
		Sources:      sources(),
		// Three tries within minutes; apps may ask for hourly ones for a day.
		DedupeWindow: 48 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(*channels.Config) string {
	return "At https://api.slack.com/apps: Event Subscriptions on, Request URL {webhook},\n" +
		"bot events message.im, and app_mention or message.channels for channels; Interactivity & Shortcuts on, with the same address;\n" +
		"App Home, Messages Tab on."
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The Bot User OAuth Token of the app, from OAuth & Permissions.",
			Example: "${ env.SLACK_TOKEN }",
		},
		{
			Name: "signing_secret", Kind: channels.SettingSecret,
			Doc:     "The Signing Secret of the app, from Basic Information, with which Slack signs its webhooks. Needed unless verify is off.",
			Example: "${ env.SLACK_SIGNING_SECRET }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without a signature are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://slack.com/api",
			Doc:     "The address of the Web API, such as that of GovSlack or of a proxy.",
			Example: "https://slack-gov.com/api",
		},
		{
			Name: "threads", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "on: each thread is a conversation, and a message in a channel begins one, in which the bot answers. off: a channel is one conversation, and the bot answers in the channel itself.",
			Example: "off",
		},
		{
			Name: "format", Kind: channels.SettingEnum, Values: []string{"plain", "mrkdwn"}, Default: "plain",
			Doc:     "plain shows texts as they are. mrkdwn lets *bold*, _italic_, ~struck~ and `code` work; links and mentions stay plain in either.",
			Example: "mrkdwn",
		},
	}
}

func capabilities(*channels.Config) channels.Capabilities {
	caps := channels.Capabilities{
		Text:        channels.TextLimit{Max: maxText, Unit: channels.UTF16},
		WithOptions: channels.TextLimit{Max: maxSection, Unit: channels.UTF16},
		Caption:     channels.TextLimit{Max: maxSection, Unit: channels.UTF16},
		Media:       []channels.MediaKind{channels.Image},
		Links:       true,
		// One message a second and channel, with bursts, and "several hundred" a
		// minute for the workspace: https://docs.slack.dev/apis/web-api/rate-limits.
		Pace: channels.Pace{PerSecond: 5, Burst: 10, Recipient: time.Second, RecipientBurst: 3},
	}
	caps.Buttons.Max = maxButtons
	caps.Buttons.Label = channels.TextLimit{Max: maxLabel, Unit: channels.UTF16}
	caps.List.Max = maxRows
	caps.List.Label = channels.TextLimit{Max: maxLabel, Unit: channels.UTF16}
	caps.List.Hint = channels.TextLimit{Max: maxHint, Unit: channels.UTF16}
	return caps
}

// A Channel is a Slack app in one workspace. Beside the two methods of every
// channel it can check its token and open files.
type Channel struct {
	name, token, secret, apiURL string
	verify, threads, mrkdwn     bool
	http                        *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel     = (*Channel)(nil)
	_ channels.Checker     = (*Channel)(nil)
	_ channels.MediaOpener = (*Channel)(nil)
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, token: c.Text("token"), secret: c.Text("signing_secret"),
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"),
		verify: c.Text("verify") != "off", threads: c.Text("threads") != "off", mrkdwn: c.Text("format") == "mrkdwn",
		http: c.HTTP,
	}
	if strings.HasPrefix(ch.token, "xapp-") {
		return nil, errors.New(`setting "token" is an app-level token: use the Bot User OAuth Token, which begins with xoxb-`)
	}
	if ch.verify && ch.secret == "" {
		return nil, errors.New(`setting "signing_secret" is missing: copy it from Basic Information, or write verify: off to take webhooks from anybody`)
	}
	return ch, nil
}
