package bot

import (
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// When a channel pauses. It takes several failures in a row, with nothing sent
// between them, in several conversations: one that can't be written to holds up
// nobody else.
const (
	tripFailures      = 5
	tripConversations = 3

	firstPause   = time.Second // doubled with each pause in a row
	longestPause = time.Minute
)

// A breaker pauses a channel that sends nothing any more. While it is open nothing
// is tried, and nothing is dead; then one message is sent as a probe, and what
// comes of it closes the breaker or begins a longer pause.
type breaker struct {
	jitter func(time.Duration) time.Duration

	mu       sync.Mutex
	failures int          // in a row
	failed   []state.Conv // in which, up to tripConversations of them
	until    time.Time    // the end of the pause; zero: closed
	probing  bool
	since    time.Time // when the first pause in a row began
	pauses   int       // in a row
	kind     channels.ErrorKind
}

// A pass lets one attempt through. With wait over zero there is none.
type pass struct {
	wait  time.Duration
	probe bool
}

// enter asks whether an attempt may be made now. It is followed by done or by
// leave.
func (b *breaker) enter(now time.Time) pass {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return pass{}
	case now.Before(b.until):
		left := b.until.Sub(now)
		return pass{wait: left + b.jitter(max(left, firstPause))}
	case b.probing:
		return pass{wait: firstPause + b.jitter(firstPause)}
	}
	b.probing = true
	return pass{probe: true}
}

// leave gives a pass back that was not used.
func (b *breaker) leave(p pass) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.probe {
		b.probing = false
	}
}

// A change is what an attempt changed of a breaker.
type change struct {
	paused  time.Duration // over zero: a pause begins
	resumed time.Duration // over zero: the channel works again, after so long
	kind    channels.ErrorKind
	first   bool // of the pauses in a row
}

// done notes what came of an attempt; kind is empty for one that reached the
// platform and was answered, well or not. after is what the platform asked for.
func (b *breaker) done(p pass, conv state.Conv, kind channels.ErrorKind, after time.Duration, now time.Time) change {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.probe {
		b.probing = false
	}
	if kind == "" {
		c := change{}
		if !b.until.IsZero() {
			c.resumed = now.Sub(b.since)
		}
		b.failures, b.failed, b.until, b.pauses = 0, b.failed[:0], time.Time{}, 0
		return c
	}
	b.failures++
	b.kind = kind
	if len(b.failed) < tripConversations && !slices.Contains(b.failed, conv) {
		b.failed = append(b.failed, conv)
	}
	open := !b.until.IsZero()
	if open && !p.probe || !open && (b.failures < tripFailures || len(b.failed) < tripConversations) {
		return change{}
	}
	if !open {
		b.since = now
	}
	bound := min(firstPause<<min(b.pauses, 10), longestPause)
	pause := max(bound/2+b.jitter(bound/2), min(after, maxRetryAfter))
	b.pauses++
	b.until = now.Add(pause)
	return change{paused: pause, kind: kind, first: !open}
}

// state says why the channel pauses; empty when it does not.
func (b *breaker) state() channels.ErrorKind {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return ""
	}
	return b.kind
}
