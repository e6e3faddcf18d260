package telegram

import (
	"embed"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays Telegram's own server, whose source is
// https://github.com/tdlib/telegram-bot-api (WebhookActor.cpp): it tries again at once,
// then after 2, 4, 8 s and so on up to a minute or two, until the update is a day old,
// and obeys a Retry-After of up to an hour. What answers after a minute is too late.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"token": "1234567890:sample-token", "secret": "sample-secret"},
		Sign: func(r *channels.Request) error {
			if secret := c.Text("secret"); secret != "" {
				r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
			}
			return nil
		},
		Timeout: time.Minute,
		Retries: func(*channels.Request) channels.Retries {
			waits := []time.Duration{0}
			for s := 2 * time.Second; s <= 64*time.Second; s *= 2 {
				waits = append(waits, s)
			}
			return channels.Retries{Waits: append(waits, 90*time.Second), For: 24 * time.Hour, RetryAfter: time.Hour}
		},
	}
}
