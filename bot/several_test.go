package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// named answers with the name of its flows, and counts the turns in the state.
func named(name string) script {
	return func(in flows.Input) (flows.Output, error) {
		out, err := echo(in)
		if len(out.Replies) > 0 {
			out.Replies[0].Text = name
		}
		return out, err
	}
}

// A conversation that newer flows have handled is left to them while a process
// that has them lives, and not for ever.
func TestOlderFlowsLeaveConversationsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), sharedStore{memstore.New(memstore.Options{})}
		var logs syncBuffer
		old := startTestBot(t, setup{engine: named("old"), channel: p, store: store, flows: "v1", logs: &logs})
		mustPost(t, old, said("ann", "1", "hi"))
		p.take(t, 1)
		young := newTestBot(t, setup{engine: named("new"), channel: p, store: store, flows: "v2"})
		if err := young.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustPost(t, young, said("ann", "2", "hi"))
		p.take(t, 1)

		// The old process takes the webhook in; the new one handles it.
		mustPost(t, old, said("ann", "3", "hi"), said("ben", "4", "hi"))
		p.take(t, 2)
		if got := p.texts("ann"); !slices.Equal(got, []string{"old", "new", "new"}) {
			t.Errorf("ann heard %v", got)
		}
		if got := p.texts("ben"); !slices.Equal(got, []string{"old"}) {
			t.Errorf("ben heard %v, and had seen nothing newer", got)
		}

		stopTestBot(t, young)
		began := time.Now()
		mustPost(t, old, said("ann", "5", "hi"))
		p.take(t, 1)
		if got := p.texts("ann"); got[3] != "old" {
			t.Errorf("ann heard %v", got)
		}
		if took := time.Since(began); took > state.AliveTime+aliveEvery+sweepEvery {
			t.Errorf("handled after %s", took)
		}
		if !strings.Contains(logs.String(), "conversations have seen newer flows") {
			t.Error("the log does not say so")
		}
	})
}

// A queue is a channel that is polled. Each of its messages is offered until it
// was told that it is done.
type queue struct {
	*platform
	mu      sync.Mutex
	waiting []channels.Event
	polled  atomic.Int64
	polling atomic.Int64
	most    int64
	fail    error
}

func (q *queue) Poll(ctx context.Context) (*channels.Polled, error) {
	q.mu.Lock()
	q.most = max(q.most, q.polling.Add(1))
	fail := q.fail
	q.mu.Unlock()
	defer q.polling.Add(-1)
	q.polled.Add(1)
	if fail != nil {
		return nil, fail
	}
	if !sleepFor(ctx, time.Second) {
		return nil, ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil, nil
	}
	first := q.waiting[0]
	return &channels.Polled{Events: []channels.Event{first}, Done: func(context.Context) error {
		q.mu.Lock()
		defer q.mu.Unlock()
		if len(q.waiting) > 0 && q.waiting[0].ID == first.ID {
			q.waiting = q.waiting[1:]
		}
		return nil
	}}, nil
}

func (q *queue) put(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := said("ann", id, "m"+id).Event
	e.DedupeID = id
	q.waiting = append(q.waiting, e)
}

// One process polls a queue. When it is gone, or can't reach its store, another
// one does; what it had kept and not told is a duplicate then.
func TestOneProcessPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{platform: newPlatform()}
		inner := memstore.New(memstore.Options{})
		first := newFaultyStore(sharedStore{inner})
		a := startTestBot(t, setup{engine: script(echo), channel: q, store: &leadless{faultyStore: first}})
		b := startTestBot(t, setup{engine: script(echo), channel: q, store: sharedStore{inner}})
		for i := range 10 {
			q.put(fmt.Sprint(i))
		}
		q.take(t, 10)
		if q.most != 1 {
			t.Errorf("%d processes polled at once", q.most)
		}
		first.fail(func(string, state.Conv) error { return errStoreDown })
		for i := range 10 {
			q.put(fmt.Sprint(10 + i))
		}
		began := time.Now()
		q.take(t, 10)
		if took := time.Since(began); took > leadTime+2*leadEvery+15*time.Second {
			t.Errorf("taken over after %s", took)
		}
		want := make([]string, 20)
		for i := range want {
			want[i] = fmt.Sprint("echo m", i)
		}
		if got := q.texts("ann"); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		first.fail(nil)
		_, _ = a, b
	})
}

// leadless also fails to lead while its store is down.
type leadless struct{ *faultyStore }

