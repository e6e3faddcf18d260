package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
		p := newPace("fake", channels.Pace{PerSecond: 10}, memstore.New(memstore.Options{}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		bulk := 0
		var err error
		for wait := time.Duration(0); wait == 0; {
			if wait, err = p.bulk(ctx); err != nil {
				t.Fatal(err)
			}
			if wait == 0 {
				bulk++
			}
			for range 2 { // somebody writes at the same time
				if wait := p.wait(t.Context(), "c/a/k", false); wait > 200*time.Millisecond {
					t.Fatalf("a reply waits %s behind bulk", wait)
				}
			}
		}
		if bulk < 20 {
			t.Errorf("only %d bulk messages in 10 s at 10 a second, with 20 replies a second wanted", bulk)
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
			b := &breaker{jitter: func(d time.Duration) time.Duration { return d }}
			for _, conv := range c.attempts {
				kind := down
				if conv == "" {
					kind = ""
				}
				b.done(b.enter(now), state.Conv(conv), kind, 0, now)
			}
			if got := b.enter(now).wait > 0; got != c.open || (b.state() == down) != c.open {
				t.Errorf("open %v, state %q, want open %v", got, b.state(), c.open)
			}
		})
	}
}

// An open breaker lets one probe through after each pause; pauses grow, and a
// probe that is answered ends them.
func TestBreakerProbes(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := &breaker{jitter: func(d time.Duration) time.Duration { return d }}
	var c change
	for _, conv := range []state.Conv{"a", "b", "c", "d", "e"} {
		c = b.done(b.enter(now), conv, channels.ErrUnauthorized, 0, now)
	}
	if !c.first || c.paused != firstPause || c.kind != channels.ErrUnauthorized {
		t.Fatalf("the first pause is %+v", c)
	}
	for i := range 10 {
		now = now.Add(c.paused)
		probe := b.enter(now)
		if !probe.probe {
			t.Fatalf("no probe after pause %d", i)
		}
		if p := b.enter(now); p.wait == 0 {
			t.Fatal("two probes at once")
		}
		before := c.paused
		c = b.done(probe, "a", channels.ErrUnavailable, 0, now)
		if c.first || c.paused < before || c.paused > longestPause {
			t.Fatalf("pause %d is %+v after %s", i, c, before)
		}
	}
	now = now.Add(c.paused)
	c = b.done(b.enter(now), "a", channels.ErrRateLimited, 10*time.Minute, now)
	if c.paused != 10*time.Minute {
		t.Errorf("paused %s, the platform asked for 10 min", c.paused)
	}
	now = now.Add(c.paused)
	unused := b.enter(now)
	b.leave(unused)
	probe := b.enter(now)
	if c = b.done(probe, "a", "", 0, now); c.resumed <= 0 || b.enter(now).wait != 0 || b.state() != "" {
		t.Errorf("after a success %+v", c)
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
		if attempts > 300+150 {
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
