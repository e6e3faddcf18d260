package statetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/state"
)

func turns() []behaviour {
	return []behaviour{
		{"CommitReplacesTheState", nothing, commitReplacesTheState},
		{"CommitHandsOutRowsBeforeEvents", nothing, commitHandsOutRowsFirst},
		{"CommitOfAnotherEventIsLost", nothing, commitOfAnotherEventIsLost},
		{"CommitRefusesALargeState", nothing, commitRefusesALargeState},
		{"CommitRefusesALargeRow", nothing, commitRefusesALargeRow},
		{"CommitRefusesMoreRowsThanFit", nothing, commitRefusesTooManyRows},
		{"CancelDropsQueuedRows", nothing, cancelDropsQueuedRows},
		{"CancelSparesTheRowInFlight", nothing, cancelSparesTheRowInFlight},
		{"CancelSparesAnOlderRowInFlight", clock, cancelSparesAnOlderRow},
		{"CancelSparesRowsOfTheTurn", nothing, cancelSparesRowsOfTheTurn},
		{"CancelMakesRoom", nothing, cancelMakesRoom},
		{"CancelAfterTheRowsOfTheTurnLeft", nothing, cancelAfterRowsLeft},
		{"FailWithADelayHandsOutAgain", clock, failWithADelay},
		{"FailWithADelayKeepsTheOrder", clock, failKeepsTheOrder},
		{"FailWithADelayLetsRowsLeave", clock, failLetsRowsLeave},
		{"FailWithoutADelaySetsAside", nothing, failSetsAside},
		{"FailReplacesThePayload", nothing, failReplacesThePayload},
		{"FailWithADelayLeavesThePayload", clock, failLeavesThePayload},
		{"FailRefusesMoreRowsThanFit", nothing, failRefusesTooManyRows},
	}
}

func commitReplacesTheState(k *kit) {
	out := k.commit(ann, k.accept(ann, "1", "2", "3"), state.Result{State: []byte("one")})
	if string(out.State) != "one" || string(k.state(ann)) != "one" {
		k.Fatalf("handed out %q, stored %q", out.State, k.state(ann))
	}
	out = k.commit(ann, out, state.Result{})
	if string(out.State) != "one" {
		k.Fatalf("a turn that left the state alone made it %q", out.State)
	}
	k.is(k.commit(ann, out, state.Result{State: []byte("three")}), state.Free)
	if string(k.state(ann)) != "three" {
		k.Fatalf("stored %q", k.state(ann))
	}
}

func commitHandsOutRowsFirst(k *kit) {
	out := k.reply(ann, k.accept(ann, "1", "2"), "a", "b")
	first := k.send(out, "a", 1, false)
	if !first.Row.At.Equal(first.Now) {
		k.Fatalf("committed at %s, stored as %s", first.Now, first.Row.At)
	}
	second := k.send(k.sent(ann, first), "b", 1, false)
	if second.Row.Number <= first.Row.Number {
		k.Fatalf("row number %d after %d", second.Row.Number, first.Row.Number)
	}
	k.is(k.reply(ann, k.turn(k.sent(ann, second), "2")), state.Free)
}

func commitOfAnotherEventIsLost(k *kit) {
	held := k.accept(ann, "1", "2")
	ahead := held
	ahead.Event.Number += 1000
	k.is(k.commit(ann, ahead, state.Result{State: []byte("x")}), state.Lost)
	k.is(k.journal(ann, ahead, nil, "x"), state.Lost)
	k.is(k.fail(ann, ahead, 0), state.Lost)
	if k.state(ann) != nil {
		k.Fatalf("a commit of an event that is not at the head changed the state")
	}
	k.turn(k.reply(ann, held), "2")
}

// refuses expects an error of a commit, and that the turn goes on as if it had
// not been tried.
func (k *kit) refuses(turn state.HandOut, r state.Result, want error) {
	k.Helper()
	_, err := k.s.Commit(k.ctx, ann, turn.Token, turn.Event.Number, r)
	if !errors.Is(err, want) {
		k.Fatalf("got %v, want %v", err, want)
	}
	if k.state(ann) != nil || len(k.history(ann)) != 0 {
		k.Fatalf("a refused commit changed the conversation")
	}
}

