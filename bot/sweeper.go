package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/state"
)

// How the sweeper looks for work.
const (
	sweepEvery = 3 * time.Second // at the latest, spread by a tenth
	sweepLimit = 256             // conversations of one look
	maxBacklog = 100_000         // conversations that may wait to be looked at
	sweepLeast = 10 * time.Millisecond
	// A wake time that the store says is to come and that is over by our clock, by
	// more than clockSlack: the clocks differ, and ours does not tell when to look.
	clockSlack = time.Second
	sweepBlind = 500 * time.Millisecond
	outagePoll = 5 * time.Second
	outageWait = 10 * time.Second // after an outage: who holds something reports first
)

// A sweeper knows when somebody must look for work. What this process set an
// alarm for it remembers; the rest it finds when it looks.
type sweeper struct {
	mu   sync.Mutex
	next time.Time     // zero: as usual
	poke chan struct{} // has one value after next became earlier
	full atomic.Bool   // there was more than one look takes

	// left are the conversations that newer flows have, and when they said so: it is
	// looked behind them. Of the loop alone.
	left map[state.Conv]time.Time
}

// leaveTime is how long a conversation is left to newer flows before it is asked for
// again, and maxLeft how many are.
const (
	leaveTime = sweepEvery
	maxLeft   = 10_000
)

// leave notes a conversation that is left to newer flows.
func (s *sweeper) leave(conv state.Conv, now time.Time) {
	if len(s.left) < maxLeft {
		s.left[conv] = now
	}
}

// without takes out what was left to newer flows a moment ago.
func (s *sweeper) without(due []state.Due, now time.Time) []state.Due {
	for conv, at := range s.left {
		if now.Sub(at) > leaveTime {
			delete(s.left, conv)
		}
	}
	return slices.DeleteFunc(due, func(d state.Due) bool {
		_, left := s.left[d.Conv]
		return left
	})
}

func newSweeper() *sweeper {
	return &sweeper{poke: make(chan struct{}, 1), left: map[state.Conv]time.Time{}}
}

// lookIn has the sweeper look at the latest after d.
func (s *sweeper) lookIn(d time.Duration) {
	at := time.Now().Add(max(d, 0))
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.next.IsZero() && !at.Before(s.next) {
		return
	}
	s.next = at
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// alarm returns how long to wait for the earliest alarm, at most d. Alarms that
// are over are forgotten: the look that follows serves them.
func (s *sweeper) alarm(d time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next.IsZero() {
		return d
	}
	left := time.Until(s.next)
	if left <= 0 {
		s.next = time.Time{}
	}
	return max(min(left, d), 0)
}

// sweep takes over what is due and nobody holds: leases of dead processes, rows
// that wait, wake times, and what was accepted without room. It is one loop for
// each process; the work itself goes on beside it.
func (b *Bot) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		wait, err := b.sweepOnce(ctx)
		if err != nil && ctx.Err() == nil {
			b.log.WarnContext(ctx, "store does not answer", "doing", "sweep", "error", err)
			b.outage(ctx)
			continue
		}
		b.pause(ctx, wait)
	}
}

// sweepOnce claims all that is due and returns when to look again.
func (b *Bot) sweepOnce(ctx context.Context) (time.Duration, error) {
	look, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	due, next, err := b.store.Due(look, sweepLimit+len(b.sweeper.left))
	if err != nil {
		return 0, fmt.Errorf("look for work: %w", err)
	}
	due, full := b.sweeper.without(due, time.Now()), len(due) >= sweepLimit+len(b.sweeper.left)
	b.sweeper.full.Store(full)
	claimed := make(chan claim, len(due))
	begun, newer := 0, 0
	for _, d := range due {
		if !b.waitForRoom(ctx) {
			break
		}
		if !b.life.do(func(ctx context.Context) {
			defer func() { <-b.slots }()
			b.claim(ctx, d.Conv, claimed)
		}) {
			<-b.slots
			break
		}
		begun++
	}
	for range begun {
		c := <-claimed
		err = cmp.Or(err, c.err)
		if c.newer {
			newer++
			b.sweeper.leave(c.conv, time.Now())
		}
	}
	switch {
	case err != nil:
		return 0, err
	case full && (newer > 0 || len(due) > 0):
		return 0, nil // there is more
	}
	wait := sweepEvery - sweepEvery/20 + b.jitter(sweepEvery/10)
	if !next.IsZero() {
		left := next.Sub(b.o.Now())
		if left < -clockSlack {
			left = sweepBlind
		}
		wait = max(min(wait, left), sweepLeast)
	}
	return wait, nil
}

