package line

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 5,000 UTF-16 units; labels and templates in grapheme clusters", URL: "https://developers.line.biz/en/docs/messaging-api/text-character-count/"},
		{Fact: "13 quick replies, of 20 (inferred)", URL: "https://developers.line.biz/en/docs/messaging-api/using-quick-reply/"},
		{Fact: "4 buttons below a text of 160", URL: "https://line.github.io/line-bot-sdk-nodejs/apidocs/type-aliases/TemplateButtons.html"},
		{Fact: "postbacks of 300; images, videos, sounds, locations", URL: "https://developers.line.biz/en/reference/messaging-api/"},
		{Fact: "2,000 requests a second", URL: "https://developers.line.biz/en/reference/messaging-api/#rate-limits"},
		{Fact: "a message with the same retry key is sent once", URL: "https://developers.line.biz/en/docs/messaging-api/retrying-api-request/"},
		{Fact: "that webhooks are posted again", URL: "https://developers.line.biz/en/docs/messaging-api/receiving-messages/#webhook-redelivery"},
		{Fact: "when and for how long; how many messages one person may get"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "quick_reply"},
		{Name: "template", Values: map[string]string{"buttons": "template", "video_preview": "https://example.com/preview.jpg", "audio_seconds": "60"}},
	}
}
