package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func forgetting() []behaviour {
	return []behaviour{
		{"ForgetErases", clock, forgetErases},
		{"ForgetErasesDeadLetters", nothing, forgetErasesDeadLetters},
		{"ForgetTakesTheLease", nothing, forgetTakesTheLease},
		{"ForgetTakesARowInFlight", nothing, forgetTakesARowInFlight},
		{"ForgetKeepsDedupeIDs", nothing, forgetKeepsDedupeIDs},
		{"ForgetKeepsLinks", nothing, forgetKeepsLinks},
		{"ForgetNothing", nothing, forgetNothing},
	}
}

func forgetErases(k *kit) {
	for _, conv := range []state.Conv{ann, dana} {
		turn := k.accept(conv, "1", "2")
		turn = k.turn(k.commit(conv, turn, state.Result{State: []byte("s"), History: []byte("h"), Wake: turn.Now.Add(time.Hour), Flows: 5}), "2")
		k.is(k.journal(conv, turn, entries("a", "1")), state.Proceed)
		send := k.send(k.journal(conv, turn, nil, "x", "y"), "x", 1, false)
		k.is(k.mark(conv, send, state.Outcome{Kind: state.Later, Delay: time.Minute}), state.Proceed)
		if conv == ann {
			k.early("m1", "read")
		}
		k.is(k.fail(conv, turn, time.Minute), state.Free)
	}
	k.forget(ann)
	k.forget(ann)
	if k.state(ann) != nil || len(k.history(ann)) != 0 {
		k.Fatalf("left of it: %q, %v", k.state(ann), k.history(ann))
	}
	k.h.Advance(time.Hour)
	k.due(10, dana)
	if string(k.state(dana)) != "s" || len(k.history(dana)) != 1 {
		k.Fatalf("another conversation has lost something")
	}
	out := k.turn(k.acceptBy(with("old", 1), ann, "3"), "3")
	if out.State != nil || len(out.Journal) != 0 || out.Rows != 0 || out.Fails != 0 {
		k.Fatalf("it begins again with %+v", out)
	}
	send := k.send(k.reply(ann, out, "z"), "z", 1, false)
	k.is(k.mark(ann, send, mailed("m1")), state.Free)
	k.last("m1", "sent")
}

func forgetErasesDeadLetters(k *kit) {
	for _, conv := range []state.Conv{ann, dana} {
		send := k.send(k.fail(conv, k.accept(conv, "1", "2"), 0, "sorry"), "sorry", 1, false)
		k.is(k.reply(conv, k.turn(k.mark(conv, send, state.Outcome{Kind: state.Dead}), "2")), state.Free)
	}
	gone := k.letters()[0]
	k.forget(ann)
	all := k.letters()
	if len(all) != 2 || all[0].Conv != dana || all[1].Conv != dana {
		k.Fatalf("dead letters: %+v", all)
	}
	k.gives(k.s.Retry(k.ctx, gone.ID), state.ErrNotFound)
}

func forgetTakesTheLease(k *kit) {
	held := k.accept(ann, "1", "2")
	k.forget(ann)
	k.decidesNothing(held)
	if k.state(ann) != nil || len(k.letters()) != 0 {
		k.Fatalf("who lost the lease changed something")
	}
	k.due(10)
	next := k.turn(k.accept(ann, "3"), "3")
	if next.Token.Number <= held.Token.Number || next.Event.Number <= held.Event.Number {
		k.Fatalf("token %d after %d, event %d after %d", next.Token.Number, held.Token.Number, next.Event.Number, held.Event.Number)
	}
	k.decidesNothing(held)
	k.is(k.reply(ann, next), state.Free)
}

func forgetTakesARowInFlight(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	k.forget(ann)
	k.is(k.mark(ann, send, mailed("m1")), state.Lost)
	if len(k.history(ann)) != 0 {
		k.Fatalf("what was forgotten is in the history")
	}
	next := k.send(k.reply(ann, k.accept(ann, "2"), "c"), "c", 1, false)
	k.is(k.mark(ann, send, mailed("m1")), state.Lost)
	k.is(k.mark(ann, next, mailed("m2")), state.Free)
	k.last("m2", "sent")
}

func forgetKeepsDedupeIDs(k *kit) {
	k.is(k.reply(ann, k.accept(ann, "1")), state.Free)
	k.forget(ann)
	if v, out := k.offer(caller("a"), ann, event("1")); v[0] != state.Duplicate || out.Kind != state.Free {
		k.Fatalf("offered again: %s, %s", v[0], out.Kind)
	}
	k.turn(k.accept(ann, "2"), "2")
}

func forgetKeepsLinks(k *kit) {
	k.is(k.reply(ann, k.accept(ann, "1")), state.Free)
	k.link("m1", ann)
	k.forget(ann)
	k.linked("m1", "read", ann)
}

func forgetNothing(k *kit) {
	k.forget(ann)
	k.due(10)
	k.is(k.claim("a", ann), state.Early)
}
