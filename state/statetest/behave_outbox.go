package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func outboxes() []behaviour {
	return []behaviour{
		{"LaterWaits", clock, laterWaits},
		{"LaterWithoutADelayGoesOn", nothing, laterWithoutADelay},
		{"NewInboundDoesNotWaitForARow", nothing, inboundDoesNotWaitForARow},
		{"RepliesQueueBehindARowThatWaits", clock, repliesQueueBehind},
		{"UnknownIsFlagged", clock, unknownIsFlagged},
		{"UnknownStaysFlagged", nothing, unknownStaysFlagged},
		{"UnknownIsOfTheRowAlone", nothing, unknownIsOfTheRowAlone},
		{"DeadLeavesALetter", nothing, deadLeavesALetter},
		{"SentCountsFromAStaleToken", clock, sentCountsFromAStaleToken},
		{"SentCountsAfterTheLease", nothing, sentCountsAfterTheLease},
		{"SentCountsWhileAnotherAttemptFlies", clock, sentCountsWhileAnotherFlies},
		{"SentFromAStaleTokenLeavesTheTurn", clock, staleSentLeavesTheTurn},
		{"OnlySentCountsFromAStaleToken", clock, onlySentCountsFromAStaleToken},
		{"MarkOfARowNotTriedIsLost", nothing, markOfARowNotTried},
		{"OneRowIsInFlight", nothing, oneRowIsInFlight},
	}
}

func laterWaits(k *kit) {
	k.queue("1", "a", "b")
	k.h.Advance(time.Minute - time.Millisecond)
	k.is(k.claim("a", ann), state.Early)
	k.h.Advance(time.Millisecond)
	out := k.send(k.claim("a", ann), "a", 2, false)
	k.is(k.sent(ann, k.send(k.sent(ann, out), "b", 1, false)), state.Free)
}

func laterWithoutADelay(k *kit) {
	out := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	for attempt := 2; attempt < 5; attempt++ {
		out = k.send(k.mark(ann, out, state.Outcome{Kind: state.Later}), "a", attempt, false)
	}
}

func inboundDoesNotWaitForARow(k *kit) {
	out := k.send(k.reply(ann, k.accept(ann, "1", "2"), "a"), "a", 1, false)
	out = k.turn(k.mark(ann, out, state.Outcome{Kind: state.Later, Delay: time.Minute}), "2")
	k.is(k.reply(ann, out), state.Free)
	k.turn(k.accept(ann, "3"), "3")
}

func repliesQueueBehind(k *kit) {
	k.queue("1", "a")
	k.is(k.reply(ann, k.turn(k.accept(ann, "2"), "2"), "b"), state.Free)
	k.h.Advance(time.Minute)
	out := k.send(k.claim("a", ann), "a", 2, false)
	k.is(k.sent(ann, k.send(k.sent(ann, out), "b", 1, false)), state.Free)
}

func unknownIsFlagged(k *kit) {
	out := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.is(k.mark(ann, out, state.Outcome{Kind: state.Unknown, Delay: time.Second}), state.Free)
	k.is(k.claim("a", ann), state.Early)
	k.h.Advance(time.Second)
	k.is(k.sent(ann, k.send(k.claim("a", ann), "a", 2, true)), state.Free)
}

func unknownStaysFlagged(k *kit) {
	out := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	out = k.send(k.mark(ann, out, state.Outcome{Kind: state.Unknown}), "a", 2, true)
	k.send(k.mark(ann, out, state.Outcome{Kind: state.Later}), "a", 3, true)
}

func unknownIsOfTheRowAlone(k *kit) {
	out := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	out = k.send(k.mark(ann, out, state.Outcome{Kind: state.Unknown}), "a", 2, true)
	k.send(k.sent(ann, out), "b", 1, false)
}

