package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func repeats() []behaviour {
	return []behaviour{
		{"AcceptTellsOfTheLease", nothing, acceptTellsOfTheLease},
		{"ClaimTellsOfTheLease", nothing, claimTellsOfTheLease},
		{"Journal", nothing, journalRepeats},
		{"CommitThatHandedOutARow", nothing, commitToRowRepeats},
		{"CommitThatHandedOutAnEvent", nothing, commitToEventRepeats},
		{"CommitThatEndedTheLease", nothing, commitToFreeRepeats},
		{"FailWithADelay", clock, failWithADelayRepeats},
		{"FailThatHandedOutARow", nothing, failToRowRepeats},
		{"FailWithoutADelay", nothing, failWithoutADelayRepeats},
		{"MarkOfEveryOutcome", nothing, markRepeats},
		{"MarkWithinATurn", nothing, markWithinATurnRepeats},
		{"MarkThatHandedOutAnEvent", nothing, markToEventRepeats},
		{"SentFromAStaleToken", clock, staleSentRepeats},
		{"RenewAndRelease", nothing, renewAndReleaseRepeat},
		{"CommitAfterAReleaseIsLost", nothing, commitAfterRelease},
		{"MarkAfterAReleaseIsLost", nothing, markAfterRelease},
		{"RepeatAfterATakeoverIsLost", clock, repeatAfterATakeover},
	}
}

// twice does one thing two times and expects the same answer.
func (k *kit) twice(do func() state.HandOut) state.HandOut {
	k.Helper()
	first := do()
	k.same(do(), first)
	return first
}

func acceptTellsOfTheLease(k *kit) {
	held := k.accept(ann, "1")
	v, out := k.offer(caller("a"), ann, event("1"))
	if v[0] != state.Duplicate || out.Kind != state.Busy || out.Token != held.Token {
		k.Fatalf("the repeat was told %s, %s, %v", v[0], out.Kind, out.Token)
	}
	k.is(k.release(ann, out), state.Free)
	k.turn(k.claim("a", ann), "1")
}

func claimTellsOfTheLease(k *kit) {
	k.put(ann, "1")
	held := k.claim("a", ann)
	if out := k.is(k.claim("a", ann), state.Busy); out.Token != held.Token {
		k.Fatalf("the repeat was told %v, it holds %v", out.Token, held.Token)
	}
	if out := k.is(k.claim("b", ann), state.Busy); out.Token != (state.Token{}) {
		k.Fatalf("another process was told the token")
	}
}

func journalRepeats(k *kit) {
	turn := k.accept(ann, "1")
	out := k.send(k.twice(func() state.HandOut { return k.journal(ann, turn, entries("a", "1"), "x", "y") }), "x", 1, false)
	out = k.send(k.sent(ann, out), "y", 1, false)
	k.is(k.sent(ann, out), state.Proceed)
	k.is(k.twice(func() state.HandOut { return k.journal(ann, turn, entries("b", "2"), "x", "y") }), state.Proceed)
	k.is(k.release(ann, turn), state.Free)
	k.has(k.claim("a", ann), "a", "1", "b", "2")
}

func commitToRowRepeats(k *kit) {
	turn := k.accept(ann, "1")
	out := k.send(k.twice(func() state.HandOut {
		return k.commit(ann, turn, state.Result{State: []byte("s"), Rows: payloads("x"), History: []byte("h")})
	}), "x", 1, false)
	k.is(k.sent(ann, out), state.Free)
	if len(k.history(ann)) != 1 {
		k.Fatalf("the event is in the history %d times", len(k.history(ann)))
	}
}

func commitToEventRepeats(k *kit) {
	turn := k.accept(ann, "1", "2", "3")
	out := k.turn(k.twice(func() state.HandOut { return k.reply(ann, turn) }), "2")
	k.turn(k.reply(ann, out), "3")
}

func commitToFreeRepeats(k *kit) {
	turn := k.accept(ann, "1")
	k.is(k.twice(func() state.HandOut { return k.commit(ann, turn, state.Result{State: []byte("s")}) }), state.Free)
	k.put(ann, "2")
	k.is(k.commit(ann, turn, state.Result{State: []byte("s")}), state.Free)
	k.turn(k.claim("b", ann), "2")
}

func failWithADelayRepeats(k *kit) {
	turn := k.accept(ann, "1")
	k.is(k.twice(func() state.HandOut { return k.fail(ann, turn, time.Minute) }), state.Free)
	k.h.Advance(time.Minute)
	if out := k.turn(k.claim("a", ann), "1"); out.Fails != 1 {
		k.Fatalf("one fail was counted %d times", out.Fails)
	}
}

func failToRowRepeats(k *kit) {
	turn := k.accept(ann, "1")
	send := k.send(k.journal(ann, turn, nil, "x"), "x", 1, false)
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Later, Delay: time.Millisecond}), state.Proceed)
	k.s.advanceIfCan(time.Millisecond)
	out := k.twice(func() state.HandOut { return k.fail(ann, turn, time.Minute) })
	if k.s.advance != nil {
		k.is(k.sent(ann, k.send(out, "x", 2, false)), state.Free)
	}
}

