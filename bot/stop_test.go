package bot

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/memstore"
)

// Stopping finishes the turns in hand, their replies included, and gives back
// what waits: the next process has it at once, and nothing counts as a death.
func TestStopFinishesTurnsAndGivesBackTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), memstore.New(memstore.Options{})
		working := make(chan struct{})
		b := newTestBot(t, setup{channel: p, store: sharedStore{store}, engine: script(longCall), handlers: handlerOf(func(context.Context, HandlerCall) (any, error) {
			close(working)
			time.Sleep(20 * time.Second)
			return "done", nil
		})})
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustPost(t, b, said("ann", "1", "first"), said("ann", "2", "second"))
		<-working
		began := time.Now()
		stopTestBot(t, b)
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("stopped after %s", took)
		}
		if got := p.texts("ann"); !slices.Equal(got, []string{`"done"`}) {
			t.Errorf("said %v, want the reply of the turn in hand alone", got)
		}
		h, err := store.Claim(t.Context(), convOf("ann"), state.Caller{Process: "next", Room: true})
		if err != nil || h.Kind != state.Turn || h.Deaths != 0 || h.Fails != 0 {
			t.Errorf("the next process gets %s with %d deaths (%v), want the second message", h.Kind, h.Deaths, err)
		}
	})
}

// What does not end in time is cut after 22 s, given back, and not lost.
func TestStopCutsWhatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), memstore.New(memstore.Options{})
		working := make(chan struct{})
		b := newTestBot(t, setup{channel: p, store: sharedStore{store}, engine: script(longCall), handlers: handlerOf(func(ctx context.Context, _ HandlerCall) (any, error) {
			close(working)
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		mustPost(t, b, said("ann", "1", "hi"))
		<-working
		began := time.Now()
		stopTestBot(t, b)
		if took := time.Since(began); took != stopTime-abortTime {
			t.Errorf("stopped after %s, want %s", took, stopTime-abortTime)
		}
		h, err := store.Claim(t.Context(), convOf("ann"), state.Caller{Process: "next", Room: true})
		if err != nil || h.Kind != state.Turn || h.Deaths != 0 {
			t.Errorf("the next process gets %s with %d deaths (%v)", h.Kind, h.Deaths, err)
		}
		if len(p.texts("ann")) != 0 {
			t.Error("the result of a call that was cut was used")
		}
	})
}

// A hangingStore does not answer to what was sent, until it is no longer asked.
type hangingStore struct {
	state.Store
	asked chan struct{} // takes one value without a receiver
}

func (s hangingStore) Mark(ctx context.Context, _ state.Conv, _ state.Token, _ uint64, _ int, _ state.Outcome) (state.HandOut, error) {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return state.HandOut{}, ctx.Err()
}

// A store that hangs does not keep the bot longer than it has.
func TestStopDoesNotWaitForAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := hangingStore{memstore.New(memstore.Options{}), make(chan struct{}, 1)}
		b := newTestBot(t, setup{channel: newPlatform(), store: store, engine: script(echo)})
		mustPost(t, b, said("ann", "1", "hi"))
		<-store.asked
		began := time.Now()
		stopTestBot(t, b)
		if took := time.Since(began); took > stopTime {
			t.Errorf("stopped after %s, want %s at most", took, stopTime)
		}
	})
}

// Before it stops the bot goes on for the drain delay, and only says that it wants
// no more requests.
func TestStopGoesOnForTheDrainDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := newTestBot(t, setup{channel: p, engine: script(echo)})
		b.o.DrainDelay = 5 * time.Second
		began, stopped := time.Now(), make(chan error, 1)
		go func() { stopped <- b.Stop(t.Context()) }()
		time.Sleep(4 * time.Second)
		if w := get(b, "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "the bot is stopping") {
			t.Errorf("/readyz answered %d %s", w.Code, w.Body)
		}
		mustPost(t, b, said("ann", "1", "hi"))
		synctest.Wait()
		if got := p.texts("ann"); len(got) != 1 {
			t.Errorf("said %v, want the reply", got)
		}
		if err := <-stopped; err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("stopped after %s with %v", time.Since(began), err)
		}
	})
}

// Run serves until its context ends, and then ends in order.
func TestRunServesUntilItsContextEnds(t *testing.T) {
	dir := t.TempDir()
	store, err := filestore.Open(dir, filestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), store: store})
	b.o.Listen = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		ended <- b.Run(ctx)
	}()
	<-started
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run ended with %v", err)
	}
	again, err := filestore.Open(dir, filestore.Options{})
	if err != nil {
		t.Fatalf("the store was not closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if err := b.Stop(t.Context()); err != nil {
		t.Errorf("a second stop: %v", err)
	}
}

func TestRunFailsWhenTheAddressIsTaken(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	b.o.Listen = taken.Addr().String()
	if err := b.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "listen on") {
		t.Errorf("Run ended with %v", err)
	}
}

// stream is a channel whose page goes on until it is ended.
type stream struct {
	platform
	open chan struct{}
}

func (s *stream) Serve(h channels.Host) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		hints, done := h.Watch("acc", "ann")
		defer done()
		close(s.open)
		if r.URL.Path == "/context" {
			<-r.Context().Done()
			return
		}
		for range hints { // until it is closed
		}
	})
}

// Pages that go on for ever end when the bot stops, by their context or because
// there is nothing more to watch, and do not hold it up.
func TestStopEndsOpenPages(t *testing.T) {
	for _, path := range []string{"context", "watch"} {
		s := &stream{open: make(chan struct{})}
		b := newTestBot(t, setup{engine: script(echo), channel: s})
		b.o.Listen = "127.0.0.1:0"
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+b.Addr().String()+"/channels/fake/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		<-s.open
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := b.Stop(ctx); err != nil {
			t.Errorf("%s: stop: %v", path, err)
		}
		cancel()
		_ = resp.Body.Close()
		client.CloseIdleConnections()
	}
}

func TestReadinessFollowsTheStoreAndTheStop(t *testing.T) {
	store := newFaultyStore(memstore.New(memstore.Options{}))
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), store: store})
	ready := func(path string, want int, text string) {
		t.Helper()
		w := get(b, path)
		if w.Code != want || !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s answered %d %s, want %d with %q", path, w.Code, w.Body, want, text)
		}
	}
	ready("/readyz", 200, `"ready":true`)
	store.fail(func(string, state.Conv) error { return errors.New("down at redis.internal") })
	ready("/readyz", 503, "the store does not answer")
	ready("/healthz", 200, "ok")
	store.fail(nil)
	b.life.stopNow()
	ready("/readyz", 503, "the bot is stopping")
	b.life.cut()
	if err := b.store.Close(); err != nil {
		t.Error(err)
	}
}

// A turn that was handed out while the bot stops is left to others.
func TestNoTurnBeginsWhileTheBotStops(t *testing.T) {
	p, store := newPlatform(), memstore.New(memstore.Options{})
	b := newTestBot(t, setup{channel: p, store: store, engine: script(func(flows.Input) (flows.Output, error) {
		t.Error("a turn began")
		return flows.Output{}, nil
	})})
	b.life.stopNow()
	mustPost(t, b, said("ann", "1", "hi"))
	b.life.cut()
	b.awaitIdle()
	due, _, err := store.Due(t.Context(), 10)
	if err != nil || len(due) != 1 {
		t.Errorf("due %v (%v), want the conversation", due, err)
	}
	stopTestBot(t, b)
}
