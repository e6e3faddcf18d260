package statetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/state"
)

func intake() []behaviour {
	return []behaviour{
		{"EventsKeepTheirOrder", nothing, eventsKeepTheirOrder},
		{"DuplicateWithinTheWindow", clock, duplicateWithinTheWindow},
		{"DuplicateDoesNotExtendTheWindow", clock, duplicateDoesNotExtendTheWindow},
		{"DuplicateWithinOneCall", nothing, duplicateWithinOneCall},
		{"NoWindowRemembersNothing", nothing, noWindowRemembersNothing},
		{"DuplicatesOfAnIdleConversationLeaseNothing", nothing, duplicatesLeaseNothing},
		{"TooLargeIsSetAside", nothing, tooLargeIsSetAside},
		{"FullByCountIsSetAside", nothing, fullByCountIsSetAside},
		{"FullByBytesIsSetAside", nothing, fullByBytesIsSetAside},
		{"FreeConversationIsLeased", nothing, freeConversationIsLeased},
		{"WithoutRoomNothingIsLeased", nothing, withoutRoomNothingIsLeased},
		{"HeldConversationIsBusy", nothing, heldConversationIsBusy},
		{"LeaseThatRanOutIsNotReplaced", clock, acceptReplacesNoLease},
		{"ConversationsAreApart", nothing, conversationsAreApart},
		{"NamesThatBeginAlikeAreApart", nothing, namesThatBeginAlikeAreApart},
		{"PayloadsAreCopied", nothing, payloadsAreCopied},
		{"PayloadsMayBeEmpty", nothing, payloadsMayBeEmpty},
	}
}

func eventsKeepTheirOrder(k *kit) {
	out := k.accept(ann, "1", "2", "3")
	k.put(ann, "4")
	k.put(ann, "5", "6")
	last := uint64(0)
	for i := 1; i <= 6; i++ {
		k.turn(out, fmt.Sprint(i))
		if out.Event.Number <= last {
			k.Fatalf("event number %d after %d", out.Event.Number, last)
		}
		last = out.Event.Number
		out = k.reply(ann, out)
	}
	k.is(out, state.Free)
}

func duplicateWithinTheWindow(k *kit) {
	k.is(k.reply(ann, k.accept(ann, "1")), state.Free)
	k.h.Advance(window - time.Second)
	if v, _ := k.offer(caller("a"), ann, event("1")); v[0] != state.Duplicate {
		k.Fatalf("offered again within the window: %s", v[0])
	}
	k.h.Advance(2 * time.Second)
	if v, _ := k.offer(caller("a"), ann, event("1")); v[0] != state.Appended {
		k.Fatalf("offered again after the window: %s", v[0])
	}
}

func duplicateDoesNotExtendTheWindow(k *kit) {
	k.put(ann, "1")
	k.h.Advance(window / 2)
	k.offer(state.Caller{Process: "a"}, ann, event("1"))
	k.h.Advance(window/2 + time.Second)
	if v, _ := k.offer(state.Caller{Process: "a"}, ann, event("1")); v[0] != state.Appended {
		k.Fatalf("the window began again with a duplicate: %s", v[0])
	}
}

func duplicateWithinOneCall(k *kit) {
	v, out := k.offer(caller("a"), ann, event("1"), event("2"), event("1"))
	if want := []state.Verdict{state.Appended, state.Appended, state.Duplicate}; !slices.Equal(v, want) {
		k.Fatalf("verdicts %v, want %v", v, want)
	}
	out = k.turn(k.reply(ann, k.turn(out, "1")), "2")
	k.is(k.reply(ann, out), state.Free)
}

func noWindowRemembersNothing(k *kit) {
	e := event("1")
	e.Window = 0
	for range 2 {
		if v, _ := k.offer(caller("a"), ann, e); v[0] != state.Appended {
			k.Fatalf("remembered without a window: %s", v[0])
		}
	}
}