func commitRefusesALargeState(k *kit) {
	held := k.accept(ann, "1")
	k.refuses(held, state.Result{State: make([]byte, state.MaxState+1), Rows: payloads("x")}, state.ErrTooLarge)
	k.is(k.commit(ann, held, state.Result{State: make([]byte, state.MaxState)}), state.Free)
}

func commitRefusesALargeRow(k *kit) {
	held := k.accept(ann, "1")
	k.refuses(held, state.Result{State: []byte("x"), Rows: [][]byte{nil, make([]byte, state.MaxRow+1)}}, state.ErrTooLarge)
	k.is(k.commit(ann, held, state.Result{Rows: [][]byte{make([]byte, state.MaxRow)}}), state.Send)
}

func rows(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint("row ", i))
	}
	return all
}

func commitRefusesTooManyRows(k *kit) {
	held := k.accept(ann, "1")
	full := payloads(rows(state.MaxOutboxRows + 1)...)
	k.refuses(held, state.Result{State: []byte("x"), Rows: full, History: []byte("x")}, state.ErrFull)
	out := k.commit(ann, held, state.Result{Rows: full[1:]})
	k.send(out, "row 1", 1, false)
}

// queue leaves rows in the outbox that wait, behind one that was refused.
func (k *kit) queue(id string, names ...string) {
	k.Helper()
	send := k.send(k.reply(ann, k.turn(k.accept(ann, id), id), names...), names[0], 1, false)
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Later, Delay: time.Minute}), state.Free)
}

func cancelDropsQueuedRows(k *kit) {
	k.queue("1", "a", "b")
	out := k.commit(ann, k.turn(k.accept(ann, "2"), "2"), state.Result{Cancel: true, Rows: payloads("c")})
	k.is(k.sent(ann, k.send(out, "c", 1, false)), state.Free)
	k.is(k.claim("a", ann), state.Early)
}

func cancelSparesTheRowInFlight(k *kit) {
	turn := k.accept(ann, "1")
	flying := k.send(k.journal(ann, turn, nil, "a", "b"), "a", 1, false)
	out := k.commit(ann, turn, state.Result{Cancel: true, Rows: payloads("a", "b", "c")})
	k.same(out, flying)
	k.send(k.sent(ann, flying), "b", 1, false)
}

func cancelSparesAnOlderRow(k *kit) {
	k.queue("1", "old", "older")
	turn := k.turn(k.accept(ann, "2"), "2")
	k.h.Advance(time.Minute)
	flying := k.send(k.journal(ann, turn, nil, "new"), "old", 2, false)
	k.same(k.commit(ann, turn, state.Result{Cancel: true, Rows: payloads("new")}), flying)
	k.is(k.sent(ann, k.send(k.sent(ann, flying), "new", 1, false)), state.Free)
}

func cancelSparesRowsOfTheTurn(k *kit) {
	k.queue("1", "old", "older")
	turn := k.turn(k.accept(ann, "2"), "2")
	k.is(k.journal(ann, turn, nil, "new"), state.Proceed)
	out := k.commit(ann, turn, state.Result{Cancel: true, Rows: payloads("new", "newer")})
	out = k.sent(ann, k.send(out, "new", 1, false))
	k.is(k.sent(ann, k.send(out, "newer", 1, false)), state.Free)
}

func cancelAfterRowsLeft(k *kit) {
	turn := k.accept(ann, "1", "2")
	k.is(k.sent(ann, k.send(k.journal(ann, turn, nil, "a"), "a", 1, false)), state.Proceed)
	out := k.twice(func() state.HandOut {
		return k.commit(ann, turn, state.Result{Cancel: true, Rows: payloads("a", "b")})
	})
	turn = k.turn(k.sent(ann, k.send(out, "b", 1, false)), "2")
	k.is(k.sent(ann, k.send(k.journal(ann, turn, nil, "c"), "c", 1, false)), state.Proceed)
	k.is(k.commit(ann, turn, state.Result{Cancel: true, Rows: payloads("c")}), state.Free)
}

func cancelMakesRoom(k *kit) {
	k.queue("1", rows(state.MaxOutboxRows)...)
	turn := k.turn(k.accept(ann, "2"), "2")
	k.refuses(turn, state.Result{Rows: payloads("x")}, state.ErrFull)
	out := k.commit(ann, turn, state.Result{Rows: payloads("x"), Cancel: true})
	k.is(k.sent(ann, k.send(out, "x", 1, false)), state.Free)
}

