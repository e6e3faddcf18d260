package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// ordinaryTurn is what a bot does all day: a person in the middle of a flow, of
// whom it knows this and that, answers a question with a clean and a check, and
// the next one is asked, with options.
func ordinaryTurn(t testing.TB) (*Bot, Input) {
	bot := testBot(t, `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
contact: {vip: bool = false, orders: int = 0}
session: {campaign: text}
commands: {menu: {words: [menu], flow: order}}
-- flows/order.yaml --
flow: order
start: {words: [order], if: 'first_in("1m")'}
vars: {urgent: bool = false}
steps:
  - set: {session.campaign: spring, contact.orders: "${ contact.orders + 1 }"}
  - ask: name
    text: Your name?
  - ask: email
    type: email
    text: And your address, ${ name }?
    keep: contact.email
  - ask: order_no
    text: Thanks ${ name }, what is the order number?
    clean: value | trim() | upper()
    check: value matches "^[A-Z]-[0-9]{4}$"
    invalid: It looks like A-1234.
  - ask: topic
    text: And what of ${ order_no }?
    options:
      - {id: status, label: Where is it, words: [where]}
      - {id: refund, label: Money back}
      - {id: other, label: Something else}
  - say: ${ topic }
`, "")
	sender := channels.Sender{ID: "4915112345678", FirstName: "Ann", LastName: "Example", Phone: "+4915112345678", Language: "en"}
	message := func(s string) *channels.Event {
		return &channels.Event{Kind: channels.KindMessage, Text: s, Sender: sender, Time: time.Date(2026, 3, 2, 9, 59, 59, 0, time.UTC)}
	}
	asked := chat(t, bot, nil, message("order"), message("Ann"), message("ann@example.com"))
	return bot, Input{State: asked.State, Event: message(" a-1234"), Channel: "web", Account: "a", Conversation: "c", Now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Seed: 1}
}

// BenchmarkTurn answers a question: decode, validate, ask the next, encode. Its
// size is that of the state while the next question is open.
func BenchmarkTurn(b *testing.B) {
	bot, in := ordinaryTurn(b)
	var out Output
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if out, err = bot.Turn(in); err != nil || len(out.Replies) != 1 {
			b.Fatal(err, len(out.Replies))
		}
	}
	b.ReportMetric(float64(len(out.State)), "state_bytes")
	b.ReportMetric(float64(len(idle(b, bot, in))), "idle_state_bytes")
}

// idle answers the questions that are left and returns the state: no flow is open
// any more.
func idle(t testing.TB, bot *Bot, in Input) []byte {
	t.Helper()
	for _, text := range []string{in.Event.Text, "where"} {
		event := *in.Event
		event.Text = text
		in.Event = &event
		out, err := bot.Turn(in)
		if err != nil {
			t.Fatal(err)
		}
		in.State = out.State
	}
	c, err := decodeConversation(in.State)
	if err != nil || len(c.Open) > 0 {
		t.Fatal("a question is still open", err)
	}
	return in.State
}

// maxTurnAllocations is what an ordinary turn may allocate. Allocations are counted
// rather than time, since their number is the same on every machine.
const maxTurnAllocations = 60

// TestAnOrdinaryTurnIsLight keeps what makes turns fast.
func TestAnOrdinaryTurnIsLight(t *testing.T) {
	bot, in := ordinaryTurn(t)
	turn := func() {
		out, err := bot.Turn(in)
		if err != nil || len(out.Replies) != 1 || len(out.Replies[0].Options) != 3 || out.Trace.Taken != "answer" {
			t.Fatalf("not an ordinary turn: %+v, %v", out, err)
		}
	}
	if n := testing.AllocsPerRun(200, turn); n > maxTurnAllocations {
		t.Errorf("the turn makes %v allocations, more than %d", n, maxTurnAllocations)
	}
	if n := len(idle(t, bot, in)); n > 1500 {
		t.Errorf("the state takes %d bytes when nothing is open", n)
	}
}

// TestFlowsThatCanNotMatchAreNotLookedAt: what a message costs does not grow with
// the flows whose words and patterns are not in it.
func TestFlowsThatCanNotMatchAreNotLookedAt(t *testing.T) {
	asked := 0
	options := testOptions()
	options.Functions = []expression.Function{{
		Name: "count_me", Doc: "Counts how often it is asked.", Result: expression.Of(expression.Bool),
		Call: func([]any) (any, error) { asked++; return false, nil },
	}}
	type looked struct{ Conditions, Offers, Patterns, Phrases int }
	count := func(n int) looked {
		sources := []source{
			{"bot.yaml", []byte("bot: test\nchannels:\n  web: {type: test}\n")},
			{"flows/topic.yaml", []byte("flow: topic\nstart: [{words: [topic, \"about topic\"], if: count_me()}, {match: \"topic [0-9]+\", if: count_me()}]\nsteps:\n  - say: Hi.\n")},
			{"flows/always.yaml", []byte("flow: always\nstart: {if: count_me()}\nsteps:\n  - say: Hi.\n")},
			{"flows/last.yaml", []byte("flow: last\nstart: {fallback: true}\nsteps:\n  - say: What?\n")},
		}
		for i := range n {
			flow := fmt.Sprintf("flow: f%d\nstart: {words: [\"subject %d\", word%d], match: \"^/open( .+)? code-%d$\", if: count_me()}\nsteps:\n  - say: Hi.\n", i, i, i, i)
			sources = append(sources, source{fmt.Sprintf("flows/f%d.yaml", i), []byte(flow)})
		}
		bot, report := compile(&loader{r: spec.NewReport(), o: options}, sources)
		if bot == nil {
			t.Fatal(text(t, report))
		}
		const message = "can you tell me about topic 7 please, I wait"
		asked = 0
		out := chat(t, bot, nil, &channels.Event{Kind: channels.KindMessage, Text: message})
		if out.Trace.Taken != "fallback" {
			t.Fatalf("%d flows: taken by %s", n, out.Trace.Taken)
		}
		l := looked{Conditions: asked, Offers: len(out.Trace.Offers)}
		bot.triggers.patterns.find(message, func(*start) { l.Patterns++ })
		bot.triggers.phrases.find(language.Words(message), func(string, int, *start) { l.Phrases++ })
		return l
	}
	few, many := count(10), count(10_000)
	if few != many || few.Conditions != 3 || few.Patterns == 0 || few.Phrases != 2 {
		t.Errorf("with 10 flows it looks at %+v, with 10,000 at %+v", few, many)
	}
}

// BenchmarkTriggers finds the flow for a message among many.
func BenchmarkTriggers(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var files strings.Builder
			for i := range n {
				fmt.Fprintf(&files, "-- flows/f%d.yaml --\nflow: f%d\nstart: {words: [\"topic %d\", word%d], match: \"^/open( .+)? code-%d$\"}\nsteps:\n  - say: Hi.\n", i, i, i, i, i)
			}
			bot := testBot(b, files.String(), "")
			b.ReportAllocs()
			for b.Loop() {
				if got := bot.triggers.message("can you tell me about topic 7 please, I wait"); len(got) != 1 {
					b.Fatal(len(got))
				}
			}
		})
	}
}
