package viber

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays Viber, which tries again several times within an hour until it gets
// a 200: https://developers.viber.com/docs/faq/; when is not published.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"auth_token": "sample-token-of-the-bot", "sender_name": "Sample"},
		Sign: func(r *channels.Request) error {
			if token := c.Text("auth_token"); token != "" {
				r.Header.Set(signatureHeader, sign(r.Body, token))
			}
			return nil
		},
		Timeout: 5 * time.Second,
		Retries: func(*channels.Request) channels.Retries {
			return channels.Retries{
				Waits: []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}, Assumed: true,
			}
		},
	}
}
