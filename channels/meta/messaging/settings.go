package messaging

import (
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits: …/send-messages/quick-replies, …/send-messages/template/button and
// …/send-messages/buttons/postback; the same for Instagram.
const (
	maxQuickReplies = 13
	maxButtons      = 3
	maxTitle        = 20
	maxTemplate     = 640 // of the text over buttons
	maxPayload      = 1000
)

// How long after the person's last message Meta takes messages, and those of people.
const (
	window      = 24 * time.Hour
	humanWindow = 7 * 24 * time.Hour
)

// DedupeWindow is a day more than the 36 hours for which Meta tries again.
const DedupeWindow = 60 * time.Hour

// Settings describes the settings that both channels have besides those of the app.
func Settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "app_id", Kind: channels.SettingText,
			Doc: "The App ID, in the console at the top. It tells the app's own messages from those of other apps, and says whether a conversation " +
				"was passed to the bot or to another app. Needed for register.",
			Example: "1517776481860111",
		},
		{
			Name: "options", Kind: channels.SettingEnum, Values: []string{"quick_replies", "buttons"}, Default: "quick_replies",
			Doc: "How options are shown: quick_replies, up to 13 over the keyboard, which go away with the next message; buttons, up to 3 under the " +
				"text, which stay.",
			Example: "buttons",
		},
		{
			Name: "receipts", Kind: channels.SettingEnum, Values: []string{"read", "off"}, Default: "read",
			Doc:     "What people see of a message that the bot has taken: read, that it was seen; off, nothing.",
			Example: "off",
		},
		{
			Name: "inbox", Kind: channels.SettingEnum, Values: []string{"take_over", "echo"}, Default: "take_over",
			Doc: "What a message does that somebody writes in Meta's own inbox: take_over silences the bot in that conversation, echo does nothing. " +
				"Conversations that Meta routes to another app silence the bot in any case.",
			Example: "echo",
		},
		{
			Name: "give_back", Kind: channels.SettingText,
			Doc:     "The words with which somebody who writes in Meta's inbox gives the conversation back to the bot. The other side sees them too.",
			Example: "Our assistant will go on with you.",
		},
		{
			Name: "human_agent", Kind: channels.SettingBool, Default: "false",
			Doc: "Whether every message carries the tag HUMAN_AGENT, so that it may go out for 7 days after the person's last message instead of one. " +
				"Meta allows it for what people write only, and for apps with that permission: for channels on which only people answer.",
			Example: "true",
		},
		{
			Name: "register", Kind: channels.SettingBool, Default: "false",
			Doc: "Whether the bot itself subscribes the app to the events of the page or account. The address that they go to is that of the app, " +
				"set in the console.",
			Example: "true",
		},
	}
}

// Capabilities describes what can be sent with a longest text: what hangs on a text is
// a quick reply, or a button of a template.
func Capabilities(c *channels.Config, text channels.TextLimit, media ...channels.MediaKind) channels.Capabilities {
	caps := channels.Capabilities{
		Text: text, WithOptions: channels.TextLimit{Max: maxTemplate, Unit: text.Unit},
		Media: media, OptionID: maxPayload, Links: true, Window: window,
	}
	caps.Buttons.Max, caps.Buttons.Label = maxQuickReplies, channels.TextLimit{Max: maxTitle, Unit: channels.UTF16}
	if c.Text("options") == "buttons" {
		caps.Buttons.Max = maxButtons
	}
	if c.Bool("human_agent") {
		caps.Window = humanWindow
	}
	return caps
}
