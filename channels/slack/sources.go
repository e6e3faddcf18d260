package slack

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "texts of 4,000, which Slack advises", URL: "https://docs.slack.dev/reference/methods/chat.postMessage"},
		{Fact: "sections of 3,000; 25 buttons; a menu of 100; labels and hints of 75; values of 150; images by address", URL: "https://docs.slack.dev/reference/block-kit"},
		{Fact: "one message a second and channel, several hundred a minute for the workspace, of which 5 a second are chosen", URL: "https://docs.slack.dev/apis/web-api/rate-limits"},
		{Fact: "webhooks are posted again at once, after a minute and after five", URL: "https://docs.slack.dev/apis/events-api/#retries"},
		{Fact: "the unit of limits; bursts"},
	}
}
