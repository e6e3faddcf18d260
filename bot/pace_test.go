package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// perSecond counts what was sent in each second since the start.
func (p *platform) perSecond(start time.Time) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []int
	for _, at := range p.at {
		second := int(at.Sub(start) / time.Second)
		for len(out) <= second {
			out = append(out, 0)
		}
		out[second]++
	}
	return out
}

// The rate of a channel holds for all processes together, and what it has room
// for is used.
func TestRateIsSharedAndUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, messages = 20, 200
		p, store := newPlatform(), sharedStore{memstore.New(memstore.Options{})}
		slow := func(s *flows.ChannelSpec) { s.Pace.PerSecond = rate }
		bots := []*Bot{
			startTestBot(t, setup{engine: script(echo), channel: p, store: store, spec: slow}),
			startTestBot(t, setup{engine: script(echo), channel: p, store: store, spec: slow}),
		}
		start := time.Now()
		for i := range messages {
			mustPost(t, bots[i%2], said(fmt.Sprint("p", i), fmt.Sprint(i), "hi"))
		}
		p.take(t, messages)
		seconds := p.perSecond(start)
		sent := 0
		for i, n := range seconds {
			sent += n
			if allowed := rate * (i + 2); sent > allowed {
				t.Errorf("%d sent in %d s, %d are allowed: %v", sent, i+1, allowed, seconds)
			}
		}
		// Full at first: the last message may leave after 9 s.
		if took := time.Since(start); took > 14*time.Second {
			t.Errorf("took %s: %v", took, seconds)
		}
	})
}

// While the store can't be asked for the rate, a process keeps to it by itself.
func TestRateIsKeptWithoutTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace("fake", channels.Pace{PerSecond: 10}, noBucket{})
		start := time.Now()
		for range 21 {
			for p.wait(t.Context(), "c/a/k", false) > 0 {
				time.Sleep(time.Millisecond)
			}
		}
		if took := time.Since(start); took < 1900*time.Millisecond || took > 2200*time.Millisecond {
			t.Errorf("21 messages took %s, want about 2 s", took)
		}
	})
}

type noBucket struct{ state.Shared }

func (noBucket) Take(context.Context, string, state.Bucket, int) (state.Grant, error) {
	return state.Grant{}, errStoreDown
}

// Messages to one conversation keep their distance; other conversations do not wait.
func TestRecipientsAreNotFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{
			channel: p, engine: script(func(in flows.Input) (flows.Output, error) {
				out := flows.Output{}
				for i := range 5 {
					out.Replies = append(out.Replies, channels.Reply{Text: fmt.Sprint(i)})
				}
				return out, nil
			}),
			can: func(c *channels.Capabilities) { c.Pace.Recipient, c.Pace.RecipientBurst = 6*time.Second, 2 },
		})
		start := time.Now()
		mustPost(t, b, said("ann", "1", "hi"), said("ben", "2", "hi"))
		p.take(t, 10)
		if got := p.texts("ann"); !slices.Equal(got, []string{"0", "1", "2", "3", "4"}) {
			t.Errorf("sent %v", got)
		}
		for i, m := range p.sent {
			n := int(m.Text[0] - '0')
			if after := p.at[i].Sub(start); after < time.Duration(n-1)*6*time.Second {
				t.Errorf("message %d to %s left after %s", n, m.Conversation, after)
			}
		}
		if took := time.Since(start); took > 40*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestRecipientsThatAreRememberedAreBounded(t *testing.T) {
	p := newPace("fake", channels.Pace{Recipient: time.Hour}, nil)
	for i := range maxRecipients + 10 {
		p.gap(state.Conv(fmt.Sprint("c/a/", i)), time.Now())
	}
	if len(p.recipients) > maxRecipients {
		t.Errorf("%d are remembered", len(p.recipients))
	}
}

