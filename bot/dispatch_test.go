package bot

import (
	"context"
	"encoding/json"
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

// callingEngine says "one moment", calls a handler, and says what it returned.
func callingEngine(in flows.Input) (flows.Output, error) {
	out := flows.Output{State: []byte("s"), Replies: []channels.Reply{{Text: "one moment"}}}
	if len(in.Results) == 0 {
		out.Request = &flows.Call{Key: "do#1", Fingerprint: "f", Do: &flows.DoCall{Handler: "work", With: json.RawMessage(`{"a":1}`)}}
		return out, nil
	}
	r := in.Results[0]
	out.Replies = append(out.Replies, channels.Reply{Text: fmt.Sprintf("got %s%s at %d, seed %d", r.Body, r.Error, in.Now.Unix(), in.Seed)})
	return out, nil
}

func handlerOf(f func(ctx context.Context, c HandlerCall) (any, error)) []Handler {
	return []Handler{{Name: "work", Call: f}}
}

func TestRepliesBeforeACallLeaveBeforeIt(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{channel: p, engine: script(callingEngine), handlers: handlerOf(func(_ context.Context, c HandlerCall) (any, error) {
		return strings.Join(p.texts("ann"), "|") + string(c.With) + c.Conversation, nil
	})})
	mustPost(t, b, said("ann", "1", "hi"))
	got := p.take(t, 2)
	if !strings.HasPrefix(got[1].Text, `got "one moment{\"a\":1}ann" at `) {
		t.Errorf("got %q", got[1].Text)
	}
	if got[0].Ref == got[1].Ref || len(got[0].Ref) != 32 || got[0].Ref[:2] != fmt.Sprintf("%02x", convOf("ann").Partition()) {
		t.Errorf("references %q and %q", got[0].Ref, got[1].Ref)
	}
}

// A process that dies after a call was made leaves its result in the journal:
// the next one takes it, with the same clock and chance, and nothing is said twice.
func TestCallIsNotRepeatedAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), memstore.New(memstore.Options{})
		var calls atomic.Int64
		handlers := handlerOf(func(context.Context, HandlerCall) (any, error) { return calls.Add(1), nil })
		dying := newFaultyStore(sharedStore{store})
		first := newTestBot(t, setup{channel: p, engine: script(callingEngine), handlers: handlers, store: dying})
		var dead atomic.Bool
		dying.fail(func(op string, _ state.Conv) error {
			if op == "commit" {
				dead.Store(true)
			}
			if dead.Load() {
				return errStoreDown
			}
			return nil
		})
		began := time.Now()
		mustPost(t, first, said("ann", "1", "hi"))
		p.take(t, 1)
		second := startTestBot(t, setup{channel: p, engine: script(callingEngine), handlers: handlers, store: sharedStore{store}})
		got := p.take(t, 1)
		if took := time.Since(began); took < state.LeaseTime || took > 15*time.Second {
			t.Errorf("taken over after %s, want within 12 to 15 s", took)
		}
		if want := fmt.Sprintf("got 1 at %d, seed ", began.Unix()); !strings.HasPrefix(got[0].Text, want) {
			t.Errorf("got %q, want %q: the clock of the first run and its result", got[0].Text, want)
		}
		if calls.Load() != 1 {
			t.Errorf("the call was made %d times", calls.Load())
		}
		second.awaitIdle()
		if texts := p.texts("ann"); len(texts) != 2 {
			t.Errorf("said %v", texts)
		}
		stopTestBot(t, first)
	})
}

// A journaled result counts only for the same request.
func TestJournaledResultNeedsTheSameFingerprint(t *testing.T) {
	turn := &turnInHand{h: state.HandOut{Journal: []state.JournalEntry{
		{Key: callKey + "a", Payload: []byte(`{"key":"a","fingerprint":"1","status":200}`)},
		{Key: callKey + "a", Payload: []byte(`{"key":"a","fingerprint":"2","status":201}`)},
	}}}
	for fingerprint, want := range map[string]int{"1": 200, "2": 201, "3": 0} {
		r, ok := turn.journaled(flows.Call{Key: "a", Fingerprint: fingerprint})
		if ok != (want != 0) || r.Status != want {
			t.Errorf("fingerprint %s: %d, %v", fingerprint, r.Status, ok)
		}
	}
	if _, ok := turn.journaled(flows.Call{Key: "b", Fingerprint: "1"}); ok {
		t.Error("another call's result was taken")
	}
}

