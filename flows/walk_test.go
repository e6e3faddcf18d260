package flows

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/channels"
)

// richBot has something of everything, in two versions.
const richBot = `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
contact: {note: text, points: int = 3}
session: {mode: text = plain}
events: {paid: {reference: text, amount: number}}
interrupts: [hours, later]
limits: {runs: 5, variables: 4000}
on_error: trouble
-- flows/order.yaml --
flow: order
start: [{words: [order]}, {event: paid, if: event.data.amount > 5}]
vars: {log: [text], n: int = 1}
steps:
  - ask: no
    text: Number?
    clean: value | trim() | upper()
    check: len(value) < 8
    invalid: [No., Still no.]
    on_fail: agent
    remind: {5m: "There?"}
    timeout: 20m
  - set: {log+: "${ no }", n: "${ n + 1 }", contact.note: "${ contact.note }${ no }", session.mode: "${ no }"}
  - http: GET https://api.example.com/${ no }
    returns: {left: int, lines: [{sku: text}]}
    save: stock
    on_404: no
    on_error: agent
  - ask: line
    text: Which?
    options: {from: stock.lines, label: "${ item.sku }"}
    default: ${ stock.lines[0] }
    timeout: 10m
  - call: confirm
    with: {what: "${ line.sku }"}
    save: sure
  - goto: no
    if: not sure.ok and visits("no") < 3
  - http: POST https://api.example.com/orders
    json: {no: "${ no }", log: "${ log }"}
    once_per: ${ no }
  - wait: {event: paid, if: event.data.reference == no}
    timeout: 1h
    save: paid
    on_timeout:
      - say: Not paid.
      - goto: again
  - say: Paid ${ paid.amount }.
  - id: again
    goto: restart
    if: contact.points > 5 and visits("no") < 9
  - end
  - id: agent
    handoff: support
    text: A person comes.
    timeout: 30m
    on_timeout: cancel
    on_return: no
-- flows/confirm.yaml --
flow: confirm
params: {what: text = it}
returns: {ok: bool, why: text}
steps:
  - ask: pin
    type: int
    text: PIN?
    secret: true
    max_tries: 2
    on_fail: end
  - ask: ok
    type: bool
    text: Take ${ what }?
    options: ["true", "false", {id: go_back, label: Back, goto: back}]
  - set: {contact.points: "${ contact.points + 1 }"}
-- flows/hours.yaml --
flow: hours
start: [{words: [hours]}, {match: "^when (?P<day>.+)"}]
params: {day: text = today}
steps:
  - say: Nine to five ${ day }.
  - ask: more
    text: More?
    yield: true
    timeout: 5m
    on_timeout:
      - say: Bye.
-- flows/later.yaml --
flow: later
start: {words: [later]}
steps:
  - wait: 10m
  - say: Later.
    if: first_in("5m")
    id: said
  - ask: ok
    text: OK?
    default: fine
-- flows/loop.yaml --
flow: loop
start: {words: [loop]}
vars: {all: text = x}
steps:
  - id: more
    set: {all: "${ all }${ all }"}
  - goto: more
    if: len(all) < 5000
  - ask: never
    text: Never.
-- flows/paid.yaml --
flow: thanks
start: {event: paid}
params: {reference: text = unknown}
steps:
  - say: Thanks for ${ reference }.
  - ask: stars
    type: int
    text: Stars?
-- flows/trouble.yaml --
flow: trouble
steps:
  - say: Trouble, ${ error.kind }.
-- flows/fallback.yaml --
flow: fallback
start: {fallback: true}
steps:
  - say:
      any_of: ["What?", "Hm?"]
      buttons: [Order, Hours]
-- new/bot.yaml --
bot: test
channels: {web: {type: test}}
contact: {note: int, points: int = 3}
session: {mode: text = plain}
events: {paid: {reference: text}}
moved: {later: hours}
interrupts: [hours]
-- new/flows/order.yaml --
flow: order
start: {words: [order]}
moved: {no: number, line: which}
on_upgrade: restart
vars: {log: [int], added: int = 5}
steps:
  - ask: number
    type: int
    text: Number now, ${ added }?
  - call: confirm
    save: sure
  - ask: which
    text: Which?
    options: [A, B]
  - wait: {event: paid}
  - say: Paid.
-- new/flows/confirm.yaml --
flow: confirm
params: {what: text = it}
returns: {ok: text}
on_upgrade: handoff
steps:
  - ask: ok
    text: OK?
    options: ["true", "false", "other"]
-- new/flows/hours.yaml --
flow: hours
start: {words: [hours]}
steps:
  - ask: more
    text: More?
    options: [Yes, No]
-- new/flows/fallback.yaml --
flow: fallback
start: {fallback: true}
steps:
  - say: What?
`

