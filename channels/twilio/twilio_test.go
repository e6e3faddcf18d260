package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"flag"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/twilio"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	account = "AC0123456789abcdef0123456789abcdef"
	token   = "4f1bmarked5auth6token7d3a2e9c0b8"
	secret  = "kEyMarkedSecret5e6f7a8b9c0d1e2f3"
	sender  = "+15557122661"
	person  = "+14155552345"
	sent    = `{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued","error_code":null,"error_message":null,"num_media":"0"}`
)

// content is a Content SID for tests.
func content(n byte) string {
	return "HX" + strings.Repeat("0", 30) + string([]byte{'a' + n/10, '0' + n%10})
}

// spec describes the channel on WhatsApp; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: twilio.Factory(),
		Settings: map[string]string{
			"account_sid": account, "auth_token": token, "api_key": "SK0123456789abcdef0123456789abcdef", "api_key_secret": secret,
			"from": "whatsapp:" + sender,
		},
		Lists: map[string][]string{
			"button_contents": {content(1), content(2), content(3)},
			"list_contents":   {content(11), content(12), content(13), content(14)},
			"templates":       {"order_shipped=" + content(21), "order_shipped/de = " + content(22)},
		},
		Account: "whatsapp:" + sender, Conversation: "whatsapp:" + person,
		Inbound: &channeltest.Inbound{Setting: "auth_token", Header: "X-Twilio-Signature", Form: true, SignsBody: true, SignsURL: true, Sign: sign},
		API: &channeltest.API{
			Answer: sent, MessageID: "SM0123456789abcdef0123456789abcdef", Headers: []string{"Content-Type"}, Failures: failures(),
		},
		Update: *update,
	}
}

// sms describes the channel for SMS, whose data lie below testdata/sms.
func sms() channeltest.Spec {
	s := with(spec(), map[string]string{
		"from": sender, "messaging_service_sid": "MG0123456789abcdef0123456789abcdef", "smart_encoding": "true",
		"status_callback": "https://bot.example.test/webhooks/main",
	})
	s.Lists = nil
	s.Account, s.Conversation = sender, person
	return s
}

// sign signs a form as Twilio does: the address, then names and values in order.
func sign(r *channels.Request, secret string) { signAs(r, r.URL.String(), secret) }

func signAs(r *channels.Request, address, secret string) {
	form, _ := url.ParseQuery(string(r.Body)) // what of it can be read
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Sorted(slices.Values(form[name]))
		for _, value := range slices.Compact(values) {
			address += name + value
		}
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(address))
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// refusal is an answer of the API as it documents them.
func refusal(status int, code string, kind channels.ErrorKind) channeltest.Failure {
	return channeltest.Failure{
		Name: "code " + code, Status: status, Kind: kind, Code: code,
		Body: `{"code":` + code + `,"message":"quotes ` + person + `","more_info":"https://www.twilio.com/docs/errors/` + code + `","status":400}`,
	}
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	for kind, codes := range map[channels.ErrorKind][]string{
		channels.ErrInvalid:      {"21602", "21612", "21617", "21620", "21656", "30007", "63005", "63021", "63028", "63041"},
		channels.ErrBlocked:      {"21211", "21610", "21614", "30003", "30004", "30005", "30006", "63003", "63014", "63024", "63032", "63050"},
		channels.ErrUnauthorized: {"21408", "21603", "21606", "21608", "21609", "21703", "30034", "63007", "63051"},
		channels.ErrRateLimited:  {"20429", "21611", "30001", "30022", "63017", "63018"},
		channels.ErrUnavailable:  {"20500", "30008", "30017", "63009", "63053"},
		channels.ErrWindowClosed: {"63016"},
	} {
		for _, code := range codes {
			out = append(out, refusal(http.StatusBadRequest, code, kind))
		}
	}
	return append(out, []channeltest.Failure{
		refusal(http.StatusUnauthorized, "20003", channels.ErrUnauthorized),
		refusal(http.StatusNotFound, "20404", channels.ErrUnauthorized),
		{
			Name: "rate limit with a time", Status: 429, Header: map[string]string{"Retry-After": "3"}, Code: "20429", RetryAfter: 3 * time.Second,
			Body: `{"code":20429,"message":"Too Many Requests","status":429}`, Kind: channels.ErrRateLimited,
		},
		{
			Name: "unavailable with a time", Status: 503, Header: map[string]string{"Retry-After": "9"}, Code: "20503", RetryAfter: 9 * time.Second,
			Body: `{"code":20503,"message":"Service Unavailable","status":503}`, Kind: channels.ErrUnavailable,
		},
		{Name: "the token in the words", Status: 400, Kind: channels.ErrInvalid, Code: "29999", Body: `{"code":29999,"message":"` + token + `"}`},
		{Name: "an unknown code with a refusal", Status: 403, Kind: channels.ErrUnauthorized, Code: "20999", Body: `{"code":20999}`},
		{Name: "an unknown code that is not there", Status: 404, Kind: channels.ErrUnauthorized, Code: "29404", Body: `{"code":29404}`},
		{Name: "taken and failed", Status: 201, Kind: channels.ErrBlocked, Code: "30005", Body: `{"sid":"SM1","status":"failed","error_code":30005}`},
		{Name: "taken and failed by an unknown code", Status: 201, Kind: channels.ErrInvalid, Code: "39999", Body: `{"sid":"SM1","status":"failed","error_code":39999}`},
		{Name: "wrong address", Status: 404, Kind: channels.ErrUnauthorized, Code: "404", Body: "<html></html>"},
		{Name: "wrong method", Status: 405, Kind: channels.ErrUnauthorized, Code: "405", Body: "<html></html>"},
		{Name: "a code that is a text", Status: 400, Kind: channels.ErrInvalid, Code: "400", Body: `{"code":"21610"}`},
		{Name: "bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "502", Body: "<html></html>"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func TestSuiteForSMS(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "sms"))
	channeltest.Run(t, sms())
}

func FuzzParseTwilioWebhook(f *testing.F) {
	forms, err := filepath.Glob(filepath.Join("testdata", "sms", "testdata", "inbound", "*.form"))
	if err != nil || len(forms) == 0 {
		f.Fatal("no forms of SMS", err)
	}
	for _, name := range forms {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(strings.ReplaceAll(strings.TrimSpace(string(b)), "\n", "&")))
	}
	channeltest.FuzzReceive(f, spec())
}

// with returns a spec with other settings; "" takes one away.
func with(s channeltest.Spec, changes map[string]string) channeltest.Spec {
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

func channel(t *testing.T, s channeltest.Spec, apiURL string) *twilio.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*twilio.Channel)
	if !ok {
		t.Fatal("not a twilio channel")
	}
	return c
}