// The reference of a message is the same whenever its turn runs again, and that
// of no other message.
func TestReferencesAreStableAndUnique(t *testing.T) {
	refs := map[string]string{}
	at := time.Unix(1_700_000_000, 0)
	for _, conv := range []state.Conv{convOf("ann"), convOf("bob")} {
		for _, number := range []uint64{1, 2} {
			for _, when := range []time.Time{at, at.Add(time.Second)} {
				for index := range 3 {
					of := fmt.Sprint(conv, number, when, index)
					run := func() string {
						t := turnInHand{l: &lease{conv: conv}, h: state.HandOut{Event: state.Event{Number: number + 10, First: number, At: when}}}
						return t.ref(index)
					}
					ref := run()
					if other, taken := refs[ref]; taken {
						t.Errorf("%s and %s share a reference", of, other)
					}
					refs[ref] = of
					if again := run(); again != ref {
						t.Errorf("%s: %s, then %s", of, ref, again)
					}
				}
			}
		}
	}
}

// letters returns the dead letters of a store.
func letters(t *testing.T, b *Bot) []state.Letter {
	t.Helper()
	l, err := b.store.DeadLetters(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPanicSetsTheEventAsideAtOnce(t *testing.T) {
	p := newPlatform()
	var turns atomic.Int64
	var logs syncBuffer
	b := startTestBot(t, setup{channel: p, logs: &logs, engine: script(func(in flows.Input) (flows.Output, error) {
		if in.Event.Text == "poison-text" {
			turns.Add(1)
			panic(in.Event.Text)
		}
		return echo(in)
	})})
	mustPost(t, b, said("person-0815", "1", "poison-text"), said("person-0815", "2", "hi"))
	p.take(t, 2)
	if got, want := p.texts("person-0815"), []string{"Sorry.", "echo hi"}; !slices.Equal(got, want) {
		t.Errorf("said %v, want %v", got, want)
	}
	if turns.Load() != 1 {
		t.Errorf("the poison was handled %d times", turns.Load())
	}
	if l := letters(t, b); len(l) != 1 || l[0].Direction != state.In || !strings.Contains(l[0].Cause, "panicked") || strings.Contains(l[0].Cause, "poison-text") {
		t.Errorf("dead letters %+v", l)
	}
	if strings.Contains(logs.String(), "poison-text") || strings.Contains(logs.String(), "person-0815") {
		t.Errorf("the log has what was written, or by whom:\n%s", logs.String())
	}
}

// An error may pass: the turn is tried again, ever later, and the next messages
// wait. At the fifth the event is set aside.
func TestFailingTurnIsTriedAgainAndThenSetAside(t *testing.T) {
	for _, heals := range []int{3, 99} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform()
			var at []time.Duration
			began := time.Now()
			b := startTestBot(t, setup{channel: p, engine: script(func(in flows.Input) (flows.Output, error) {
				if in.Event.Text != "bad" || len(at) == heals {
					return echo(in)
				}
				at = append(at, time.Since(began))
				return flows.Output{}, errors.New("no such step")
			})})
			mustPost(t, b, said("ann", "1", "bad"), said("ann", "2", "hi"))
			p.take(t, 2)
			b.awaitIdle()
			first, dead := "echo bad", 0
			wantAt := []time.Duration{0, 1, 5, 21, 85}
			if heals == 99 {
				first, dead = "Sorry.", 1
			} else {
				wantAt = wantAt[:heals]
			}
			if got, want := p.texts("ann"), []string{first, "echo hi"}; !slices.Equal(got, want) {
				t.Errorf("said %v, want %v", got, want)
			}
			if l := letters(t, b); len(l) != dead {
				t.Errorf("%d dead letters, want %d", len(l), dead)
			}
			if len(at) != len(wantAt) {
				t.Fatalf("tried at %v, want %v", at, wantAt)
			}
			for i, want := range wantAt {
				if d := at[i] - want*time.Second; d < 0 || d > 100*time.Millisecond {
					t.Errorf("attempt %d at %s, want %d s", i+1, at[i], want)
				}
			}
		})
	}
}

