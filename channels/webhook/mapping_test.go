package webhook_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

// events are those of a body, without their payloads.
func events(t *testing.T, s channeltest.Spec, r *channels.Request) []channels.Event {
	t.Helper()
	got, err := channel(t, s, "").Receive(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return got.Events
}

// TestPathsLeadToText tries the text of a mapping on one body.
func TestPathsLeadToText(t *testing.T) {
	const body = `{"from":"p-17","id":9007199254740993,"a":{"b":"x","c.d":"dotted","empty":"","null":null,"list":["one","two",["three"]]},
		"items":[{"t":"first","k":1},{"t":"","k":2},{"k":3},{"t":"fourth","k":4}],"yes":true,"when":"keyword","$x":"dollar","it's":"quote","true":"word",
		"number":"+1 (555) 010-0017"}`
	for at, want := range map[string]string{
		"a.b": "x", ` a.b `: "x", `a."c.d"`: "dotted", "id": "9007199254740993", "yes": "true", "when": "keyword", `"$x"`: "dollar",
		"a.list[0]": "one", "a.list[1]": "two", "a.list[9]": "", "a.list": "", "a.list[2][0]": "three", "a[0]": "", "a.b.c": "", "a": "",
		"items[*].t": "first\nfourth", "items[3].t": "fourth", `"it's"`: "quote", "true": "true", `"true"`: "word",
		"a.empty | a.null | a.b": "x", "nothing | 'constant'": "constant", "'it''s'": "it's", "nothing": "",
		"a.b when yes=true": "x", "a.b when yes=false | 'other'": "other", "a.b when yes!=true | 'other'": "other",
		"a.b when a.empty=null": "x", "a.b when a=null | 'there'": "there", "a.b when nothing!=null | 'absent'": "absent",
		"a.b when items[*].k=3": "x", "a.b when items[*].k!=3 | 'no'": "no", "a.b when a.b~X": "x", "a.b when a.b~y | 'no'": "no",
		"a.b when id=9007199254740993": "x", "a.b when id=9007199254740992 | 'no'": "no",
		"a.b when yes=true, a.b='x'": "x", "a.b when yes=true, a.b=y | 'no'": "no", "a.b when from={from}": "x",
		"$.a.b": "x", "$query.q": "asked", "$header.X-Event": "headed", "$header.x-event": "headed", "$query.none": "",
		"number as phone": "15550100017", "a.b as phone | 'none'": "none",
	} {
		s := plain(map[string]string{"text": at, "from": "p-17"})
		r := post(body)
		r.URL.RawQuery = "q=asked"
		r.Header.Set("X-Event", "headed")
		e := events(t, s, r)[0]
		if e.Text != want {
			t.Errorf("%s: %q, want %q", at, e.Text, want)
		}
		if known := e.Kind == channels.KindMessage; known != (want != "") {
			t.Errorf("%s: %s", at, e.Kind)
		}
	}
}

func TestFormsAreObjectsOfTexts(t *testing.T) {
	r := post("From=p-17&Body=a%26b+c&MediaUrl=https%3A%2F%2Ffiles.example.test%2F1&MediaUrl=https%3A%2F%2Ffiles.example.test%2F2&Type=image")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	s := plain(map[string]string{"conversation": "From", "text": "Body"})
	s.Lists["media"] = []string{"image: MediaUrl[*]"}
	e := events(t, s, r)[0]
	if e.Kind != channels.KindMessage || e.Text != "a&b c" || e.Conversation != "p-17" || len(e.Media) != 2 {
		t.Errorf("%+v", e)
	}
	s.Lists["events"] = []string{"message: Type=video"}
	e = events(t, s, r)[0]
	if want := `"Body":"a\u0026b c"`; e.Kind != channels.KindUnknown || !strings.Contains(string(e.Raw), want) {
		t.Errorf("%s %s", e.Kind, e.Raw)
	}
	for _, body := range []string{"", "%zz"} {
		r.Body = []byte(body)
		if got := status(t, channel(t, s, ""), r); got != 400 {
			t.Errorf("%q: %d", body, got)
		}
	}
	r.Body = []byte(`From=p-17&Body=x`)
	if got := status(t, channel(t, with(s, map[string]string{"format": "json"}), ""), r); got != 400 {
		t.Errorf("a form as JSON: %d", got)
	}
}

// TestItemsAreEventsEach: several families come in one body, and one that no rule
// fits is kept.
func TestItemsAreEventsEach(t *testing.T) {
	s := plain(map[string]string{"conversation": "from | $.from", "text": "text", "status": "state", "id": "id", "account": "$.account"})
	s.Lists["items"] = []string{"messages[*]", "receipts[*]"}
	s.Lists["events"] = []string{"status: state!=null", "opt_out: type=stop", "message: text!=null"}
	s.Lists["states"] = []string{"delivered: state=DELIVRD"}
	got := events(t, s, post(`{"account":"shop","from":"p-17","messages":[{"id":1,"text":"one"},{"id":2,"text":"two","from":"p-18"},{"id":3,"poll":{}},{"type":"stop"}],`+
		`"receipts":[{"id":"out-7","state":"DELIVRD"},{"id":"out-7","state":"READ"},{"id":"out-8","state":"LOST"}]}`))
	var lines []string
	ids := map[string]bool{}
	for _, e := range got {
		line := string(e.Kind) + " " + e.Account + " " + e.Conversation + " " + e.Text
		if e.Status != nil {
			line += e.Status.MessageID + " " + e.Status.State
		}
		lines, ids[e.DedupeID] = append(lines, line), true
	}
	want := []string{
		"message shop p-17 one", "message shop p-18 two", "unknown shop p-17 ", "opt_out shop p-17 ",
		"status shop p-17 out-7 delivered", "status shop p-17 out-7 read", "unknown shop p-17 ",
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
	if len(ids) != len(want) {
		t.Errorf("%d dedupe ids", len(ids))
	}
	if string(got[2].Raw) != `{"id":3,"poll":{}}` {
		t.Errorf("kept %s", got[2].Raw)
	}
}

func TestTooManyItemsAreRefusedAsAWhole(t *testing.T) {
	s := plain(nil)
	s.Lists["items"] = []string{"[*]"}
	for n, want := range map[int]int{1000: 200, 1001: 413} {
		if got := status(t, channel(t, s, ""), post("["+strings.Repeat(hi+",", n-1)+hi+"]")); got != want {
			t.Errorf("%d items: %d, want %d", n, got, want)
		}
	}
}

// TestOwnersSilenceTheBotBeforeTheMessage: what an item tells beside itself.
func TestOwnersSilenceTheBotBeforeTheMessage(t *testing.T) {
	s := plain(map[string]string{"owner_id": "agent.name"})
	s.Lists["owner"] = []string{"none: agent.name=Bot", "conversation_assigned: agent!=null", "give_back: agent=null, reopened=true"}
	s.Lists["events"] = []string{"unknown: shop=other", "message: body!=null"}
	for body, want := range map[string]string{
		// What is not ours says nothing of who has our conversations.
		`{"id":"1","from":"p","body":"x","agent":{"name":"Grace"},"shop":"other"}`: "unknown",
		`{"id":"1","from":"p","body":"x","agent":{"name":"Grace"}}`:                "conversation_assigned message",
		`{"id":"1","from":"p","body":"x","agent":{"name":"Bot"}}`:                  "message",
		`{"id":"1","from":"p","body":"x","agent":{}}`:                              "message",
		`{"id":"1","from":"p","body":"x","reopened":true}`:                         "give_back message",
		`{"id":"1","body":"x","agent":{"name":"Grace"}}`:                           "unknown",
	} {
		var kinds []string
		for _, e := range events(t, s, post(body)) {
			kinds = append(kinds, string(e.Kind))
			if e.Kind == channels.KindAssigned && e.Data["agent_id"] != "Grace" {
				t.Errorf("%s: %v", body, e.Data)
			}
		}
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// TestWhatComesTwiceIsOneEvent, and what only looks like it is another.
func TestWhatComesTwiceIsOneEvent(t *testing.T) {
	id := func(s channeltest.Spec, body string) string { return events(t, s, post(body))[0].DedupeID }
	s := plain(nil)
	if id(s, hi) != id(s, `{"id":"m-1","from":"p-17","body":"hi","try":2}`) {
		t.Error("a message with an id is told by more than that")
	}
	s.Lists["events"] = []string{"edited: type=edit", "conversation_closed: type=closed"}
	for _, kind := range []string{"edit", "closed"} {
		one, two := `{"id":"m-1","from":"p-17","type":"`+kind+`","at":1}`, `{"id":"m-1","from":"p-17","type":"`+kind+`","at":2}`
		if id(s, one) == id(s, two) || id(s, one) != id(s, one) {
			t.Errorf("%s: a second one is lost", kind)
		}
	}
	s = plain(map[string]string{"id": "none"})
	s.Lists["digest_of"] = []string{"at", "from", "body"}
	if id(s, `{"at":1,"from":"p","body":"x","try":1}`) != id(s, `{"at":1,"from":"p","body":"x","try":2}`) {
		t.Error("told by more than digest_of")
	}
	if id(s, `{"from":"p","body":"x","try":1}`) == id(s, `{"from":"p","body":"x","try":2}`) {
		t.Error("without its first value digest_of tells too little")
	}
	s = plain(nil)
	s.Lists["dedupe"] = []string{"delivery", "id"}
	if got := id(s, `{"delivery":7,"id":"m-1","from":"p","body":"x"}`); got != "7:m-1" {
		t.Errorf("dedupe id %q", got)
	}
}

func TestSecretsOfAPayloadAreNotKept(t *testing.T) {
	s := plain(nil)
	s.Lists["hide"], s.Lists["data"] = []string{"Token"}, []string{"all: $"}
	for _, body := range []string{
		`{"from":"p","body":"x","list":[{"token":"sample"}],"token":{"a":"sample"}}`, `{"other":1,"list":[{"TOKEN":"sample"}]}`,
	} {
		b, err := json.Marshal(events(t, s, post(body)))
		if err != nil || strings.Contains(string(b), "sample") || !strings.Contains(string(b), "list") {
			t.Errorf("%s, %v", b, err)
		}
	}
}

// TestPresetsAreBegunWithAndNotEndedWith: one's own rules decide first, and one's
// own paths take the place of the preset's.
func TestPresetsAreBegunWithAndNotEndedWith(t *testing.T) {
	s := with(spec(), map[string]string{"verify": "off", "text": "words"})
	s.Lists["events"] = []string{"opt_out: words=stop"}
	for body, want := range map[string]channels.Kind{
		`{"conversation":"p","words":"stop"}`: channels.KindOptOut, `{"conversation":"p","words":"go"}`: channels.KindMessage,
		`{"conversation":"p","text":"go"}`: channels.KindUnknown, `{"conversation":"p","kind":"echo"}`: channels.KindEcho,
	} {
		if e := events(t, s, post(body))[0]; e.Kind != want {
			t.Errorf("%s: %s, want %s", body, e.Kind, want)
		}
	}
}

func TestAnswersToWebhooksAreAsWritten(t *testing.T) {
	for body, typ := range map[string]string{`{"ok":true}`: "application/json", "OK": "text/plain; charset=utf-8"} {
		got, err := channel(t, plain(map[string]string{"answer": body}), "").Receive(t.Context(), post(hi))
		if err != nil || string(got.Answer.Body) != body || got.Answer.ContentType != typ || got.Answer.Status != 200 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
