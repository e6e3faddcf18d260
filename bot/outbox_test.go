package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// Every kind of send error has a rule, and agrees with the table of the channels.
func TestEveryKindOfSendErrorHasARule(t *testing.T) {
	rules := sendRules()
	for kind, again := range channels.ErrorKinds() {
		rule, ok := rules[kind]
		if !ok || rule.again != again || again != (rule.outcome != "") {
			t.Errorf("%s: rule %+v, want again %v", kind, rule, again)
		}
	}
	if len(rules) != len(channels.ErrorKinds()) {
		t.Errorf("%d rules", len(rules))
	}
}

func TestOutcomeOfAFailedAttempt(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	secret := "https://api.example.com/bot-t0ken"
	for name, c := range map[string]struct {
		err      error
		unknown  bool // the attempt before
		attempt  int
		age      time.Duration
		works    bool
		want     state.OutcomeKind
		min, max time.Duration
		cause    string
	}{
		"refused":                     {err: kind(channels.ErrRefused), want: state.Later, max: firstWait},
		"unavailable":                 {err: kind(channels.ErrUnavailable), attempt: 4, want: state.Later, max: 4 * time.Second},
		"unavailable, at last":        {err: kind(channels.ErrUnavailable), attempt: 11, want: state.Later, max: longestWait},
		"unknown":                     {err: kind(channels.ErrUnknown), want: state.Unknown, min: unknownWait, max: unknownWait + firstWait},
		"rate limited":                {err: &channels.SendError{Kind: channels.ErrRateLimited, RetryAfter: 40 * time.Second}, want: state.Later, min: 40 * time.Second, max: 40 * time.Second},
		"rate limited for too long":   {err: &channels.SendError{Kind: channels.ErrRateLimited, RetryAfter: 9 * time.Hour}, want: state.Later, min: time.Hour, max: time.Hour},
		"unauthorized":                {err: kind(channels.ErrUnauthorized), want: state.Later, min: time.Minute, max: time.Minute + longestWait},
		"unauthorized for hours":      {err: kind(channels.ErrUnauthorized), attempt: 200, age: 20 * time.Hour, works: true, want: state.Later, min: time.Minute, max: time.Minute + longestWait},
		"invalid":                     {err: kind(channels.ErrInvalid), want: state.Dead, cause: "invalid (42): no such chat"},
		"blocked":                     {err: kind(channels.ErrBlocked), want: state.Dead, cause: "blocked (42): no such chat"},
		"window closed":               {err: kind(channels.ErrWindowClosed), want: state.Dead, cause: "window_closed (42): no such chat"},
		"12 attempts, channel works":  {err: kind(channels.ErrUnavailable), attempt: 12, age: 20 * time.Minute, works: true, want: state.Dead, cause: "not sent for 20m0s, while others of the channel were: unavailable (42): no such chat"},
		"12 attempts, at once":        {err: kind(channels.ErrUnavailable), attempt: 12, works: true, want: state.Later, max: longestWait},
		"12 attempts, channel down":   {err: kind(channels.ErrUnavailable), attempt: 12, age: 20 * time.Minute, want: state.Later, max: longestWait},
		"unknown again":               {err: kind(channels.ErrUnknown), unknown: true, attempt: 2, want: state.Unknown, min: unknownWait, max: unknownWait + 2*firstWait},
		"unknown again, for a minute": {err: kind(channels.ErrUnknown), unknown: true, attempt: 2, age: time.Minute, want: state.Dead, cause: "perhaps sent, more than once by now, and not once more: unknown (42): no such chat"},
		"refused after an unknown":    {err: kind(channels.ErrRefused), unknown: true, attempt: 2, want: state.Later, max: time.Second},
		"12 attempts, each maybe one": {err: kind(channels.ErrUnknown), attempt: 12, age: 20 * time.Minute, want: state.Dead, cause: "not sent for 20m0s, while others of the channel were: unknown (42): no such chat"},
		"too old":                     {err: kind(channels.ErrRefused), age: 24 * time.Hour, want: state.Dead, cause: "not sent within 24h0m0s: refused (42): no such chat"},
		"an error of no kind":         {err: fmt.Errorf("post %s: broken", secret), attempt: 12, age: 20 * time.Minute, want: state.Dead, cause: "not sent for 20m0s, while others of the channel were: unknown: the channel does not say why"},
		"a kind of its own":           {err: &channels.SendError{Kind: "odd"}, want: state.Unknown, min: unknownWait, max: unknownWait + firstWait},
		"panic":                       {err: guarded(func() error { panic(secret) }), want: state.Dead, cause: "the channel panicked on it"},
	} {
		t.Run(name, func(t *testing.T) {
			var logs syncBuffer
			b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &logs})
			defer stopTestBot(t, b)
			ch := b.version.Load().channels["fake"]
			if c.works {
				ch.health.sent(now.Add(-time.Minute))
			}
			h := state.HandOut{Attempt: max(c.attempt, 1), Unknown: c.unknown, Now: now, Row: state.Row{At: now.Add(-c.age)}}
			for range c.attempt - 1 {
				ch.tries.add(convOf("ann"), 0)
			}
			o := b.judge(t.Context(), &lease{conv: convOf("ann")}, h, ch, c.err)
			if o.Kind != c.want || o.Cause != c.cause || o.Delay < c.min || o.Delay > c.max {
				t.Errorf("outcome %+v, want %s, %s to %s, %q", o, c.want, c.min, c.max, c.cause)
			}
			if strings.Contains(o.Cause+logs.String(), "t0ken") {
				t.Error("the secret is in the cause or the log")
			}
		})
	}
}

