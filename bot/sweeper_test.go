package bot

import (
	"context"
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

// waker asks to be woken after d for each message.
func waker(d time.Duration) script {
	return func(in flows.Input) (flows.Output, error) {
		if in.Event != nil {
			return flows.Output{Wake: in.Now.Add(d)}, nil
		}
		return flows.Output{Replies: []channels.Reply{{Text: "time"}}}, nil
	}
}

// Wake times fire once, never early, and at once in the process that set them.
func TestTimerFiresOnceAndInTime(t *testing.T) {
	for _, d := range []time.Duration{time.Millisecond, 1700 * time.Millisecond, 3 * time.Second, 25 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform()
			b := startTestBot(t, setup{engine: waker(d), channel: p})
			time.Sleep(time.Second)
			due := time.Now().Add(d)
			mustPost(t, b, said("ann", "1", "hi"))
			time.Sleep(d - time.Microsecond)
			if n := len(p.texts("ann")); n != 0 {
				t.Errorf("%s: fired early", d)
			}
			p.take(t, 1)
			if late := time.Since(due); late < 0 || late > 50*time.Millisecond {
				t.Errorf("%s: fired %s late", d, late)
			}
			time.Sleep(time.Minute)
			if n := len(p.texts("ann")); n != 1 {
				t.Errorf("fired %d times", n)
			}
		})
	}
}

// A process whose clock is ahead of the store's looks for work no more often than it
// has to: what the store says is to come is not due by its own clock either.
func TestWrongClockLooksSeldom(t *testing.T) {
	for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
			b := startTestBot(t, setup{engine: waker(10 * time.Minute), channel: p, store: store, options: func(o *Options) {
				o.Now = func() time.Time { return time.Now().Add(ahead) }
			}})
			due := time.Now().Add(10 * time.Minute)
			mustPost(t, b, said("ann", "1", "hi"))
			time.Sleep(time.Minute)
			if n := store.count("due"); n > 150 {
				t.Errorf("%s ahead: looked %d times in a minute", ahead, n)
			}
			time.Sleep(time.Until(due) - time.Second)
			p.take(t, 1)
			if late := time.Since(due); late < 0 || late > 50*time.Millisecond {
				t.Errorf("%s ahead: the timer was %s late", ahead, late)
			}
		})
	}
}

// A timer that was replaced before it fired is not heard of again.
func TestReplacedTimerDoesNotFire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{engine: waker(10 * time.Second), channel: p})
		mustPost(t, b, said("ann", "1", "hi"))
		time.Sleep(9 * time.Second)
		mustPost(t, b, said("ann", "2", "again"))
		time.Sleep(9 * time.Second)
		if n := len(p.texts("ann")); n != 0 {
			t.Errorf("the replaced timer fired %d times", n)
		}
		p.take(t, 1)
	})
}

// Timers of a process that is gone fire within 5 s.
func TestTimerOfADeadProcessFires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), memstore.New(memstore.Options{})
		first := newTestBot(t, setup{engine: waker(10 * time.Second), channel: p, store: sharedStore{store}})
		second := startTestBot(t, setup{engine: waker(10 * time.Second), channel: p, store: sharedStore{store}})
		mustPost(t, first, said("ann", "1", "hi"))
		stopTestBot(t, first)
		began := time.Now()
		p.take(t, 1)
		if took := time.Since(began); took < 10*time.Second || took > 15*time.Second {
			t.Errorf("fired after %s", took)
		}
		_ = second
	})
}

// Without room events are kept, and handled as soon as there is some.
func TestProcessWithoutRoomKeepsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{engine: script(echo), channel: p})
		for range maxConversations {
			b.slots <- struct{}{}
		}
		mustPost(t, b, said("ann", "1", "hi"))
		synctest.Wait()
		if n := len(p.texts("ann")); n != 0 {
			t.Errorf("%d messages sent without room", n)
		}
		began := time.Now()
		<-b.slots
		p.take(t, 1)
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("handled %s after there was room", took)
		}
		synctest.Wait()
		for range maxConversations - 1 {
			<-b.slots
		}
	})
}

// After an outage the sweeper goes on by itself, but lets those report first who
// hold something.
func TestSweeperGoesOnAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		b := startTestBot(t, setup{engine: waker(5 * time.Second), channel: p, store: store})
		mustPost(t, b, said("ann", "1", "hi"))
		synctest.Wait()
		store.fail(func(string, state.Conv) error { return errStoreDown })
		time.Sleep(time.Minute)
		calls := store.count("due")
		if calls > 30 {
			t.Errorf("%d looks during a minute of outage", calls)
		}
		store.fail(nil)
		back := time.Now()
		p.take(t, 1)
		if took := time.Since(back); took < outageWait || took > outageWait+6*time.Second {
			t.Errorf("went on after %s", took)
		}
	})
}

