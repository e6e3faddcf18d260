package webhook_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
)

// plain are the settings of a platform that nothing is known of.
func plain(changes map[string]string) channeltest.Spec {
	return with(channeltest.Spec{
		Factory: webhook.Factory(),
		Settings: map[string]string{
			"verify": "off", "conversation": "from", "text": "body", "id": "id", "api_url": "http://127.0.0.1:1", "api_key": "marked-key-of-the-api",
			"send": `POST /send {"to": "{conversation}", "text": "{text}"}`,
		},
		Account: "shop", Conversation: "p-17",
	}, changes)
}

func channel(t *testing.T, s channeltest.Spec, apiURL string) *webhook.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*webhook.Channel)
	if !ok {
		t.Fatal("not a webhook channel")
	}
	return c
}

func post(body string) *channels.Request {
	return &channels.Request{
		Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"},
		Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body), Now: channeltest.Now(),
	}
}

const hi = `{"id":"m-1","from":"p-17","body":"hi"}`

// status is what a request is answered with; 200 when it is taken.
func status(t *testing.T, c *webhook.Channel, r *channels.Request) int {
	t.Helper()
	_, err := c.Receive(t.Context(), r)
	if err == nil {
		return http.StatusOK
	}
	e, ok := err.(*channels.RequestError)
	if !ok {
		t.Fatalf("%v", err)
	}
	return e.Status
}

func TestSuiteWithEachProof(t *testing.T) {
	now := strconv.FormatInt(channeltest.Now().Unix(), 10)
	hmacOf := func(h func() hash.Hash, secret, of string) []byte {
		mac := hmac.New(h, []byte(secret))
		mac.Write([]byte(of))
		return mac.Sum(nil)
	}
	for name, c := range map[string]struct {
		settings map[string]string
		proof    func(r *channels.Request, secret string)
	}{
		"bearer": {map[string]string{"verify": "header"}, func(r *channels.Request, secret string) {
			r.Header.Set("Authorization", "Bearer "+secret)
		}},
		"header": {map[string]string{"verify": "header", "signature_header": "x-key"}, func(r *channels.Request, secret string) {
			r.Header.Set("X-Key", secret)
		}},
		"query": {map[string]string{"verify": "query", "signature_param": "key"}, func(r *channels.Request, secret string) {
			r.URL.RawQuery = "key=" + secret
		}},
		"sha256": {map[string]string{"verify": "hmac", "signature_header": "X-Hub-Signature-256", "signature_prefix": "sha256="}, func(r *channels.Request, secret string) {
			r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(hmacOf(sha256.New, secret, string(r.Body))))
		}},
		"sha1 in base64": {map[string]string{"verify": "hmac", "signature_header": "X-S", "signature_hash": "sha1", "signature_encoding": "base64"}, func(r *channels.Request, secret string) {
			r.Header.Set("X-S", base64.StdEncoding.EncodeToString(hmacOf(sha1.New, secret, string(r.Body))))
		}},
		"sha512 with a time": {map[string]string{"verify": "hmac", "signature_header": "X-S", "signature_hash": "sha512", "timestamp_header": "X-T"}, func(r *channels.Request, secret string) {
			r.Header.Set("X-T", now)
			r.Header.Set("X-S", hex.EncodeToString(hmacOf(sha512.New, secret, now+"."+string(r.Body))))
		}},
		"of a text of its own": {map[string]string{"verify": "hmac", "signature_header": "X-S", "timestamp_header": "X-T", "signature_over": "v0:{timestamp}:{body}", "signature_prefix": "v0="}, func(r *channels.Request, secret string) {
			r.Header.Set("X-T", now)
			r.Header.Set("X-S", "v0="+hex.EncodeToString(hmacOf(sha256.New, secret, "v0:"+now+":"+string(r.Body))))
		}},
		"standard": {map[string]string{"verify": "standard"}, sign},
	} {
		t.Run(name, func(t *testing.T) {
			const secret, old = "marked-secret-of-webhooks", "marked-old-secret"
			s := plain(c.settings)
			s.Settings["webhook_secret"] = secret
			one := channel(t, s, "")
			s.Settings["webhook_secret_old"] = old
			two := channel(t, s, "")
			for _, try := range []struct {
				secret   string
				one, two int
			}{{secret, 200, 200}, {old, 401, 200}, {"wrong-secret", 401, 401}, {"", 401, 401}, {secret + "x", 401, 401}} {
				r := post(hi)
				c.proof(r, try.secret)
				if got := status(t, one, r); got != try.one {
					t.Errorf("%q: %d, want %d", try.secret, got, try.one)
				}
				if got := status(t, two, r); got != try.two {
					t.Errorf("%q while the secret changes: %d, want %d", try.secret, got, try.two)
				}
			}
			if got := status(t, two, post(hi)); got != http.StatusUnauthorized {
				t.Errorf("without a proof: %d", got)
			}
		})
	}
}

