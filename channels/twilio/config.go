// Package twilio is the channel of Twilio's Programmable Messaging: SMS, MMS and
// WhatsApp by webhooks in and the Messages API out. Wire facts are those of
// https://www.twilio.com/docs (below …/), of https://github.com/twilio/twilio-oai and,
// for the checks of signatures, of Twilio's own libraries; README.md says which were
// confirmed, which are inferred, and what nobody publishes.
package twilio

import (
	"time"

	"github.com/parley-chat/parley/channels"
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "twilio",
		Summary:      "SMS, MMS and WhatsApp through Twilio's Programmable Messaging.",
		Settings:     append(credentials(), sending()...),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// Twilio tries again for 15 s.
		DedupeWindow: 24*time.Hour + time.Minute,
		NoRetry:      true,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func credentials() []channels.Setting {
	return []channels.Setting{
		{
			Name: "account_sid", Kind: channels.SettingText, Required: true,
			Doc: "The Account SID, in the console.", Example: "AC00000000000000000000000000000000",
		},
		{
			Name: "auth_token", Kind: channels.SettingSecret,
			Doc: "The account's auth token, in the console. It signs the webhooks, and is the password of the API unless there is an API key. " +
				"An API key signs no webhooks: only with verify: off is it enough.",
			Example: "${ env.TWILIO_AUTH_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the right signature are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "api_key", Kind: channels.SettingText,
			Doc: "The SID of an API key that sends instead of the auth token.", Example: "SK00000000000000000000000000000000",
		},
		{
			Name: "api_key_secret", Kind: channels.SettingSecret,
			Doc: "The secret of the API key.", Example: "${ env.TWILIO_API_KEY_SECRET }",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://api.twilio.com",
			Doc: "The address of the API. What Twilio has at messaging.twilio.com is there too, unless this is at api. of twilio.com: " +
				"then it is at messaging. of the same region.",
			Example: "https://api.dublin.ie1.twilio.com",
		},
	}
}

func sending() []channels.Setting {
	return []channels.Setting{
		{
			Name: "from", Kind: channels.SettingText,
			Doc: "The sender, as Twilio writes it: a number, a short code or a sender ID for SMS, whatsapp:+ and the number for WhatsApp. " +
				"It says what the channel can show: buttons, lists, places and templates are WhatsApp's. Who writes to another number of the account " +
				"is answered from that one.",
			Example: "whatsapp:+15557122661",
		},
		{
			Name: "messaging_service_sid", Kind: channels.SettingText,
			Doc:     "The Messaging Service that messages go out by. Without a from it chooses the sender of messages that start a conversation.",
			Example: "MG00000000000000000000000000000000",
		},
		{
			Name: "status_callback", Kind: channels.SettingURL,
			Doc: "Where Twilio reports what became of messages: the address of the channel's webhook. " +
				"It needs to be set only when the bot has no public_url.",
			Example: "https://bot.example.com/webhooks/twilio",
		},
		{
			Name: "register", Kind: channels.SettingBool, Default: "true",
			Doc:     "Whether the bot itself tells Twilio where messages to the Messaging Service, or to from, go.",
			Example: "false",
		},
		{
			Name: "mms", Kind: channels.SettingBool, Default: "false",
			Doc:     "Whether media go out as MMS, which exist in few countries. Otherwise their address is in the text. WhatsApp takes media in any case.",
			Example: "true",
		},
		{
			Name: "smart_encoding", Kind: channels.SettingBool, Default: "false",
			Doc:     "Whether Twilio replaces letters of an SMS, such as curly quotes, so that more of it fits into a segment.",
			Example: "true",
		},
		{
			Name: "button_contents", Kind: channels.SettingList,
			Doc: "The SIDs of Content templates with one, two and three quick replies, in this order; the README says how to make them. " +
				"Without them options are numbered lines on WhatsApp.",
			Example: `["HX00000000000000000000000000000001", "HX00000000000000000000000000000002"]`,
		},
		{
			Name: "list_contents", Kind: channels.SettingList,
			Doc:     "The SIDs of Content templates with a list of one, two and up to ten rows, in this order.",
			Example: `["HX00000000000000000000000000000011", "HX00000000000000000000000000000012"]`,
		},
		{
			Name: "list_button", Kind: channels.SettingText, Default: "Options",
			Doc:     "The label, of at most 20 characters, of the button that opens a list.",
			Example: "Choose",
		},
		{
			Name: "templates", Kind: channels.SettingList,
			Doc: "The Content SIDs of templates by their names in flows, as name=SID, or name/language=SID for one language. " +
				"A template whose name is a SID needs no line.",
			Example: `["order_shipped=HX00000000000000000000000000000021"]`,
		},
		{
			Name: "typing", Kind: channels.SettingBool, Default: "false",
			Doc: "Whether people on WhatsApp see that a message was read and that an answer is being written. A public beta of Twilio, " +
				"not for what falls under HIPAA or PCI.",
			Example: "true",
		},
	}
}
