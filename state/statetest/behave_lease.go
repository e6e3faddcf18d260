package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func leases() []behaviour {
	return []behaviour{
		{"ClaimIsEarlyWhenNothingIsDue", nothing, claimIsEarly},
		{"ClaimTakesWhatWaits", nothing, claimTakesWhatWaits},
		{"TokensGrow", nothing, tokensGrow},
		{"ClaimReplacesALeaseThatRanOut", clock, claimReplacesALease},
		{"LeaseThatRanOutHoldsUntilReplaced", clock, leaseHoldsUntilReplaced},
		{"StaleTokenDecidesNothing", clock, staleTokenDecidesNothing},
		{"UnknownTokenDecidesNothing", nothing, unknownTokenDecidesNothing},
		{"DeathsAreCounted", clock, deathsAreCounted},
		{"DeathsSetAnEventAside", clock, deathsSetAnEventAside},
		{"DeathInASendIsNotCounted", clock, deathInASendIsNotCounted},
		{"DeathsAreForgottenWithTheEvent", clock, deathsAreForgotten},
		{"ReleaseIsNotADeath", nothing, releaseIsNotADeath},
		{"ReleaseMakesAnAttemptUnknown", nothing, releaseMakesUnknown},
		{"RenewMakesTheLeaseLast", clock, renewMakesTheLeaseLast},
		{"HandOutExtendsAShortLease", clock, handOutExtends},
		{"HandOutLeavesALongLease", clock, handOutLeavesALongLease},
	}
}

func claimIsEarly(k *kit) {
	if out := k.is(k.claim("a", ann), state.Early); out.Now.IsZero() || out.Token != (state.Token{}) {
		k.Fatalf("early as %+v", out)
	}
	k.is(k.reply(ann, k.accept(ann, "1")), state.Free)
	k.is(k.claim("a", ann), state.Early)
}

func claimTakesWhatWaits(k *kit) {
	k.put(ann, "1")
	out := k.turn(k.claim("b", ann), "1")
	if out.Token.Process != "b" || out.Left != state.LeaseTime || out.Deaths != 0 {
		k.Fatalf("claimed as %v for %s with %d deaths", out.Token, out.Left, out.Deaths)
	}
}

func tokensGrow(k *kit) {
	last := uint64(0)
	for _, id := range []string{"1", "2", "3"} {
		out := k.accept(ann, id)
		if out.Token.Number <= last {
			k.Fatalf("token %d after %d", out.Token.Number, last)
		}
		last = out.Token.Number
		k.reply(ann, out)
	}
}

func claimReplacesALease(k *kit) {
	held := k.accept(ann, "1")
	k.h.Advance(state.LeaseTime - time.Millisecond)
	k.is(k.claim("b", ann), state.Busy)
	k.h.Advance(time.Millisecond)
	out := k.turn(k.claim("b", ann), "1")
	if out.Token.Number <= held.Token.Number || out.Event.Number != held.Event.Number {
		k.Fatalf("token %d after %d, event %d after %d", out.Token.Number, held.Token.Number, out.Event.Number, held.Event.Number)
	}
}

func leaseHoldsUntilReplaced(k *kit) {
	held := k.accept(ann, "1")
	k.h.Advance(2 * state.LeaseTime)
	out := k.send(k.reply(ann, held, "row"), "row", 1, false)
	if out.Left != state.LeaseTime {
		k.Fatalf("handed out with %s left", out.Left)
	}
}

func staleTokenDecidesNothing(k *kit) {
	stale := k.accept(ann, "1")
	k.h.Advance(state.LeaseTime)
	held := k.turn(k.claim("b", ann), "1")
	k.decidesNothing(stale)
	if k.state(ann) != nil || len(k.letters()) != 0 {
		k.Fatalf("a stale token changed something")
	}
	k.send(k.reply(ann, held, "row"), "row", 1, false)
}

func unknownTokenDecidesNothing(k *kit) {
	held := k.accept(ann, "1")
	other := held
	other.Token.Process = "b"
	k.decidesNothing(other)
	other = held
	other.Token.Number++
	k.decidesNothing(other)
	other.Token = state.Token{}
	k.decidesNothing(other)
	k.is(k.reply(ann, held), state.Free)
	other.Token = state.Token{}
	k.decidesNothing(other)
}

