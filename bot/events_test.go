package bot

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

const eventToken = "token-of-the-events-page"

// postEvent sends a body to the page for events.
func postEvent(b *Bot, token, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// tell says what event came, so that a test sees it.
func tell(in flows.Input) (flows.Output, error) {
	text, err := json.Marshal([]any{in.Event.Kind, in.Event.Name, in.Event.Text, in.Event.Data, in.Account, in.Conversation, in.Event.Posted})
	return flows.Output{Replies: []channels.Reply{{Text: string(text)}}}, err
}

const goodEvent = `{"kind":"custom","name":"refund_paid","channel":"fake","account":"acc","conversation":"ann","data":{"reference":"R-1"},"id":"7"}`

func TestPostedEventsAreHandledOnce(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{engine: script(tell), channel: p, token: eventToken})
	where := `"channel":"fake","account":"acc","conversation":"ann"}`
	for _, body := range []string{
		goodEvent, goodEvent,
		`{"kind":"take_over","data":{"team":"sales"},` + where,
		`{"kind":"agent_message","text":"I am Dana.",` + where,
		`{"kind":"give_back",` + where,
		`{"kind":"admin_send","text":"News.",` + where,
	} {
		w := postEvent(b, eventToken, body)
		if w.Code != http.StatusAccepted || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%s: answered %d %s", body, w.Code, w.Body)
		}
	}
	var got []string
	for _, m := range p.take(t, 5) {
		got = append(got, m.Text)
	}
	if want := []string{
		`["custom","refund_paid","",{"reference":"R-1"},"acc","ann",true]`,
		`["take_over","","",{"team":"sales"},"acc","ann",true]`,
		`["agent_message","","I am Dana.",null,"acc","ann",true]`,
		`["give_back","","",null,"acc","ann",true]`,
		`["admin_send","","News.",null,"acc","ann",true]`,
	}; !slices.Equal(got, want) {
		t.Errorf("handled\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The id of an event never hides a message of the platform that has the same.
func TestIDOfAPostedEventIsNotThatOfAMessage(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{engine: script(tell), channel: p, token: eventToken})
	postEvent(b, eventToken, goodEvent)
	mustPost(t, b, said("ann", "7", "hi"))
	p.take(t, 2)
}

func TestEventsPageIsClosedWithoutAToken(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{engine: script(tell), channel: p})
	for _, token := range []string{"", eventToken} {
		if w := postEvent(b, token, goodEvent); w.Code != http.StatusNotFound {
			t.Errorf("token %q: answered %d, want 404", token, w.Code)
		}
	}
}