func kind(k channels.ErrorKind) error {
	return &channels.SendError{Kind: k, Code: "42", Err: errors.New("no such chat")}
}

// A send API that is down for hours costs no message: the rows of a conversation
// leave in order when it is back, and its new messages are read meanwhile.
func TestOutageOfTheSendAPILosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		back := time.Now().Add(5 * time.Hour)
		p.send = func(context.Context, *channels.Message) error {
			if time.Now().Before(back) {
				return kind(channels.ErrUnavailable)
			}
			return nil
		}
		read := make(chan string, 10)
		b := startTestBot(t, setup{channel: p, engine: script(func(in flows.Input) (flows.Output, error) {
			read <- in.Event.Text
			return echo(in)
		})})
		mustPost(t, b, said("ann", "1", "a"))
		time.Sleep(time.Hour)
		mustPost(t, b, said("ann", "2", "b"))
		synctest.Wait()
		if len(read) != 2 {
			t.Errorf("%d messages read during the outage, want 2", len(read))
		}
		time.Sleep(4*time.Hour + longestWait + time.Minute)
		p.take(t, 2)
		if got, want := p.texts("ann"), []string{"echo a", "echo b"}; !slices.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	})
}

// A message that can't be sent is a dead letter, and the next one leaves.
func TestDeadRowLetsTheNextLeave(t *testing.T) {
	p := newPlatform()
	p.send = func(_ context.Context, m *channels.Message) error {
		if m.Text == "echo bad" {
			return kind(channels.ErrInvalid)
		}
		return nil
	}
	b := startTestBot(t, setup{engine: script(echo), channel: p})
	mustPost(t, b, said("ann", "1", "bad"), said("ann", "2", "good"))
	p.take(t, 1)
	b.awaitIdle()
	l := letters(t, b)
	if len(l) != 1 || l[0].Direction != state.Out || l[0].Cause != "invalid (42): no such chat" {
		t.Errorf("dead letters %+v", l)
	}
	if got := p.texts("ann"); !slices.Equal(got, []string{"echo good"}) {
		t.Errorf("sent %v", got)
	}
}

