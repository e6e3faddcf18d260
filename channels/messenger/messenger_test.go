package messenger_test

import (
	"flag"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/messenger"
	"github.com/parley-chat/parley/channels/meta"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	page   = "682498302938465"
	person = "1254477777772919"
	app    = "1517776481860111"
	answer = `{"recipient_id":"1254477777772919","message_id":"m_AG5Hz2U"}`
)

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: messenger.Factory(),
		Settings: map[string]string{
			"access_token": "EAAmarkedAccessToken", "app_secret": "marked0secret0of0the0app", "verify_token": "marked-token-of-handshakes",
			"page_id": page, "app_id": app, "give_back": "Our assistant goes on with you.",
		},
		Account: page, Conversation: person,
		Inbound: &channeltest.Inbound{
			Setting: "app_secret", Header: meta.SignatureHeader, SignsBody: true,
			Sign: func(r *channels.Request, secret string) {
				r.Header.Set(meta.SignatureHeader, meta.Sign(r.Body, secret))
			},
		},
		API: &channeltest.API{
			Answer: answer, MessageID: "m_AG5Hz2U",
			Headers: []string{"Content-Type", "Authorization"}, Failures: failures(),
		},
		Update: *update,
	}
}

// refusal is an answer of the Send API as it documents them; "10/2018278" is a code with
// its subcode.
func refusal(status int, code, reported string, kind channels.ErrorKind) channeltest.Failure {
	c, sub, _ := strings.Cut(code, "/")
	body := `{"error":{"message":"(#` + c + `) A sentence that quotes Hello","type":"OAuthException","code":` + c
	if sub != "" {
		body += `,"error_subcode":` + sub
	}
	return channeltest.Failure{
		Name: "code " + strings.ReplaceAll(code, "/", " "), Status: status, Kind: kind, Code: reported, Body: body + `,"fbtrace_id":"BLBz/WZt8dN"}}`,
	}
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	for _, f := range []struct {
		kind   channels.ErrorKind
		status int
		codes  []string
	}{
		{channels.ErrWindowClosed, 403, []string{"10/2018278", "10/2018065", "10/2534022"}},
		{channels.ErrBlocked, 403, []string{"551", "10/2018108", "10/1893015", "200/1545041"}},
		{channels.ErrBlocked, 400, []string{"100/2018001", "100/2534014"}},
		{channels.ErrInvalid, 400, []string{"100", "506", "10/2018300", "2018300", "100/2534037", "100/2018047", "100/2018109", "777777"}},
		{channels.ErrUnauthorized, 401, []string{"102", "190"}},
		{channels.ErrUnauthorized, 403, []string{"3", "10", "200", "230", "299", "368", "10/1893063", "10/2534077", "200/2534041"}},
		{channels.ErrUnauthorized, 400, []string{"100/2534013", "100/2534029", "36103"}},
		{channels.ErrRateLimited, 400, []string{"4", "9", "17", "32", "341", "613", "80006"}},
		{channels.ErrUnavailable, 500, []string{"1", "2", "1200"}},
		{channels.ErrUnavailable, 400, []string{"2018321", "100/2018008", "100/2018294"}},
		{channels.ErrUnknown, 500, []string{"1/1357046"}},
	} {
		for _, code := range f.codes {
			out = append(out, refusal(f.status, code, code, f.kind))
		}
	}
	// A subcode that is not in the table leaves the code to decide.
	out = append(out, refusal(403, "551/1545041", "551", channels.ErrBlocked), refusal(400, "190/460", "190", channels.ErrUnauthorized),
		refusal(400, "100/33", "100", channels.ErrUnauthorized), refusal(400, "613/2018338", "613", channels.ErrRateLimited))
	return append(out, []channeltest.Failure{
		{
			Name: "unknown and transient", Status: 400, Kind: channels.ErrUnavailable, Code: "4711",
			Body: `{"error":{"message":"x","code":4711,"is_transient":true}}`,
		},
		{Name: "an error with a good status", Status: 200, Kind: channels.ErrInvalid, Code: "4711", Body: `{"error":{"message":"x","code":4711}}`},
		{
			Name: "rate limit with a time", Status: 429, Header: map[string]string{"Retry-After": "3"}, Code: "613",
			Body: `{"error":{"code":613}}`, Kind: channels.ErrRateLimited, RetryAfter: 3 * time.Second,
		},
		{
			Name: "rate limit of the page", Status: 400, Code: "80006", Kind: channels.ErrRateLimited, RetryAfter: 7 * time.Minute,
			Header: map[string]string{"X-Business-Use-Case-Usage": `{"` + page + `":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":7}]}`},
			Body:   `{"error":{"code":80006}}`,
		},
		{Name: "the token in the trace", Status: 400, Code: "100", Kind: channels.ErrInvalid, Body: `{"error":{"code":100,"fbtrace_id":"EAAmarkedAccessToken"}}`},
		{Name: "wrong token without a word", Status: 401, Code: "401", Kind: channels.ErrUnauthorized},
		{Name: "wrong address", Status: 404, Code: "404", Kind: channels.ErrUnauthorized, Body: "<html></html>"},
		{Name: "bad gateway", Status: 502, Code: "502", Kind: channels.ErrUnavailable, Body: "<html></html>"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseMessengerWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

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

func channel(t *testing.T, s channeltest.Spec, apiURL string) *messenger.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*messenger.Channel)
	if !ok {
		t.Fatal("not a messenger channel")
	}
	return c
}

// options returns n options.
func options(n int) []channels.Option {
	out := make([]channels.Option, n)
	for i := range out {
		out[i] = channels.Option{ID: "o" + strconv.Itoa(i+1), Label: strings.Repeat("A", i+1)}
	}
	return out
}
