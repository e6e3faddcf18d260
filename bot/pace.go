package bot

import (
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// How the limits of a platform are kept.
const (
	// paceShare is the time for which a process takes its part of a rate at once,
	// so that the bucket that all share is not asked for each message.
	paceShare = 50 * time.Millisecond
	// pacePatience is how long a message waits for its turn with the lease in hand;
	// one that would wait longer goes back to its outbox.
	pacePatience = time.Second
	// longestPace bounds how long it is left there.
	longestPace = time.Hour
	// maxRecipients is how many conversations' last messages are remembered.
	maxRecipients = 10_000
)

// A pace keeps the limits of one channel. All processes take from one bucket in
// the store; while the store does not answer, each keeps to the rate by itself.
// The gaps between messages to one conversation are kept by the process alone.
type pace struct {
	limits  channels.Pace
	bucket  string
	store   state.Shared
	waiting chan struct{} // one for each message that waits with its lease in hand
	asking  chan struct{} // one at a time asks the store
	back    line          // the replies that went back
	bulk    line          // and what is bulk

	mu         sync.Mutex
	tokens     int       // of the last portion
	stale      time.Time // when they are given up: others may need them
	dry        time.Time // until then the bucket has none for replies
	dryBulk    time.Time // and none for what is bulk
	recipients map[state.Conv]time.Time
}

func newPace(channel string, limits channels.Pace, store state.Shared) *pace {
	patient := max(int(limits.PerSecond*pacePatience.Seconds()), 1)
	return &pace{
		limits: limits, bucket: "send/" + channel, store: store, back: line{rate: limits.PerSecond}, bulk: line{rate: limits.PerSecond},
		waiting: make(chan struct{}, patient), asking: make(chan struct{}, 1), recipients: map[state.Conv]time.Time{},
	}
}

// wait waits until a message may go to the conversation. It returns zero, or for
// how long the message goes back to its outbox; also when the context ends. What
// is bulk only gets what replies leave.
func (p *pace) wait(ctx context.Context, conv state.Conv, bulk bool) time.Duration {
	for {
		left := p.gap(conv, time.Now())
		if left > pacePatience || left > 0 && !sleepFor(ctx, left) {
			return max(left, time.Millisecond)
		}
		if left == 0 {
			break
		}
	}
	switch {
	case p.limits.PerSecond == 0, !bulk && p.take():
		return 0
	case bulk: // nobody waits for it: it takes no place from replies
		left := p.ask(ctx, true)
		if left == 0 {
			return 0
		}
		return left + p.bulk.place(time.Now())
	}
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return pacePatience + p.back.place(time.Now()) // as many wait as leave within it
	}
	for {
		left := p.ask(ctx, false)
		if left == 0 {
			return 0
		}
		if left > pacePatience || !sleepFor(ctx, left) {
			return left + p.back.place(time.Now())
		}
	}
}

// gap books the next message to the conversation, or returns how long it has to
// wait.
func (p *pace) gap(conv state.Conv, now time.Time) time.Duration {
	every := p.limits.Recipient
	if every == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	free := later(p.recipients[conv], now)
	burst := time.Duration(max(p.limits.RecipientBurst, 1)-1) * every
	if left := free.Sub(now) - burst; left > 0 {
		return left
	}
	if len(p.recipients) >= maxRecipients {
		p.forget(now)
	}
	p.recipients[conv] = free.Add(every)
	return 0
}

// forget drops the conversations that may be written to at once; with none of
// them, any: the platform's own answer counts.
func (p *pace) forget(now time.Time) {
	for conv, free := range p.recipients {
		if !free.After(now) {
			delete(p.recipients, conv)
		}
	}
	for conv := range p.recipients {
		if len(p.recipients) < maxRecipients {
			return
		}
		delete(p.recipients, conv)
	}
}

// take takes a token of the last portion.
func (p *pace) take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tokens == 0 || time.Now().After(p.stale) {
		p.tokens = 0
		return false
	}
	p.tokens--
	return true
}

// ask takes a token, from the bucket when there is none left here, and returns
// zero, or how long until there is one.
func (p *pace) ask(ctx context.Context, bulk bool) time.Duration {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	case <-ctx.Done():
		return time.Millisecond
	}
	if !bulk && p.take() {
		return 0
	}
	if left := time.Until(p.drought(bulk)); left > 0 {
		return left
	}
	b, want := p.bucketOf(), 1
	if bulk {
		b.Keep = b.Burst / 2
	} else {
		want = max(int(p.limits.PerSecond*paceShare.Seconds()), 1)
	}
	g, err := p.store.Take(ctx, p.bucket, b, want)
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	dry := &p.dry
	if bulk {
		dry = &p.dryBulk
	}
	switch {
	case err != nil: // one, and no other for its share of a second
		*dry = now.Add(time.Duration(float64(time.Second) / p.limits.PerSecond))
	case g.Tokens == 0:
		*dry = now.Add(g.Wait)
		return max(g.Wait, time.Millisecond)
	case !bulk:
		p.tokens, p.stale = g.Tokens-1, now.Add(pacePatience)
	}
	return 0
}

func (p *pace) drought(bulk bool) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bulk {
		return p.dryBulk
	}
	return p.dry
}

// bucketOf is the bucket that all processes take from. It holds two at least, so
// that there is one to keep.
func (p *pace) bucketOf() state.Bucket {
	burst := p.limits.Burst
	if burst == 0 {
		burst = int(p.limits.PerSecond)
	}
	return state.Bucket{Rate: p.limits.PerSecond, Burst: max(burst, 2)}
}

// admit lets in what nobody waits for, no faster than it can be sent. It waits
// until the context ends and returns zero, or how long until there is room.
func (p *pace) admit(ctx context.Context) (time.Duration, error) {
	rate := p.limits.BulkPerSecond
	if rate == 0 {
		rate = p.limits.PerSecond
	}
	if rate == 0 {
		return 0, nil
	}
	for {
		g, err := p.store.Take(ctx, "bulk/"+p.bucket, state.Bucket{Rate: rate, Burst: max(int(rate), 1)}, 1)
		if err != nil || g.Tokens > 0 {
			return 0, err
		}
		wait := max(g.Wait, time.Millisecond)
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait || !sleepFor(ctx, wait) {
			return wait, nil
		}
	}
}

// A line gives those that have to wait places one after the other, at a rate, so
// that each comes back when it is its turn, and not all of them all the time.
type line struct {
	rate float64

	mu   sync.Mutex
	last time.Time
}

// place returns how long it is until the next place.
func (l *line) place(now time.Time) time.Duration {
	if l.rate == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	next := later(l.last, now).Add(time.Duration(float64(time.Second) / l.rate))
	if next.Sub(now) > longestPace {
		return longestPace
	}
	l.last = next
	return next.Sub(now)
}

// sleepFor waits; false when the context ended first.
func sleepFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