// died leaves conversations in the store whose event took processes down.
func died(t *testing.T, store state.Store, deaths int, conversations ...string) {
	t.Helper()
	for n := range deaths {
		for _, conversation := range conversations {
			caller := state.Caller{Process: fmt.Sprint("dead ", n), Room: true}
			var h state.HandOut
			var err error
			if n == 0 {
				_, h, err = store.Accept(t.Context(), convOf(conversation), []state.NewEvent{{
					DedupeID: "1", Window: time.Hour, Payload: []byte(`{"kind":"message","conversation":"` + conversation + `"}`),
				}}, caller)
			} else {
				h, err = store.Claim(t.Context(), convOf(conversation), caller)
			}
			if err != nil || h.Kind != state.Turn {
				t.Fatal(h.Kind, err)
			}
		}
		time.Sleep(state.LeaseTime + time.Second)
	}
}

// Turns whose event took two processes down run one at a time, and not before the
// process has lived a while without them. After one death they do not wait: all
// that a process had in hand has died once.
func TestSuspectsRunOneAtATime(t *testing.T) {
	for deaths, together := range map[int]int64{1: 3, 2: 1} {
		synctest.Test(t, func(t *testing.T) {
			p, store := newPlatform(), memstore.New(memstore.Options{})
			died(t, store, deaths, "a", "b", "c")
			began := time.Now()
			var running, most atomic.Int64
			b := startTestBot(t, setup{engine: script(func(in flows.Input) (flows.Output, error) {
				if age := time.Since(began); deaths == 2 && age < quarantine {
					t.Errorf("a suspect ran %s after the start", age)
				}
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				time.Sleep(5 * time.Second)
				return echo(in)
			}), channel: p, store: store})
			p.take(t, 3)
			if most.Load() != together {
				t.Errorf("after %d deaths %d ran at once, want %d", deaths, most.Load(), together)
			}
			b.awaitIdle()
			if l := letters(t, b); len(l) != 0 {
				t.Errorf("neighbours were convicted: %v", l)
			}
		})
	}
}

// An event that took a process down while it ran by itself is set aside, with a
// line in the log, and the person hears of it.
func TestEventThatKillsIsSetAsideWithAnApology(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), memstore.New(memstore.Options{})
		died(t, store, suspectDeaths, "a")
		h, err := store.Claim(t.Context(), convOf("a"), state.Caller{Process: "dead alone", Room: true})
		if err != nil || h.Kind != state.Turn {
			t.Fatal(h.Kind, err)
		}
		if _, err := store.Journal(t.Context(), convOf("a"), h.Token, h.Event.Number, []state.JournalEntry{{Key: aloneKey}}, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(state.LeaseTime + time.Second)
		var logs syncBuffer
		b := startTestBot(t, setup{engine: script(func(flows.Input) (flows.Output, error) {
			t.Error("it was handled once more")
			return flows.Output{}, nil
		}), channel: p, store: store, logs: &logs})
		p.take(t, 1)
		if got := p.texts("a"); !slices.Equal(got, []string{"Sorry."}) {
			t.Errorf("said %v", got)
		}
		b.awaitIdle()
		if l := letters(t, b); len(l) != 1 || l[0].Cause != "its turn took the process down 3 times" {
			t.Errorf("dead letters %+v", l)
		}
		if !strings.Contains(logs.String(), "event set aside") {
			t.Errorf("the log does not say so:\n%s", logs.String())
		}
	})
}

// A slow platform leaves room for the others: what does not fit waits.
func TestSlowChannelLeavesRoom(t *testing.T) {
	var logs syncBuffer
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &logs})
	defer stopTestBot(t, b)
	ch := b.version.Load().channels["fake"]
	for range maxSends {
		if _, room := ch.enter(); !room {
			t.Fatal("no room at the beginning")
		}
	}
	h := state.HandOut{Attempt: 1, Now: time.Unix(1_700_000_000, 0), Row: state.Row{Payload: []byte(`{"text":"hi"}`), At: time.Unix(1_700_000_000, 0)}}
	for range 3 {
		o := b.send(t.Context(), &lease{conv: convOf("ann"), end: time.Now().Add(state.LeaseTime)}, h)
		if o.Kind != state.Later || o.Delay < crowdWait || o.Delay > 2*crowdWait {
			t.Errorf("a message that does not fit: %+v", o)
		}
	}
	if n := strings.Count(logs.String(), "channel is slow"); n != 1 {
		t.Errorf("said %d times within ten seconds that the channel is slow", n)
	}
}

// A stopped sweeper stops at once.
func TestSweeperEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			b.sweep(ctx)
			close(ended)
		}()
		synctest.Wait()
		cancel()
		<-ended
		stopTestBot(t, b)
	})
}