// What nobody waits for leaves room for replies.
func TestRepliesGoBeforeBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, rate := range []float64{1, 10} {
			p := newPace("fake", channels.Pace{PerSecond: rate}, memstore.New(memstore.Options{}))
			ctx, cancel := context.WithCancel(t.Context())
			var bulk atomic.Int64
			for range 50 { // everybody shall hear an offer
				go func() {
					for ctx.Err() == nil {
						if wait := p.wait(ctx, "c/a/bulk", true); wait == 0 {
							bulk.Add(1)
						} else {
							sleepFor(ctx, wait)
						}
					}
				}()
			}
			start := time.Now()
			for range 20 { // and now and then somebody writes
				time.Sleep(time.Duration(4 / rate * float64(time.Second)))
				began := time.Now()
				for wait := p.wait(ctx, "c/a/k", false); wait > 0; wait = p.wait(ctx, "c/a/k", false) {
					time.Sleep(wait)
				}
				if took := time.Since(began); took > time.Duration(2/rate*float64(time.Second))+time.Millisecond {
					t.Errorf("at %v a second a reply waits %s behind bulk", rate, took)
				}
			}
			seconds := time.Since(start).Seconds()
			if n := float64(bulk.Load()); n < seconds*rate/2 || n > seconds*rate+rate+1 {
				t.Errorf("%v bulk messages in %v s at %v a second", n, seconds, rate)
			}
			cancel()
			synctest.Wait()
		}
	})
}

// Messages that wait for the rate come back when it is their turn: the store is
// asked for each a few times, not all the time.
func TestWaitingForTheRateIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 600
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		b := startTestBot(t, setup{engine: script(echo), channel: p, store: store, spec: func(s *flows.ChannelSpec) { s.Pace.PerSecond = 5 }})
		for i := range messages {
			mustPost(t, b, said(fmt.Sprint("p", i), fmt.Sprint(i), "hi"))
		}
		start := time.Now()
		for range messages {
			select {
			case <-p.got:
			case <-time.After(5 * time.Minute):
				t.Fatal("not all were sent")
			}
		}
		if took := time.Since(start); took > 3*time.Minute {
			t.Errorf("took %s for %d at 5 a second", took, messages)
		}
		if n := store.count("claim") + store.count("mark"); n > 8*messages {
			t.Errorf("%d calls of the store for %d messages", n, messages)
		}
		if l := letters(t, b); len(l) > 0 {
			t.Errorf("%d dead letters, such as %q", len(l), l[0].Cause)
		}
	})
}

// Waiting is not trying: one failure after a long wait is one try.
func TestWaitingIsNotTrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		failed := map[string]bool{}
		p.send = func(_ context.Context, m *channels.Message) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			if strings.HasSuffix(m.Conversation, "7") && !failed[m.Conversation] {
				failed[m.Conversation] = true
				return kind(channels.ErrUnavailable)
			}
			return nil
		}
		b := startTestBot(t, setup{engine: script(echo), channel: p, spec: func(s *flows.ChannelSpec) { s.Pace.PerSecond = 1 }})
		for i := range 1000 {
			mustPost(t, b, said(fmt.Sprint("p", i), fmt.Sprint(i), "hi"))
		}
		for range 1000 {
			select {
			case <-p.got:
			case <-time.After(10 * time.Minute):
				t.Fatalf("not all were sent; letters %+v", letters(t, b))
			}
		}
		if l := letters(t, b); len(l) > 0 {
			t.Errorf("%d dead letters, such as %q", len(l), l[0].Cause)
		}
	})
}

// A breaker opens after failures of several conversations in a row only.
func TestBreakerOpens(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	down := channels.ErrUnavailable
	for name, c := range map[string]struct {
		attempts []string // a conversation, or "" for a success
		open     bool
	}{
		"nothing":                 {},
		"one conversation":        {attempts: []string{"a", "a", "a", "a", "a", "a", "a", "a"}},
		"two conversations":       {attempts: []string{"a", "b", "a", "b", "a", "b", "a"}},
		"three":                   {attempts: []string{"a", "b", "c", "a", "b"}, open: true},
		"three, but few":          {attempts: []string{"a", "b", "c", "a"}},
		"with a success in there": {attempts: []string{"a", "b", "c", "", "a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBreaker(func(d time.Duration) time.Duration { return d })
			for _, conv := range c.attempts {
				kind := down
				if conv == "" {
					kind = ""
				}
				b.done(b.enter(state.Conv(conv), now), state.Conv(conv), kind, 0, now)
			}
			if got := b.enter("z", now).wait > 0; got != c.open || (b.state() == down) != c.open {
				t.Errorf("open %v, state %q, want open %v", got, b.state(), c.open)
			}
		})
	}
}

// opened is a breaker that five conversations have opened.
func opened(now time.Time, kind channels.ErrorKind) (*breaker, change) {
	b := newBreaker(func(d time.Duration) time.Duration { return d })
	var c change
	for _, conv := range []state.Conv{"a", "b", "c", "d", "e"} {
		c = b.done(b.enter(conv, now), conv, kind, 0, now)
	}
	return b, c
}