func duplicatesLeaseNothing(k *kit) {
	k.is(k.reply(ann, k.accept(ann, "1")), state.Free)
	if v, out := k.offer(caller("b"), ann, event("1")); v[0] != state.Duplicate || out.Kind != state.Free {
		k.Fatalf("a duplicate for an idle conversation: %s, %s", v[0], out.Kind)
	}
	k.is(k.claim("b", ann), state.Early)
}

func tooLargeIsSetAside(k *kit) {
	large := state.NewEvent{DedupeID: "large", Window: window, Payload: bytes.Repeat([]byte("x"), state.MaxEvent+1)}
	fits := state.NewEvent{DedupeID: "fits", Window: window, Payload: large.Payload[1:]}
	v, out := k.offer(caller("a"), ann, large, fits)
	if want := []state.Verdict{state.SetAside, state.Appended}; !slices.Equal(v, want) {
		k.Fatalf("verdicts %v, want %v", v, want)
	}
	k.turn(out, string(fits.Payload))
	if v, _ := k.offer(caller("a"), ann, large); v[0] != state.Duplicate {
		k.Fatalf("set aside and offered again: %s", v[0])
	}
	all := k.letters()
	if len(all) != 1 {
		k.Fatalf("%d dead letters, want 1", len(all))
	}
	l := all[0]
	if l.Conv != ann || l.Direction != state.In || l.Number == 0 || l.Cause == "" || l.ID == "" || l.At.IsZero() || !bytes.Equal(l.Payload, large.Payload) {
		k.Fatalf("the dead letter does not tell what it was: %s %s %d %q %q, %d bytes", l.Conv, l.Direction, l.Number, l.Cause, l.ID, len(l.Payload))
	}
}

func fullByCountIsSetAside(k *kit) {
	var events []state.NewEvent
	for i := range state.MaxInboxEvents + 1 {
		events = append(events, event(fmt.Sprint(i)))
	}
	v, out := k.offer(caller("a"), ann, events...)
	if i := slices.Index(v, state.SetAside); i != state.MaxInboxEvents {
		k.Fatalf("set aside from %d on, want %d", i, state.MaxInboxEvents)
	}
	if all := k.letters(); len(all) != 1 || string(all[0].Payload) != fmt.Sprint(state.MaxInboxEvents) {
		k.Fatalf("%d dead letters, want the one event too many", len(all))
	}
	k.reply(ann, k.turn(out, "0"))
	k.put(ann, "one more")
}

func fullByBytesIsSetAside(k *kit) {
	var events []state.NewEvent
	for i := range state.MaxInboxBytes / state.MaxEvent {
		e := event(fmt.Sprint(i))
		e.Payload = make([]byte, state.MaxEvent)
		events = append(events, e)
	}
	v, _ := k.offer(caller("a"), ann, append(events, event("over"))...)
	if i := slices.Index(v, state.SetAside); i != len(events) {
		k.Fatalf("set aside from %d on, want %d", i, len(events))
	}
	e := event("nothing in it")
	e.Payload = nil
	if v, _ := k.offer(caller("a"), ann, e); v[0] != state.Appended {
		k.Fatalf("an event without a payload: %s", v[0])
	}
}

func freeConversationIsLeased(k *kit) {
	out := k.turn(k.accept(ann, "1"), "1")
	if out.Token.Process != "a" || out.Token.Number == 0 || out.Left != state.LeaseTime {
		k.Fatalf("leased as %v for %s", out.Token, out.Left)
	}
	if out.State != nil || len(out.Journal) != 0 || out.Rows != 0 || out.Deaths != 0 || out.Fails != 0 {
		k.Fatalf("the first turn of a conversation begins with %+v", out)
	}
	if out.Event.First != out.Event.Number {
		k.Fatalf("event %d is said to be %d", out.Event.Number, out.Event.First)
	}
	if !out.Event.At.Equal(out.Now) {
		k.Fatalf("accepted at %s, stored as %s", out.Now, out.Event.At)
	}
}

func withoutRoomNothingIsLeased(k *kit) {
	k.is(k.acceptBy(state.Caller{Process: "a"}, ann, "1"), state.Free)
	out := k.turn(k.accept(ann, "2"), "1")
	k.turn(k.reply(ann, out), "2")
}