func (l *leadless) Lead(ctx context.Context, name, process string, d time.Duration) (bool, error) {
	if err := l.call("lead", ""); err != nil {
		return false, err
	}
	return l.faultyStore.Lead(ctx, name, process, d)
}

// A queue that can't be asked is asked less and less, and the log says why without
// the text of an error that may hold a secret.
func TestQueueThatFailsIsPolledLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logs syncBuffer
		q := &queue{platform: newPlatform(), fail: fmt.Errorf("get https://api/t0ken: refused")}
		startTestBot(t, setup{engine: script(echo), channel: q, logs: &logs})
		time.Sleep(10 * time.Minute)
		if n := q.polled.Load(); n < 10 || n > 60 {
			t.Errorf("asked %d times in 10 minutes", n)
		}
		if s := logs.String(); !strings.Contains(s, "queue not polled") || strings.Contains(s, "t0ken") {
			t.Errorf("log: %s", s)
		}
		q.mu.Lock()
		q.fail = nil
		q.mu.Unlock()
		q.put("1")
		q.take(t, 1)
	})
}

// Statuses that name the message only find their conversation, those that come
// before the platform's answer too, and flows that want them see them.
func TestStatusesFindTheirMessage(t *testing.T) {
	p := newPlatform()
	var seen []string
	var mu sync.Mutex
	var b *Bot
	status := func(state string) wire {
		return wire{Dedupe: "m1" + state, Event: channels.Event{
			Kind: channels.KindStatus, Account: "acc", Status: &channels.Status{MessageID: "m1", State: state},
		}}
	}
	p.send = func(context.Context, *channels.Message) error {
		if w := post(t, b, status("sent"), status("delivered")); w.Code != 200 {
			t.Errorf("a status was answered %d", w.Code)
		}
		return nil
	}
	b = startTestBot(t, setup{
		channel: p, wants: true, can: func(c *channels.Capabilities) { c.StatusByID = true },
		engine: script(func(in flows.Input) (flows.Output, error) {
			if in.Event.Kind == channels.KindStatus {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, in.Event.Status.State)
				return flows.Output{}, nil
			}
			return echo(in)
		}),
	})
	mustPost(t, b, said("ann", "1", "hi"))
	p.take(t, 1)
	b.awaitIdle()
	history := func() string {
		entries, err := b.store.History(t.Context(), convOf("ann"), 0, 10)
		if err != nil || len(entries) != 2 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		return entries[1].Status
	}
	if got := history(); got != "delivered" {
		t.Errorf("status %q, want delivered", got)
	}
	mustPost(t, b, status("read"))
	mustPost(t, b, status("delivered"))
	b.awaitIdle()
	if got := history(); got != "read" {
		t.Errorf("status %q, want read", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(seen, []string{"sent", "delivered", "read"}) {
		t.Errorf("the flows saw %v", seen)
	}
}

// A store whose numbers go back has lost something, and the log says so.
func TestStoreThatWentBackIsNoticed(t *testing.T) {
	var logs syncBuffer
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &logs})
	defer stopTestBot(t, b)
	lease := func(number uint64) {
		answered := b.leases.ask(convOf("ann"))
		token := state.Token{Number: number, Process: b.process}
		answered(state.HandOut{Kind: state.Turn, Token: token}, nil)
		b.leases.drop(convOf("ann"), token)
	}
	lease(7)
	lease(9)
	if strings.Contains(logs.String(), "store_went_back") {
		t.Fatal("noticed for nothing")
	}
	lease(8)
	if strings.Count(logs.String(), "store_went_back") != 1 {
		t.Errorf("log: %s", logs.String())
	}
	lease(10)
	if strings.Count(logs.String(), "store_went_back") != 1 {
		t.Error("noticed twice")
	}
}

// After a roll-back the processes that have the old flows get one number for them,
// and answer alike.
func TestSameFlowsHaveOneNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), sharedStore{memstore.New(memstore.Options{})}
		a := startTestBot(t, setup{engine: named("old"), channel: p, store: store, flows: "v1"})
		time.Sleep(3 * time.Second)
		b := startTestBot(t, setup{engine: named("old"), channel: p, store: store, flows: "v1"})
		c := newTestBot(t, setup{engine: named("new"), channel: p, store: store, flows: "v2"})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustPost(t, c, said("ann", "1", "hi"), said("ben", "1", "hi"))
		p.take(t, 2)
		stopTestBot(t, c)
		mustPost(t, a, said("ann", "2", "hi"))
		mustPost(t, b, said("ben", "2", "hi"))
		p.take(t, 2)
		time.Sleep(time.Minute)
		for i := range 3 { // whoever was refused meanwhile finds out
			mustPost(t, a, said("ann", fmt.Sprint("a", i), "hi"), said("ben", fmt.Sprint("a", i), "hi"))
			mustPost(t, b, said("ann", fmt.Sprint("b", i), "hi"), said("ben", fmt.Sprint("b", i), "hi"))
			time.Sleep(2 * aliveEvery)
		}
		if x, y := a.version.Load().number, b.version.Load().number; x != y || x < 3 {
			t.Errorf("the same flows have the numbers %d and %d", x, y)
		}
	})
}

