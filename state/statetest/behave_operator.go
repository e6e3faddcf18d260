package statetest

import (
	"fmt"
	"time"

	"github.com/parley-chat/parley/state"
)

func operators() []behaviour {
	return []behaviour{
		{"RetryPutsAnEventBack", clock, retryPutsAnEventBack},
		{"RetriedEventIsDue", nothing, retriedEventIsDue},
		{"RetryWhileLeased", nothing, retryWhileLeased},
		{"FirstIsKept", nothing, firstIsKept},
		{"RetryOfAWakeEvent", clock, retryOfAWakeEvent},
		{"RetryOfAReplacedPayload", nothing, retryOfAReplacedPayload},
		{"RetryOfWhatNeverWaited", nothing, retryOfWhatNeverWaited},
		{"RetryToAFullInbox", nothing, retryToAFullInbox},
		{"RetryToAnInboxFullOfBytes", nothing, retryToAnInboxFullOfBytes},
		{"RetryPutsARowBack", clock, retryPutsARowBack},
		{"RetryToAFullOutbox", nothing, retryToAFullOutbox},
		{"CancelDropsARetriedRow", nothing, cancelDropsARetriedRow},
		{"UnknownLetterIsNotFound", nothing, unknownLetterIsNotFound},
		{"DropDeletes", nothing, dropDeletes},
		{"FloodOfLettersSparesOthers", nothing, floodOfLetters},
		{"WaitingTellsOfWhatIsNotDue", clock, waitingTells},
	}
}

func retryPutsAnEventBack(k *kit) {
	turn := k.accept(ann, "1", "2", "3")
	next := k.turn(k.fail(ann, turn, 0), "2")
	k.h.Advance(time.Second)
	l := k.letter()
	k.retry(l)
	k.gives(k.s.Retry(k.ctx, l.ID), state.ErrNotFound)
	if len(k.letters()) != 0 {
		k.Fatalf("the dead letter is still there")
	}
	next = k.turn(k.reply(ann, next), "3")
	again := k.turn(k.reply(ann, next), "1")
	if again.Event.First != turn.Event.Number || again.Event.Number <= next.Event.Number || !again.Event.At.Equal(turn.Event.At) {
		k.Fatalf("event %d of %s came back as %+v", turn.Event.Number, turn.Event.At, again.Event)
	}
	k.is(k.twice(func() state.HandOut { return k.reply(ann, again) }), state.Free)
}

func retriedEventIsDue(k *kit) {
	k.is(k.fail(ann, k.accept(ann, "1"), 0), state.Free)
	k.due(10)
	k.retry(k.letter())
	k.due(10, ann)
	out := k.turn(k.claim("b", ann), "1")
	if out.Deaths != 0 || out.Fails != 0 || len(out.Journal) != 0 || out.Rows != 0 {
		k.Fatalf("it comes back as %+v", out)
	}
}

func retryWhileLeased(k *kit) {
	held := k.turn(k.fail(ann, k.accept(ann, "1", "2"), 0), "2")
	k.retry(k.letter())
	k.has(k.turn(k.renewed(ann, held), "2"))
	k.is(k.journal(ann, held, entries("a", "1")), state.Proceed)
	k.turn(k.reply(ann, held), "1")
}

func firstIsKept(k *kit) {
	turn := k.accept(ann, "1", "2")
	first, at := turn.Event.Number, turn.Event.At
	for range 3 {
		k.is(k.release(ann, k.turn(k.fail(ann, turn, 0), "2")), state.Free)
		l := k.letter()
		if l.Number != first || l.Direction != state.In || l.Wake {
			k.Fatalf("the dead letter of event %d is %+v", first, l)
		}
		k.retry(l)
		two := k.turn(k.claim("a", ann), "2")
		before := two.Event.Number
		turn = k.turn(k.fail(ann, two, 0), "1")
		if turn.Event.First != first || turn.Event.Number <= before || !turn.Event.At.Equal(at) {
			k.Fatalf("event %d of %s came back as %+v", first, at, turn.Event)
		}
		k.retry(k.letter())
	}
}

