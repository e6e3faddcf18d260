package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// whsec is a secret of Standard Webhooks; it is unlike anything else.
const whsec = "whsec_bWFya2VkLXNlY3JldC1vZi13ZWJob29rcw=="

// spec describes the channel with the preset standard.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: webhook.Factory(),
		Settings: map[string]string{
			"preset": "standard", "api_key": "marked key/of-the-api", "webhook_secret": whsec, "api_url": "http://127.0.0.1:1",
		},
		Account: "shop", Conversation: "p-17",
		Inbound: &channeltest.Inbound{
			Setting: "webhook_secret", Header: "Webhook-Signature", SignsBody: true, Tolerance: 5 * time.Minute,
			Sign: sign,
		},
		API: &channeltest.API{
			Answer: `{"id":"out-7"}`, MessageID: "out-7", Headers: []string{"Content-Type", "Authorization", "Idempotency-Key"},
			Failures: []channeltest.Failure{
				{Name: "invalid", Status: 400, Body: `{"error":{"code":"bad_text"}}`, Kind: channels.ErrInvalid, Code: "bad_text"},
				{Name: "without a code", Status: 422, Kind: channels.ErrInvalid, Code: "422"},
				{Name: "a sentence as a code", Status: 400, Body: `{"error":{"code":"bad text Hello"}}`, Kind: channels.ErrInvalid, Code: "400"},
				{Name: "wrong key", Status: 401, Kind: channels.ErrUnauthorized, Code: "401"},
				{Name: "blocked", Status: 403, Body: `{"error":{"code":"blocked"}}`, Kind: channels.ErrBlocked, Code: "blocked"},
				{Name: "window", Status: 409, Body: `{"error":{"code":"window_closed"}}`, Kind: channels.ErrWindowClosed, Code: "window_closed"},
				{Name: "blocked, with 200", Status: 200, Body: `{"error":{"code":"blocked"}}`, Kind: channels.ErrBlocked, Code: "blocked"},
				{Name: "too many", Status: 429, Header: map[string]string{"Retry-After": "2"}, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 2 * time.Second},
				{Name: "internal", Status: 500, Kind: channels.ErrUnavailable, Code: "500"},
				{Name: "later", Status: 503, Header: map[string]string{"Retry-After": "7"}, Kind: channels.ErrUnavailable, Code: "503", RetryAfter: 7 * time.Second},
			},
		},
		Update: *update,
	}
}

// sign signs by Standard Webhooks 1.0.0. A secret that is no base64 is its bytes.
func sign(r *channels.Request, secret string) {
	key := []byte(secret)
	if b, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if k, err := base64.StdEncoding.DecodeString(b); err == nil {
			key = k
		}
	}
	r.Header.Set("Webhook-Id", "msg_1")
	r.Header.Set("Webhook-Timestamp", fmt.Sprint(r.Now.Unix()))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "msg_1.%d.%s", r.Now.Unix(), r.Body)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// with returns a spec with other settings; "" takes one away.
func with(s channeltest.Spec, changes map[string]string) channeltest.Spec {
	s.Settings, s.Lists = maps.Clone(s.Settings), maps.Clone(s.Lists)
	if s.Lists == nil {
		s.Lists = map[string][]string{}
	}
	for k, v := range changes {
		if v == "" {
			delete(s.Settings, k)
		} else {
			s.Settings[k] = v
		}
	}
	return s
}
