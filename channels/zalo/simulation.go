package zalo

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays Zalo, which waits 2 s and tries again after 30 s, 5, 15, 30 and 60
// minutes: OA/webhook/tong-quan.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples: samples,
		Settings: map[string]string{
			"app_id": "3608465248940903967", "oa_id": "388613280878808645", "oa_secret_key": "sample-oa-secret-key",
			"access_token": "sample-access-token", "groups": "true", "give_back": "Our assistant is here again.",
		},
		Sign: func(r *channels.Request) error {
			if secret := c.Text("oa_secret_key"); secret != "" {
				r.Header.Set(signatureHeader, sign(c.Text("app_id"), r.Body, timestampOf(r.Body), secret))
			}
			return nil
		},
		Timeout: 2 * time.Second,
		Retries: func(*channels.Request) channels.Retries {
			return channels.Retries{Waits: []time.Duration{
				30 * time.Second, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
			}}
		},
	}
}

// setup is what is left to a person: Zalo has no API for the webhook's address.
func setup(*channels.Config) string {
	return "At https://developers.zalo.me, the app, Webhook: write\n{webhook}\n" +
		"and switch on the events of messages, receipts, follow, calls and templates; leave Lọc cú pháp off."
}