func retryOfAWakeEvent(k *kit) {
	k.sleep("1", time.Minute)
	k.h.Advance(time.Minute)
	turn := k.wakes(k.claim("a", ann))
	k.is(k.failAs(ann, turn, state.Failure{Payload: []byte("a note")}), state.Free)
	k.retry(k.letter())
	again := k.wakes(k.claim("a", ann))
	if again.Event.First != turn.Event.Number || !again.Event.At.Equal(turn.Event.At) {
		k.Fatalf("wake event %+v came back as %+v", turn.Event, again.Event)
	}
	k.is(k.fail(ann, again, 0), state.Free)
	if l := k.letter(); !l.Wake || l.Number != turn.Event.Number {
		k.Fatalf("set aside again it is %+v", l)
	}
}

func retryOfAReplacedPayload(k *kit) {
	k.is(k.failAs(ann, k.accept(ann, "1"), state.Failure{Payload: []byte("hidden")}), state.Free)
	k.retry(k.letter())
	k.turn(k.claim("a", ann), "hidden")
}

func retryOfWhatNeverWaited(k *kit) {
	large := event("large")
	large.Payload = make([]byte, state.MaxEvent+1)
	if v, _ := k.offer(caller("a"), ann, large); v[0] != state.SetAside {
		k.Fatalf("a large event is %s", v[0])
	}
	l := k.letter()
	k.gives(k.s.Retry(k.ctx, l.ID), state.ErrTooLarge)
	if k.letter().ID != l.ID {
		k.Fatalf("a refused retry took the dead letter away")
	}
	k.due(10)
}

func retryToAFullInbox(k *kit) {
	var events []state.NewEvent
	for i := range state.MaxInboxEvents + 1 {
		events = append(events, event(fmt.Sprint(i)))
	}
	_, out := k.offer(caller("a"), ann, events...)
	l := k.letter()
	k.gives(k.s.Retry(k.ctx, l.ID), state.ErrFull)
	if k.letter().ID != l.ID {
		k.Fatalf("a refused retry took the dead letter away")
	}
	out = k.turn(k.reply(ann, k.turn(out, "0")), "1")
	k.retry(l)
	k.s.quiet = true
	for i := 2; i < state.MaxInboxEvents; i++ {
		out = k.turn(k.reply(ann, out), fmt.Sprint(i))
	}
	k.s.quiet = false
	out = k.turn(k.reply(ann, out), fmt.Sprint(state.MaxInboxEvents))
	if out.Event.First != l.Number || out.Event.First == out.Event.Number {
		k.Fatalf("event %d came back as %+v", l.Number, out.Event)
	}
}

func retryToAnInboxFullOfBytes(k *kit) {
	var events []state.NewEvent
	for i := range state.MaxInboxBytes/state.MaxEvent + 1 {
		e := event(fmt.Sprint(i))
		e.Payload = make([]byte, state.MaxEvent)
		events = append(events, e)
	}
	_, out := k.offer(caller("a"), ann, events...)
	k.gives(k.s.Retry(k.ctx, k.letter().ID), state.ErrFull)
	k.is(k.reply(ann, out), state.Turn)
	k.retry(k.letter())
}

func retryPutsARowBack(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	send = k.send(k.mark(ann, send, state.Outcome{Kind: state.Unknown}), "a", 2, true)
	held := k.send(k.mark(ann, send, state.Outcome{Kind: state.Dead}), "b", 1, false)
	k.h.Advance(time.Second)
	l := k.letter()
	k.retry(l)
	k.gives(k.s.Retry(k.ctx, l.ID), state.ErrNotFound)
	again := k.send(k.sent(ann, held), "a", 1, false)
	if again.Row.Number <= held.Row.Number || !again.Row.At.Equal(held.Row.At.Add(time.Second)) {
		k.Fatalf("the row behind %+v is %+v", held.Row, again.Row)
	}
	k.is(k.mark(ann, again, mailed("m1")), state.Free)
	if len(k.letters()) != 0 || len(k.history(ann)) != 1 {
		k.Fatalf("%d dead letters, %d in the history", len(k.letters()), len(k.history(ann)))
	}
}

