package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// BenchmarkTurn answers a question: decode, validate, ask the next, encode.
func BenchmarkTurn(b *testing.B) {
	bot := testBot(b, `
-- bot.yaml --
bot: test
channels: {web: {type: test}}
contact: {vip: bool = false}
commands: {menu: {words: [menu], flow: order}}
-- flows/order.yaml --
flow: order
start: {words: [order]}
steps:
  - ask: name
    text: Your name?
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
  - say: ${ topic }
`, "")
	sender := channels.Sender{ID: "7", FirstName: "Ann", Language: "en"}
	message := func(s string) *channels.Event {
		return &channels.Event{Kind: channels.KindMessage, Text: s, Sender: sender}
	}
	asked := chat(b, bot, nil, message("order"), message("Ann"))
	in := Input{State: asked.State, Event: message(" a-1234"), Channel: "web", Account: "a", Conversation: "c", Now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	b.ReportAllocs()
	for b.Loop() {
		out, err := bot.Turn(in)
		if err != nil || len(out.Replies) != 1 {
			b.Fatal(err, len(out.Replies))
		}
	}
	b.ReportMetric(float64(len(asked.State)), "state_bytes")
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
