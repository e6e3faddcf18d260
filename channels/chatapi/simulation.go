package chatapi

import (
	"embed"
	"slices"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

//go:embed testdata/1msg/testdata/inbound/*.json
var samplesOf1MSG embed.FS

// simulation plays Chat API or 1MSG, which sign nothing: the token is in the address.
// They want a 200. Chat API tries once, or up to 20 times with guaranteedHooks; how far
// apart is not published.
func simulation(c *channels.Config) *channels.Simulation {
	s := &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"instance": "100017", "token": "sample-token", "webhook_token": "sample-webhook-token"},
		Sign: func(r *channels.Request) error {
			if token := c.Text("webhook_token"); token != "" {
				q := r.URL.Query()
				q.Set("token", token)
				r.URL.RawQuery = q.Encode()
			}
			return nil
		},
		Batch: []string{"messages", "ack"}, Timeout: 10 * time.Second,
		Retries: func(*channels.Request) channels.Retries {
			return channels.Retries{Waits: slices.Repeat([]time.Duration{10 * time.Second}, 19), Assumed: true}
		},
	}
	if c.Text("dialect") == dialect1MSG {
		s.Samples = samplesOf1MSG
		s.Settings["dialect"], s.Settings["instance"], s.Settings["namespace"] = dialect1MSG, "VID100017", "a0b1c2d3_e4f5_6789_abcd_ef0123456789"
		s.Retries = channels.AssumedRetries
	}
	return s
}