// A walk is a conversation with random events.
type walk struct {
	t     *rapid.T
	bots  []*Bot
	bot   *Bot
	state []byte
	now   time.Time
	wake  time.Time
	taps  []channels.Choice
}

// TestTurnKeepsItsPromises: whatever comes in, in whatever order, while flows
// change under the conversation, a turn neither panics nor fails, and leaves a
// state that can go on.
func TestTurnKeepsItsPromises(t *testing.T) {
	bots := []*Bot{testBot(t, richBot, ""), testBot(t, richBot, "new/")}
	rapid.Check(t, func(rt *rapid.T) {
		w := &walk{t: rt, bots: bots, bot: bots[0], now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
		for range rapid.IntRange(1, 60).Draw(rt, "length") {
			w.step()
		}
	})
}

func (w *walk) step() {
	switch rapid.IntRange(0, 11).Draw(w.t, "what") {
	case 0, 1, 2, 3, 4:
		words := []string{
			"order", "A-1", "b", "hours", "when open", "later", "loop", "back", "cancel", "repeat", "restart", "skip", "agent",
			"stop", "start", "yes", "no", "true", "false", "1", "2", "12", "L1", "the order now", "too long an answer", "", "???", "🙂 1",
		}
		w.turn(&channels.Event{Kind: channels.KindMessage, Text: rapid.SampledFrom(words).Draw(w.t, "text")})
	case 5:
		w.turn(&channels.Event{Kind: channels.KindMessage, Text: rapid.StringN(0, 30, -1).Draw(w.t, "any text")})
	case 6:
		if len(w.taps) > 0 {
			tap := rapid.SampledFrom(w.taps).Draw(w.t, "tap")
			w.turn(&channels.Event{Kind: channels.KindChoice, Choice: &tap})
		}
	case 7:
		kinds := []channels.Kind{
			channels.KindAgent, channels.KindTakeOver, channels.KindGiveBack, channels.KindClosed, channels.KindAdminSend,
			channels.KindOptOut, channels.KindOptIn, channels.KindStarted, channels.KindEcho, channels.KindUnknown,
		}
		w.turn(&channels.Event{Kind: rapid.SampledFrom(kinds).Draw(w.t, "kind"), Text: "from a person"})
	case 8:
		data := map[string]any{"reference": rapid.SampledFrom([]string{"A-1", "B", ""}).Draw(w.t, "reference"), "amount": rapid.SampledFrom([]any{1, 9.5, "x", nil}).Draw(w.t, "amount")}
		w.turn(&channels.Event{Kind: channels.KindCustom, Name: "paid", Data: data})
	case 9, 10:
		w.advance(w.now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(w.t, "minutes")) * time.Minute))
	case 11:
		w.bot = w.bots[rapid.IntRange(0, 1).Draw(w.t, "version")]
	}
}

func (w *walk) advance(to time.Time) {
	for n := 0; !w.wake.IsZero() && !w.wake.After(to); n++ {
		if n > 500 {
			w.t.Fatalf("it wakes again and again, last at %s", w.wake)
		}
		if w.wake.After(w.now) {
			w.now = w.wake
		}
		w.turn(nil)
		if !w.wake.IsZero() && !w.wake.After(w.now) {
			w.t.Fatalf("after the wake time %s it wants to wake at %s", w.now, w.wake)
		}
	}
	w.now = to
}

func (w *walk) turn(e *channels.Event) {
	in := Input{State: w.state, Event: e, Channel: "web", Account: "a", Conversation: "c", Now: w.now, Seed: rapid.Uint64().Draw(w.t, "seed"), Explain: true}
	for range 150 {
		out, err := w.bot.Turn(in)
		if err != nil {
			w.t.Fatal(err)
		}
		w.replies(out)
		if out.Request == nil {
			w.state, w.wake = out.State, out.Wake
			w.check()
			return
		}
		in.Results = append(in.Results, w.result(out.Request))
	}
	w.t.Fatal("the turn asks for one call after the other")
}

