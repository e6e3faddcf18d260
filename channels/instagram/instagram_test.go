package instagram_test

import (
	"flag"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/instagram"
	"github.com/parley-chat/parley/channels/meta"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	account = "17841405822304914"
	page    = "682498302938465"
	person  = "567890123456789"
	app     = "1517776481860111"
	answer  = `{"recipient_id":"567890123456789","message_id":"aWdfZAG1"}`
)

// spec describes the channel with Instagram Login; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: instagram.Factory(),
		Settings: map[string]string{
			"access_token": "IGAAmarkedAccessToken", "app_secret": "marked0secret0of0the0app", "verify_token": "marked-token-of-handshakes",
			"account_id": account, "app_id": app, "give_back": "Our assistant goes on with you.",
		},
		Account: account, Conversation: person,
		Inbound: &channeltest.Inbound{
			Setting: "app_secret", Header: meta.SignatureHeader, SignsBody: true,
			Sign: func(r *channels.Request, secret string) {
				r.Header.Set(meta.SignatureHeader, meta.Sign(r.Body, secret))
			},
		},
		API: &channeltest.API{
			Answer: answer, MessageID: "aWdfZAG1",
			Headers: []string{"Content-Type", "Authorization"}, Failures: failures(),
		},
		Update: *update,
	}
}

// refusal is an answer as Meta documents them; "10/2534022" is a code with its subcode.
func refusal(status int, code string, kind channels.ErrorKind) channeltest.Failure {
	c, sub, _ := strings.Cut(code, "/")
	body := `{"error":{"message":"(#` + c + `) A sentence that quotes Hello","type":"IGApiException","code":` + c
	if sub != "" {
		body += `,"error_subcode":` + sub
	}
	return channeltest.Failure{
		Name: "code " + strings.ReplaceAll(code, "/", " "), Status: status, Kind: kind, Code: code, Body: body + `,"fbtrace_id":"BLBz/WZt8dN"}}`,
	}
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	for _, f := range []struct {
		kind   channels.ErrorKind
		status int
		codes  []string
	}{
		{channels.ErrWindowClosed, 403, []string{"10/2534022", "10/2018278"}},
		{channels.ErrBlocked, 400, []string{"100/2534014", "551"}},
		{channels.ErrInvalid, 400, []string{"100", "100/2534037", "10/2018300", "100/2018047", "777777"}},
		{channels.ErrUnauthorized, 401, []string{"102", "190"}},
		{channels.ErrUnauthorized, 403, []string{"3", "10", "200", "10/1893063", "10/2534077", "200/2534041"}},
		{channels.ErrUnauthorized, 400, []string{"100/2534013", "100/2534029", "36103"}},
		{channels.ErrRateLimited, 400, []string{"4", "17", "613", "80002", "80006"}},
		{channels.ErrUnavailable, 500, []string{"1", "2", "1200"}},
		{channels.ErrUnavailable, 400, []string{"100/2018008", "100/2018294"}},
	} {
		for _, code := range f.codes {
			out = append(out, refusal(f.status, code, f.kind))
		}
	}
	return append(out, []channeltest.Failure{
		{
			Name: "rate limit with a subcode", Status: 400, Code: "613", Kind: channels.ErrRateLimited,
			Body: `{"error":{"code":613,"error_subcode":2534040}}`,
		},
		{
			Name: "invalid data", Status: 400, Code: "100", Kind: channels.ErrInvalid,
			Body: `{"error":{"code":100,"error_subcode":2534015,"is_transient":false}}`,
		},
		{
			Name: "unknown and transient", Status: 400, Kind: channels.ErrUnavailable, Code: "4711",
			Body: `{"error":{"message":"x","code":4711,"is_transient":true}}`,
		},
		{
			Name: "rate limit of the account", Status: 400, Code: "80002", Kind: channels.ErrRateLimited, RetryAfter: 7 * time.Minute,
			Header: map[string]string{"X-Business-Use-Case-Usage": `{"` + account + `":[{"type":"instagram","estimated_time_to_regain_access":7}]}`},
			Body:   `{"error":{"code":80002}}`,
		},
		{Name: "wrong token without a word", Status: 401, Code: "401", Kind: channels.ErrUnauthorized},
		{Name: "wrong address", Status: 404, Code: "404", Kind: channels.ErrUnauthorized, Body: "<html></html>"},
		{Name: "bad gateway", Status: 502, Code: "502", Kind: channels.ErrUnavailable, Body: "<html></html>"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseInstagramWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

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

func channel(t *testing.T, s channeltest.Spec, apiURL string) *instagram.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*instagram.Channel)
	if !ok {
		t.Fatal("not an instagram channel")
	}
	return c
}