func retryToAFullOutbox(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), rows(state.MaxOutboxRows)...), "row 0", 1, false)
	send = k.send(k.mark(ann, send, state.Outcome{Kind: state.Dead}), "row 1", 1, false)
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Later, Delay: time.Hour}), state.Free)
	k.is(k.reply(ann, k.turn(k.accept(ann, "2"), "2"), "one more"), state.Free)
	l := k.letter()
	k.gives(k.s.Retry(k.ctx, l.ID), state.ErrFull)
	if k.letter().ID != l.ID {
		k.Fatalf("a refused retry took the dead letter away")
	}
}

func cancelDropsARetriedRow(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1", "2"), "old"), "old", 1, false)
	turn := k.turn(k.mark(ann, send, state.Outcome{Kind: state.Dead}), "2")
	k.is(k.sent(ann, k.send(k.journal(ann, turn, nil, "a"), "a", 1, false)), state.Proceed)
	k.retry(k.letter())
	out := k.commit(ann, turn, state.Result{Cancel: true, Rows: payloads("a", "b")})
	k.is(k.sent(ann, k.send(out, "b", 1, false)), state.Free)
	if len(k.letters()) != 0 {
		k.Fatalf("a row that was cancelled left a dead letter")
	}
}

func unknownLetterIsNotFound(k *kit) {
	k.is(k.fail(ann, k.accept(ann, "1"), 0), state.Free)
	id := k.letter().ID
	for _, other := range []string{"", "nothing", "0", "1-1", id + "0", "ffffffffffffffff"} {
		k.gives(k.s.Retry(k.ctx, other), state.ErrNotFound)
		k.gives(k.s.Drop(k.ctx, other), state.ErrNotFound)
	}
	if k.letter().ID != id {
		k.Fatalf("the dead letter is another")
	}
}

func dropDeletes(k *kit) {
	k.is(k.fail(ann, k.accept(ann, "1"), 0), state.Free)
	k.is(k.fail(dana, k.accept(dana, "2"), 0), state.Free)
	l := k.letters()[0]
	k.gives(k.s.Drop(k.ctx, l.ID), nil)
	k.gives(k.s.Drop(k.ctx, l.ID), state.ErrNotFound)
	k.gives(k.s.Retry(k.ctx, l.ID), state.ErrNotFound)
	if left := k.letter(); left.Conv != dana {
		k.Fatalf("the letter of %s is left", left.Conv)
	}
	k.due(10)
}

// floodOfLetters fills an inbox and goes on, past all that a store keeps.
func floodOfLetters(k *kit) {
	k.is(k.fail(dana, k.accept(dana, "1"), 0), state.Free)
	dropped := k.letter()
	k.s.quiet = true
	for i := range (state.MaxLetters+500)/state.MaxInboxEvents + 1 {
		var events []state.NewEvent
		for j := range state.MaxInboxEvents {
			events = append(events, state.NewEvent{Payload: []byte(fmt.Sprint(i*state.MaxInboxEvents + j))})
		}
		k.offer(state.Caller{Process: "a"}, ann, events...)
	}
	all, last := 0, ""
	for _, l := range k.letters() {
		if l.Conv == dana {
			dropped.ID = ""
			continue
		}
		all, last = all+1, string(l.Payload)
	}
	if dropped.ID != "" {
		k.Fatalf("a flood of one conversation dropped the dead letter of another")
	}
	if all < state.MaxLettersEach || all > state.MaxLetters || last != fmt.Sprint((state.MaxLetters+500)/state.MaxInboxEvents*state.MaxInboxEvents+state.MaxInboxEvents-1) {
		k.Fatalf("%d letters of a flood are kept, the last %q", all, last)
	}
	k.s.quiet = false
	k.forget(ann)
}
