package bot

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// A forgetfulStore does what it is asked, and loses or holds up answers.
type forgetfulStore struct {
	*faultyStore
	// after is called with the answer of an Accept or a Claim; an error takes its
	// place.
	after atomic.Pointer[func(op string, h state.HandOut) error]
}

func (f *forgetfulStore) answer(op string, h state.HandOut) error {
	if after := f.after.Load(); after != nil {
		return (*after)(op, h)
	}
	return nil
}

func (f *forgetfulStore) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, c state.Caller) ([]state.Verdict, state.HandOut, error) {
	verdicts, h, err := f.faultyStore.Accept(ctx, conv, events, c)
	if err == nil {
		err = f.answer("accept", h)
	}
	if err != nil {
		return nil, state.HandOut{}, err
	}
	return verdicts, h, nil
}

func (f *forgetfulStore) Claim(ctx context.Context, conv state.Conv, c state.Caller) (state.HandOut, error) {
	h, err := f.faultyStore.Claim(ctx, conv, c)
	if err == nil {
		err = f.answer("claim", h)
	}
	if err != nil {
		return state.HandOut{}, err
	}
	return h, nil
}

func newForgetfulStore() *forgetfulStore {
	return &forgetfulStore{faultyStore: newFaultyStore(memstore.New(memstore.Options{}))}
}

// The answer to an Accept got lost, and the lease with it: when the platform
// comes again, the conversation goes on at once, and nobody counts a death.
func TestLeaseOfALostAnswerIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newForgetfulStore()
		var deaths atomic.Int64
		b := startTestBot(t, setup{channel: p, store: store, engine: script(echo)})
		lost := func(string, state.HandOut) error { return errStoreDown }
		store.after.Store(&lost)
		if w := post(t, b, said("ann", "1", "hi")); w.Code != 503 {
			t.Errorf("answered %d although nothing is known", w.Code)
		}
		store.after.Store(nil)
		began := time.Now()
		watch := func(_ string, h state.HandOut) error {
			deaths.Add(int64(h.Deaths))
			return nil
		}
		store.after.Store(&watch)
		mustPost(t, b, said("ann", "1", "hi"), said("ann", "2", "again"))
		p.take(t, 2)
		if took := time.Since(began); took > time.Second {
			t.Errorf("went on after %s, want at once", took)
		}
		if got, want := p.texts("ann"), []string{"echo hi", "echo again"}; !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
		b.awaitIdle()
		if store.count("release") != 1 || deaths.Load() != 0 {
			t.Errorf("%d leases given back, %d deaths", store.count("release"), deaths.Load())
		}
		if n := len(b.leases.byConv); n != 0 {
			t.Errorf("%d conversations are still known", n)
		}
	})
}

// A lease that is in hand is not given back, nor one whose answer is on its way.
func TestLeaseInHandIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newForgetfulStore()
		release := make(chan struct{})
		b := startTestBot(t, setup{channel: p, store: store, engine: script(func(in flows.Input) (flows.Output, error) {
			if in.Event.Text == "slow" {
				<-release
			}
			return echo(in)
		})})
		first := true
		late := func(op string, h state.HandOut) error {
			if op == "accept" && first {
				first = false
				time.Sleep(500 * time.Millisecond) // the answer is on its way, in virtual time
			}
			return nil
		}
		store.after.Store(&late)
		answered := make(chan int, 1)
		go func() { answered <- post(t, b, said("ann", "1", "slow")).Code }()
		synctest.Wait()
		store.after.Store(nil)
		mustPost(t, b, said("ann", "2", "while the answer is on its way"))
		if code := <-answered; code != 200 {
			t.Errorf("answered %d", code)
		}
		synctest.Wait()
		mustPost(t, b, said("ann", "3", "while it is in hand"))
		synctest.Wait()
		if n := store.count("release"); n != 0 {
			t.Errorf("%d leases were given back", n)
		}
		close(release)
		p.take(t, 3)
		if got, want := p.texts("ann"), []string{"echo slow", "echo while the answer is on its way", "echo while it is in hand"}; !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
	})
}

// Two ask at once, and the answer that had the lease is lost: the one that knows
// that there is a lease leaves it alone until the other has failed.
func TestLeaseOfALostAnswerWaitsForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newForgetfulStore()
		b := startTestBot(t, setup{channel: p, store: store, engine: script(echo)})
		lost := func(string, state.HandOut) error {
			time.Sleep(500 * time.Millisecond) // virtual
			return errStoreDown
		}
		store.after.Store(&lost)
		answered := make(chan int, 1)
		go func() { answered <- post(t, b, said("ann", "1", "hi")).Code }()
		synctest.Wait()
		store.after.Store(nil)
		mustPost(t, b, said("ann", "2", "again"))
		synctest.Wait()
		if n := store.count("release"); n != 0 {
			t.Errorf("%d leases were given back while an answer was on its way", n)
		}
		if code := <-answered; code != 503 {
			t.Errorf("answered %d", code)
		}
		began := time.Now()
		p.take(t, 2)
		if took := time.Since(began); took > time.Second {
			t.Errorf("went on after %s, want at once", took)
		}
	})
}

// What Claim lost, the next Accept finds.
func TestLeaseOfALostClaimIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newForgetfulStore()
		b := startTestBot(t, setup{channel: p, store: store, engine: waker(5 * time.Second)})
		mustPost(t, b, said("ann", "1", "hi"))
		lost := func(op string, _ state.HandOut) error {
			if op == "claim" {
				return errStoreDown
			}
			return nil
		}
		store.after.Store(&lost)
		time.Sleep(5*time.Second + 500*time.Millisecond)
		store.after.Store(nil)
		if store.count("claim") == 0 {
			t.Fatal("nobody claimed the wake time")
		}
		mustPost(t, b, said("ann", "2", "hm"))
		p.take(t, 1)
		if n := store.count("release"); n != 1 {
			t.Errorf("%d leases given back", n)
		}
	})
}
