package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func flows() []behaviour {
	return []behaviour{
		{"OlderFlowsDoNotGetWhatSawNewer", nothing, olderFlows},
		{"NewerIsOnlyOfWhatIsDue", nothing, newerIsOfWhatIsDue},
		{"NewerLeavesALeaseThatRanOut", clock, newerLeavesALease},
		{"NewerLeavesTheWakeTime", clock, newerLeavesTheWakeTime},
		{"FlowsAreNeverLowered", nothing, flowsAreNeverLowered},
		{"FlowsNeedTheLease", nothing, flowsNeedTheLease},
		{"FlowsOutliveAReopen", reopen, flowsOutliveAReopen},
	}
}

// with returns a process with flows of that number.
func with(process string, number uint64) state.Caller {
	return state.Caller{Process: process, Room: true, Flows: number}
}

// seen commits the turn of a new event with flows of that number.
func (k *kit) seen(id string, number uint64) {
	k.Helper()
	k.is(k.commit(ann, k.accept(ann, id), state.Result{Flows: number}), state.Free)
}

// newer expects that flows of that number are too old for the conversation.
func (k *kit) newer(number uint64) {
	k.Helper()
	out := k.is(k.ok(k.s.Claim(k.ctx, ann, with("old", number))), state.Newer)
	if out.Token != (state.Token{}) || out.Now.IsZero() {
		k.Fatalf("newer as %+v", out)
	}
}

func olderFlows(k *kit) {
	k.seen("1", 5)
	if out := k.is(k.acceptBy(with("old", 4), ann, "2"), state.Newer); out.Token != (state.Token{}) {
		k.Fatalf("newer, and leased as %v", out.Token)
	}
	k.newer(4)
	k.newer(1)
	k.due(10, ann)
	for _, number := range []uint64{5, 6, 0} {
		out := k.turn(k.ok(k.s.Claim(k.ctx, ann, with("a", number))), "2")
		k.is(k.release(ann, out), state.Free)
	}
	k.turn(k.acceptBy(with("a", 5), ann, "3"), "2")
}

func newerIsOfWhatIsDue(k *kit) {
	k.seen("1", 5)
	k.is(k.ok(k.s.Claim(k.ctx, ann, with("old", 4))), state.Early)
	if _, out := k.offer(with("old", 4), ann, event("1")); out.Kind != state.Free {
		k.Fatalf("a duplicate for an idle conversation: %s", out.Kind)
	}
	full := with("old", 4)
	full.Room = false
	k.is(k.acceptBy(full, ann, "2"), state.Free)
	held := k.turn(k.claim("a", ann), "2")
	k.is(k.acceptBy(with("old", 4), ann, "3"), state.Busy)
	k.is(k.ok(k.s.Claim(k.ctx, ann, with("old", 4))), state.Busy)
	k.turn(k.reply(ann, held), "3")
}

func newerLeavesALease(k *kit) {
	held := k.turn(k.commit(ann, k.accept(ann, "1", "2"), state.Result{Flows: 5}), "2")
	k.h.Advance(state.LeaseTime)
	k.newer(4)
	held = k.turn(k.renewed(ann, held), "2")
	k.h.Advance(state.LeaseTime)
	k.newer(4)
	if out := k.turn(k.ok(k.s.Claim(k.ctx, ann, with("b", 5))), "2"); out.Deaths != 1 || out.Token == held.Token {
		k.Fatalf("%d deaths, leased as %v", out.Deaths, out.Token)
	}
}

func newerLeavesTheWakeTime(k *kit) {
	turn := k.accept(ann, "1")
	k.is(k.commit(ann, turn, state.Result{Flows: 5, Wake: turn.Now.Add(time.Minute)}), state.Free)
	k.h.Advance(time.Minute)
	before, _ := k.due(10, ann)
	k.newer(4)
	if after, _ := k.due(10, ann); !after[0].At.Equal(before[0].At) {
		k.Fatalf("due at %s, then at %s", before[0].At, after[0].At)
	}
	k.is(k.reply(ann, k.wakes(k.ok(k.s.Claim(k.ctx, ann, with("a", 5))))), state.Free)
}

func flowsAreNeverLowered(k *kit) {
	k.seen("1", 5)
	k.seen("2", 3)
	k.seen("3", 0)
	k.is(k.fail(ann, k.accept(ann, "4"), 0), state.Free)
	k.put(ann, "5")
	k.newer(4)
	k.turn(k.ok(k.s.Claim(k.ctx, ann, with("a", 5))), "5")
}

func flowsNeedTheLease(k *kit) {
	stale := k.accept(ann, "1")
	k.is(k.release(ann, stale), state.Free)
	k.is(k.commit(ann, stale, state.Result{Flows: 5}), state.Lost)
	k.turn(k.ok(k.s.Claim(k.ctx, ann, with("a", 4))), "1")
}

func flowsOutliveAReopen(k *kit) {
	k.seen("1", 5)
	first, err := k.s.Register(k.ctx, "flows")
	k.gives(err, nil)
	k.put(ann, "2")
	k.reopen()
	k.newer(4)
	if again, err := k.s.Register(k.ctx, "flows"); err != nil || again != first {
		k.Fatalf("flows %d became %d, %v", first, again, err)
	}
}
