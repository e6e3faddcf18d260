package redisstore

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

func open(t testing.TB, address string, o Options) *Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := Open(ctx, address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// harness opens stores on the same servers, each for a bot of its own.
func harness(address, profile string) func(t *testing.T) statetest.Harness {
	var bots atomic.Int64
	return func(t *testing.T) statetest.Harness {
		clock := statetest.NewClock()
		s := open(t, address, Options{Bot: fmt.Sprint("bot", profile, "-", bots.Add(1)), Now: clock.Now, Profile: profile})
		return statetest.Harness{Store: newAudited(t, s), Advance: clock.Advance}
	}
}

// model runs the model with fewer runs than usual, unless a flag says how many:
// each step asks real servers hundreds of times.
func model(t *testing.T, runs string, open func(t *testing.T) statetest.Harness) {
	const name = "rapid.checks"
	if f := flag.Lookup(name); f.Value.String() == f.DefValue {
		if err := flag.Set(name, runs); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := flag.Set(name, f.DefValue); err != nil {
				t.Error(err)
			}
		})
	}
	statetest.Model(t, open)
}

func TestStoreKeepsTheContract(t *testing.T) {
	statetest.Run(t, harness(startServer(t).url(), ""))
}

func TestStoreAgreesWithTheModel(t *testing.T) {
	model(t, "25", harness(startServer(t).url(), ""))
}

const ann = state.Conv("chat/main/ann")

func caller(process string) state.Caller { return state.Caller{Process: process, Room: true} }

func event(id string) []state.NewEvent {
	return []state.NewEvent{{DedupeID: id, Window: time.Hour, Payload: []byte(id)}}
}

// accept takes in one event and expects its turn.
func accept(t *testing.T, s state.Store, conv state.Conv, by, id string) state.HandOut {
	t.Helper()
	verdicts, out, err := s.Accept(t.Context(), conv, event(id), caller(by))
	if err != nil || verdicts[0] != state.Appended || out.Kind != state.Turn {
		t.Fatalf("accept: %v, %s, %v", verdicts, out.Kind, err)
	}
	return out
}

func TestStoreLivesByTheClockOfRedis(t *testing.T) {
	s := open(t, startServer(t).url(), Options{})
	before := time.Now()
	out := accept(t, s, ann, "a", "1")
	if d := out.Now.Sub(before); d < -time.Millisecond || d > 10*time.Second {
		t.Fatalf("the store is %s ahead of this machine, which it runs on", d)
	}
	wake := out.Now.Add(50 * time.Millisecond)
	if out, err := s.Commit(t.Context(), ann, out.Token, out.Event.Number, state.Result{Wake: wake}); err != nil || out.Kind != state.Free {
		t.Fatalf("commit: %s, %v", out.Kind, err)
	}
	if due, next, err := s.Due(t.Context(), 10); err != nil || len(due) == 0 && !next.Equal(wake) {
		t.Fatalf("due: %v, next %s, %v", due, next, err)
	}
	until(t, "the wake time comes", func() bool {
		due, _, err := s.Due(t.Context(), 10)
		return err == nil && len(due) == 1
	})
	if out, err := s.Claim(t.Context(), ann, caller("a")); err != nil || !out.Event.Wake || out.Now.Before(wake) {
		t.Fatalf("claim: %+v, %v", out, err)
	}
}

func TestLeasesMoveBetweenProcesses(t *testing.T) {
	r, clock := startServer(t), statetest.NewClock()
	one, two := open(t, r.url(), Options{Now: clock.Now}), open(t, r.url(), Options{Now: clock.Now})
	stale := accept(t, one, ann, "one", "1")
	if out, err := two.Claim(t.Context(), ann, caller("two")); err != nil || out.Kind != state.Busy || out.Token.Number != 0 {
		t.Fatalf("claim of what another holds: %+v, %v", out, err)
	}
	clock.Advance(state.LeaseTime)
	held, err := two.Claim(t.Context(), ann, caller("two"))
	if err != nil || held.Kind != state.Turn || held.Deaths != 1 {
		t.Fatalf("claim of a lease that ran out: %+v, %v", held, err)
	}
	out, err := one.Commit(t.Context(), ann, stale.Token, stale.Event.Number, state.Result{State: []byte("stale")})
	if err != nil || out.Kind != state.Lost {
		t.Fatalf("commit with a stale token: %s, %v", out.Kind, err)
	}
	if b, err := one.Load(t.Context(), ann); b != nil || err != nil {
		t.Fatalf("a stale token committed %q, %v", b, err)
	}
	out, err = two.Commit(t.Context(), ann, held.Token, held.Event.Number, state.Result{State: []byte("held")})
	if err != nil || out.Kind != state.Free {
		t.Fatalf("commit of the holder: %s, %v", out.Kind, err)
	}
	if b, err := one.Load(t.Context(), ann); string(b) != "held" || err != nil {
		t.Fatalf("the holder committed %q, %v", b, err)
	}
}

func TestBotsAreApart(t *testing.T) {
	r := startServer(t)
	one, two := open(t, r.url(), Options{Bot: "one"}), open(t, r.url(), Options{Bot: "two"})
	accept(t, one, ann, "a", "1")
	accept(t, two, ann, "a", "1")
	if _, err := Open(t.Context(), r.url(), Options{Bot: "{x}"}); err == nil {
		t.Fatal("a name that moves keys to another slot was taken")
	}
}

func TestOrdinaryMessageTakesThreeCalls(t *testing.T) {
	r := startServer(t)
	s, c := open(t, r.url(), Options{}), r.client(t)
	if err := c.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	out := accept(t, s, ann, "a", "1")
	out, err := s.Commit(t.Context(), ann, out.Token, out.Event.Number, state.Result{State: []byte("s"), Rows: [][]byte{[]byte("x")}})
	if err != nil || out.Kind != state.Send {
		t.Fatalf("commit: %s, %v", out.Kind, err)
	}
	out, err = s.Mark(t.Context(), ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent, MessageID: "m"})
	if err != nil || out.Kind != state.Free {
		t.Fatalf("mark: %s, %v", out.Kind, err)
	}
	if stats := c.Info(t.Context(), "commandstats").Val(); !strings.Contains(stats, "cmdstat_evalsha:calls=3,") || strings.Contains(stats, "cmdstat_eval:") {
		t.Fatalf("commands: %s", stats)
	}
}

func TestCloseTwice(t *testing.T) {
	s := open(t, startServer(t).url(), Options{})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeadLetters(t.Context(), "", 1); !errors.Is(err, state.ErrClosed) {
		t.Fatalf("got %v, want %v", err, state.ErrClosed)
	}
}

func BenchmarkTurn(b *testing.B) {
	runs := 0
	bench := func(profile string, r *server) {
		b.Run(profile, func(b *testing.B) {
			runs++ // each with conversations of its own
			s := open(b, r.url(), Options{Profile: profile, Bot: fmt.Sprint("run-", runs)})
			before := r.cpu(b)
			b.ResetTimer()
			statetest.BenchmarkTurn(b, s)
			b.ReportMetric((r.cpu(b)-before)*1e6/float64(b.N), "redis-µs/op")
		})
	}
	for profile, args := range profiles() {
		bench(profile, startServer(b, args...))
	}
	master, _ := startReplicated(b, 2)
	bench(Replicated, master)
}