// decidesNothing tries all that needs the fence with a token that is not it.
func (k *kit) decidesNothing(turn state.HandOut) {
	k.Helper()
	entries := []state.JournalEntry{{Key: "k", Payload: []byte("v")}}
	k.is(k.journal(ann, turn, entries, "stale row"), state.Lost)
	k.is(k.commit(ann, turn, state.Result{State: []byte("stale"), Rows: payloads("stale row")}), state.Lost)
	k.is(k.fail(ann, turn, 0, "stale row"), state.Lost)
	k.is(k.fail(ann, turn, time.Second), state.Lost)
	k.is(k.renew(ann, turn), state.Lost)
	k.is(k.release(ann, turn), state.Lost)
}

func deathsAreCounted(k *kit) {
	k.accept(ann, "1")
	for deaths := 1; deaths < state.MaxDeaths; deaths++ {
		k.h.Advance(state.LeaseTime)
		if out := k.turn(k.claim("b", ann), "1"); out.Deaths != deaths {
			k.Fatalf("%d deaths, want %d", out.Deaths, deaths)
		}
	}
}

func deathsSetAnEventAside(k *kit) {
	k.accept(ann, "1", "2")
	for range state.MaxDeaths {
		k.h.Advance(state.LeaseTime)
		k.claim("b", ann)
	}
	all := k.letters()
	if len(all) != 1 || string(all[0].Payload) != "1" || all[0].Direction != state.In || all[0].Cause == "" {
		k.Fatalf("dead letters: %v", all)
	}
	k.h.Advance(state.LeaseTime)
	out := k.turn(k.claim("c", ann), "2")
	if out.Deaths != 1 {
		k.Fatalf("%d deaths in the turn of the next event, want 1", out.Deaths)
	}
}

func deathInASendIsNotCounted(k *kit) {
	out := k.send(k.reply(ann, k.accept(ann, "1", "2"), "row"), "row", 1, false)
	k.h.Advance(state.LeaseTime)
	out = k.send(k.claim("b", ann), "row", 2, true)
	if out := k.turn(k.sent(ann, out), "2"); out.Deaths != 0 {
		k.Fatalf("%d deaths, want none", out.Deaths)
	}
}

func deathsAreForgotten(k *kit) {
	k.accept(ann, "1", "2")
	k.h.Advance(state.LeaseTime)
	if out := k.turn(k.reply(ann, k.claim("b", ann)), "2"); out.Deaths != 0 {
		k.Fatalf("%d deaths of the event before", out.Deaths)
	}
}

func releaseIsNotADeath(k *kit) {
	held := k.accept(ann, "1")
	if out := k.is(k.release(ann, held), state.Free); out.Token != (state.Token{}) {
		k.Fatalf("released and still holding %v", out.Token)
	}
	k.is(k.renew(ann, held), state.Lost)
	out := k.turn(k.claim("b", ann), "1")
	if out.Deaths != 0 || out.Event.Number != held.Event.Number {
		k.Fatalf("%d deaths, event %d instead of %d", out.Deaths, out.Event.Number, held.Event.Number)
	}
}

func releaseMakesUnknown(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "row"), "row", 1, false)
	k.is(k.release(ann, send), state.Free)
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Dead, Cause: "too late to say"}), state.Lost)
	k.send(k.claim("b", ann), "row", 2, true)
}

func renewMakesTheLeaseLast(k *kit) {
	held := k.accept(ann, "1")
	k.h.Advance(time.Second)
	if out := k.is(k.renew(ann, held), state.Proceed); out.Left != state.LeaseTime || out.Token != held.Token {
		k.Fatalf("renewed for %s as %v", out.Left, out.Token)
	}
	k.h.Advance(state.LeaseTime - time.Millisecond)
	k.is(k.claim("b", ann), state.Busy)
}

func handOutExtends(k *kit) {
	held := k.accept(ann, "1")
	k.h.Advance(state.LeaseTime - state.LeaseExtend + time.Millisecond)
	out := k.send(k.reply(ann, held, "row"), "row", 1, false)
	if out.Left != state.LeaseTime {
		k.Fatalf("handed out with %s left, want %s", out.Left, state.LeaseTime)
	}
	k.h.Advance(state.LeaseTime - time.Millisecond)
	k.is(k.claim("b", ann), state.Busy)
}

func handOutLeavesALongLease(k *kit) {
	held := k.accept(ann, "1", "2")
	k.h.Advance(state.LeaseTime - state.LeaseExtend)
	if out := k.turn(k.reply(ann, held), "2"); out.Left != state.LeaseExtend {
		k.Fatalf("handed out with %s left, want %s", out.Left, state.LeaseExtend)
	}
	k.h.Advance(state.LeaseExtend)
	k.turn(k.claim("b", ann), "2")
}
