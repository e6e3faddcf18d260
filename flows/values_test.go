package flows

import (
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// TestListsAndRecordsMayComputeTheirParts: ${ } stands within the lists and maps
// of `set`, `with` and `track`, and each part gets the type that is declared.
func TestListsAndRecordsMayComputeTheirParts(t *testing.T) {
	b, report := Load(writeBot(t, map[string]string{
		"bot.yaml": plainBot + "constants: {sizes: [1, 2.5], shop: {name: Acme}}\n",
		"flows/a.yaml": `
flow: a
start: {words: go}
vars:
  lines: [{sku: text, qty: int, price: number, at: maybe date}]
  first: text = "say "
  none: text = ""
steps:
  - set:
      lines:
        - {sku: "${ event.text }", qty: 1, price: 3, at: 2026-03-04}
        - {sku: L2, qty: "${ 1 + 1 }", price: 2.5}
      lines+: {sku: L3, qty: 3, price: "${ constants.sizes[0] }"}
  - track: bought
    with: {items: {skus: "${ map(lines, .sku) }", more: [1, true]}}
  - say: ${ first }${ map(lines, .sku) | join("+") } ${ sum(lines, .qty * .price) } ${ day(lines[0].at) } ${ none }${ constants.shop.name }
`}), brokenOptions())
	if b == nil {
		t.Fatal(text(t, report))
	}
	out, err := b.Turn(Input{
		Event:   &channels.Event{Kind: channels.KindMessage, Text: "go", Sender: channels.Sender{ID: "7"}},
		Channel: "web", Account: "a", Conversation: "c", Now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Seed: 1,
	})
	if err != nil || len(out.Replies) != 1 || len(out.Tracked) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if want := "say go+L2+L3 11 Wednesday Acme"; out.Replies[0].Text != want {
		t.Errorf("the bot says %q, not %q; problems %v", out.Replies[0].Text, want, out.Trace.Problems)
	}
	items, _ := out.Tracked[0].Data["items"].(map[string]any)
	if skus, _ := items["skus"].([]any); len(skus) != 3 {
		t.Errorf("tracked %v", out.Tracked[0].Data)
	}
}
