package oneroute

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays OneRoute. When it tries again is not published.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"api_key": "sample-key", "secret_key": "sample-secret-key", "from": "2347000000001"},
		Sign: func(r *channels.Request) error {
			if secret := c.Text("secret_key"); secret != "" {
				r.Header.Set(signatureHeader, signature(r.Body, secret))
			}
			if token := c.Text("webhook_token"); token != "" {
				q := r.URL.Query()
				q.Set("token", token)
				r.URL.RawQuery = q.Encode()
			}
			return nil
		},
		Timeout: 10 * time.Second, Retries: channels.AssumedRetries,
	}
}