// An open breaker lets one probe through after each pause; pauses grow, and a
// probe that is answered ends them.
func TestBreakerProbes(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b, c := opened(now, channels.ErrUnauthorized)
	if !c.first || c.paused != firstPause || c.kind != channels.ErrUnauthorized {
		t.Fatalf("the first pause is %+v", c)
	}
	for i := range 10 {
		now = now.Add(c.paused)
		probe := b.enter("a", now)
		if probe.probe.IsZero() {
			t.Fatalf("no probe after pause %d", i)
		}
		if p := b.enter("b", now); p.wait == 0 {
			t.Fatal("two probes at once")
		}
		before := c.paused
		c = b.done(probe, "a", channels.ErrUnavailable, 0, now)
		if c.first || c.paused < before || c.paused > longestPause {
			t.Fatalf("pause %d is %+v after %s", i, c, before)
		}
	}
	now = now.Add(c.paused)
	b.leave(b.enter("a", now)) // not used
	probe := b.enter("a", now)
	if c = b.done(probe, "a", "", 0, now); c.resumed <= 0 || b.enter("a", now).wait != 0 || b.state() != "" {
		t.Errorf("after a success %+v", c)
	}
}

// The probe is of somebody who did not fail before, if there is one: a few messages
// that always fail hold up nobody.
func TestProbeIsOfSomebodyElse(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b, c := opened(now, channels.ErrUnavailable)
	good, bad := b.enter("z", now), b.enter("a", now)
	if good.wait == 0 || bad.wait <= good.wait {
		t.Errorf("waits %s and %s: one that failed comes back later", good.wait, bad.wait)
	}
	now = now.Add(c.paused)
	if p := b.enter("a", now); p.wait == 0 {
		t.Error("the probe is one that failed, though another waits")
	}
	p := b.enter("z", now)
	if p.wait > 0 {
		t.Fatal("the other is not let through")
	}
	if c := b.done(p, "z", "", 0, now); c.resumed == 0 {
		t.Error("still paused")
	}
}

// A probe that does not come back is given up.
func TestProbeThatHangsIsReplaced(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b, c := opened(now, channels.ErrUnavailable)
	now = now.Add(c.paused)
	hangs := b.enter("a", now)
	now = now.Add(probeTime)
	next := b.enter("b", now)
	if next.wait > 0 {
		t.Fatal("no other probe")
	}
	if c := b.done(hangs, "a", channels.ErrUnavailable, 0, now); c.paused > 0 {
		t.Error("a probe that was given up begins a pause")
	}
	if p := b.enter("c", now); p.wait == 0 {
		t.Error("two probes at once")
	}
	if c := b.done(next, "b", "", 0, now); c.resumed == 0 {
		t.Error("still paused")
	}
}

// One that is asked to wait, a 429, concerns itself only.
func TestRateLimitsOfRecipientsPauseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		p.send = func(_ context.Context, m *channels.Message) error {
			if m.Conversation != "ann" {
				return &channels.SendError{Kind: channels.ErrRateLimited, RetryAfter: 30 * time.Minute}
			}
			return nil
		}
		b := startTestBot(t, setup{engine: script(echo), channel: p})
		for i := range 10 {
			mustPost(t, b, said(fmt.Sprint("group", i), fmt.Sprint(i), "hi"))
		}
		synctest.Wait()
		began := time.Now()
		mustPost(t, b, said("ann", "x", "hi"))
		p.take(t, 1)
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// A panic says nothing of the platform.
func TestPanicOfAProbeClosesNothing(t *testing.T) {
	p := newPlatform()
	p.send = func(context.Context, *channels.Message) error { panic("no") }
	b := newTestBot(t, setup{engine: script(echo), channel: p})
	defer stopTestBot(t, b)
	ch := b.version.Load().channels["fake"]
	long := time.Now().Add(-time.Hour)
	for _, conv := range []state.Conv{"a", "b", "c", "d", "e"} {
		ch.breaker.done(ch.breaker.enter(conv, long), conv, channels.ErrUnavailable, 0, long)
	}
	now := time.Now()
	h := state.HandOut{Kind: state.Send, Attempt: 1, Now: now, Row: state.Row{Payload: []byte(`{"text":"hi"}`), At: now}}
	if o := b.send(t.Context(), &lease{conv: convOf("ann"), end: now.Add(time.Minute)}, h); o.Kind != state.Dead {
		t.Errorf("outcome %+v", o)
	}
	if ch.breaker.state() == "" {
		t.Error("the channel is said to work")
	}
	if p := ch.breaker.enter("z", time.Now()); p.wait > 0 {
		t.Error("the probe was not given back")
	}
}

