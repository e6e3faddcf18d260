package line_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/line"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	account = "Ub9952f8e1a2b3c4d5e6f708192a3b4c5"
	person  = "U4af4980629a1b2c3d4e5f60718293a4b"
	ref     = "00112233445566778899aabbccddeeff"
	sent    = `{"sentMessages":[{"id":"461230966842064897","quoteToken":"IStG5h1Tz7bSAMPLE"}]}`
)

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: line.Factory(),
		Settings: map[string]string{
			"access_token": "marked+Access/Token=", "channel_secret": "marked0secret0of0the0channel",
			"video_preview": "https://cdn.example.test/play.png", "audio_seconds": "60",
		},
		Account: account, Conversation: person,
		Inbound: &channeltest.Inbound{
			Setting: "channel_secret", Header: "X-Line-Signature", SignsBody: true,
			Sign: func(r *channels.Request, secret string) {
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write(r.Body)
				r.Header.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
			},
		},
		API: &channeltest.API{
			Answer: sent, MessageID: "461230966842064897",
			Headers:  []string{"Content-Type", "Authorization", "X-Line-Retry-Key"},
			Failures: failures(),
		},
		Update: *update,
	}
}

func failures() []channeltest.Failure {
	out := []channeltest.Failure{
		{
			Name: "wrong property", Status: 400, Kind: channels.ErrInvalid, Code: "400",
			Body: `{"message":"The request body has 1 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}`,
		},
		{Name: "details without words", Status: 400, Kind: channels.ErrInvalid, Code: "400", Body: `{"message":"x","details":[{}]}`},
		{Name: "no such person", Status: 400, Kind: channels.ErrBlocked, Code: "400", Body: `{"message":"Failed to send messages"}`},
		{
			Name: "wrong token", Status: 401, Kind: channels.ErrUnauthorized, Code: "401",
			Body: `{"message":"Authentication failed due to the following reason: invalid token. Confirm that the access token in the authorization header is valid."}`,
		},
		{Name: "not permitted", Status: 403, Kind: channels.ErrUnauthorized, Code: "403", Body: `{"message":"Access to this API is not available for your account"}`},
		{Name: "wrong address", Status: 404, Kind: channels.ErrUnauthorized, Code: "404", Body: "<html></html>"},
		{Name: "conflict of something else", Status: 409, Kind: channels.ErrUnknown, Code: "409", Body: `{"message":"x"}`},
		{Name: "too large", Status: 413, Kind: channels.ErrInvalid, Code: "413", Body: `{"message":"Payload Too Large"}`},
		{Name: "wrong media type", Status: 415, Kind: channels.ErrInvalid, Code: "415", Body: `{"message":"The media type is not supported"}`},
		{
			Name: "rate limit", Status: 429, Kind: channels.ErrRateLimited, Code: "429",
			Body: `{"message":"The API rate limit has been exceeded. Try again later."}`,
		},
		{
			Name: "rate limit with a time", Status: 429, Header: map[string]string{"Retry-After": "3"}, Code: "429",
			Body: `{"message":"The API rate limit has been exceeded. Try again later."}`, Kind: channels.ErrRateLimited, RetryAfter: 3 * time.Second,
		},
		{
			Name: "the month is used up", Status: 429, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: time.Hour,
			Body: `{"message":"You have reached your monthly limit."}`,
		},
		{Name: "internal error", Status: 500, Kind: channels.ErrUnavailable, Code: "500", Body: `{"message":"Internal server error"}`},
		{Name: "bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "502", Body: "<html></html>"},
		{Name: "the token in the words", Status: 400, Kind: channels.ErrInvalid, Code: "400", Body: `{"message":"marked+Access/Token="}`},
	}
	return out
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseLineWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// channel makes the channel, with changes to the spec's settings; "" takes one away.
func channel(t *testing.T, apiURL string, changes map[string]string) *line.Channel {
	t.Helper()
	s := with(changes)
	c, ok := channeltest.New(t, s, apiURL).(*line.Channel)
	if !ok {
		t.Fatal("not a line channel")
	}
	return c
}

func with(changes map[string]string) channeltest.Spec {
	s := spec()
	s.Settings = maps.Clone(s.Settings)
	for k, v := range changes {
		if v == "" {
			delete(s.Settings, k)
		} else {
			s.Settings[k] = v
		}
	}
	return s
}

// answers makes an API that answers by method and path.
func answers(t *testing.T, byCall map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := byCall[r.Method+" "+r.URL.Path]
		if !ok {
			channeltest.JSON(http.StatusNotFound, `{"message":"Not found"}`)(w, r)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	}, "Authorization")
}
