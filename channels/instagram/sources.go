package instagram

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 1,000 bytes; images, sounds and videos; the window of 24 hours", URL: "https://developers.facebook.com/documentation/business-messaging/instagram-messaging"},
		{Fact: "13 quick replies of 20 (of Messenger; the same for Instagram)", URL: "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies"},
		{Fact: "3 buttons or links of 20 below a text of 640 (of Messenger; the same for Instagram)", URL: "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button"},
		{Fact: "100 messages a second of an account, for Instagram Login and taken for both", URL: "https://developers.facebook.com/documentation/instagram-platform/overview"},
		{Fact: "webhooks are posted again for 36 hours", URL: "https://developers.facebook.com/docs/messenger-platform/webhooks"},
		{Fact: "the waits between webhooks"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "quick replies"},
		{Name: "buttons", Values: map[string]string{"options": "buttons"}},
	}
}
