package whatsapp

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays Meta. It tries again for 7 days, with gaps that grow:
// https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks; how
// long they are is not published.
func simulation(c *channels.Config) *channels.Simulation {
	return meta.Simulation(c, samples, map[string]string{"phone_number_id": "106540352242922"}, channels.Retries{
		Waits: []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour},
		For:   7 * 24 * time.Hour, Assumed: true,
	})
}