// TestStandardWebhooksComparesEachPart: id, time and body are signed.
func TestStandardWebhooksComparesEachPart(t *testing.T) {
	s := spec()
	c := channel(t, s, "")
	for name, change := range map[string]func(r *channels.Request){
		"as it is":            func(*channels.Request) {},
		"several signatures":  func(r *channels.Request) { add(r, "v1,AAAA v1a,BBBB ", " v2,CCCC") },
		"another id":          func(r *channels.Request) { r.Header.Set("Webhook-Id", "msg_2") },
		"no id":               func(r *channels.Request) { r.Header.Del("Webhook-Id") },
		"another time":        func(r *channels.Request) { r.Header.Set("Webhook-Timestamp", fmt.Sprint(r.Now.Unix()+1)) },
		"no time":             func(r *channels.Request) { r.Header.Del("Webhook-Timestamp") },
		"a time that is none": func(r *channels.Request) { r.Header.Set("Webhook-Timestamp", "now") },
		"another body":        func(r *channels.Request) { r.Body = []byte(`{}`) },
		"another version": func(r *channels.Request) {
			r.Header.Set("Webhook-Signature", "v2"+r.Header.Get("Webhook-Signature")[2:])
		},
		"no version": func(r *channels.Request) {
			r.Header.Set("Webhook-Signature", r.Header.Get("Webhook-Signature")[3:])
		},
	} {
		r := s.Request([]byte(hi))
		change(r)
		want := http.StatusUnauthorized
		if name == "as it is" || name == "several signatures" {
			want = http.StatusOK
		}
		if got := status(t, c, r); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// TestStandardWebhooksTakesTheVector of the reference libraries:
// https://github.com/standard-webhooks/standard-webhooks/tree/main/libraries.
func TestStandardWebhooksTakesTheVector(t *testing.T) {
	c := channel(t, plain(map[string]string{"verify": "standard", "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}), "")
	r := post(`{"test": 2432232314}`)
	r.Now = time.Unix(1614265330, 0)
	r.Header.Set("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	r.Header.Set("Webhook-Timestamp", "1614265330")
	r.Header.Set("Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if got := status(t, c, r); got != http.StatusOK {
		t.Errorf("refused with %d", got)
	}
}

func add(r *channels.Request, before, after string) {
	r.Header.Set("Webhook-Signature", before+r.Header.Get("Webhook-Signature")+after)
}

func TestTimestampsMayDifferByTheTolerance(t *testing.T) {
	s := plain(map[string]string{
		"verify": "hmac", "signature_header": "X-S", "timestamp_header": "X-T", "timestamp_tolerance": "60", "webhook_secret": "marked-secret-of-webhooks",
	})
	c := channel(t, s, "")
	for stamp, want := range map[string]int{
		"1772445600": 200, "1772445540": 200, "1772445660": 200, "1772445539": 401, "1772445661": 401, "1772445600000": 200,
		"": 401, "-1": 401, "x": 401, "99999999999999999999": 401, "0": 401,
	} {
		r := post(hi)
		r.Header.Set("X-T", stamp)
		mac := hmac.New(sha256.New, []byte(s.Settings["webhook_secret"]))
		mac.Write([]byte(stamp + "." + hi))
		r.Header.Set("X-S", hex.EncodeToString(mac.Sum(nil)))
		if got := status(t, c, r); got != want {
			t.Errorf("%q: %d, want %d", stamp, got, want)
		}
	}
}

func TestHandshakeSendsBackItsParameterAlone(t *testing.T) {
	get := func(query string) *channels.Request {
		r := post("")
		r.Method, r.URL.RawQuery = http.MethodGet, query
		return r
	}
	s := plain(map[string]string{"handshake": "hub.challenge", "handshake_token": "marked-token-of-handshakes", "handshake_token_param": "hub.verify_token"})
	for query, want := range map[string]int{
		"hub.challenge=1158201444&hub.verify_token=marked-token-of-handshakes": 200,
		"hub.challenge=1158201444&hub.verify_token=wrong":                      401,
		"hub.challenge=1158201444":                                             401,
		"hub.verify_token=marked-token-of-handshakes":                          400,
	} {
		got, err := channel(t, s, "").Handshake(t.Context(), get(query))
		switch e, _ := err.(*channels.RequestError); {
		case want == 200 && (err != nil || string(got.Body) != "1158201444" || got.ContentType != "text/plain; charset=utf-8"):
			t.Errorf("%s: %+v, %v", query, got, err)
		case want != 200 && (e == nil || e.Status != want):
			t.Errorf("%s: %v, want %d", query, err, want)
		}
	}
	_, err := channel(t, plain(nil), "").Handshake(t.Context(), get("hub.challenge=1"))
	if e, ok := err.(*channels.RequestError); !ok || e.Status != http.StatusMethodNotAllowed {
		t.Errorf("without the setting: %v", err)
	}
}