func deadLeavesALetter(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	out := k.mark(ann, send, state.Outcome{Kind: state.Dead, Cause: "blocked"})
	k.send(out, "b", 1, false)
	all := k.letters()
	if len(all) != 1 || all[0].Conv != ann || all[0].Direction != state.Out || all[0].Number != send.Row.Number ||
		all[0].Cause != "blocked" || string(all[0].Payload) != "a" {
		k.Fatalf("dead letters: %+v", all)
	}
	if len(k.history(ann)) != 0 {
		k.Fatalf("a row that was never sent is in the history")
	}
}

// mailed is the outcome of a row that the provider took.
func mailed(id string) state.Outcome {
	return state.Outcome{Kind: state.Sent, MessageID: id, History: []byte("said " + id)}
}

func sentCountsFromAStaleToken(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	k.h.Advance(state.LeaseTime)
	held := k.send(k.claim("b", ann), "a", 2, true)
	k.is(k.mark(ann, held, state.Outcome{Kind: state.Later, Delay: time.Minute}), state.Free)
	k.is(k.mark(ann, stale, mailed("m1")), state.Lost)
	k.send(k.claim("c", ann), "b", 1, false)
	if all := k.history(ann); len(all) != 1 || all[0].MessageID != "m1" {
		k.Fatalf("history: %+v", all)
	}
}

func sentCountsAfterTheLease(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Unknown, Delay: time.Minute}), state.Free)
	k.mark(ann, send, mailed("m1"))
	if due, next, err := k.s.Due(k.ctx, 10); err != nil || len(due) > 0 || !next.IsZero() {
		k.Fatalf("still due: %v, %s, %v", due, next, err)
	}
}

func sentCountsWhileAnotherFlies(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	k.h.Advance(state.LeaseTime)
	held := k.send(k.claim("b", ann), "a", 2, true)
	k.is(k.mark(ann, stale, mailed("m1")), state.Lost)
	out := k.send(k.mark(ann, held, mailed("m2")), "b", 1, false)
	k.is(k.sent(ann, out), state.Free)
	if all := k.history(ann); len(all) != 1 || all[0].MessageID != "m1" {
		k.Fatalf("history: %+v", all)
	}
}

func staleSentLeavesTheTurn(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.is(k.mark(ann, stale, state.Outcome{Kind: state.Unknown, Delay: time.Second}), state.Free)
	turn := k.turn(k.acceptBy(caller("b"), ann, "2"), "2")
	k.h.Advance(time.Second)
	held := k.send(k.journal(ann, turn, nil), "a", 2, true)
	k.mark(ann, stale, mailed("m1"))
	k.is(k.sent(ann, held), state.Proceed)
	k.is(k.reply(ann, turn), state.Free)
}

func onlySentCountsFromAStaleToken(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.h.Advance(state.LeaseTime)
	held := k.send(k.claim("b", ann), "a", 2, true)
	for _, kind := range []state.OutcomeKind{state.Later, state.Dead, state.Unknown} {
		k.is(k.mark(ann, stale, state.Outcome{Kind: kind, Delay: time.Hour, Cause: "stale"}), state.Lost)
		claimsIt := stale
		claimsIt.Attempt = held.Attempt
		k.is(k.mark(ann, claimsIt, state.Outcome{Kind: kind, Delay: time.Hour, Cause: "stale"}), state.Lost)
	}
	if len(k.letters()) != 0 {
		k.Fatalf("a stale token set a row aside")
	}
	k.is(k.sent(ann, held), state.Free)
}

func markOfARowNotTried(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	ahead := send
	ahead.Row.Number += 1000
	k.is(k.mark(ann, ahead, mailed("m1")), state.Lost)
	ahead = send
	ahead.Attempt++
	k.is(k.mark(ann, ahead, mailed("m1")), state.Lost)
	k.send(k.sent(ann, send), "b", 1, false)
}

func oneRowIsInFlight(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	k.is(k.accept(ann, "2"), state.Busy)
	k.is(k.claim("a", ann), state.Busy)
	k.is(k.renew(ann, send), state.Proceed)
	k.send(k.sent(ann, send), "b", 1, false)
}