func (w *walk) result(c *Call) CallResult {
	r := CallResult{Key: c.Key, Fingerprint: c.Fingerprint}
	switch rapid.IntRange(0, 5).Draw(w.t, "result") {
	case 0:
		r.Error, r.ErrorText = "timeout", "no answer in time"
	case 1:
		r.Status = 404
	case 2:
		r.Status, r.Body = 200, json.RawMessage(`{"left": 1, "lines": []}`)
	default:
		r.Status, r.Body = 200, json.RawMessage(`{"left": 3, "lines": [{"sku": "L1"}, {"sku": "L2"}]}`)
	}
	return r
}

func (w *walk) replies(out Output) {
	if len(out.Replies) > 200 {
		w.t.Fatalf("%d replies in one turn", len(out.Replies))
	}
	for _, r := range out.Replies {
		for _, o := range r.Options {
			if o.Label == "" {
				w.t.Fatalf("an option without a label: %+v", r)
			}
			w.taps = append(w.taps, channels.Choice{ID: o.ID, Title: o.Label})
		}
	}
}

// check looks at the state that a turn left.
func (w *walk) check() {
	if len(w.state) > 100<<10 {
		w.t.Fatalf("the state has %d bytes", len(w.state))
	}
	c, err := decodeConversation(w.state)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, r := range c.Open {
		last := i == len(c.Open)-1
		if r.Rest.Kind == restHandoff && (!last || c.Owner == "") || r.Rest.Kind == restWait {
			w.t.Fatalf("run %d of %d rests at a %s, owner %q", i+1, len(c.Open), r.Rest.Kind, c.Owner)
		}
		if r.Rest.Kind == restQuestion && r.Rest.Paused == (last && c.Owner == "") {
			w.t.Fatalf("run %d of %d is paused: %v, owner %q", i+1, len(c.Open), r.Rest.Paused, c.Owner)
		}
	}
	if len(c.Ready) > 0 && len(c.Open) == 0 && c.Owner == "" && w.wake.IsZero() {
		w.t.Fatal("a run could go on, and nobody wakes it")
	}
	if w.wake.IsZero() || w.wake.After(w.now) {
		out, err := w.bot.Turn(Input{State: w.state, Channel: "web", Account: "a", Conversation: "c", Now: w.now})
		if err != nil || string(out.State) != string(w.state) || !out.Wake.Equal(w.wake) || len(out.Replies) > 0 {
			w.t.Fatalf("a wake time at which nothing is due changed the conversation: %v\n%s\n%s", err, w.state, out.State)
		}
	}
	if len(c.Waiting) > 5+20 || len(c.Ready) > 5+20 {
		w.t.Fatalf("%d wait, %d could go on", len(c.Waiting), len(c.Ready))
	}
}

func FuzzTurn(f *testing.F) {
	b := testBot(f, richBot, "")
	for _, seed := range []string{"order", "A-1", "1)", "٢", "e\u0301", "\xff\xfe", strings.Repeat("order ", 2000), "${ 1 }", "1 and 2, 3"} {
		f.Add(seed, byte(0))
		f.Add(seed, byte(3))
	}
	f.Fuzz(func(t *testing.T, text string, before byte) {
		var state []byte
		now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
		// The text comes first, or at one of the questions of the flow.
		chat := append([]string{"order", "A-1", "L1", "12"}[:before%5], text)
		for i, said := range chat {
			in := Input{State: state, Channel: "web", Account: "a", Conversation: "c", Now: now, Seed: uint64(i),
				Event: &channels.Event{Kind: channels.KindMessage, Text: said}}
			out, err := b.Turn(in)
			for n := 0; err == nil && out.Request != nil && n < 20; n++ {
				in.Results = append(in.Results, CallResult{Key: out.Request.Key, Fingerprint: out.Request.Fingerprint, Status: 200, Body: json.RawMessage(`{"left": 3, "lines": [{"sku": "L1"}]}`)})
				out, err = b.Turn(in)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decodeConversation(out.State); err != nil {
				t.Fatal(err)
			}
			state = out.State
		}
	})
}
