package webhook

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples embed.FS

// simulation plays the other side. With the preset standard it has samples; the
// platforms of other mappings are nobody's but yours, and so are their payloads. In mode
// pull there is nothing to post to.
func simulation(c *channels.Config) *channels.Simulation {
	s := resolve(c)
	if s.text("mode") == pull {
		return nil
	}
	sim := &channels.Simulation{
		Settings: map[string]string{
			"preset": "standard", "api_url": "http://127.0.0.1:9", "api_key": "sample-key", "webhook_secret": "whsec_c2FtcGxlLXNlY3JldA==",
		},
		Timeout: 15 * time.Second,
		Retries: channels.AssumedRetries,
		Sign: func(r *channels.Request) error {
			p, err := newProof(s)
			if err != nil || len(p.secrets) == 0 {
				return err
			}
			return p.prove(r, p.secrets[0])
		},
	}
	if h, err := newHandshake(s); err == nil && h.param != "" {
		sim.Handshake = h.ask
	}
	if c.Text("preset") == "standard" {
		sim.Samples, sim.Batch = samples, []string{"events"}
		// The example of Standard Webhooks 1.0.0: ten attempts in three days.
		sim.Retries = func(*channels.Request) channels.Retries {
			return channels.Retries{Assumed: true, Waits: []time.Duration{
				5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
			}}
		}
	}
	return sim
}

// ask makes the GET that Handshake answers.
func (h *handshake) ask(r *channels.Request) string {
	echo := strconv.FormatInt(r.Now.UnixNano(), 36)
	q := r.URL.Query()
	q.Set(h.param, echo)
	if h.token != "" {
		q.Set(h.tokenParam, h.token)
	}
	r.Method, r.URL.RawQuery = http.MethodGet, q.Encode()
	return echo
}

// prove adds the proof to a request.
func (p *proof) prove(r *channels.Request, secret string) error {
	stamp := strconv.FormatInt(r.Now.Unix(), 10)
	switch p.how {
	case "off":
	case "query":
		q := r.URL.Query()
		q.Set(p.param, secret)
		r.URL.RawQuery = q.Encode()
	case "header":
		r.Header.Set(p.header, p.prefix+secret)
	case "standard":
		// The id is the same in every attempt.
		sum := sha256.Sum256(r.Body)
		id := "msg_" + hex.EncodeToString(sum[:12])
		r.Header.Set(standardID, id)
		r.Header.Set(standardTime, stamp)
		r.Header.Set(standardSignature, standardSign(id, stamp, r.Body, secret))
	default:
		if p.stamp != "" {
			r.Header.Set(p.stamp, stamp)
		}
		r.Header.Set(p.header, p.prefix+p.sign(r, secret))
	}
	return nil
}