// A channel that is down is asked by one message now and then, whatever waits, and
// when it is back everything leaves.
func TestChannelThatIsDownIsProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		back, attempts := time.Now().Add(time.Hour), 0
		p.send = func(context.Context, *channels.Message) error {
			if time.Now().After(back) {
				return nil
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			attempts++
			return kind(channels.ErrUnavailable)
		}
		b := startTestBot(t, setup{engine: script(echo), channel: p})
		for i := range 300 {
			mustPost(t, b, said(fmt.Sprint("p", i), fmt.Sprint(i), "hi"))
		}
		time.Sleep(time.Hour + time.Second)
		if attempts > 300+int(time.Hour/quickProbe)+100 {
			t.Errorf("%d attempts in an hour while the channel was down", attempts)
		}
		p.take(t, 300)
		if late := time.Since(back); late > 3*longestPause {
			t.Errorf("all was sent %s after the channel was back", late)
		}
		if n := len(letters(t, b)); n > 0 {
			t.Errorf("%d dead letters", n)
		}
	})
}

// A message that can't be sent any more by its age is a dead letter, also when the
// channel pauses.
func TestOldMessageIsADeadLetter(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	h := state.HandOut{Kind: state.Send, Attempt: 1, Now: now, Row: state.Row{Payload: []byte(`{}`), At: now.Add(-maxSendAge - 1)}}
	if o := b.send(t.Context(), &lease{conv: convOf("ann"), end: time.Now().Add(time.Minute)}, h); o.Kind != state.Dead {
		t.Errorf("outcome %+v", o)
	}
}

// With on_unknown: hold nothing is sent twice: a person decides.
func TestHoldSendsNothingTwice(t *testing.T) {
	p := newPlatform()
	attempts := 0
	p.send = func(context.Context, *channels.Message) error {
		attempts++
		return kind(channels.ErrUnknown)
	}
	hold := func(s *flows.ChannelSpec) { s.Hold = true }
	b := startTestBot(t, setup{engine: script(echo), channel: p, spec: hold})
	mustPost(t, b, said("ann", "1", "hi"))
	b.awaitIdle()
	l := letters(t, b)
	if attempts != 1 || len(l) != 1 || l[0].Cause != "held: it may have arrived: unknown (42): no such chat" {
		t.Errorf("%d attempts, letters %+v", attempts, l)
	}
	now := time.Now()
	h := state.HandOut{Kind: state.Send, Attempt: 2, Unknown: true, Now: now, Row: state.Row{Payload: []byte(`{}`), At: now}}
	o := b.send(t.Context(), &lease{conv: convOf("ann"), end: now.Add(time.Minute)}, h)
	if attempts != 1 || o.Kind != state.Dead {
		t.Errorf("%d attempts, outcome %+v of one that was cut", attempts, o)
	}
	// Where the platform knows a repeat by its key, nothing has to be held.
	p.send = nil
	can := func(c *channels.Capabilities) { c.Repeatable = true }
	b = startTestBot(t, setup{engine: script(echo), channel: p, spec: hold, can: can})
	if o := b.send(t.Context(), &lease{conv: convOf("ann"), end: now.Add(time.Minute)}, h); o.Kind != state.Sent {
		t.Errorf("outcome %+v with a key", o)
	}
}

// A person decides about what was held: sent again, or let be.
func TestHeldMessageIsSentByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		p.send = func(context.Context, *channels.Message) error { return kind(channels.ErrUnknown) }
		b := startTestBot(t, setup{engine: script(echo), channel: p, spec: func(s *flows.ChannelSpec) { s.Hold = true }})
		mustPost(t, b, said("ann", "1", "hi"))
		synctest.Wait()
		p.send = nil
		if err := b.store.Retry(t.Context(), letters(t, b)[0].ID); err != nil {
			t.Fatal(err)
		}
		p.take(t, 1)
		if err := b.store.Retry(t.Context(), "0000000000000001"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
	})
}
