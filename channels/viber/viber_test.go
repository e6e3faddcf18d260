package viber_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"maps"
	"net/http"
	"path"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/viber"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	person = "jc9HsWTZ2Yf2NkRZ8KcNug=="
	sent   = `{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-05_","billing_status":1}`
)

// spec describes the channel; its secret is unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: viber.Factory(),
		Settings: map[string]string{
			"auth_token": "4marked5da1token345-dazcczb2542zv51a", "sender_name": "Acme",
			"sender_avatar": "https://cdn.example.test/avatar.jpg", "welcome": "Hello! Write anything.",
		},
		Account: channeltest.Name, Conversation: person,
		Inbound: &channeltest.Inbound{
			Setting: "auth_token", Header: "X-Viber-Content-Signature", SignsBody: true,
			Sign: func(r *channels.Request, secret string) {
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write(r.Body)
				r.Header.Set("X-Viber-Content-Signature", hex.EncodeToString(mac.Sum(nil)))
			},
		},
		API: &channeltest.API{
			Answer: sent, MessageID: "5741311803571721087",
			Headers: []string{"Content-Type", "X-Viber-Auth-Token"}, Failures: failures(),
		},
		Update: *update,
	}
}

// refusal is an answer of the API as it documents them: always with status 200.
func refusal(code int, word string, kind channels.ErrorKind) channeltest.Failure {
	c := strconv.Itoa(code)
	return channeltest.Failure{
		Name: "code " + c, Status: 200, Kind: kind, Code: c,
		Body: `{"status":` + c + `,"status_message":"` + word + `","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-05_"}`,
	}
}

func failures() []channeltest.Failure {
	out := []channeltest.Failure{
		refusal(1, "invalidUrl", channels.ErrInvalid),
		refusal(2, "invalidAuthToken", channels.ErrUnauthorized),
		refusal(3, "badData", channels.ErrInvalid),
		refusal(4, "missingData", channels.ErrInvalid),
		refusal(5, "receiverNotRegistered", channels.ErrBlocked),
		refusal(6, "receiverNotSubscribed", channels.ErrBlocked),
		refusal(7, "publicAccountBlocked", channels.ErrUnauthorized),
		refusal(8, "publicAccountNotFound", channels.ErrUnauthorized),
		refusal(9, "publicAccountSuspended", channels.ErrUnauthorized),
		refusal(10, "webhookNotSet", channels.ErrUnauthorized),
		refusal(11, "receiverNoSuitableDevice", channels.ErrBlocked),
		refusal(12, "tooManyRequests", channels.ErrRateLimited),
		refusal(13, "apiVersionNotSupported", channels.ErrInvalid),
		refusal(14, "incompatibleWithVersion", channels.ErrInvalid),
		refusal(15, "publicAccountNotAuthorized", channels.ErrUnauthorized),
		refusal(16, "inchatReplyMessageNotAllowed", channels.ErrInvalid),
		refusal(17, "publicAccountIsNotInline", channels.ErrInvalid),
		refusal(18, "noPublicChat", channels.ErrInvalid),
		refusal(19, "cannotSendBroadcast", channels.ErrInvalid),
		refusal(20, "broadcastNotAllowed", channels.ErrInvalid),
		refusal(21, "unsupportedCountry", channels.ErrBlocked),
		refusal(22, "paymentUnsupported", channels.ErrInvalid),
		refusal(23, "freeMessagesExceeded", channels.ErrUnauthorized),
		refusal(24, "noBalance", channels.ErrUnauthorized),
		refusal(99, "failure", channels.ErrUnavailable),
		refusal(-1, "", channels.ErrUnavailable),
	}
	return append(out, []channeltest.Failure{
		{Name: "the token in the words", Status: 200, Kind: channels.ErrUnavailable, Code: "98", Body: `{"status":98,"status_message":"4marked5da1token345-dazcczb2542zv51a"}`},
		{
			Name: "rate limit with a time", Status: 200, Header: map[string]string{"Retry-After": "3"}, Code: "12",
			Body: `{"status":12,"status_message":"tooManyRequests"}`, Kind: channels.ErrRateLimited, RetryAfter: 3 * time.Second,
		},
		{Name: "a code with another status", Status: 400, Kind: channels.ErrBlocked, Code: "6", Body: `{"status":6,"status_message":"receiverNotSubscribed"}`},
		{Name: "an unknown code with a bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "502", Body: `{"status":99}`},
		{Name: "an unknown code with a refusal", Status: 403, Kind: channels.ErrUnauthorized, Code: "403", Body: `{"status":403}`},
		{Name: "wrong address", Status: 404, Kind: channels.ErrUnauthorized, Code: "404", Body: "<html></html>"},
		{Name: "too large", Status: 413, Kind: channels.ErrInvalid, Code: "413", Body: "<html></html>"},
		{Name: "bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "502", Body: "<html></html>"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseViberWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// with returns the spec with other settings; "" takes one away.
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

func channel(t *testing.T, apiURL string, changes map[string]string) *viber.Channel {
	t.Helper()
	c, ok := channeltest.New(t, with(changes), apiURL).(*viber.Channel)
	if !ok {
		t.Fatal("not a viber channel")
	}
	return c
}

// answers makes an API that answers by method.
func answers(t *testing.T, byMethod map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := byMethod[path.Base(r.URL.Path)]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	}, "X-Viber-Auth-Token")
}
