package greenapi

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "media by address with captions on images and videos, templates, the window of 24 hours", URL: "https://green-api.com/en/waba/"},
		{Fact: "50 messages a second", URL: "https://green-api.com/waba/api/ratelimiter"},
		{Fact: "webhooks are posted again each minute for 24 hours", URL: "https://green-api.com/en/docs/faq/"},
		{Fact: "texts of 4,096 and captions of 1,024, WhatsApp's own (inferred)"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "push"},
		{Name: "pull", Values: map[string]string{"mode": "pull", "instance": "9007199254740993", "token": "sample-token"}},
	}
}
