package filestore

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/internal/rules"
)

// idle returns a loop that does not run, so that a test can make its groups.
func idle(t *testing.T) *loop {
	t.Helper()
	db, err := openFile(filepath.Join(t.TempDir(), dataFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &loop{db: db, calls: make(chan *call, maxGroup)}
}

func put(ctx context.Context, key string) *call {
	return &call{ctx: ctx, done: make(chan error, 1), do: func(tx rules.Tx) error {
		return tx.Put(rules.States, []byte(key), []byte("value"))
	}}
}

// has reports which of the keys are stored.
func has(t *testing.T, l *loop, key string) bool {
	t.Helper()
	found := false
	err := l.db.View(func(tx *bbolt.Tx) error {
		found = (&view{tx: tx}).Get(rules.States, []byte(key)) != nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOnlyTheCallWithTheFaultFails(t *testing.T) {
	for name, fault := range map[string]func(tx rules.Tx) error{
		"an error":          func(tx rules.Tx) error { return errors.New("fault") },
		"a key too large":   func(tx rules.Tx) error { return tx.Put(rules.States, make([]byte, bbolt.MaxKeySize+1), nil) },
		"a page is damaged": func(tx rules.Tx) error { panic("page 7 already freed") },
		"part of it was written": func(tx rules.Tx) error {
			return errors.Join(tx.Put(rules.States, []byte("half"), nil), errors.New("fault"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := idle(t)
			before, bad, after := put(t.Context(), "before"), put(t.Context(), "bad"), put(t.Context(), "after")
			bad.do = fault
			l.commitGroup([]*call{before, bad, after})
			if err := errors.Join(<-before.done, <-after.done); err != nil {
				t.Fatalf("a call without a fault: %v", err)
			}
			if err := <-bad.done; err == nil {
				t.Fatal("the fault was not told")
			}
			if !has(t, l, "before") || !has(t, l, "after") || has(t, l, "half") {
				t.Fatal("what is stored is not what was acknowledged")
			}
		})
	}
}

func TestCallsThatWaitShareATransaction(t *testing.T) {
	l := idle(t)
	for range maxGroup {
		l.calls <- put(t.Context(), "key")
	}
	if got := len(l.gather(nil, put(t.Context(), "first"))); got != maxGroup {
		t.Fatalf("a group of %d, want %d", got, maxGroup)
	}
	if got := len(l.gather(nil, <-l.calls)); got != 1 {
		t.Fatalf("a group of %d, want what was left", got)
	}
}

func TestCallWhoseCallerHasGoneDoesNothing(t *testing.T) {
	l := idle(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late := put(gone, "late")
	l.calls <- put(t.Context(), "key")
	group := l.gather(nil, late)
	l.commitGroup(group)
	if err := <-late.done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
	if len(group) != 1 || has(t, l, "late") || !has(t, l, "key") {
		t.Fatalf("a group of %d", len(group))
	}
}

func TestNameTooLongFailsAlone(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	long := state.Conv(strings.Repeat("x", bbolt.MaxKeySize))
	events := []state.NewEvent{{DedupeID: "1", Payload: []byte("hello")}}
	_, _, err := s.Accept(t.Context(), long, events, state.Caller{Process: "a", Room: true})
	if !errors.Is(err, berrors.ErrKeyTooLarge) {
		t.Fatalf("got %v, want %v", err, berrors.ErrKeyTooLarge)
	}
	if _, _, err := s.Accept(t.Context(), "chat/main/ann", events, state.Caller{Process: "a", Room: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCloseWaitsForCalls(t *testing.T) {
	l := idle(t)
	l.ended = make(chan struct{})
	go l.run()
	started, release, stopped := make(chan struct{}), make(chan struct{}), make(chan bool)
	answer := make(chan error, 1)
	go func() {
		answer <- l.Update(t.Context(), func(rules.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	go func() { stopped <- l.stop() }()
	for l.enter() == nil { // until stop has closed the entrance
		l.running.Done()
	}
	close(release)
	if err := <-answer; err != nil {
		t.Fatalf("a call that ran: %v", err)
	}
	if !<-stopped {
		t.Fatal("it was stopped before")
	}
	if err := l.Update(t.Context(), nil); !errors.Is(err, state.ErrClosed) {
		t.Fatalf("got %v, want %v", err, state.ErrClosed)
	}
}
