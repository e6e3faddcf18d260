package messenger

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 2,000; media by address; the window of 24 hours", URL: "https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/send-api"},
		{Fact: "13 quick replies of 20", URL: "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies"},
		{Fact: "3 buttons or links of 20 below a text of 640", URL: "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button"},
		{Fact: "webhooks are posted again for 36 hours", URL: "https://developers.facebook.com/docs/messenger-platform/webhooks"},
		{Fact: "300 messages a second of a page (the platform's page on rate limiting)", URL: "https://developers.facebook.com/documentation/business-messaging/messenger-platform"},
		{Fact: "the waits between webhooks; the unit of limits"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "quick replies"},
		{Name: "buttons", Values: map[string]string{"options": "buttons"}},
	}
}
