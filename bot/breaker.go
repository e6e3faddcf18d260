package bot

import (
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
	// quickProbe is how long after a probe a message of somebody who did not fail may
	// be the next, before the pause is over: a channel that works for most is not down.
	quickProbe = 5 * time.Second
	// probeTime is how long a probe may take; then another one is sent.
	probeTime = sendTime + sendMargin
	// returnRate is how many messages a second look again whether a channel is back.
	returnRate = 200
	// maxFailed is how many conversations are remembered that failed.
	maxFailed = 100
)

// A breaker pauses a channel that sends nothing any more. While it is open nothing
// is tried, and nothing is dead; then one message is sent as a probe, and what
// comes of it closes the breaker or begins a longer pause. The probe is of a
// conversation that did not fail before, if one waits: some messages fail by
// themselves.
type breaker struct {
	jitter func(time.Duration) time.Duration
	back   line // those that wait meanwhile

	mu       sync.Mutex
	failures int // in a row
	failed   map[state.Conv]struct{}
	others   bool               // somebody waits who did not fail
	until    time.Time          // the end of the pause; zero: closed
	probe    time.Time          // when the probe that is under way began; zero: none
	last     time.Time          // when the last probe ended, or the pause began
	since    time.Time          // when the first pause in a row began
	pauses   int                // in a row
	kind     channels.ErrorKind // of the last failure
}

func newBreaker(jitter func(time.Duration) time.Duration) *breaker {
	return &breaker{jitter: jitter, back: line{rate: returnRate}, failed: map[state.Conv]struct{}{}}
}

// A pass lets one attempt through. With wait over zero there is none.
type pass struct {
	wait  time.Duration
	probe time.Time // when the probe began; zero: it is none
}

// enter asks whether an attempt may be made now. It is followed by done or by
// leave.
func (b *breaker) enter(conv state.Conv, now time.Time) pass {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return pass{}
	}
	_, failed := b.failed[conv]
	probing := !b.probe.IsZero() && now.Sub(b.probe) < probeTime
	left := b.until.Sub(now)
	if !failed {
		left = min(left, quickProbe-now.Sub(b.last))
	}
	if left > 0 || probing || failed && b.others {
		b.others = b.others || !failed
		wait := max(left, 0) + b.jitter(firstPause/2) + b.back.place(now)
		if failed {
			wait += firstPause // after the others
		}
		return pass{wait: wait}
	}
	b.probe, b.others = now, false
	return pass{probe: now}
}

// leave gives a pass back that was not used.
func (b *breaker) leave(p pass) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(p)
}

// end ends a probe, if it is the one that is under way.
func (b *breaker) end(p pass) (current bool) {
	if p.probe.IsZero() || !p.probe.Equal(b.probe) {
		return false
	}
	b.probe = time.Time{}
	return true
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
	probe := b.end(p)
	if kind == "" {
		c := change{}
		if !b.until.IsZero() {
			c.resumed = max(now.Sub(b.since), 1)
		}
		b.failures, b.until, b.pauses, b.others = 0, time.Time{}, 0, false
		clear(b.failed)
		return c
	}
	b.failures++
	b.kind = kind
	if len(b.failed) < maxFailed {
		b.failed[conv] = struct{}{}
	}
	open := !b.until.IsZero()
	if open && !probe || !open && (b.failures < tripFailures || len(b.failed) < tripConversations) {
		return change{}
	}
	if !open {
		b.since = now
	}
	bound := min(firstPause<<min(b.pauses, 10), longestPause)
	pause := max(bound/2+b.jitter(bound/2), min(after, longestPause))
	b.pauses++
	b.until, b.last = now.Add(pause), now
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