// measureAll looks at how much waits, while there is more than is worked on.
func (b *Bot) measureAll(ctx context.Context) {
	for sleepFor(ctx, sweepEvery) {
		if b.sweeper.full.Load() || len(b.slots) == cap(b.slots) || b.crowded.Load() {
			if err := b.measure(ctx); err != nil && ctx.Err() == nil {
				b.log.DebugContext(ctx, "store does not answer", "doing", "count what waits", "error", err)
			}
		}
	}
}

// measure counts what waits. Past the limit nothing is taken in: the platforms keep
// it, and come again.
func (b *Bot) measure(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	waiting, err := b.store.Backlog(ctx, maxBacklog+1)
	if err != nil {
		return fmt.Errorf("count what waits: %w", err)
	}
	crowded := waiting > maxBacklog
	switch {
	case crowded == b.crowded.Swap(crowded):
	case crowded:
		b.log.WarnContext(ctx, "too much waits: webhooks are answered 503 until it is less", "conversations", maxBacklog)
	default:
		b.log.InfoContext(ctx, "webhooks are taken again", "conversations", waiting)
	}
	return nil
}

// A claim says what came of one: whether the store answered, and whether it left
// the conversation to newer flows.
type claim struct {
	conv  state.Conv
	err   error
	newer bool
}

// waitForRoom takes a place among the conversations that are worked on, unless
// the context ends first.
func (b *Bot) waitForRoom(ctx context.Context) bool {
	select {
	case b.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// claim takes a conversation that is due, says whether the store answered, and
// works on it.
func (b *Bot) claim(ctx context.Context, conv state.Conv, answered chan<- claim) {
	call, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	asked := time.Now()
	known := b.leases.ask(conv)
	h, err := b.store.Claim(call, conv, state.Caller{Process: b.process, Room: true, Flows: b.version.Load().number})
	stray := known(h, err)
	newer := err == nil && h.Kind == state.Newer
	if newer {
		b.refused.Store(true)
	}
	answered <- claim{conv: conv, err: err, newer: newer}
	b.returnStray(ctx, conv, stray)
	if err == nil {
		b.work(ctx, conv, nil, h, asked)
	}
}

// outage waits until the store answers again, and after a longer outage some
// more: those that hold conversations know results and report them first.
func (b *Bot) outage(ctx context.Context) {
	for try := 1; ctx.Err() == nil; try++ {
		wait := min(firstWait<<min(try, 4), outagePoll)
		sleepFor(ctx, wait/2+b.jitter(wait/2))
		probe, cancel := context.WithTimeout(ctx, storeTime)
		_, _, err := b.store.Due(probe, 1)
		cancel()
		if err != nil {
			continue
		}
		if try > 1 {
			sleepFor(ctx, outageWait)
		}
		b.log.InfoContext(ctx, "store answers again", "probes", try)
		return
	}
}

// pause waits for at most d, less when an alarm goes off.
func (b *Bot) pause(ctx context.Context, d time.Duration) {
	end := time.Now().Add(d)
	for {
		left := b.sweeper.alarm(time.Until(end))
		if left <= 0 {
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-b.sweeper.poke:
			timer.Stop()
		}
	}
}
