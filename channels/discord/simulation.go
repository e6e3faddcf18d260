package discord

import (
	"crypto/ed25519"
	files "embed" // embed is an embed of Discord here
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/inbound/*.json
var samples files.FS

// simulation plays Discord, which wants an answer within 3 s, posts an interaction once
// and an event for ten minutes: …/events/webhook-events. It signs with the private half
// of the key that nobody else has: for a try, the setting public_key is one of which
// that half is known.
func simulation(c *channels.Config) *channels.Simulation {
	return &channels.Simulation{
		Samples:  samples,
		Settings: map[string]string{"token": "sample.token", "verify": "off"},
		Secrets: []channels.Setting{{
			Name: "private_key", Kind: channels.SettingSecret,
			Doc:     "The private half of public_key, 64 hexadecimal digits: its seed. Discord keeps its own to itself, so both are of your making.",
			Example: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		}},
		Sign: func(r *channels.Request) error { return signAsDiscord(c, r) },
		ID: func(old string, now time.Time) string {
			if n, err := strconv.ParseUint(old, 10, 63); err != nil || n>>22 == 0 {
				return ""
			}
			// Within the last minute: the bits below the time alone are too few for thousands at once.
			at := now.UnixMilli() - rand.Int64N(time.Minute.Milliseconds())
			return strconv.FormatUint(uint64(at-epoch)<<22|rand.Uint64N(1<<22), 10)
		},
		Timeout: 3 * time.Second,
		Retries: func(r *channels.Request) channels.Retries {
			var p struct{ Event json.RawMessage }
			if channels.Decode(r.Body, &p) != nil || p.Event == nil {
				return channels.Retries{}
			}
			return channels.Retries{
				Waits: []time.Duration{time.Second, 10 * time.Second, time.Minute}, For: 10 * time.Minute, Assumed: true,
			}
		},
		Wants: func(payload []byte) string {
			var p struct {
				Type          channels.Integer
				ApplicationID string `json:"application_id"`
				Event         json.RawMessage
			}
			if channels.Decode(payload, &p) != nil || p.Type != "1" || p.Event != nil {
				return ""
			}
			return `"type":1` // a pong
		},
	}
}

// signAsDiscord signs with the private key. What is refused without a signature can't be
// posted without a key.
func signAsDiscord(c *channels.Config, r *channels.Request) error {
	if c.Text("verify") == "off" {
		return nil
	}
	seed, err := hex.DecodeString(c.Text("private_key"))
	if err != nil || len(seed) != ed25519.SeedSize {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		return fmt.Errorf("only Discord has the private half of your public_key: for a try, set public_key: %x in bot.yaml, and add --set private_key=%x; "+
			"or write verify: off", public, private.Seed())
	}
	at := strconv.FormatInt(r.Now.Unix(), 10)
	r.Header.Set(timeHeader, at)
	r.Header.Set(signatureHeader, hex.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seed), append([]byte(at), r.Body...))))
	return nil
}
