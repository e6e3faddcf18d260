package mmp

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays MMP. It signs nothing: the token is in the address. When it tries
// again is not published.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples: samples,
		Settings: map[string]string{
			"api_url": "http://127.0.0.1:9", "api_key": "sample-key", "send_path": "/messages/{conversation}", "webhook_token": "sample-token",
		},
		Lists: map[string][]string{"headers": {"X-Api-Key: {api_key}"}},
		Sign: func(r *channels.Request) error {
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
