package flows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
)

// What goes wrong in a turn is told with its place and its kind, in words that no
// person wrote, and the same once.
func TestFailuresHoldNothingThatAPersonWrote(t *testing.T) {
	b := testBot(t, `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
limits: {steps: 10}
-- flows/a.yaml --
flow: a
start: {words: [go]}
vars: {n: int = 0, part: text = ""}
steps:
  - ask: word
    text: A word?
  - id: number
    set: {n: "${ int(word) }"}
    on_error: next
  - id: next
    say: ${ int(word) } and ${ int(word) }
  - http: GET https://api.example.com/${ word }
    on_error: again
  - id: again
    goto: again
-- flows/b.yaml --
flow: b
start: {fallback: true, if: int(event.text) > 3}
steps:
  - say: Hello
`, "")
	start := chat(t, b, nil, written("nonsense-4711"))
	if want := []Failure{{Flow: "b", Kind: "expression"}}; !cmp.Equal(start.Trace.Failures, want) {
		t.Errorf("%+v, want %+v", start.Trace.Failures, want)
	}
	asked := chat(t, b, nil, written("go"))
	in := Input{State: asked.State, Event: written("secret-word"), Channel: "web", Account: "a", Conversation: "c"}
	out, err := b.Turn(in)
	if err != nil || out.Request == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	in.Results = []CallResult{{Key: out.Request.Key, Fingerprint: out.Request.Fingerprint, Status: 503}}
	if out, err = b.Turn(in); err != nil {
		t.Fatal(err)
	}
	want := []Failure{
		{Flow: "a", Step: "number", Line: 7, Kind: "expression"},
		{Flow: "a", Step: "next", Line: 10, Kind: "expression"},
		{Flow: "a", Step: "http", Line: 12, Kind: "status", Status: 503},
		{Flow: "a", Step: "again", Line: 14, Kind: "limit"},
	}
	if !cmp.Equal(out.Trace.Failures, want) {
		t.Error(cmp.Diff(want, out.Trace.Failures))
	}
	if all := fmt.Sprint(out.Trace.Failures); strings.Contains(all, "secret-word") {
		t.Errorf("a failure quotes what was written: %s", all)
	}
}

// An event of the bot's own is checked against what bot.yaml declares.
func TestCheckEvent(t *testing.T) {
	b := testBot(t, `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
events:
  refund_paid: {reference: text, amount: number, note: maybe text}
  ping: {}
-- flows/a.yaml --
flow: a
start: {fallback: true}
steps:
  - say: Hello
`, "")
	for _, c := range []struct {
		name string
		data map[string]any
		want string // "" for right
	}{
		{"ping", nil, ""},
		{"refund_paid", map[string]any{"reference": "R-1", "amount": 3.5}, ""},
		{"refund_paid", map[string]any{"reference": "R-1", "amount": 3, "note": nil}, ""},
		{"refund_paid", nil, "is missing"},
		{"refund_paid", map[string]any{"reference": 5.0, "amount": 3}, "reference is"},
		{"refund_paid", map[string]any{"reference": "R-1", "amount": 3, "refrence": "x"}, `no field "refrence". Did you mean "reference"?`},
		{"refund_payed", nil, `no event "refund_payed" under events: in bot.yaml. Did you mean "refund_paid"?`},
		{string(channels.KindMessage), nil, `no event "message"`},
	} {
		err := b.CheckEvent(c.name, c.data)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v, want %q", c.name, c.data, err, c.want)
		}
	}
}
