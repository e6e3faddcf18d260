package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
)

func ping(ctx context.Context) *call { return newCall(ctx, "", "", []any{"incr", "pings"}) }

func TestCallsThatWaitShareABatch(t *testing.T) {
	l := lane{busy: true}
	for range maxBatch + 3 {
		l.add(ping(t.Context()), nil)
	}
	for _, want := range []int{maxBatch, 3, 0} {
		if batch, _ := l.take(); len(batch) != want {
			t.Fatalf("a batch of %d, want %d", len(batch), want)
		}
	}
	if l.busy {
		t.Fatal("a lane with nothing to do is busy")
	}
}

func TestCallWhoseCallerHasGoneDoesNothing(t *testing.T) {
	c := startServer(t).client(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	before, late, after := ping(t.Context()), ping(gone), ping(t.Context())
	send(c, []*call{before, late, after})
	if err := errors.Join(<-before.done, <-after.done); err != nil {
		t.Fatal(err)
	}
	if err := <-late.done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
	if n := c.Get(t.Context(), "pings").Val(); n != "2" {
		t.Fatalf("%s calls were made, want 2", n)
	}
}

// TestOnlyTheCallWithTheFaultFails: calls share a round trip, not their errors.
func TestOnlyTheCallWithTheFaultFails(t *testing.T) {
	c := startServer(t).client(t)
	before, bad, after := ping(t.Context()), newCall(t.Context(), "", "", []any{"no-such-command"}), ping(t.Context())
	send(c, []*call{before, bad, after})
	if err := errors.Join(<-before.done, <-after.done); err != nil {
		t.Fatal(err)
	}
	if err := <-bad.done; err == nil || repeatable(err) {
		t.Fatalf("the fault was told as %v", err)
	}
}

func TestCloseWaitsForCalls(t *testing.T) {
	s := open(t, startServer(t).url(), Options{})
	started := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				_, _, err := s.Accept(context.Background(), state.Conv(fmt.Sprint("chat/main/", i)), event(fmt.Sprint(n)), state.Caller{Process: "a"})
				if errors.Is(err, state.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("a call that ran: %v", err)
					return
				}
				if n == 0 {
					started <- struct{}{}
				}
			}
		})
	}
	for range 8 {
		<-started
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
}

func TestWhatIsRepeated(t *testing.T) {
	for text, want := range map[string]bool{
		"MOVED 3999 127.0.0.1:6381":           true,
		"ASK 3999 127.0.0.1:6381":             true,
		"TRYAGAIN Multiple keys request":      true,
		"CLUSTERDOWN The cluster is down":     true,
		"READONLY You can't write":            true,
		"LOADING Redis is loading":            true,
		"NOSCRIPT No matching script":         true,
		"OOM command not allowed":             false,
		"MISCONF Redis is configured":         false,
		"NOAUTH Authentication required":      false,
		"DAMAGED p:{bot.00}:i: is shorter":    false,
		"ERR unknown command":                 false,
		"NOREPLICAS Not enough good replicas": false,
	} {
		if got := repeatable(redisError(text)); got != want {
			t.Errorf("%s: repeated %t, want %t", text, got, want)
		}
	}
	if !repeatable(errors.New("EOF")) || repeatable(redis.Nil) || repeatable(nil) {
		t.Error("what broke is repeated, what was answered is not")
	}
}

type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

// FuzzAnswers: no answer of a server ends the process.
func FuzzAnswers(f *testing.F) {
	f.Add("turn", "\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02payload", int64(1))
	f.Add("send", "\x03", int64(0))
	f.Add("busy", "", int64(-1))
	f.Fuzz(func(t *testing.T, kind, text string, n int64) {
		for _, rest := range [][]any{
			{}, {text, nil, []any{text, text}, n, n, n}, {text, text, []any{}, n, n, n}, {text, n, n}, {n, text}, {nil, []any{n}},
		} {
			_, _ = handOut("fuzz", append([]any{kind, n, text, n, n}, rest...))
			_, _ = shortHandOut("fuzz", text, kind, nil)
			_, _ = readLetters(1, append([]any{text}, rest...))
			_, _ = dueEntries(append([]any{text}, rest...))
		}
		if e, err := openElement(text); err == nil {
			_, _ = historyEntry(e)
		}
		if id, err := parseLetterID(text); err == nil && id.String() != text {
			t.Fatalf("%q was read as %s", text, id)
		}
	})
}
