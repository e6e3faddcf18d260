package greenapi

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays GREEN-API, which waits 3 minutes for a 200, and tries again a minute
// later, for 24 hours: https://green-api.com/en/docs/faq/. In mode pull there is nothing
// to post to.
func simulation(c *channels.Config) *channels.Simulation {
	if c.Text("mode") == pull {
		return nil
	}
	return &channels.Simulation{
		Samples: samples,
		Settings: map[string]string{
			"instance": "9007199254740993", "token": "sample-token", "webhook_token": "sample-webhook-token",
		},
		Sign: func(r *channels.Request) error {
			if token := c.Text("webhook_token"); token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return nil
		},
		Timeout: 3 * time.Minute,
		Retries: func(*channels.Request) channels.Retries {
			return channels.Retries{Waits: []time.Duration{time.Minute}, For: 24 * time.Hour}
		},
	}
}
