package oneroute

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "text and templates only, the window of 24 hours", URL: "https://docs.oneroute.io/whatsapp-api/endpoints/send-session-message"},
		{Fact: "80 messages a second, WhatsApp's own", URL: "https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput"},
		{Fact: "texts of 4,096, WhatsApp's own (inferred); when webhooks are posted again"},
	}
}