func failWithoutADelayRepeats(k *kit) {
	turn := k.accept(ann, "1", "2")
	out := k.send(k.twice(func() state.HandOut { return k.fail(ann, turn, 0, "sorry") }), "sorry", 1, false)
	turn = k.turn(k.sent(ann, out), "2")
	k.is(k.twice(func() state.HandOut { return k.fail(ann, turn, 0) }), state.Free)
	if n := len(k.letters()); n != 2 {
		k.Fatalf("%d dead letters of two events", n)
	}
}

func markRepeats(k *kit) {
	outcomes := []state.Outcome{
		mailed("m1"),
		{Kind: state.Later},
		{Kind: state.Later, Delay: time.Hour},
		{Kind: state.Dead, Cause: "blocked"},
		{Kind: state.Unknown},
		{Kind: state.Unknown, Delay: time.Hour},
	}
	for i, o := range outcomes {
		conv := state.NewConv("chat", "main", string(rune('a'+i)))
		send := k.send(k.reply(conv, k.accept(conv, "1"), "x", "y"), "x", 1, false)
		k.twice(func() state.HandOut { return k.mark(conv, send, o) })
		if o.Kind == state.Sent && len(k.history(conv)) != 1 {
			k.Fatalf("one row is in the history %d times", len(k.history(conv)))
		}
	}
	if n := len(k.letters()); n != 1 {
		k.Fatalf("%d dead letters of one row", n)
	}
	send := k.send(k.reply(ann, k.accept(ann, "1"), "x"), "x", 1, false)
	k.is(k.twice(func() state.HandOut { return k.sent(ann, send) }), state.Free)
	send = k.send(k.reply(ann, k.accept(ann, "2"), "x"), "x", 1, false)
	k.is(k.twice(func() state.HandOut { return k.mark(ann, send, state.Outcome{Kind: state.Dead}) }), state.Free)
}

func markWithinATurnRepeats(k *kit) {
	turn := k.accept(ann, "1", "2")
	send := k.send(k.journal(ann, turn, nil, "x", "y"), "x", 1, false)
	send = k.send(k.twice(func() state.HandOut { return k.sent(ann, send) }), "y", 1, false)
	k.is(k.twice(func() state.HandOut { return k.sent(ann, send) }), state.Proceed)
	k.turn(k.reply(ann, turn, "x", "y"), "2")
}

func markToEventRepeats(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1", "2"), "x"), "x", 1, false)
	turn := k.turn(k.twice(func() state.HandOut { return k.sent(ann, send) }), "2")
	send = k.send(k.reply(ann, turn, "y"), "y", 1, false)
	k.put(ann, "3")
	k.turn(k.twice(func() state.HandOut {
		return k.mark(ann, send, state.Outcome{Kind: state.Later, Delay: time.Hour})
	}), "3")
}

func staleSentRepeats(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "x"), "x", 1, false)
	k.h.Advance(state.LeaseTime)
	k.send(k.claim("b", ann), "x", 2, true)
	k.is(k.twice(func() state.HandOut { return k.mark(ann, stale, mailed("m1")) }), state.Lost)
	if len(k.history(ann)) != 1 {
		k.Fatalf("one row is in the history %d times", len(k.history(ann)))
	}
}

func renewAndReleaseRepeat(k *kit) {
	turn := k.accept(ann, "1")
	k.is(k.twice(func() state.HandOut { return k.renew(ann, turn) }), state.Proceed)
	k.is(k.twice(func() state.HandOut { return k.release(ann, turn) }), state.Free)
}

func commitAfterRelease(k *kit) {
	turn := k.accept(ann, "1", "2")
	next := k.turn(k.reply(ann, turn), "2")
	k.is(k.release(ann, next), state.Free)
	k.is(k.reply(ann, next), state.Lost)
	k.is(k.fail(ann, next, 0), state.Lost)
	k.turn(k.claim("a", ann), "2")
}

func markAfterRelease(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "x", "y"), "x", 1, false)
	next := k.send(k.sent(ann, send), "y", 1, false)
	k.is(k.release(ann, next), state.Free)
	k.is(k.mark(ann, next, state.Outcome{Kind: state.Dead}), state.Lost)
	if len(k.letters()) != 0 {
		k.Fatalf("a row was set aside without the fence")
	}
	k.send(k.claim("a", ann), "y", 2, true)
}

func repeatAfterATakeover(k *kit) {
	turn := k.accept(ann, "1", "2")
	k.turn(k.reply(ann, turn), "2")
	k.h.Advance(state.LeaseTime)
	k.turn(k.claim("b", ann), "2")
	k.is(k.reply(ann, turn), state.Lost)
}
