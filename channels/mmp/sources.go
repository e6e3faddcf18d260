package mmp

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "text in and out by webhooks and Send Conversation Message; statuses name the message only", URL: "https://mdoc.lamhongquan.com"},
		{Fact: "whatsapp: texts of 1,024, 3 buttons of 20, rows of 24 and 72, ids of 200; media, locations, suggestions and templates of each application (types; inferred on the wire)", URL: "https://github.com/peacom/peacom"},
		{Fact: "whatsapp: 80 messages a second, WhatsApp's own", URL: "https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput"},
		{Fact: "whatsapp: 10 rows and the window of 24 hours, WhatsApp's own; texts of 1,000, 2,000 (zalo), 3,072 (rcs) and 7,000 (viber_bot), 11 and 20 suggestions of 25"},
		{Fact: "the pace of the other applications, and when webhooks are posted again"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "other", Values: map[string]string{"application": "other"}},
		{Name: "viber", Values: map[string]string{"application": "viber"}},
		{Name: "viber_bot", Values: map[string]string{"application": "viber_bot"}},
		{Name: "rcs", Values: map[string]string{"application": "rcs"}},
		{Name: "apple", Values: map[string]string{"application": "apple"}},
		{Name: "zalo", Values: map[string]string{"application": "zalo"}},
		{Name: "whatsapp", Values: map[string]string{"application": "whatsapp"}},
	}
}
