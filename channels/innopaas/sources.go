package innopaas

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "media, locations, contacts, templates, the window of 24 hours, titles of 20 and 24, row ids of 200", URL: "https://docs.innopaas.com/api-reference/api-reference-en/whatsapp-business-api/whatsapp-business-api/message"},
		{Fact: "3 buttons, 10 rows, hints of 72, texts of 1,024 (WhatsApp's own)", URL: "https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages"},
		{Fact: "80 messages a second, one in 6 seconds to a person (WhatsApp's own)", URL: "https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput"},
		{Fact: "10 messages to a person at once; when webhooks are posted again; the unit of limits"},
	}
}
