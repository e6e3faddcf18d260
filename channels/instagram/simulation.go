package instagram

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays Meta. It tries again at once, then a few times less and less often,
// for 36 hours: https://developers.facebook.com/docs/messenger-platform/webhooks; how
// often is not published.
func simulation(c *channels.Config) *channels.Simulation {
	return meta.Simulation(c, samples, map[string]string{"account_id": "17841405822304914", "app_id": "1517776481860111"}, channels.Retries{
		Waits: []time.Duration{0, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour},
		For:   36 * time.Hour, Assumed: true,
	})
}