func TestWrongEventsAreRefusedWithAReason(t *testing.T) {
	p := newPlatform()
	var logs syncBuffer
	b := startTestBot(t, setup{engine: script(tell), channel: p, token: eventToken, logs: &logs})
	with := func(old, replacement string) string { return strings.Replace(goodEvent, old, replacement, 1) }
	for name, c := range map[string]struct {
		token, body string
		header      []string
		status      int
		says        string
	}{
		"no token":         {token: "", body: goodEvent, status: 401, says: "token"},
		"wrong token":      {token: eventToken + "x", body: goodEvent, status: 401, says: "token"},
		"basic":            {body: goodEvent, header: []string{"Authorization", "Basic " + eventToken}, status: 401, says: "token"},
		"form":             {body: goodEvent, header: []string{"Content-Type", "text/plain"}, status: 415, says: "application/json"},
		"gzip":             {body: goodEvent, header: []string{"Content-Encoding", "gzip"}, status: 415, says: "compressed"},
		"huge":             {body: strings.Repeat("a", maxWebhook+1), status: 413, says: "1 MB"},
		"long":             {body: with("R-1", strings.Repeat("a", 61<<10)), status: 413, says: "60 kB"},
		"empty":            {body: "", status: 400, says: "JSON object"},
		"null":             {body: "null", status: 400, says: "JSON object"},
		"list":             {body: "[" + goodEvent + "]", status: 400, says: "JSON object"},
		"two":              {body: goodEvent + goodEvent, status: 400, says: "JSON object"},
		"unknown field":    {body: with(`"id"`, `"dedupe_id"`), status: 400, says: `no field \"dedupe_id\"`},
		"type of a field":  {body: with(`"ann"`, `5`), status: 400, says: `wrong type at \"conversation\"`},
		"kind":             {body: with("custom", "message"), status: 400, says: "one of custom, agent_message"},
		"name":             {body: with("refund_paid", "refund_lost"), status: 400, says: `no event \"refund_lost\"`},
		"data":             {body: with(`"reference":"R-1"`, ""), status: 400, says: "with such data"},
		"channel":          {body: with("fake", "pigeon"), status: 400, says: `none named \"pigeon\" that is on; there are fake`},
		"no account":       {body: with(`"acc"`, `""`), status: 400, says: "account is missing"},
		"odd account":      {body: with(`"acc"`, `"a/b"`), status: 400, says: "no such account"},
		"no conversation":  {body: with(`"ann"`, `""`), status: 400, says: "conversation is missing"},
		"own record":       {body: with(`"ann"`, `"~"`), status: 400, says: "no such"},
		"long id":          {body: with(`"7"`, `"`+strings.Repeat("7", 2000)+`"`), status: 400, says: "at most 1024"},
		"text is missing":  {body: `{"kind":"agent_message","channel":"fake","account":"acc","conversation":"ann"}`, status: 400, says: "text is missing"},
		"text for nothing": {body: `{"kind":"give_back","text":"hi","channel":"fake","account":"acc","conversation":"ann"}`, status: 400, says: "text is for"},
		"name for nothing": {body: `{"kind":"give_back","name":"hi","channel":"fake","account":"acc","conversation":"ann"}`, status: 400, says: "name is for"},
		"data for nothing": {body: `{"kind":"give_back","data":{"team":"a"},"channel":"fake","account":"acc","conversation":"ann"}`, status: 400, says: "only the text team"},
	} {
		token := c.token
		if c.status != 401 {
			token = eventToken
		}
		w := postEvent(b, token, c.body, c.header...)
		var answer struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: answered %d %s, want %d and %q", name, w.Code, w.Body, c.status, c.says)
		}
		if c.status == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: the answer does not name the scheme", name)
		}
	}
	if w := get(b, "/events"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	b.awaitIdle()
	if got := p.texts("ann"); len(got) > 0 {
		t.Errorf("a refused event was handled: %v", got)
	}
	if text := logs.String(); !strings.Contains(text, `level=WARN msg="event refused" status=401`) || strings.Contains(text, "refund_lost") || strings.Contains(text, eventToken) {
		t.Errorf("log:\n%s", text)
	}
}

func TestEventIsSentAgainWhenTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		b := startTestBot(t, setup{engine: script(tell), channel: p, token: eventToken, store: store})
		store.fail(func(op string, _ state.Conv) error {
			if op == "accept" {
				time.Sleep(3 * time.Second) // virtual
				return errStoreDown
			}
			return nil
		})
		began := time.Now()
		w := postEvent(b, eventToken, goodEvent)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "send it again") {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
		if took := time.Since(began); took != intakeTime {
			t.Errorf("answered after %s", took)
		}
		synctest.Wait()
		store.fail(nil)
		time.Sleep(5 * time.Second)
		if w := postEvent(b, eventToken, goodEvent); w.Code != http.StatusAccepted {
			t.Errorf("answered %d once the store was back", w.Code)
		}
		p.take(t, 1)
	})
}

// The page, the token and the types come from bot.yaml, and change with it.
func TestEventsPageFollowsBotYAML(t *testing.T) {
	p := newPlatform()
	files := map[string]string{
		"bot.yaml":         "bot: shop\napi_token: ${ env.API_TOKEN ?? \"\" }\nstate: 'memory:'\nchannels:\n  fake: {type: fake}\nevents:\n  refund_paid: {reference: text}\n",
		"flows/hello.yaml": "flow: hello\nstart: {event: refund_paid}\nparams: {reference: text = \"\"}\nsteps:\n  - say: Paid ${ reference } in ${ event.conversation }.\n",
	}
	dir := folder(t, files)
	token := ""
	o := Options{
		Dir: dir, Factories: []channels.Factory{factoryOf(p)}, Log: discard(),
		Env: func(name string) (string, bool) { return token, name == "API_TOKEN" && token != "" },
	}
	b, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if w := postEvent(b, eventToken, goodEvent); w.Code != http.StatusNotFound {
		t.Errorf("answered %d without a token", w.Code)
	}
	stopTestBot(t, b)
	token = eventToken
	if b, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer stopTestBot(t, b)
	if w := postEvent(b, eventToken, strings.Replace(goodEvent, `"R-1"`, "5", 1)); w.Code != 400 || !strings.Contains(w.Body.String(), "reference is a number, not") {
		t.Errorf("data of another type: %d %s", w.Code, w.Body)
	}
	if w := postEvent(b, eventToken, goodEvent); w.Code != http.StatusAccepted {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if m := p.take(t, 1); m[0].Text != "Paid R-1 in ann." {
		t.Errorf("said %q", m[0].Text)
	}
}
