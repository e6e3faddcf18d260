package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
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
