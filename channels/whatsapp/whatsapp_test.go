package whatsapp_test

import (
	"flag"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/meta"
	"github.com/parley-chat/parley/channels/whatsapp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	number       = "106540352242922"
	conversation = "16505550117"
	ref          = "00112233445566778899aabbccddeeff"
	answer       = `{"messaging_product":"whatsapp","contacts":[{"input":"16505550117","wa_id":"16505550117"}],"messages":[{"id":"wamid.SAMPLE","message_status":"accepted"}]}`
)

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: whatsapp.Factory(),
		Settings: map[string]string{
			"access_token": "EAAmarkedAccessToken", "app_secret": "marked0secret0of0the0app", "verify_token": "marked-token-of-handshakes",
			"phone_number_id": number, "template_language": "en_US", "give_back": "Our assistant goes on with you.",
		},
		Account: number, Conversation: conversation,
		Inbound: &channeltest.Inbound{
			Setting: "app_secret", Header: meta.SignatureHeader, SignsBody: true,
			Sign: func(r *channels.Request, secret string) {
				r.Header.Set(meta.SignatureHeader, meta.Sign(r.Body, secret))
			},
		},
		API: &channeltest.API{
			Answer: answer, MessageID: "wamid.SAMPLE",
			Headers: []string{"Content-Type", "Authorization"}, Failures: failures(),
		},
		Update: *update,
	}
}

// refusal is an answer of the Graph API as it documents them.
func refusal(status, code int, kind channels.ErrorKind) channeltest.Failure {
	c := strconv.Itoa(code)
	return channeltest.Failure{
		Name: "code " + c, Status: status, Kind: kind, Code: c,
		Body: `{"error":{"message":"(#` + c + `) A title that quotes Hello","type":"OAuthException","code":` + c +
			`,"error_data":{"messaging_product":"whatsapp","details":"Details that quote Hello"},"fbtrace_id":"A1b2C3_d4-E5"}}`,
	}
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	for _, f := range []struct {
		kind   channels.ErrorKind
		status int
		codes  []int
	}{
		{channels.ErrUnauthorized, 401, []int{0, 102, 190, 131031, 131045}},
		{channels.ErrUnauthorized, 403, []int{3, 10, 200, 299, 368, 131005, 131042, 131037, 134011}},
		{channels.ErrUnauthorized, 400, []int{33, 133010}},
		{channels.ErrRateLimited, 400, []int{4, 17, 32, 341, 613, 80000, 80007, 80014, 130429, 131048, 131056, 132069}},
		{channels.ErrUnavailable, 500, []int{131000, 131016, 131057, 133004}},
		{channels.ErrUnavailable, 400, []int{1, 2, 131053}},
		{channels.ErrWindowClosed, 400, []int{131047}},
		{channels.ErrBlocked, 400, []int{130472, 130497, 131026, 131030, 131049, 131050}},
		{channels.ErrInvalid, 400, []int{
			100, 506, 131008, 131009, 131021, 131051, 131052, 131062, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 135000, 777777,
		}},
	} {
		for _, code := range f.codes {
			out = append(out, refusal(f.status, code, f.kind))
		}
	}
	return append(out, []channeltest.Failure{
		{
			Name: "no such object", Status: 400, Kind: channels.ErrUnauthorized, Code: "100",
			Body: `{"error":{"message":"Unsupported post request.","type":"GraphMethodException","code":100,"error_subcode":33,"fbtrace_id":"x"}}`,
		},
		{
			Name: "unknown and transient", Status: 400, Kind: channels.ErrUnavailable, Code: "4711",
			Body: `{"error":{"message":"x","code":4711,"is_transient":true}}`,
		},
		{Name: "unknown with a bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "4711", Body: `{"error":{"message":"x","code":4711}}`},
		{Name: "an error with a good status", Status: 200, Kind: channels.ErrInvalid, Code: "4711", Body: `{"error":{"message":"x","code":4711}}`},
		{
			Name: "rate limit with a time", Status: 429, Header: map[string]string{"Retry-After": "3"}, Code: "130429",
			Body: `{"error":{"code":130429}}`, Kind: channels.ErrRateLimited, RetryAfter: 3 * time.Second,
		},
		{
			Name: "rate limit of the account", Status: 400, Code: "80007", Kind: channels.ErrRateLimited, RetryAfter: 7 * time.Minute,
			Header: map[string]string{"X-Business-Use-Case-Usage": `{"102290129340398":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":7}]}`},
			Body:   `{"error":{"code":80007}}`,
		},
		{
			Name: "rate limit for days", Status: 400, Code: "80007", Kind: channels.ErrRateLimited, RetryAfter: time.Hour,
			Header: map[string]string{"X-Business-Use-Case-Usage": `{"1":[{"estimated_time_to_regain_access":2880}]}`},
			Body:   `{"error":{"code":80007}}`,
		},
		{Name: "the token in the trace", Status: 400, Code: "100", Kind: channels.ErrInvalid, Body: `{"error":{"code":100,"fbtrace_id":"EAAmarkedAccessToken"}}`},
		{Name: "code as a text", Status: 401, Code: "401", Kind: channels.ErrUnauthorized, Body: `{"error":{"code":"190"}}`},
		{Name: "wrong token without a word", Status: 401, Code: "401", Kind: channels.ErrUnauthorized},
		{Name: "wrong address", Status: 404, Code: "404", Kind: channels.ErrUnauthorized, Body: "<html></html>"},
		{Name: "bad gateway", Status: 502, Code: "502", Kind: channels.ErrUnavailable, Body: "<html></html>"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseWhatsappWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

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

func channel(t *testing.T, s channeltest.Spec, apiURL string) *whatsapp.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*whatsapp.Channel)
	if !ok {
		t.Fatal("not a whatsapp channel")
	}
	return c
}
