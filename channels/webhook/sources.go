package webhook

import "github.com/parley-chat/parley/channels"

// sources say where the limits are written down; README.md has more of each.
func sources() []channels.Source {
	return []channels.Source{
		{Fact: "signatures and waits of the preset standard", URL: "https://github.com/standard-webhooks/standard-webhooks"},
		{Fact: "every other limit is a setting; the README of greenapi has those of its preset"},
	}
}

// variants are the presets: without one everything is by mapping.
func variants() []channels.Variant {
	return []channels.Variant{
		{Name: "preset standard", Values: map[string]string{"preset": "standard"}},
		{Name: "preset greenapi", Values: map[string]string{"preset": "greenapi", "from": "9007199254740993", "api_key": "sample-key", "webhook_secret": "sample-secret"}},
	}
}
