package meta

import (
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Simulation plays Meta towards a channel with these samples: the signature, the
// handshake, and retries. The settings are those of the samples beside the app's.
func Simulation(c *channels.Config, samples fs.FS, settings map[string]string, retries channels.Retries) *channels.Simulation {
	all := map[string]string{"access_token": "sample-access-token", "app_secret": "sample-app-secret", "verify_token": "sample-verify-token"}
	for k, v := range settings {
		all[k] = v
	}
	return &channels.Simulation{
		Samples: samples, Settings: all,
		Sign: func(r *channels.Request) error {
			if secret := c.Text("app_secret"); secret != "" {
				r.Header.Set(SignatureHeader, Sign(r.Body, secret))
			}
			return nil
		},
		// Up to 1,000 updates may be in one request:
		// https://developers.facebook.com/docs/graph-api/webhooks/getting-started#event-notifications.
		Batch: []string{"entry"},
		// Messenger asks for an answer within 5 s; of the others nothing is published.
		Timeout: 5 * time.Second,
		Retries: func(*channels.Request) channels.Retries { return retries },
		Handshake: func(r *channels.Request) string {
			challenge := strconv.FormatInt(r.Now.UnixNano()%1e10, 10)
			q := r.URL.Query()
			q.Set("hub.mode", "subscribe")
			q.Set("hub.verify_token", c.Text("verify_token"))
			q.Set("hub.challenge", challenge)
			r.Method, r.URL.RawQuery = http.MethodGet, q.Encode()
			return challenge
		},
	}
}
