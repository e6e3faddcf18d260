package greenapi_test

import (
	"flag"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/greenapi"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: greenapi.Factory(),
		Settings: map[string]string{
			// Above 2^53, where a float would take its neighbour's messages.
			"instance": "9007199254740993", "token": "marked/token-of-the-api", "webhook_token": "marked-token-of-webhooks",
		},
		Account: "9007199254740993", Conversation: "15550100017@c.us",
		Inbound: &channeltest.Inbound{
			Setting: "webhook_token", Header: "Authorization",
			Sign: func(r *channels.Request, secret string) { r.Header.Set("Authorization", "Bearer "+secret) },
		},
		API: &channeltest.API{
			Answer: `{"idMessage":"SAMPLEOUT0B2C"}`, MessageID: "SAMPLEOUT0B2C", Headers: []string{"Content-Type"},
			Failures: []channeltest.Failure{
				{Name: "bad data", Status: 400, Body: `{"message":"Validation failed. Details: 'chatId' is required"}`, Kind: channels.ErrInvalid, Code: "400"},
				{Name: "starting", Status: 400, Body: "instance in starting process try later", Kind: channels.ErrUnavailable, Code: "400"},
				{Name: "not authorized", Status: 400, Body: `{"message":"instance account not authorized"}`, Kind: channels.ErrUnauthorized, Code: "400"},
				{Name: "expired", Status: 400, Body: "Instance account is expired. Renew your instance from personal area", Kind: channels.ErrUnauthorized},
				{Name: "deleted", Status: 400, Body: "Instance is deleted", Kind: channels.ErrUnauthorized},
				{Name: "wrong token", Status: 401, Body: "Unauthorized", Kind: channels.ErrUnauthorized, Code: "401"},
				{Name: "wrong instance", Status: 403, Body: "Forbidden", Kind: channels.ErrUnauthorized, Code: "403"},
				{Name: "too many requests", Status: 429, Header: map[string]string{"Retry-After": "2"}, Kind: channels.ErrRateLimited, Code: "429", RetryAfter: 2 * time.Second},
				{Name: "quota", Status: 466, Body: `{"invokeStatus":{"method":"sendmessage","used":100,"total":100,"status":"QUOTE_EXCEEDED"}}`, Kind: channels.ErrUnauthorized, Code: "QUOTE_EXCEEDED"},
				{Name: "quota of chats", Status: 466, Body: `{"invokeStatus":{"status":"QUOTE_ALLOWED"},"correspondentsStatus":{"status":"CORRESPONDENTS_QUOTE_EXCEEDED"}}`, Kind: channels.ErrBlocked, Code: "CORRESPONDENTS_QUOTE_EXCEEDED"},
				{Name: "quota without a body", Status: 466, Kind: channels.ErrUnauthorized, Code: "466"},
				{Name: "client closed", Status: 499, Kind: channels.ErrUnknown, Code: "499"},
				{Name: "internal error", Status: 500, Kind: channels.ErrUnavailable, Code: "500"},
				{Name: "bad gateway", Status: 502, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
			},
		},
		Update: *update,
	}
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseGreenapiWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

func instance(t *testing.T, apiURL string) *greenapi.Channel {
	t.Helper()
	c, ok := channeltest.New(t, spec(), apiURL).(*greenapi.Channel)
	if !ok {
		t.Fatal("not a greenapi channel")
	}
	return c
}

func TestNewRefusesSettingsThatCannotWork(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"instance":      {"instance": "12a", "token": "t", "webhook_token": "w"},
		"webhook_token": {"instance": "12", "token": "t", "webhook_token": "has a space"},
	} {
		_, err := greenapi.Factory().New(&channels.Config{Name: "x", Values: values})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReceiveComparesTheInstanceDigitByDigit(t *testing.T) {
	s := spec()
	c := instance(t, "")
	for body, want := range map[string]int{
		`{"instanceData":{"idInstance":9007199254740993}}`:   0,
		`{"instanceData":{"idInstance":9007199254740992}}`:   401,
		`{"instanceData":{"idInstance":9007199254740993.0}}`: 401,
		`{"instanceData":{"idInstance":"9007199254740993"}}`: 401,
		`{"instanceData":{}}`:                                401,
		`{}`:                                                 401,
	} {
		_, err := c.Receive(t.Context(), s.Request([]byte(body)))
		status := 0
		if e, ok := err.(*channels.RequestError); ok {
			status = e.Status
		}
		if status != want {
			t.Errorf("%s: %v, want status %d", body, err, want)
		}
	}
}

func TestRegisterSetsTheSettingsOnlyWhenTheyDiffer(t *testing.T) {
	webhook := &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
	for name, c := range map[string]struct {
		now  string
		want bool
	}{
		"the same": {`{"webhookUrl":"https://bot.example.test/webhooks/main","webhookUrlToken":"marked-token-of-webhooks",` +
			`"incomingWebhook":"yes","outgoingWebhook":"yes","outgoingAPIMessageWebhook":"no"}`, false},
		"queue mode": {`{"webhookUrl":"","incomingWebhook":"yes","outgoingWebhook":"yes"}`, true},
		"another token": {`{"webhookUrl":"https://bot.example.test/webhooks/main","webhookUrlToken":"old",` +
			`"incomingWebhook":"yes","outgoingWebhook":"yes"}`, true},
		"no statuses": {`{"webhookUrl":"https://bot.example.test/webhooks/main","webhookUrlToken":"marked-token-of-webhooks",` +
			`"incomingWebhook":"yes","outgoingWebhook":"no"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{"getSettings": c.now, "setSettings": `{"saveSettings":true}`})
			changed, err := instance(t, api.URL).Register(t.Context(), webhook)
			if err != nil || changed != c.want {
				t.Fatalf("changed %v, %v", changed, err)
			}
			sent := api.Sent()
			if got := len(sent) == 2; got != c.want || sent[0].Method != http.MethodGet {
				t.Fatalf("%d requests, the first a %s", len(sent), sent[0].Method)
			}
			const body = `{"incomingWebhook":"yes","outgoingWebhook":"yes","webhookUrl":"https://bot.example.test/webhooks/main",` +
				`"webhookUrlToken":"marked-token-of-webhooks"}`
			if c.want && string(sent[1].Body) != body {
				t.Errorf("set %s", sent[1].Body)
			}
		})
	}
}

func TestInspectTellsWhatTheInstanceDelivers(t *testing.T) {
	for name, c := range map[string]struct {
		now, webhook string
		problems     []string // a part of each
	}{
		"fine": {`{"webhookUrl":"https://bot.example.test/w","webhookUrlToken":"marked-token-of-webhooks","incomingWebhook":"yes","outgoingWebhook":"yes"}`,
			"https://bot.example.test/w", nil},
		"none": {`{"webhookUrl":"","incomingWebhook":"yes","outgoingWebhook":"yes"}`, "", nil},
		"off": {`{"webhookUrl":"https://bot.example.test/w","webhookUrlToken":"marked-token-of-webhooks","incomingWebhook":"no","outgoingWebhook":"no"}`,
			"https://bot.example.test/w", []string{"incomingWebhook", "outgoingWebhook"}},
		"another token": {`{"webhookUrl":"https://bot.example.test/w","webhookUrlToken":"old","incomingWebhook":"yes","outgoingWebhook":"yes"}`,
			"https://bot.example.test/w", []string{"webhook_token"}},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, map[string]string{"getSettings": c.now})
			got, err := instance(t, api.URL).Inspect(t.Context())
			if err != nil || got.Webhook != c.webhook || got.Pending >= 0 || len(got.Problems) != len(c.problems) {
				t.Fatalf("%+v, %v", got, err)
			}
			for i, part := range c.problems {
				if !strings.Contains(got.Problems[i], part) || strings.Contains(got.Problems[i], "marked") {
					t.Errorf("%q does not say %q alone", got.Problems[i], part)
				}
			}
			if sent := api.Sent(); len(sent) != 1 || sent[0].Method != http.MethodGet {
				t.Errorf("it changes something: %v", sent)
			}
		})
	}
}

func TestRegisterSaysWhenNothingWasSaved(t *testing.T) {
	api := answers(t, map[string]string{"getSettings": `{}`, "setSettings": `{"saveSettings":false}`})
	if changed, err := instance(t, api.URL).Register(t.Context(), &url.URL{}); err == nil || changed {
		t.Errorf("changed %v, %v", changed, err)
	}
}

func TestCheckWantsAnAuthorizedInstance(t *testing.T) {
	ready := answers(t, map[string]string{"getStateInstance": `{"stateInstance":"authorized"}`})
	if got, err := instance(t, ready.URL).Check(t.Context()); err != nil || got != "instance 9007199254740993 is authorized" {
		t.Errorf("%q, %v", got, err)
	}
	asleep := answers(t, map[string]string{"getStateInstance": `{"stateInstance":"sleepMode"}`})
	if _, err := instance(t, asleep.URL).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "sleepMode") {
		t.Errorf("%v", err)
	}
}

func TestSendRefusesWhatItCannotSend(t *testing.T) {
	c := instance(t, "http://127.0.0.1:1")
	for _, m := range []channels.Message{
		{Text: "x"}, {Conversation: "1@c.us"}, {Conversation: "1@c.us", Location: &channels.Location{}},
	} {
		if _, err := c.Send(t.Context(), &m); channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// answers makes an API that answers by method, the last part of the path but one.
func answers(t *testing.T, byMethod map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := byMethod[path.Base(path.Dir(r.URL.EscapedPath()))]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	})
}
