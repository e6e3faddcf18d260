package whatsapp

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 4,096; 3 buttons of 20; 10 rows of 24 and 72, ids of 200, texts of 1,024 under them; captions of 1,024", URL: "https://github.com/facebook/openapi/blob/main/business-messaging-api_v23.0.yaml"},
		{Fact: "media, locations, contacts, links, templates, the window of 24 hours", URL: "https://developers.facebook.com/documentation/business-messaging/whatsapp"},
		{Fact: "80 messages a second of a number, one in 6 seconds to a person", URL: "https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput"},
		{Fact: "webhooks are posted again for 7 days", URL: "https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks"},
		{Fact: "10 messages to a person at once; the waits between webhooks; the unit of limits"},
	}
}
