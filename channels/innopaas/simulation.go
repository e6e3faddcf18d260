package innopaas

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays InnoPaaS. It signs nothing: the two values of the console are in the
// headers. When it tries again is not published.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"app_key": "sample-key", "token": "sample-token", "webhook_token": "sample-webhook-token"},
		Sign: func(r *channels.Request) error {
			for header, value := range map[string]string{"Authorization": c.Text("webhook_token"), "UserName": c.Text("webhook_user")} {
				if value != "" {
					r.Header.Set(header, value)
				}
			}
			return nil
		},
		Timeout: 10 * time.Second, Retries: channels.AssumedRetries,
	}
}