func failWithADelay(k *kit) {
	turn := k.accept(ann, "1")
	for fails := 1; fails <= 5; fails++ {
		k.is(k.fail(ann, turn, time.Minute, "not sent"), state.Free)
		k.h.Advance(time.Minute - time.Millisecond)
		k.is(k.claim("a", ann), state.Early)
		k.h.Advance(time.Millisecond)
		again := k.turn(k.claim("a", ann), "1")
		if again.Fails != fails || again.Deaths != 0 || again.Event.Number != turn.Event.Number {
			k.Fatalf("fails %d, deaths %d, event %d; want %d, 0, %d", again.Fails, again.Deaths, again.Event.Number, fails, turn.Event.Number)
		}
		turn = again
	}
	k.is(k.reply(ann, turn), state.Free)
	if out := k.turn(k.accept(ann, "2"), "2"); out.Fails != 0 {
		k.Fatalf("%d fails of the event before", out.Fails)
	}
}

func failKeepsTheOrder(k *kit) {
	k.is(k.fail(ann, k.accept(ann, "1"), time.Minute), state.Free)
	k.is(k.accept(ann, "2"), state.Free)
	k.h.Advance(time.Minute)
	k.turn(k.reply(ann, k.turn(k.claim("a", ann), "1")), "2")
}

func failLetsRowsLeave(k *kit) {
	k.queue("1", "a", "b")
	turn := k.turn(k.accept(ann, "2"), "2")
	k.h.Advance(time.Minute)
	out := k.send(k.fail(ann, turn, time.Hour), "a", 2, false)
	k.is(k.sent(ann, k.send(k.sent(ann, out), "b", 1, false)), state.Free)
}

func failSetsAside(k *kit) {
	turn := k.accept(ann, "1", "2")
	out := k.fail(ann, turn, 0, "sorry")
	k.turn(k.sent(ann, k.send(out, "sorry", 1, false)), "2")
	all := k.letters()
	if len(all) != 1 || string(all[0].Payload) != "1" || all[0].Cause != "could not" || all[0].Number != turn.Event.Number || all[0].Direction != state.In {
		k.Fatalf("dead letters: %+v", all)
	}
	if k.state(ann) != nil {
		k.Fatalf("a turn that failed left the state %q", k.state(ann))
	}
}

func failReplacesThePayload(k *kit) {
	turn := k.accept(ann, "1")
	large := state.Failure{Payload: make([]byte, state.MaxEvent+1)}
	_, err := k.s.Fail(k.ctx, ann, turn.Token, turn.Event.Number, large)
	if k.gives(err, state.ErrTooLarge); len(k.letters()) != 0 {
		k.Fatalf("a refused fail left a dead letter")
	}
	k.is(k.twice(func() state.HandOut {
		return k.failAs(ann, turn, state.Failure{Cause: "secret", Payload: []byte("hidden")})
	}), state.Free)
	if l := k.letter(); string(l.Payload) != "hidden" || l.Number != turn.Event.Number {
		k.Fatalf("the dead letter holds %q of event %d", l.Payload, l.Number)
	}
	turn = k.turn(k.accept(ann, "2"), "2")
	k.is(k.failAs(ann, turn, state.Failure{Payload: []byte{}}), state.Free)
	if l := k.letters()[1]; len(l.Payload) != 0 {
		k.Fatalf("an empty payload left %q", l.Payload)
	}
}

func failLeavesThePayload(k *kit) {
	k.is(k.failAs(ann, k.accept(ann, "1"), state.Failure{Delay: time.Second, Payload: []byte("hidden")}), state.Free)
	k.h.Advance(time.Second)
	k.turn(k.claim("a", ann), "1")
}

func failRefusesTooManyRows(k *kit) {
	turn := k.accept(ann, "1")
	_, err := k.s.Fail(k.ctx, ann, turn.Token, turn.Event.Number, state.Failure{Rows: payloads(rows(state.MaxOutboxRows + 1)...)})
	if !errors.Is(err, state.ErrFull) {
		k.Fatalf("got %v, want %v", err, state.ErrFull)
	}
	if len(k.letters()) != 0 {
		k.Fatalf("a refused fail left a dead letter")
	}
	k.is(k.fail(ann, turn, 0), state.Free)
}
