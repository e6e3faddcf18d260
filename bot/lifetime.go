package bot

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A lifetime is how the bot ends: first it begins nothing new, then what it does
// is cut, then it is over. The contexts belong to the bot, not to a request, so
// they are kept here.
type lifetime struct {
	stopping context.Context // ends when the bot shall stop
	running  context.Context // ends when what still runs is cut
	telling  context.Context // ends when the store need not hear what came of it any more
	over     context.Context // ends when the bot has stopped

	stopNow, cut, hush, end context.CancelFunc

	leaving atomic.Bool // the bot shall stop soon: it works, and wants no more requests

	mu     sync.Mutex
	closed bool
	works  int
	idle   chan struct{} // closed when closed and nothing works
	loops  sync.WaitGroup

	workers workers
}

func newLifetime() *lifetime {
	l := &lifetime{idle: make(chan struct{})}
	l.stopping, l.stopNow = context.WithCancel(context.Background())
	l.running, l.cut = context.WithCancel(context.Background())
	l.telling, l.hush = context.WithCancel(context.Background())
	l.over, l.end = context.WithCancel(context.Background())
	l.workers = workers{jobs: make(chan func()), over: l.over.Done()}
	return l
}

// begin counts a piece of work in; false when the bot takes no more.
func (l *lifetime) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.works++
	return true
}

// done counts it out.
func (l *lifetime) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.works--
	if l.closed && l.works == 0 {
		close(l.idle)
	}
}

// do runs a piece of work beside the caller; false when the bot takes no more.
func (l *lifetime) do(f func(ctx context.Context)) bool {
	if !l.begin() {
		return false
	}
	l.workers.run(func() {
		defer l.done()
		f(l.running)
	})
	return true
}

// beside runs a piece of work beside one that the caller is in: what that brings
// about is done also when the bot takes no more.
func (l *lifetime) beside(f func(ctx context.Context)) {
	l.mu.Lock()
	l.works++
	l.mu.Unlock()
	l.workers.run(func() {
		defer l.done()
		f(l.running)
	})
}

// always runs a loop that ends by itself when the bot shall stop.
func (l *lifetime) always(f func(ctx context.Context)) {
	l.loops.Go(func() { f(l.stopping) })
}

// isStopping reports whether the bot shall stop.
func (l *lifetime) isStopping() bool { return l.stopping.Err() != nil }

// leave says that the bot shall stop soon; false when that was said before.
func (l *lifetime) leave() bool { return l.leaving.CompareAndSwap(false, true) }

// drain takes no more work and waits for what there is: until ctx ends, and once
// it is cut for the grace, in which the store hears what came of it. It returns how
// much is left.
func (l *lifetime) drain(ctx context.Context, grace time.Duration) int {
	ended := make(chan struct{})
	go func() {
		l.loops.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done(): // a loop that hangs, in a load of flows say, is left behind
	}
	l.mu.Lock()
	l.closed = true
	if l.works == 0 {
		close(l.idle)
	}
	l.mu.Unlock()
	defer l.hush()
	defer l.cut()
	select {
	case <-l.idle:
		return 0
	case <-ctx.Done():
	}
	l.cut()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-l.idle:
		return 0
	case <-timer.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.works
}
