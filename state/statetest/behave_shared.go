package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func shared() []behaviour {
	return []behaviour{
		{"RegisterNumbersFlows", nothing, registerNumbersFlows},
		{"AliveTellsOfTheNewest", clock, aliveTellsOfTheNewest},
		{"OneLeads", clock, oneLeads},
		{"LeadersGiveUp", nothing, leadersGiveUp},
		{"BucketIsFullAtFirst", nothing, bucketIsFullAtFirst},
		{"BucketFills", clock, bucketFills},
		{"CallersShareABucket", clock, callersShareABucket},
		{"KeepLeavesTokens", clock, keepLeavesTokens},
		{"BucketCanChange", clock, bucketCanChange},
		{"ClockThatGoesBackGivesNothing", clock, clockThatGoesBack},
		{"BucketThatIsNoneIsRefused", nothing, bucketThatIsNone},
	}
}

func registerNumbersFlows(k *kit) {
	last := uint64(0)
	for _, digest := range []string{"one", "two", "one", "", "three"} {
		n, err := k.s.Register(k.ctx, digest)
		if err != nil || n <= last {
			k.Fatalf("flows %q are number %d after %d, %v", digest, n, last, err)
		}
		if again, err := k.s.Register(k.ctx, digest); err != nil || again != n {
			k.Fatalf("flows %q are number %d and then %d, %v", digest, n, again, err)
		}
		last = n
	}
}

// alive expects the newest number when a process says that it lives.
func (k *kit) alive(process string, number, want uint64) {
	k.Helper()
	if got, err := k.s.Alive(k.ctx, process, number); err != nil || got != want {
		k.Fatalf("the newest that lives is %d, %v; want %d", got, err, want)
	}
}

func aliveTellsOfTheNewest(k *kit) {
	k.alive("a", 0, 0)
	k.alive("a", 3, 3)
	k.alive("b", 5, 5)
	k.alive("a", 3, 5)
	k.alive("a", 3, 5)
	k.alive("b", 2, 3)
	k.alive("b", 5, 5)
	k.h.Advance(state.AliveTime - time.Second)
	k.alive("a", 3, 5)
	k.h.Advance(2 * time.Second)
	k.alive("a", 3, 3)
	k.alive("b", 6, 6)
	k.alive("b", 0, 3)
	k.alive("a", 0, 0)
}

// lead expects whether a process leads after it asked.
func (k *kit) lead(name, process string, d time.Duration, want bool) {
	k.Helper()
	if got, err := k.s.Lead(k.ctx, name, process, d); err != nil || got != want {
		k.Fatalf("%s leads %s: %t, %v; want %t", process, name, got, err, want)
	}
}

func oneLeads(k *kit) {
	k.lead("x", "a", time.Minute, true)
	k.lead("x", "b", time.Minute, false)
	k.lead("y", "b", time.Minute, true)
	k.h.Advance(50 * time.Second)
	k.lead("x", "a", time.Minute, true)
	k.h.Advance(50 * time.Second)
	k.lead("x", "b", time.Minute, false)
	k.lead("y", "a", time.Minute, true)
	k.h.Advance(11 * time.Second)
	k.lead("x", "b", time.Minute, true)
	k.lead("x", "a", time.Minute, false)
}

func leadersGiveUp(k *kit) {
	k.lead("x", "a", time.Hour, true)
	k.lead("x", "b", 0, false)
	k.lead("x", "b", time.Hour, false)
	k.lead("x", "a", 0, false)
	k.lead("x", "a", 0, false)
	k.lead("x", "b", time.Hour, true)
	k.lead("x", "a", time.Hour, false)
}

// take expects a number of tokens, and a time to wait if there are none.
func (k *kit) take(name string, b state.Bucket, want, got int) state.Grant {
	k.Helper()
	g, err := k.s.Take(k.ctx, name, b, want)
	if err != nil || g.Tokens != got {
		k.Fatalf("took %d tokens of %d, %v; want %d", g.Tokens, want, err, got)
	}
	if (g.Wait > 0) != (g.Tokens == 0) {
		k.Fatalf("took %d tokens and waits %s", g.Tokens, g.Wait)
	}
	return g
}

