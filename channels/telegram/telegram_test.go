package telegram_test

import (
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/telegram"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: telegram.Factory(),
		Settings: map[string]string{
			"token": "1234567890:AAmarkedtokenAA", "secret": "marked_secret_of_webhooks",
		},
		Account: "1234567890", Conversation: "5550100017",
		Inbound: &channeltest.Inbound{
			Setting: "secret", Header: "X-Telegram-Bot-Api-Secret-Token",
			Sign: func(r *channels.Request, secret string) {
				r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
			},
		},
		API: &channeltest.API{
			Answer:    `{"ok":true,"result":{"message_id":4711,"date":1772445600,"chat":{"id":5550100017,"type":"private"}}}`,
			MessageID: "4711",
			Headers:   []string{"Content-Type"},
			Failures:  failures(),
		},
		Update: *update,
	}
}

func failures() []channeltest.Failure {
	refusal := func(name string, code int, description string, kind channels.ErrorKind) channeltest.Failure {
		return channeltest.Failure{
			Name: name, Status: code, Kind: kind, Code: itoa(code),
			Body: `{"ok":false,"error_code":` + itoa(code) + `,"description":"` + description + `"}`,
		}
	}
	out := []channeltest.Failure{
		refusal("blocked by the user", 403, "Forbidden: bot was blocked by the user", channels.ErrBlocked),
		refusal("user is deactivated", 403, "Forbidden: user is deactivated", channels.ErrBlocked),
		refusal("kicked from the group", 403, "Forbidden: bot was kicked from the supergroup chat", channels.ErrBlocked),
		refusal("never started", 403, "Forbidden: bot can't initiate conversation with a user", channels.ErrBlocked),
		refusal("chat not found", 400, "Bad Request: chat not found", channels.ErrBlocked),
		refusal("no rights", 400, "Bad Request: not enough rights to send text messages to the chat", channels.ErrBlocked),
		refusal("topic gone", 400, "Bad Request: message thread not found", channels.ErrBlocked),
		refusal("too long", 400, "Bad Request: message is too long", channels.ErrInvalid),
		refusal("media not fetched", 400, "Bad Request: wrong file identifier/HTTP URL specified", channels.ErrInvalid),
		refusal("button data", 400, "Bad Request: BUTTON_DATA_INVALID", channels.ErrInvalid),
		refusal("wrong token", 401, "Unauthorized", channels.ErrUnauthorized),
		refusal("no such token", 404, "Not Found", channels.ErrUnauthorized),
		refusal("too large", 413, "Request Entity Too Large", channels.ErrInvalid),
		refusal("internal error", 500, "Internal Server Error", channels.ErrUnavailable),
		refusal("bad gateway", 502, "Bad Gateway", channels.ErrUnavailable),
		refusal("the token in the description", 400, "Bad Request: 1234567890:AAmarkedtokenAA", channels.ErrInvalid),
		{
			Name: "a refusal with status 200", Status: 200, Kind: channels.ErrBlocked, Code: "403",
			Body: `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`,
		},
		{
			Name: "group became a supergroup", Status: 400, Kind: channels.ErrBlocked, Code: "400",
			Body: `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1009007199254740}}`,
		},
		{Name: "not found by a proxy", Status: 404, Body: "<html></html>", Kind: channels.ErrUnauthorized, Code: "404"},
	}
	for name, limit := range map[string]struct {
		parameter string
		header    string
		want      time.Duration
	}{
		"flood":              {"34", "", 34 * time.Second},
		"flood for a day":    {"86400", "", time.Hour},
		"flood, in a header": {"0", "12", 12 * time.Second},
	} {
		out = append(out, channeltest.Failure{
			Name: name, Status: 429, Header: map[string]string{"Retry-After": limit.header},
			Kind: channels.ErrRateLimited, Code: "429", RetryAfter: limit.want,
			Body: `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":` + limit.parameter + `}}`,
		})
	}
	return out
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzReceive(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// answers makes an API that answers by method.
func answers(t *testing.T, byMethod map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := byMethod[method(r.URL.Path)]
		if !ok {
			channeltest.JSON(http.StatusNotFound, `{"ok":false,"error_code":404,"description":"Not Found"}`)(w, r)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	})
}
