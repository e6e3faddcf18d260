package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
)

// How queues are polled. Another process polls after leadTime and leadEvery at most:
// the one that died may just have asked, and so may the other.
const (
	leadTime    = 10 * time.Second // for which a process leads, once it does
	leadEvery   = 3 * time.Second
	pollTime    = 90 * time.Second // for one look at the queue
	pollPause   = 100 * time.Millisecond
	pollLongest = 30 * time.Second // between two looks, while they fail
)

// pollAll polls the channels that have a queue, those of each version in turn.
func (b *Bot) pollAll(ctx context.Context) {
	for ctx.Err() == nil {
		v := b.version.Load()
		polled, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		polling := 0
		for _, name := range v.order {
			ch := v.channels[name]
			if p, ok := ch.Channel.(channels.Poller); ok {
				polling++
				go func() {
					b.lead(polled, ch, p)
					done <- struct{}{}
				}()
			}
		}
		for b.version.Load() == v && sleepFor(ctx, leadEvery/5) {
		}
		cancel()
		for range polling {
			<-done
		}
	}
}

// lead polls a channel as long as this process is the one to do it. Another one
// takes over when it is gone, or its store.
func (b *Bot) lead(ctx context.Context, ch *channel, p channels.Poller) {
	name := "poll/" + ch.name
	defer b.resign(ctx, name)
	end := func() {}
	defer func() { end() }()
	polling, sure := false, time.Now()
	for {
		call, cancel := context.WithTimeout(ctx, leadEvery/2)
		asked := time.Now()
		leads, err := b.store.Lead(call, name, b.process, leadTime)
		cancel()
		if err == nil && leads {
			sure = asked.Add(leadTime - leadEvery)
		}
		switch lost := err == nil && !leads || time.Now().After(sure); {
		case polling && lost:
			end()
			polling, end = false, func() {}
		case !polling && !lost && err == nil:
			b.log.InfoContext(ctx, "channel is polled by this process", "channel", ch.name)
			polling, end = true, b.pollBeside(ctx, ch, p)
		}
		if !sleepFor(ctx, leadEvery) {
			return
		}
	}
}

// pollBeside polls until end is called, which waits for it.
func (b *Bot) pollBeside(ctx context.Context, ch *channel, p channels.Poller) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		b.poll(ctx, ch, p)
	}()
	return func() {
		cancel()
		<-over
	}
}

// resign lets another process lead at once.
func (b *Bot) resign(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), courtesyTime)
	defer cancel()
	if _, err := b.store.Lead(ctx, name, b.process, 0); err != nil {
		b.log.DebugContext(ctx, "store does not answer", "doing", "resign", "error", err)
	}
}

// poll fetches, keeps, and tells the platform: what is not durable is offered
// again, what is durable twice is a duplicate.
func (b *Bot) poll(ctx context.Context, ch *channel, p channels.Poller) {
	for fails := 0; ctx.Err() == nil; {
		err := b.pollOnce(ctx, ch, p)
		if err == nil {
			fails = 0
			continue
		}
		if ctx.Err() != nil || errors.Is(err, ErrStopping) {
			return
		}
		fails++
		wait := min(firstWait<<min(fails, 10), pollLongest)
		wait = max(wait/2+b.jitter(wait/2), retryAfterOf(err))
		b.log.WarnContext(ctx, "queue not polled", "channel", ch.name, "cause", pollCause(err), "again_in", wait)
		sleepFor(ctx, wait)
	}
}

// pollCause is what the log may have: only a *channels.SendError promises to hold
// no secret.
func pollCause(err error) string {
	if _, ok := errors.AsType[*storeError](err); ok {
		return err.Error()
	}
	_, _, cause := explain(err)
	return cause
}

// A storeError: what was fetched could not be kept.
type storeError struct{ err error }

func (e *storeError) Error() string { return fmt.Sprintf("what came can't be kept now: %v", e.err) }
func (e *storeError) Unwrap() error { return e.err }

func (b *Bot) pollOnce(ctx context.Context, ch *channel, p channels.Poller) error {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	var got *channels.Polled
	err := guarded(func() (err error) {
		got, err = p.Poll(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if got == nil {
		sleepFor(ctx, pollPause) // a platform that answers at once is not asked without end
		return nil
	}
	failpoint.Hit(failpoint.AfterPoll)
	if err := b.take(ctx, ch, got.Events); err != nil {
		return &storeError{err}
	}
	failpoint.Hit(failpoint.AfterAcceptBeforeDelete)
	if got.Done == nil {
		return nil
	}
	return guarded(func() error { return got.Done(ctx) })
}