func heldConversationIsBusy(k *kit) {
	held := k.accept(ann, "1")
	if out := k.is(k.acceptBy(caller("b"), ann, "2"), state.Busy); out.Token != (state.Token{}) {
		k.Fatalf("another process was told the token")
	}
	if out := k.is(k.accept(ann, "3"), state.Busy); out.Token != held.Token || out.Left != state.LeaseTime {
		k.Fatalf("the holder was told %v, %s left; it holds %v", out.Token, out.Left, held.Token)
	}
	k.is(k.claim("b", ann), state.Busy)
	k.turn(k.reply(ann, held), "2")
}

func acceptReplacesNoLease(k *kit) {
	held := k.accept(ann, "1")
	k.h.Advance(state.LeaseTime + time.Second)
	if out := k.is(k.acceptBy(caller("b"), ann, "2"), state.Busy); out.Left != 0 {
		k.Fatalf("%s left of a lease that ran out", out.Left)
	}
	k.turn(k.reply(ann, held), "2")
}

func conversationsAreApart(k *kit) {
	a, b := k.accept(ann, "1"), k.accept(dana, "1")
	k.turn(a, "1")
	k.turn(b, "1")
	k.commit(ann, a, state.Result{State: []byte("of ann")})
	if k.state(dana) != nil {
		k.Fatalf("a commit changed the state of another conversation")
	}
	k.turn(k.renewed(dana, b), "1")
}

// renewed checks that a turn is still in hand by renewing it.
func (k *kit) renewed(conv state.Conv, turn state.HandOut) state.HandOut {
	k.Helper()
	k.is(k.renew(conv, turn), state.Proceed)
	return turn
}

func namesThatBeginAlikeAreApart(k *kit) {
	names := []state.Conv{"a/b/c", "a/b/c\x00", "a/b/cc", "a/b/", "a/b/c\x00\x00\x00\x00\x00\x00\x00\x01"}
	for i, name := range names {
		k.send(k.reply(name, k.turn(k.accept(name, fmt.Sprint(i)), fmt.Sprint(i)), "row "+string(name)), "row "+string(name), 1, false)
	}
}

func payloadsAreCopied(k *kit) {
	in := event("1")
	_, out := k.offer(caller("a"), ann, in)
	clear(in.Payload)
	k.turn(out, "1")
	clear(out.Event.Payload)

	st, row := []byte("state"), []byte("row")
	out = k.commit(ann, out, state.Result{State: st, Rows: [][]byte{row}, History: []byte("said")})
	clear(st)
	clear(row)
	k.send(out, "row", 1, false)
	clear(out.Row.Payload)
	clear(k.state(ann))
	clear(k.history(ann)[0].Payload)
	if got := k.state(ann); string(got) != "state" {
		k.Fatalf("the state became %q", got)
	}
	if got := k.history(ann)[0].Payload; string(got) != "said" {
		k.Fatalf("the history became %q", got)
	}
	k.is(k.release(ann, out), state.Free)
	k.send(k.claim("b", ann), "row", 2, true)
}

func payloadsMayBeEmpty(k *kit) {
	e := event("1")
	e.Payload = nil
	_, out := k.offer(caller("a"), ann, e)
	if k.is(out, state.Turn); out.Event.Wake {
		k.Fatalf("an event without a payload became a wake event")
	}
	out = k.commit(ann, out, state.Result{State: []byte{}, Rows: [][]byte{nil}, History: []byte{}})
	k.is(k.mark(ann, k.send(out, "", 1, false), state.Outcome{Kind: state.Sent, History: []byte{}}), state.Free)
	if b := k.state(ann); b == nil || len(b) != 0 {
		k.Fatalf("an empty state was kept as %v", b)
	}
	if n := len(k.history(ann)); n != 2 {
		k.Fatalf("%d entries in the history, want 2", n)
	}
	if out := k.turn(k.accept(ann, "2"), "2"); out.State == nil {
		k.Fatalf("an empty state was handed out as none")
	}
}

// longName is a conversation whose name has the greatest length.
func longName() state.Conv { return state.NewConv("c", "a", strings.Repeat("k", 300)) }
