package chatapi

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "1MSG: texts of 4,096", URL: "https://github.com/1msg/1msg-cli"},
		{Fact: "1MSG: rows of 24 and 72, ids of 200; templates; the window of 24 hours", URL: "https://github.com/1msg/1sdk"},
		{Fact: "1MSG: 80 messages a second, WhatsApp's own", URL: "https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput"},
		{Fact: "Chat API: media by address, locations, contacts, links", URL: "https://github.com/Zodt/ChatApi"},
		{Fact: "1MSG: 3 buttons of 20, 10 rows, texts of 1,024 under them, WhatsApp's own; captions of 700, which leave room for what hangs on them; Chat API: texts of 4,096; how far apart webhooks are posted again"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "chat-api"},
		{Name: "1msg", Values: map[string]string{"dialect": "1msg"}},
	}
}