// An engine that hangs is left behind; its conversation stays ours meanwhile, and
// others are not held up.
func TestHangingEngineIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		hang := make(chan struct{})
		defer close(hang)
		b := startTestBot(t, setup{channel: p, engine: script(func(in flows.Input) (flows.Output, error) {
			if in.Event.Text == "hang" {
				<-hang
			}
			return echo(in)
		})})
		began := time.Now()
		mustPost(t, b, said("ann", "1", "hang"), said("ann", "2", "hi"), said("bob", "1", "hi"))
		if m := p.take(t, 1); m[0].Conversation != "bob" || time.Since(began) != 0 {
			t.Errorf("the neighbour waited %s", time.Since(began))
		}
		p.take(t, 2)
		if took := time.Since(began); took != engineTime {
			t.Errorf("left behind after %s, want %s", took, engineTime)
		}
		if got, want := p.texts("ann"), []string{"Sorry.", "echo hi"}; !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
	})
}

// A call that takes longer than a lease keeps it.
func TestLongCallKeepsTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		b := startTestBot(t, setup{channel: p, store: store, engine: script(longCall), handlers: handlerOf(func(ctx context.Context, _ HandlerCall) (any, error) {
			time.Sleep(30 * time.Second) // virtual
			return "done", ctx.Err()
		})})
		mustPost(t, b, said("ann", "1", "hi"))
		p.take(t, 1)
		if n := store.count("renew"); n != 7 {
			t.Errorf("renewed %d times in 30 s, want 7", n)
		}
		if store.count("claim") != 0 {
			t.Error("the sweeper took it away")
		}
	})
}

func longCall(in flows.Input) (flows.Output, error) {
	if len(in.Results) == 0 {
		return flows.Output{Request: &flows.Call{Key: "do#1", Timeout: time.Minute, Do: &flows.DoCall{Handler: "work"}}}, nil
	}
	return flows.Output{Replies: []channels.Reply{{Text: string(in.Results[0].Body) + in.Results[0].Error}}}, nil
}

// A process that lost its lease stops: its call is cut, and it commits nothing.
func TestLostLeaseStopsTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		working, cut := make(chan struct{}), make(chan error, 1)
		b := startTestBot(t, setup{channel: p, store: store, engine: script(longCall), handlers: handlerOf(func(ctx context.Context, _ HandlerCall) (any, error) {
			close(working)
			<-ctx.Done()
			cut <- context.Cause(ctx)
			return nil, ctx.Err()
		})})
		began := time.Now()
		mustPost(t, b, said("ann", "1", "hi"))
		<-working
		store.fail(func(op string, _ state.Conv) error {
			if op == "due" {
				return nil
			}
			return errStoreDown
		})
		if err := <-cut; !errors.Is(err, errLost) {
			t.Errorf("cut by %v, want the lost lease", err)
		}
		if took := time.Since(began); took < 8*time.Second || took > state.LeaseTime+2*time.Second {
			t.Errorf("cut after %s", took)
		}
		synctest.Wait()
		if store.count("commit") != 0 || len(p.texts("ann")) != 0 {
			t.Error("it went on")
		}
		store.fail(nil)
	})
}

// All calls of a turn have 60 s together; then flows go on with what they have.
func TestCallsOfATurnAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{channel: p, handlers: handlerOf(func(ctx context.Context, _ HandlerCall) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), engine: script(func(in flows.Input) (flows.Output, error) {
			if n := len(in.Results); n < 5 {
				return flows.Output{Request: &flows.Call{Key: fmt.Sprint(n), Timeout: 25 * time.Second, Do: &flows.DoCall{Handler: "work"}}}, nil
			}
			return flows.Output{Replies: []channels.Reply{{Text: in.Results[4].Error}}}, nil
		})})
		began := time.Now()
		mustPost(t, b, said("ann", "1", "hi"))
		if m := p.take(t, 1); m[0].Text != callTimeout || time.Since(began) != callsTime {
			t.Errorf("%q after %s, want a timeout after %s", m[0].Text, time.Since(began), callsTime)
		}
	})
}

