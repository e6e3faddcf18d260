package twilio

import (
	"strconv"

	"github.com/parley-chat/parley/channels"
)

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 1,600; statuses", URL: "https://www.twilio.com/docs/messaging/api/message-resource"},
		{Fact: "whatsapp: 3 buttons of 20 below 1,024", URL: "https://www.twilio.com/docs/content/twilio-quick-reply"},
		{Fact: "whatsapp: 10 rows of 24", URL: "https://www.twilio.com/docs/content/twiliolist-picker"},
		{Fact: "whatsapp: locations", URL: "https://www.twilio.com/docs/whatsapp/message-features"},
		{Fact: "whatsapp: 80 messages a second", URL: "https://www.twilio.com/docs/whatsapp/best-practices-and-faqs"},
		{Fact: "sms: one segment a second for a US long code; others have more", URL: "https://www.twilio.com/docs/api/errors/30001"},
		{Fact: "a webhook is posted once, unless its address says otherwise", URL: "https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"},
		{Fact: "whatsapp: captions of 1,024, one message in 6 seconds to a person after ten, WhatsApp's own; the unit of limits"},
	}
}

// variants are what from makes of a channel.
func variants() []channels.Variant {
	buttons := []string{"HX00000000000000000000000000000001", "HX00000000000000000000000000000002", "HX00000000000000000000000000000003"}
	list := make([]string, maxRows)
	for i := range list {
		list[i] = "HX000000000000000000000000000000" + strconv.Itoa(10+i)
	}
	return []channels.Variant{
		{Name: "sms", Values: map[string]string{"from": "+15557122661"}},
		{Name: "mms", Values: map[string]string{"from": "+15557122661", "mms": "true"}},
		{Name: "whatsapp", Values: map[string]string{"from": "whatsapp:+15557122661"}, Lists: map[string][]string{"button_contents": buttons, "list_contents": list}},
	}
}
