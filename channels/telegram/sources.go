package telegram

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 4,096, captions of 1,024, callback data of 64 bytes; media, places, contacts, buttons with addresses", URL: "https://core.telegram.org/bots/api"},
		{Fact: "about 30 notifications a second", URL: "https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"},
		{Fact: "webhooks are posted again for 24 hours; the waits", URL: "https://github.com/tdlib/telegram-bot-api"},
		{Fact: "20 buttons with labels of 64; that texts are counted in UTF-16 units (inferred)"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "inline"},
		{Name: "reply", Values: map[string]string{"keyboard": "reply"}},
	}
}
