package twilio_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

const (
	here       = "https://bot.example.test/webhooks/main"
	registered = here + "#rc=5&rp=5xx,ct,rt"
	accounts   = "/2010-04-01/Accounts/" + account
	service    = "MG0123456789abcdef0123456789abcdef"
)

// answers makes an API that answers by method and path.
func answers(t *testing.T, by map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := by[r.Method+" "+r.URL.Path]
		if !ok {
			channeltest.JSON(http.StatusNotFound, `{"code":20404,"message":"not found","status":404}`)(w, r)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	})
}

func webhook() *url.URL {
	return &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}
}

func TestRegisterSetsTheWebhookOnlyWhenItDiffers(t *testing.T) {
	number := func(set string) map[string]string {
		return map[string]string{
			"GET " + accounts + "/IncomingPhoneNumbers.json": `{"incoming_phone_numbers":[{"sid":"PN0","phone_number":"+155571226610","sms_url":"x"},` +
				`{"sid":"PN1","phone_number":"` + sender + `",` + set + `}]}`,
			"POST " + accounts + "/IncomingPhoneNumbers/PN1.json": `{"sid":"PN1"}`,
		}
	}
	code := func(set string) map[string]string {
		return map[string]string{
			"GET " + accounts + "/SMS/ShortCodes.json":      `{"short_codes":[{"sid":"SC1","short_code":"894546",` + set + `}]}`,
			"POST " + accounts + "/SMS/ShortCodes/SC1.json": `{"sid":"SC1"}`,
		}
	}
	mg := func(set string) map[string]string {
		return map[string]string{"GET /v1/Services/" + service: `{"sid":"` + service + `",` + set + `}`, "POST /v1/Services/" + service: `{}`}
	}
	wa := func(set string) map[string]string {
		return map[string]string{
			"GET /v2/Channels/Senders": `{"senders":[{"sid":"XE0","sender_id":"whatsapp:+1","webhook":null},` +
				`{"sid":"XE1","sender_id":"whatsapp:` + sender + `","status":"ONLINE","webhook":{` + set + `}}]}`,
			"POST /v2/Channels/Senders/XE1": `{"sid":"XE1"}`,
		}
	}
	smsForm := `"SmsMethod=POST&SmsUrl=` + url.QueryEscape(registered) + `"`
	for name, c := range map[string]struct {
		from, service string
		api           map[string]string
		want          string // the body that sets it; empty for none
	}{
		"number, none":                 {sender, "", number(`"sms_url":"","sms_method":"POST"`), smsForm},
		"number, null":                 {sender, "", number(`"sms_url":null,"sms_method":null`), smsForm},
		"number, the same":             {sender, "", number(`"sms_url":"` + registered + `","sms_method":"POST"`), ""},
		"number, without overrides":    {sender, "", number(`"sms_url":"` + here + `","sms_method":"POST"`), smsForm},
		"number, with overrides":       {sender, "", number(`"sms_url":"` + here + `#e=dublin","sms_method":"POST"`), ""},
		"number, by GET":               {sender, "", number(`"sms_url":"` + here + `#e=dublin","sms_method":"GET"`), `"SmsMethod=POST&SmsUrl=` + url.QueryEscape(here+"#e=dublin") + `"`},
		"number, another":              {sender, "", number(`"sms_url":"https://old.example.test#rc=1","sms_method":"POST"`), smsForm},
		"number, an application":       {sender, "", number(`"sms_url":"` + registered + `","sms_method":"POST","sms_application_sid":"AP1"`), `"SmsApplicationSid=&` + smsForm[1:]},
		"short code, another":          {"894546", "", code(`"sms_url":"https://old.example.test","sms_method":"POST"`), smsForm},
		"short code, the same":         {"894546", "", code(`"sms_url":"` + registered + `","sms_method":"POST"`), ""},
		"service, the same":            {sender, service, mg(`"inbound_request_url":"` + registered + `","inbound_method":"POST","use_inbound_webhook_on_number":false`), ""},
		"service, left to the numbers": {sender, service, mg(`"inbound_request_url":"` + registered + `","inbound_method":"POST","use_inbound_webhook_on_number":true`), serviceForm()},
		"service, none":                {"", service, mg(`"inbound_request_url":null,"inbound_method":"POST"`), serviceForm()},
		"WhatsApp, the same":           {"whatsapp:" + sender, "", wa(`"callback_url":"` + registered + `","callback_method":"POST"`), ""},
		"WhatsApp, another": {
			"whatsapp:" + sender, "", wa(`"callback_url":"https://old.example.test","callback_method":"POST","fallback_url":"https://f.example.test","fallback_method":"POST"`),
			`{"webhook":{"callback_url":"` + registered + `","callback_method":"POST","fallback_url":"https://f.example.test","fallback_method":"POST",` +
				`"status_callback_url":"` + here + `","status_callback_method":"POST"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := answers(t, c.api)
			s := with(spec(), map[string]string{"from": c.from, "messaging_service_sid": c.service})
			changed, err := channel(t, s, api.URL).Register(t.Context(), webhook())
			if err != nil || changed != (c.want != "") {
				t.Fatalf("changed %v, %v", changed, err)
			}
			all := api.Sent()
			if c.want == "" {
				if len(all) != 1 {
					t.Errorf("%+v", all)
				}
				return
			}
			if len(all) != 2 || string(all[1].Body) != c.want {
				t.Error(cmp.Diff(c.want, string(all[len(all)-1].Body)))
			}
		})
	}
}

func serviceForm() string {
	return `"InboundMethod=POST&InboundRequestUrl=` + url.QueryEscape(registered) + `&StatusCallback=` + url.QueryEscape(here) + `&UseInboundWebhookOnNumber=false"`
}

func TestRegisterFailsWithAKind(t *testing.T) {
	numbers := "GET " + accounts + "/IncomingPhoneNumbers.json"
	for name, c := range map[string]struct {
		from, service string
		api           map[string]string
		want          channels.ErrorKind
	}{
		"a number of others":       {sender, "", map[string]string{numbers: `{"incoming_phone_numbers":[]}`}, channels.ErrUnauthorized},
		"a short code of others":   {"894546", "", map[string]string{"GET " + accounts + "/SMS/ShortCodes.json": `{"short_codes":[]}`}, channels.ErrUnauthorized},
		"the sandbox":              {"whatsapp:+14155238886", "", map[string]string{"GET /v2/Channels/Senders": `{"senders":[]}`}, channels.ErrUnauthorized},
		"a sender ID":              {"Acme", "", nil, channels.ErrInvalid},
		"another service":          {"rcs:acme_agent", "", nil, channels.ErrInvalid},
		"a service of others":      {"", service, nil, channels.ErrUnauthorized},
		"a service that is none":   {"", service, map[string]string{"GET /v1/Services/" + service: `{}`}, channels.ErrUnknown},
		"refused when it is set":   {sender, "", map[string]string{numbers: `{"incoming_phone_numbers":[{"sid":"PN1","phone_number":"` + sender + `"}]}`}, channels.ErrUnauthorized},
		"an answer that lies":      {sender, "", map[string]string{numbers: `[]`}, channels.ErrUnknown},
		"WhatsApp does not answer": {"whatsapp:" + sender, "", map[string]string{"GET /v2/Channels/Senders": `<html>`}, channels.ErrUnknown},
	} {
		s := with(spec(), map[string]string{"from": c.from, "messaging_service_sid": c.service})
		if _, err := channel(t, s, answers(t, c.api).URL).Register(t.Context(), webhook()); channels.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStatusesGoToTheWebhook says that messages name it once Register was told, whatever
// Twilio answered, unless a setting says another.
func TestStatusesGoToTheWebhook(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		told     bool
		want     string
	}{
		"nobody said":      {nil, false, ""},
		"told":             {nil, true, here},
		"told, no setting": {map[string]string{"register": "false"}, true, here},
		"set":              {map[string]string{"status_callback": "https://other.example.test/s"}, true, "https://other.example.test/s"},
	} {
		t.Run(name, func(t *testing.T) {
			api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, sent))
			ch := channel(t, with(spec(), c.settings), api.URL)
			if c.told {
				changed, err := ch.Register(t.Context(), webhook())
				if off := c.settings["register"] == "false"; changed || (err == nil) != off || off && len(api.Sent()) != 0 {
					t.Fatalf("changed %v, %v", changed, err)
				}
			}
			if _, err := ch.Send(t.Context(), &channels.Message{Conversation: "whatsapp:" + person, Text: "Hi"}); err != nil {
				t.Fatal(err)
			}
			all := api.Sent()
			if got := sentForm(t, all[len(all)-1]).Get("StatusCallback"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestInspectTellsWhereTwilioDelivers(t *testing.T) {
	for name, c := range map[string]struct {
		from, service string
		api           map[string]string
		webhook       string
		problems      []string // beginnings
	}{
		"all is well": {
			sender, "", map[string]string{"GET " + accounts + "/IncomingPhoneNumbers.json": `{"incoming_phone_numbers":[{"sid":"PN1","phone_number":"` + sender + `","sms_url":"` + registered + `","sms_method":"POST"}]}`},
			here, nil,
		},
		"nothing is set": {
			sender, "", map[string]string{"GET " + accounts + "/IncomingPhoneNumbers.json": `{"incoming_phone_numbers":[{"sid":"PN1","phone_number":"` + sender + `","sms_url":"","sms_method":"POST"}]}`},
			"", nil,
		},
		"everything is wrong": {
			sender, "", map[string]string{"GET " + accounts + "/IncomingPhoneNumbers.json": `{"incoming_phone_numbers":[{"sid":"PN1","phone_number":"` + sender + `","sms_url":"` + here + `","sms_method":"GET","sms_application_sid":"AP1"}]}`},
			here, []string{"a TwiML app", "the webhook is called by GET", "Twilio offers a message once"},
		},
		"left to the numbers": {
			"", service, map[string]string{"GET /v1/Services/" + service: `{"sid":"` + service + `","inbound_request_url":"` + registered + `","inbound_method":"POST","use_inbound_webhook_on_number":true}`},
			here, []string{"the Messaging Service leaves it"},
		},
		"offline": {
			"whatsapp:" + sender, "", map[string]string{"GET /v2/Channels/Senders": `{"senders":[{"sid":"XE1","sender_id":"whatsapp:` + sender + `","status":"OFFLINE","webhook":{"callback_url":"` + registered + `","callback_method":"POST"}}]}`},
			here, []string{"the WhatsApp sender is OFFLINE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := with(spec(), map[string]string{"from": c.from, "messaging_service_sid": c.service})
			got, err := channel(t, s, answers(t, c.api).URL).Inspect(t.Context())
			if err != nil || got.Webhook != c.webhook || got.Pending >= 0 || len(got.Problems) != len(c.problems) {
				t.Fatalf("%+v, %v", got, err)
			}
			for i, p := range c.problems {
				if !strings.HasPrefix(got.Problems[i], p) {
					t.Errorf("%q, want %q", got.Problems[i], p)
				}
			}
		})
	}
	if _, err := channel(t, spec(), answers(t, nil).URL).Inspect(t.Context()); channels.KindOf(err) != channels.ErrUnauthorized {
		t.Error(err)
	}
}

func TestCheckSaysWhichAccountItIs(t *testing.T) {
	for body, c := range map[string]struct {
		want string
		kind channels.ErrorKind
	}{
		`{"sid":"` + account + `","friendly_name":"Acme","status":"active","type":"Full"}`:    {"Acme", ""},
		`{"sid":"` + account + `","friendly_name":"Acme","status":"active","type":"Trial"}`:   {"Acme (a trial account)", ""},
		`{"sid":"` + account + `","friendly_name":"Acme","status":"suspended","type":"Full"}`: {"", channels.ErrUnauthorized},
		`{"status":"active"}`: {"", channels.ErrUnknown},
	} {
		got, err := channel(t, spec(), answers(t, map[string]string{"GET " + accounts + ".json": body}).URL).Check(t.Context())
		if got != c.want || (err != nil) != (c.kind != "") || err != nil && channels.KindOf(err) != c.kind {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
}

func TestAcknowledgeShowsThatItTypesWhereThatIsSet(t *testing.T) {
	on := map[string]string{"typing": "true"}
	whatsApp := channels.Event{Kind: channels.KindMessage, Conversation: "whatsapp:" + person, ID: "SM1"}
	bySMS, status := whatsApp, whatsApp
	bySMS.Conversation, status.Kind = person, channels.KindStatus
	for name, c := range map[string]struct {
		settings map[string]string
		event    channels.Event
		want     int
	}{
		"a message": {on, whatsApp, 1}, "off": {nil, whatsApp, 0}, "by SMS": {on, bySMS, 0}, "a status": {on, status, 0},
	} {
		api := answers(t, map[string]string{"POST /v2/Indicators/Typing.json": `{"success":true}`})
		if err := channel(t, with(spec(), c.settings), api.URL).Acknowledge(t.Context(), &c.event); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		all := api.Sent()
		if len(all) != c.want || c.want == 1 && string(all[0].Body) != `"channel=whatsapp&messageId=SM1"` {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
