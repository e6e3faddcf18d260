package webhook_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
)

// sent are the requests that a message becomes.
func sent(t *testing.T, s channeltest.Spec, m channels.Message) string {
	t.Helper()
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{}`))
	m.Ref = "00112233445566778899aabbccddeeff"
	if m.Conversation == "" {
		m.Conversation = "p-17"
	}
	if _, err := channel(t, s, api.URL).Send(t.Context(), &m); err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	r := api.Sent()[0]
	return strings.TrimSpace(r.Method + " " + r.Path + " " + string(r.Body))
}

func TestRequestsAreFilledIn(t *testing.T) {
	options := channels.Message{Text: "What?", Form: channels.FormButtons, Options: []channels.Option{{ID: "a", Label: "One"}, {ID: "b", Label: "Two", Hint: "h"}}}
	template := channels.Message{Template: &channels.Template{Name: "paid", Language: "en", Values: []string{"x", `"y"`}}}
	bare := channels.Message{Template: &channels.Template{Name: "paid"}}
	for _, c := range []struct {
		name, request string
		message       channels.Message
		want          string
	}{
		{"a value is never syntax", `POST /s {"t": "{text}"}`, channels.Message{Text: `","x":"{text}\`}, `POST /s {"t":"\",\"x\":\"{text}\\"}`},
		{"within a text", `/s {"t": "<{text}> {{x}} {ref} {uuid}"}`, channels.Message{Text: "a"}, `POST /s {"t":"<a> {x} 00112233445566778899aabbccddeeff 00112233-4455-6677-8899-aabbccddeeff"}`},
		{"in the address", "GET /s/{conversation}?t={text}&k=1", channels.Message{Text: "a&b=ü /?", Conversation: "p/1?x#y"}, "GET /s/p%2F1%3Fx%23y?t=a%26b%3D%C3%BC+%2F%3F&k=1"},
		{"optional in the address", "PUT /s/{account?}x?t={text}", channels.Message{Text: "a"}, "PUT /s/x?t=a"},
		{"a form", "POST /s\n to={conversation}\n\n text = {text}\n note={media.name?}", channels.Message{Text: "a&b=ü"}, `POST /s "to=p-17&text=a%26b%3D%C3%BC"`},
		{"nothing of it", `POST /s {"t": "{text}", "m": {"type": "file", "url": "{media.url?}"}, "n": 1, "l": [{"a": "{media.name?}"}, true, null]}`, channels.Message{Text: "a"}, `POST /s {"n":1,"t":"a"}`},
		{"options", `POST /s {"t": "{text}", "b": ["{each options}", {"i": "{option.id}", "n": "{option.number}", "h": "{option.hint?}", "x": {"t": "{option.label} of {text}"}}]}`, options,
			`POST /s {"b":[{"i":"a","n":1,"x":{"t":"One of What?"}},{"h":"h","i":"b","n":2,"x":{"t":"Two of What?"}}],"t":"What?"}`},
		{"options by number", "POST /s\nt={text}\nb1={option.1.label?}\nb2={option.2.label?}\nb3={option.3.label?}", options, `POST /s "t=What%3F&b1=One&b2=Two"`},
		{"values", `POST /s {"t": "{text?}", "n": "{template.name?}", "v": "{template.values?}", "first": "{template.1.value?}", "e": ["{each template.values?}", "{number}={value}"]}`, template,
			`POST /s {"e":["1=x","2=\"y\""],"first":"x","n":"paid","v":["x","\"y\""]}`},
		{"no values", `POST /s {"t": "{text?}", "v": "{template.values}", "w": "{template.values?}", "e": ["{each template.values}", "{value}"], "f": ["{each template.values?}", "{value}"]}`, bare,
			`POST /s {"e":[],"v":[]}`},
		{"a place", `POST /s {"t": "{text?}", "at": "{location.latitude?},{location.longitude?}", "lat": "{location.latitude?}"}`,
			channels.Message{Location: &channels.Location{Latitude: 0, Longitude: 3.5}}, `POST /s {"at":"0,3.5","lat":0}`},
		{"a card", `POST /s {"t": "{text?}", "p": ["{each contact.phones?}", {"n": "{phone}"}], "k{text?}": "{contact.name?}"}`,
			channels.Message{Contact: &channels.Contact{Name: "Dana", Phones: []string{"1", "2"}}}, `POST /s {"k":"Dana","p":[{"n":"1"},{"n":"2"}]}`},
	} {
		setting := "send"
		if c.message.Template != nil {
			setting = "send_template"
		}
		if d := cmp.Diff(c.want, sent(t, plain(map[string]string{setting: c.request}), c.message)); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

// TestAddressesStayInTheirPlace: what people are called can't lead elsewhere, and
// what is missing is said before anything is sent.
func TestAddressesStayInTheirPlace(t *testing.T) {
	for _, c := range []struct {
		request string
		message channels.Message
	}{
		{"POST /s/{conversation}?t={text}", channels.Message{Conversation: "..", Text: "a"}},
		{"POST /s/{conversation}?t={text}", channels.Message{Conversation: ".", Text: "a"}},
		{`POST /s {"t": "{text}"}`, channels.Message{Conversation: "p"}},
		{`POST /s {"t": "{text}"}`, channels.Message{Text: "a"}},
		{`POST /s {"t": "{text}"}`, channels.Message{Conversation: "p", Media: &channels.Media{}, Text: ""}},
	} {
		_, err := channel(t, plain(map[string]string{"send": c.request}), "").Send(t.Context(), &c.message)
		if channels.KindOf(err) != channels.ErrInvalid {
			t.Errorf("%s: %v", c.request, err)
		}
	}
}

// TestCapabilitiesAreWhatTheRequestsSay: nothing is sent natively that no request
// has a place for.
func TestCapabilitiesAreWhatTheRequestsSay(t *testing.T) {
	caps := func(settings map[string]string) channels.Capabilities {
		s := plain(settings)
		return s.Factory.Capabilities(&channels.Config{Values: s.Settings, Lists: s.Lists})
	}
	c := caps(nil)
	if c.Buttons.Max+c.List.Max+len(c.Media) > 0 || c.Location || c.Contact || c.Template || c.Repeatable {
		t.Errorf("a request of a text can do more: %+v", c)
	}
	const button, media = `POST /b {"t": "{text}", "b": ["{each options}", "{option.label}"]}`, `POST /m {"u": "{media.url}", "t": "{text?}"}`
	c = caps(map[string]string{"send_buttons": button, "send_media": media, "caption_limit": "100", "text_limit": "160", "text_unit": "bytes"})
	if c.Buttons.Max != 3 || len(c.Media) != 4 || c.Caption.Max != 0 || c.Text != (channels.TextLimit{Max: 160, Unit: channels.Bytes}) {
		t.Errorf("%+v", c)
	}
	c = caps(map[string]string{"send_media": media, "caption_limit": "100", "ref_header": "Idempotency-Key", "window_hours": "24",
		"send_list": `POST /l {"t": "{text}", "r": ["{each options}", "{option.label}"]}`})
	if c.List.Max != 10 || c.Caption.Max != 100 || !c.Repeatable || c.Window != 24*time.Hour || c.Buttons.Max != 0 {
		t.Errorf("%+v", c)
	}
}

func TestAnswersSayWhatTheSettingsSay(t *testing.T) {
	s := plain(map[string]string{"message_id": "data.id", "error_code": "error.code"})
	s.Lists["success"] = []string{"ok=true"}
	s.Lists["failures"] = []string{
		"429, error.code=daily: invalid", "420: rate_limited", "5xx, error.code=dup: invalid", "error.code=131047: window_closed",
		"400, error.text~'is blocked': blocked", "$~maintenance: unavailable",
	}
	for _, c := range []struct {
		status int
		body   string
		kind   channels.ErrorKind
		code   string
	}{
		{200, `{"ok":true,"data":{"id":9007199254740993}}`, "", ""},
		{200, `{"ok":true,"data":{}}`, channels.ErrUnknown, ""},
		{200, `{"data":{"id":"x"}}`, channels.ErrUnknown, ""},
		{200, `{"ok":false,"error":{"code":7}}`, channels.ErrInvalid, "7"},
		{200, `{"ok":false}`, channels.ErrInvalid, "not_success"},
		{200, `{"ok":false,"error":{"code":131047}}`, channels.ErrWindowClosed, "131047"},
		{420, ``, channels.ErrRateLimited, "420"},
		{429, ``, channels.ErrRateLimited, "429"},
		{429, `{"error":{"code":"daily"}}`, channels.ErrInvalid, "daily"},
		{500, `{"error":{"code":"dup"}}`, channels.ErrInvalid, "dup"},
		{500, `{}`, channels.ErrUnavailable, "500"},
		{400, `{"error":{"text":"The person Is Blocked."}}`, channels.ErrBlocked, "400"},
		{403, `{"error":{"text":"is blocked"}}`, channels.ErrUnauthorized, "403"},
		{400, `under maintenance`, channels.ErrUnavailable, "400"},
	} {
		api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "3")
			channeltest.JSON(c.status, c.body)(w, r)
		})
		got, err := channel(t, s, api.URL).Send(t.Context(), &channels.Message{Conversation: "p", Text: "Hello"})
		if c.kind == "" {
			if err != nil || got.MessageID != "9007199254740993" {
				t.Errorf("%s: %+v, %v", c.body, got, err)
			}
			continue
		}
		e, ok := errors.AsType[*channels.SendError](err)
		if !ok || e.Kind != c.kind || e.Code != c.code {
			t.Errorf("%d %s: %v, want %s (%s)", c.status, c.body, err, c.kind, c.code)
		} else if waits := e.Kind == channels.ErrRateLimited || e.Kind == channels.ErrUnavailable; waits != (e.RetryAfter == 3*time.Second) {
			t.Errorf("%d %s: again after %v", c.status, c.body, e.RetryAfter)
		}
	}
}

func TestHeadersAndReferencesGoAlong(t *testing.T) {
	s := plain(map[string]string{"api_user": "parley", "ref_header": "X-Ref", "message_id": "{ref}", "check": "GET /me?of={from}", "from": "shop"})
	s.Lists["headers"] = []string{"Authorization: Basic {basic_auth}", "x-key: k {api_key}"}
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, ``), "Authorization", "X-Key", "X-Ref")
	c := channel(t, s, api.URL)
	got, err := c.Send(t.Context(), &channels.Message{Conversation: "p", Text: "Hello", Ref: "abc"})
	if err != nil || got.MessageID != "abc" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	header := map[string]string{"Authorization": "Basic cGFybGV5Om1hcmtlZC1rZXktb2YtdGhlLWFwaQ==", "X-Key": "k marked-key-of-the-api"}
	check := channeltest.Sent{Method: "GET", Path: "/me?of=shop", Header: header}
	if d := cmp.Diff(check, api.Sent()[1]); d != "" {
		t.Error(d)
	}
	if api.Sent()[0].Header["X-Ref"] != "abc" || api.Sent()[0].Header["Authorization"] != header["Authorization"] {
		t.Errorf("%+v", api.Sent()[0])
	}
	line, err := channel(t, plain(nil), "http://127.0.0.1:1").Check(t.Context())
	if err != nil || !strings.Contains(line, "not asked") {
		t.Errorf("%q, %v", line, err)
	}
}

// TestMistakesAreNamed: the setting, and where in it.
func TestMistakesAreNamed(t *testing.T) {
	for _, c := range []struct{ setting, value, want string }{
		{"text", "a..b", `"text" at column 3: a name is missing`},
		{"text", "a.b[x]", `"text" at column 5: between [ and ]`},
		{"text", "ü.b | a[1", `"text" at column 10: ] is missing`},
		{"text", "a b", `"text" at column 3: this does not belong`},
		{"text", "'open", `"text" at column 1: a quote is not closed`},
		{"text", "$body.x", `"text" at column 1: a path begins with`},
		{"text", "$query", `$query is followed by one name`},
		{"text", "a when b", `"text" at column 9: a condition is path=value`},
		{"text", "a when b=", `"text" at column 10: a value is missing`},
		{"text", "a as mail", `after ` + "`as`" + ` comes`},
		{"conversation", "", `"conversation" is missing`},
		{"events", "gossip: a=b", `"events" line 1 at column 1: "gossip" is no kind`},
		{"events", "message a=b", `"events" line 1 at column 9: a line is such as`},
		{"events", "message: a=b c: d", `"events" line 1 at column 15: this does not belong`},
		{"owner", "message: a=b", `"owner" line 1 at column 1`},
		{"states", "seen: a=b", `"states" line 1 at column 1`},
		{"data", "name path", `"data" line 1 at column 6`},
		{"media", "photo: a", `"media" line 1 at column 1: "photo" is no kind`},
		{"items", "a[", `"items" line 1 at column 3`},
		{"api_url", "", `"api_url" is missing`},
		{"api_url", "https://x.example.test/?a=1", `"api_url" is an address without a query`},
		{"api_key", "a\nb", `"api_key" has white space`},
		{"send", "", `"send" is missing`},
		{"send", `POST /s {"t": "{txt}"}`, `{txt} is none of`},
		{"send", `POST /s {"t": "{text"}`, `"send" has a body in which a text at column 1: a { without a }`},
		{"send", `POST /s {"t": "{text}",}`, `"send" has a body that is not JSON`},
		{"send", `POST /s {"t": "{text}", "m": "{media.url}"}`, `"send" has {media.url}, which a text has not: write {media.url?}`},
		{"send", "POST /s?from={from}&t={text}", `setting "from" is missing`},
		{"headers", "X-U: {api_user}", `setting "api_user" is missing`},
		{"send", "POST s", `"send" is not a request`},
		{"send", "POST /s?x={y}&t={text}", `"send" has a query that is wrong at column 3`},
		{"send", "POST /s\ntext", `neither JSON nor lines`},
		{"send", `POST /s {"t": "{text}", "o": ["{each buttons}", 1]}`, `repeats none of`},
		{"send", `POST /s {"t": "{text}", "o": ["{each options}"]}`, `stands the one element`},
		{"check", "GET /{text}", `"check" has a path that is wrong at column 2`},
		{"headers", "no colon", `"headers" line 1 is not Name: value`},
		{"headers", "X-A: {text}", `"headers" line 1, behind the name, at column 1`},
		{"failures", "429 rate_limited", `"failures" line 1 at column`},
		{"failures", "429: slow", `"failures" line 1 at column 6: "slow" is no kind`},
		{"success", "ok", `"success" line 1 at column 3`},
		{"message_id", "{ref}", `"message_id" is {ref}, but send has it not`},
		{"ref_header", "X Ref", `"ref_header" is not the name`},
		{"verify", "", `"verify" is missing`},
		{"verify", "header", `"webhook_secret" is missing`},
		{"handshake_token", "x", `"handshake_token" is of no use`},
	} {
		s := plain(nil)
		if listed(c.setting) {
			s.Lists[c.setting] = []string{c.value}
		} else {
			s.Settings[c.setting] = c.value
		}
		_, err := webhook.Factory().New(&channels.Config{Name: "x", Values: s.Settings, Lists: s.Lists})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `setting "`) {
			t.Errorf("%s: %q: %v", c.setting, c.value, err)
		}
	}
}

func listed(name string) bool {
	for _, s := range webhook.Factory().Settings {
		if s.Name == name {
			return s.Kind == channels.SettingList
		}
	}
	return false
}