// A store that is away for a while loses nothing that was decided.
func TestDecisionsAreReportedAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		var turns atomic.Int64
		b := startTestBot(t, setup{channel: p, store: store, engine: script(func(in flows.Input) (flows.Output, error) {
			turns.Add(1)
			return echo(in)
		})})
		end := time.Now().Add(8 * time.Second)
		store.fail(func(op string, _ state.Conv) error {
			if op == "commit" && time.Now().Before(end) {
				return errStoreDown
			}
			return nil
		})
		mustPost(t, b, said("ann", "1", "hi"))
		p.take(t, 1)
		b.awaitIdle()
		if turns.Load() != 1 {
			t.Errorf("the turn ran %d times", turns.Load())
		}
	})
}

// What answers a secret question stays out of the history.
func TestSecretAnswerIsNotKept(t *testing.T) {
	p := newPlatform()
	b := newTestBot(t, setup{channel: p, store: sharedStore{memstore.New(memstore.Options{})}, engine: script(func(in flows.Input) (flows.Output, error) {
		return flows.Output{Secret: true, Replies: []channels.Reply{{Text: "thanks"}}}, nil
	})})
	mustPost(t, b, said("ann", "1", "my-password"))
	p.take(t, 1)
	stopTestBot(t, b)
	history, err := b.store.History(t.Context(), convOf("ann"), 0, 10)
	if err != nil || len(history) != 2 || strings.Contains(string(history[0].Payload), "my-password") {
		t.Errorf("history %v (%v)", history, err)
	}
}

// A turn that leaves too much behind is set aside, whatever the store refuses.
func TestTooLargeStateIsSetAside(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{channel: p, engine: script(func(flows.Input) (flows.Output, error) {
		return flows.Output{State: make([]byte, state.MaxState+1)}, nil
	})})
	mustPost(t, b, said("ann", "1", "hi"))
	if m := p.take(t, 1); m[0].Text != "Sorry." {
		t.Errorf("said %q", m[0].Text)
	}
	if l := letters(t, b); len(l) != 1 || !strings.Contains(l[0].Cause, "too large") {
		t.Errorf("dead letters %+v", l)
	}
}

// A template is for when the window is closed: within it the text goes out.
func TestTemplateIsSentOnlyOutsideTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		var lastIn time.Time
		b := newTestBot(t, setup{channel: p, engine: script(func(in flows.Input) (flows.Output, error) {
			if in.Event.Kind == channels.KindMessage {
				lastIn = in.Now
			}
			return flows.Output{LastIn: lastIn, Replies: []channels.Reply{{Text: "free text", Template: &channels.Template{Name: "approved"}}}}, nil
		})})
		c := b.version.Load().channels["fake"]
		c.capabilities.Window, c.capabilities.Template = 24*time.Hour, true
		defer stopTestBot(t, b)
		mustPost(t, b, said("ann", "1", "hi"))
		news := channels.Event{Kind: channels.KindCustom, Name: "news", Channel: "fake", Account: "acc", Conversation: "ann"}
		var got []string
		for range 3 {
			if err := b.Deliver(t.Context(), news); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Hour)
		}
		for _, m := range p.take(t, 4) {
			if m.Template != nil {
				got = append(got, m.Template.Name)
			} else {
				got = append(got, m.Text)
			}
		}
		if want := []string{"free text", "free text", "free text", "approved"}; !slices.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	})
}

// Names over 200 bytes hold a hash of the key; a wake time finds the address.
func TestWakeTimeFindsALongAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{channel: p, engine: script(func(in flows.Input) (flows.Output, error) {
			if in.Event != nil {
				return flows.Output{Wake: in.Now.Add(time.Minute)}, nil
			}
			return flows.Output{Replies: []channels.Reply{{Text: "woke"}}}, nil
		})})
		long := strings.Repeat("a", 300)
		mustPost(t, b, said(long, "1", "hi"))
		if m := p.take(t, 1); m[0].Conversation != long || m[0].Account != "acc" {
			t.Errorf("sent to %q of %q", m[0].Conversation, m[0].Account)
		}
	})
}