// A process that is refused for newer flows finds that somebody has them, at
// whatever moment it asks.
func TestNewerFlowsAreKnownBeforeTheyCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), sharedStore{memstore.New(memstore.Options{})}
		old := startTestBot(t, setup{engine: named("old"), channel: p, store: store, flows: "v1"})
		time.Sleep(aliveEvery - time.Second)
		young := newTestBot(t, setup{engine: named("new"), channel: p, store: store, flows: "v2"})
		mustPost(t, young, said("ann", "1", "hi")) // before it is started
		p.take(t, 1)
		mustPost(t, old, said("ann", "2", "hi"))
		if err := old.sayAlive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := old.version.Load().number; n != 1 {
			t.Errorf("the old flows became number %d", n)
		}
		stopTestBot(t, young)
	})
}

// 300 conversations that are left to newer flows do not hide the one behind them.
func TestWhatIsLeftToNewerFlowsHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), sharedStore{memstore.New(memstore.Options{})}
		old := startTestBot(t, setup{engine: named("old"), channel: p, store: store, flows: "v1"})
		newer, err := store.Register(t.Context(), "v2")
		if err != nil {
			t.Fatal(err)
		}
		living := func() {
			if _, err := store.Alive(t.Context(), "young", newer); err != nil {
				t.Fatal(err)
			}
		}
		living()
		young := state.Caller{Process: "young", Room: true, Flows: newer}
		for i := range sweepLimit + 50 {
			conv := convOf(fmt.Sprint("n", i))
			_, h, err := store.Accept(t.Context(), conv, []state.NewEvent{{DedupeID: "1", Payload: []byte(`{}`)}}, young)
			if err == nil {
				_, err = store.Commit(t.Context(), conv, h.Token, h.Event.Number, state.Result{Flows: newer})
			}
			if err == nil {
				_, _, err = store.Accept(t.Context(), conv, []state.NewEvent{{DedupeID: "2", Payload: []byte(`{}`)}}, state.Caller{Process: "young"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		payload, err := json.Marshal(said("zoe", "1", "hi").Event)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Accept(t.Context(), convOf("zoe"), []state.NewEvent{{DedupeID: "1", Payload: payload}}, state.Caller{Process: "x"}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(sweepEvery)
			living()
		}
		if got := p.texts("zoe"); !slices.Equal(got, []string{"old"}) {
			t.Errorf("heard %v", got)
		}
		_ = old
	})
}

// The platform is told that events are done only once they are durable.
func TestQueueIsToldOnlyOfWhatIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{platform: newPlatform()}
		store := newFaultyStore(memstore.New(memstore.Options{}))
		store.fail(func(op string, _ state.Conv) error {
			if op == "accept" {
				return errStoreDown
			}
			return nil
		})
		startTestBot(t, setup{engine: script(echo), channel: q, store: store})
		q.put("1")
		time.Sleep(time.Minute)
		q.mu.Lock()
		left := len(q.waiting)
		q.mu.Unlock()
		if left != 1 || store.count("accept") == 0 {
			t.Fatalf("%d wait in the queue after %d refusals", left, store.count("accept"))
		}
		store.fail(nil)
		q.take(t, 1)
	})
}

// A process that stops is off the list of the living, and lets another one poll.
func TestStoppedProcessLeadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := sharedStore{memstore.New(memstore.Options{})}
		b := newTestBot(t, setup{engine: script(echo), channel: &queue{platform: newPlatform()}, store: store})
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if leads, err := store.Lead(t.Context(), "poll/fake", "other", time.Second); err != nil || leads {
			t.Fatalf("another one leads: %v, %v", leads, err)
		}
		stopTestBot(t, b)
		if leads, err := store.Lead(t.Context(), "poll/fake", "other", time.Second); err != nil || !leads {
			t.Errorf("nobody leads after it: %v, %v", leads, err)
		}
		if newest, err := store.Alive(t.Context(), "other", 0); err != nil || newest != 0 {
			t.Errorf("the newest flows that live are %d, %v", newest, err)
		}
	})
}