// waits expects about that time to wait.
func (k *kit) waits(g state.Grant, want time.Duration) {
	k.Helper()
	if d := g.Wait - want; d < -time.Millisecond || d > time.Millisecond {
		k.Fatalf("a token comes in %s, want %s", g.Wait, want)
	}
}

// An hourly bucket does not fill while a test runs.
func hourly(burst int) state.Bucket { return state.Bucket{Rate: 1.0 / 3600, Burst: burst} }

func bucketIsFullAtFirst(k *kit) {
	k.take("x", hourly(5), 3, 3)
	k.take("x", hourly(5), 3, 2)
	k.take("x", hourly(5), 3, 0)
	k.take("y", hourly(5), 9, 5)
}

func bucketFills(k *kit) {
	b := state.Bucket{Rate: 4, Burst: 6}
	k.take("x", b, 6, 6)
	k.waits(k.take("x", b, 1, 0), time.Second/4)
	k.h.Advance(100 * time.Millisecond)
	g := k.take("x", b, 1, 0)
	k.waits(g, 150*time.Millisecond)
	k.h.Advance(g.Wait + time.Millisecond)
	k.take("x", b, 2, 1)
	k.h.Advance(time.Second)
	k.take("x", b, 9, 4)
	k.h.Advance(time.Hour)
	k.take("x", b, 9, 6)
}

func callersShareABucket(k *kit) {
	b := state.Bucket{Rate: 10, Burst: 10}
	k.take("x", b, 10, 10)
	taken := 0
	for step := range 40 {
		k.h.Advance(50 * time.Millisecond)
		g, err := k.s.Take(k.ctx, "x", b, 1+step%3)
		k.gives(err, nil)
		taken += g.Tokens
	}
	if taken < 19 || taken > 20 {
		k.Fatalf("%d tokens came in two seconds of 10 each", taken)
	}
}

func keepLeavesTokens(k *kit) {
	all := state.Bucket{Rate: 2, Burst: 10}
	rest := all
	rest.Keep = 4
	k.take("x", rest, 9, 6)
	k.waits(k.take("x", rest, 1, 0), time.Second/2)
	k.take("x", all, 1, 1)
	k.waits(k.take("x", rest, 1, 0), time.Second)
	k.take("x", all, 9, 3)
	k.waits(k.take("x", rest, 1, 0), 5*time.Second/2)
	k.h.Advance(5*time.Second/2 + time.Millisecond)
	k.take("x", rest, 9, 1)
	k.take("x", all, 9, 4)
}

func bucketCanChange(k *kit) {
	k.take("x", state.Bucket{Rate: 1, Burst: 10}, 2, 2)
	k.take("x", state.Bucket{Rate: 1, Burst: 3}, 9, 3)
	k.waits(k.take("x", state.Bucket{Rate: 5, Burst: 20}, 1, 0), time.Second/5)
	k.h.Advance(2*time.Second + time.Millisecond)
	k.take("x", state.Bucket{Rate: 5, Burst: 20}, 20, 10)
	k.h.Advance(time.Minute)
	k.take("x", state.Bucket{Rate: 5, Burst: 20}, 99, 20)
}

func clockThatGoesBack(k *kit) {
	b := state.Bucket{Rate: 1, Burst: 10}
	k.take("x", b, 8, 8)
	k.h.Advance(-time.Minute)
	k.take("x", b, 9, 2)
	k.waits(k.take("x", b, 1, 0), time.Second)
	k.h.Advance(time.Second + time.Millisecond)
	k.take("x", b, 9, 1)
}

func bucketThatIsNone(k *kit) {
	for _, b := range []state.Bucket{{}, {Burst: 1}, {Rate: -1, Burst: 1}, {Rate: 1}, {Rate: 1, Burst: 2, Keep: 2}, {Rate: 1, Burst: 2, Keep: -1}} {
		if g, err := k.s.Take(k.ctx, "x", b, 1); err == nil {
			k.Fatalf("%+v gave %+v", b, g)
		}
	}
	k.take("x", hourly(2), 9, 2)
}
