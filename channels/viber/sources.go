package viber

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 7,000, captions of 768, media, locations, contacts; 30 kB for a request", URL: "https://github.com/Viber/creators-hub"},
		{Fact: "keyboards of 12 rows; webhooks are posted again within an hour", URL: "https://developers.viber.com/docs/faq/"},
		{Fact: "labels of 60; texts of 5,000 with a keyboard, so that a request stays within 30 kB; the pace; the unit of limits; the waits between webhooks"},
	}
}
