package line

import (
	"embed"
	"regexp"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays LINE. It posts again when redelivery is on in the console; how often
// and when is not published:
// https://developers.line.biz/en/docs/messaging-api/receiving-messages/#webhook-redelivery.
// It wants an answer within 2 s.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"access_token": "sample-access-token", "channel_secret": "sample-channel-secret"},
		Sign: func(r *channels.Request) error {
			if secret := c.Text("channel_secret"); secret != "" {
				r.Header.Set(signatureHeader, sign(r.Body, secret))
			}
			return nil
		},
		Batch: []string{"events"}, Timeout: 2 * time.Second,
		Retries: channels.AssumedRetries,
		Again:   func(r *channels.Request, _ int) { r.Body = delivered(r.Body, true) },
	}
}

// delivered returns a body as if it was posted again, or for the first time.
func delivered(body []byte, again bool) []byte {
	return regexp.MustCompile(`("isRedelivery"\s*:\s*)(true|false)`).ReplaceAll(body, []byte("${1}"+strconv.FormatBool(again)))
}
