package discord

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 2,000; a nonce holds a second message back", URL: "https://docs.discord.com/developers/resources/message#create-message"},
		{Fact: "25 buttons of 80 in rows of five; a menu of 25 with labels and hints of 100; ids of 100", URL: "https://docs.discord.com/developers/components/reference"},
		{Fact: "50 requests a second", URL: "https://docs.discord.com/developers/topics/rate-limits#global-rate-limit"},
		{Fact: "events are posted again for ten minutes, interactions never", URL: "https://docs.discord.com/developers/events/webhook-events"},
		{Fact: "the unit of limits; the waits between events"},
	}
}

// variants are the settings that change what can be shown.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "interaction"},
		{Name: "channel", Values: map[string]string{"answer": "channel"}},
	}
}
