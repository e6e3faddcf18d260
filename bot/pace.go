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

	mu         sync.Mutex
	tokens     int       // of the last portion
	stale      time.Time // when they are given up: others may need them
	dry        time.Time // until then the bucket has none
	recipients map[state.Conv]gap
}

// A gap is when a conversation has taken the messages that it got.
type gap struct{ free time.Time }

func newPace(channel string, limits channels.Pace, store state.Shared) *pace {
	patient := max(int(limits.PerSecond*pacePatience.Seconds()), 1)
	return &pace{
		limits: limits, bucket: "send/" + channel, store: store,
		waiting: make(chan struct{}, patient), asking: make(chan struct{}, 1), recipients: map[state.Conv]gap{},
	}
}

// wait waits until a message may go to the conversation. It returns zero, or for
// how long the message goes back to its outbox; also when the context ends. A bulk
// message has its place in the rate already.
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
	if p.limits.PerSecond == 0 || bulk || p.take() {
		return 0
	}
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return pacePatience // as many wait as leave within it
	}
	for {
		left := p.ask(ctx)
		if left == 0 {
			return 0
		}
		if left > pacePatience || !sleepFor(ctx, left) {
			return left
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
	free := later(p.recipients[conv].free, now)
	burst := time.Duration(max(p.limits.RecipientBurst, 1)-1) * every
	if left := free.Sub(now) - burst; left > 0 {
		return left
	}
	if len(p.recipients) >= maxRecipients {
		p.forget(now)
	}
	p.recipients[conv] = gap{free: free.Add(every)}
	return 0
}

// forget drops the conversations that may be written to at once; with none of
// them, any: the platform's own answer counts.
func (p *pace) forget(now time.Time) {
	for conv, g := range p.recipients {
		if !g.free.After(now) {
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
func (p *pace) ask(ctx context.Context) time.Duration {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	case <-ctx.Done():
		return time.Millisecond
	}
	if p.take() {
		return 0
	}
	if left := time.Until(p.drought()); left > 0 {
		return left
	}
	b := p.bucketOf()
	want := max(int(p.limits.PerSecond*paceShare.Seconds()), 1)
	g, err := p.store.Take(ctx, p.bucket, b, want)
	if err != nil {
		g = state.Grant{Tokens: 1} // and no other for its share of a second
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if err != nil {
		p.dry = now.Add(time.Duration(float64(time.Second) / p.limits.PerSecond))
	}
	if g.Tokens == 0 {
		p.dry = now.Add(g.Wait)
		return max(g.Wait, time.Millisecond)
	}
	p.tokens, p.stale = g.Tokens-1, now.Add(pacePatience)
	return 0
}

func (p *pace) drought() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dry
}

// bucketOf is the bucket that all processes take from.
func (p *pace) bucketOf() state.Bucket {
	burst := p.limits.Burst
	if burst == 0 {
		burst = max(int(p.limits.PerSecond), 1)
	}
	return state.Bucket{Rate: p.limits.PerSecond, Burst: burst}
}

// bulk takes a place for what nobody waits for: from the channel's bucket, of
// which half is kept for replies, and within the rate of its own. It waits for it
// until the context ends and returns zero, or how long until there is one.
func (p *pace) bulk(ctx context.Context) (time.Duration, error) {
	var buckets []state.Bucket
	if rate := p.limits.BulkPerSecond; rate > 0 {
		buckets = append(buckets, state.Bucket{Rate: rate, Burst: max(int(rate), 1)})
	}
	names := []string{"bulk/" + p.bucket, p.bucket}[1-len(buckets):]
	if p.limits.PerSecond > 0 {
		b := p.bucketOf()
		b.Keep = b.Burst / 2
		buckets = append(buckets, b)
	}
	for i, b := range buckets {
		for {
			g, err := p.store.Take(ctx, names[i], b, 1)
			if err != nil {
				return 0, err
			}
			if g.Tokens > 0 {
				break
			}
			if end, ok := ctx.Deadline(); ok && time.Until(end) < g.Wait || !sleepFor(ctx, g.Wait) {
				return max(g.Wait, time.Millisecond), nil
			}
		}
	}
	return 0, nil
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