// An attempt ends before the lease does, so that no two are under way; it counts
// as unknown, and is made again with the same reference.
func TestAttemptIsCutBeforeTheLeaseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		var refs []string
		var took []time.Duration
		p.send = func(ctx context.Context, m *channels.Message) error {
			began := time.Now()
			refs = append(refs, m.Ref)
			if len(refs) > 1 {
				return nil
			}
			<-ctx.Done()
			took = append(took, time.Since(began))
			return &channels.SendError{Kind: channels.ErrUnknown, Err: ctx.Err()}
		}
		b := startTestBot(t, setup{engine: script(echo), channel: p})
		mustPost(t, b, said("ann", "1", "hi"))
		p.take(t, 1)
		if len(refs) != 2 || refs[0] != refs[1] || refs[0] == "" {
			t.Errorf("references %v, want the same twice", refs)
		}
		if took[0] > sendTime || took[0] > state.LeaseTime-sendMargin {
			t.Errorf("cut after %s", took[0])
		}
	})
}

// With too little time left nothing is sent.
func TestNothingIsSentAtTheEndOfALease(t *testing.T) {
	p := newPlatform()
	b := newTestBot(t, setup{engine: script(echo), channel: p})
	defer stopTestBot(t, b)
	l := &lease{conv: convOf("ann"), end: time.Now().Add(sendMargin)}
	o := b.send(t.Context(), l, state.HandOut{Kind: state.Send, Row: state.Row{Payload: []byte(`{}`)}, Attempt: 1})
	if o.Kind != state.Later || len(p.got) != 0 {
		t.Errorf("outcome %+v, %d sent", o, len(p.got))
	}
}

// A row whose channel was taken out of bot.yaml waits for it.
func TestRowOfAChannelThatIsOffWaits(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	now := time.Unix(1_700_000_000, 0)
	l := &lease{conv: state.NewConv("gone", "acc", "ann"), end: time.Now().Add(time.Minute)}
	o := b.send(t.Context(), l, state.HandOut{Kind: state.Send, Row: state.Row{Payload: []byte(`{}`), At: now}, Now: now, Attempt: 1})
	if o.Kind != state.Later || o.Delay < time.Minute {
		t.Errorf("outcome %+v", o)
	}
}

// The wait before another attempt grows, is spread over all of it, and is bounded.
func TestWaitGrowsAndIsSpread(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	for _, c := range []struct {
		attempt int
		random  uint64
		want    time.Duration
	}{
		{1, 0, 0}, {1, ^uint64(0), firstWait}, {2, ^uint64(0), 2 * firstWait}, {3, 1 << 63, 2 * firstWait},
		{11, ^uint64(0), longestWait}, {1000, ^uint64(0), longestWait},
	} {
		b.o.Random = func() uint64 { return c.random }
		if got := b.wait(c.attempt, sendRule{longest: longestWait}, 0); got < c.want || got > c.want+1 {
			t.Errorf("attempt %d: %s, want %s", c.attempt, got, c.want)
		}
	}
}

// What a person who took over cancels does not leave.
func TestCancelledRowsDoNotLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		p.send = func(context.Context, *channels.Message) error {
			return &channels.SendError{Kind: channels.ErrRateLimited, RetryAfter: time.Minute}
		}
		b := startTestBot(t, setup{channel: p, store: memstore.New(memstore.Options{}), engine: script(func(in flows.Input) (flows.Output, error) {
			if in.Event.Kind == channels.KindTakeOver {
				return flows.Output{Cancel: true}, nil
			}
			return echo(in)
		})})
		mustPost(t, b, said("ann", "1", "a"))
		synctest.Wait()
		p.send = nil
		err := b.Deliver(t.Context(), channels.Event{Kind: channels.KindTakeOver, Channel: "fake", Account: "acc", Conversation: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := p.texts("ann"); len(got) != 0 {
			t.Errorf("sent %v after a person took over", got)
		}
	})
}
