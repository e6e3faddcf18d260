// Package memstore is a store in memory, for tests, for trying flows out, and
// for bots that may forget: what it holds is gone with the process.
//
// It keeps the same tables as package filestore, and the same rules decide, so a
// flow that works on one works on the other.
package memstore

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/internal/rules"
)

// Options of a Store. The zero value is fit for use.
type Options struct {
	// Now is the clock of the store, safe for concurrent use; nil means time.Now.
	Now func() time.Time
	// Retention and HistoryTime replace those of package state, if over zero.
	Retention, HistoryTime time.Duration
	// Log is told what is lost to a cap; nil means nowhere.
	Log *slog.Logger
}

// A Store is a state.Store in memory. It is safe for concurrent use; operations
// run one at a time.
type Store struct {
	*rules.Store
	tables *tables
}

var _ state.Store = (*Store)(nil)

// New returns an empty store.
func New(o Options) *Store {
	t := new(tables)
	return &Store{Store: rules.New(t, rules.Options(o)), tables: t}
}

// Close lets running calls end; later calls return state.ErrClosed.
func (s *Store) Close() error {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	s.tables.closed = true
	return nil
}

// tables is the backend. It undoes nothing: Put and Delete cannot fail here, and
// the rules refuse before they write.
type tables struct {
	mu     sync.Mutex
	closed bool
	all    [rules.Tables]table
}

func (t *tables) Update(ctx context.Context, do func(rules.Tx) error) error {
	return t.locked(ctx, func() error { return do(t) })
}

func (t *tables) View(ctx context.Context, do func(rules.Reader) error) error {
	return t.locked(ctx, func() error { return do(t) })
}

func (t *tables) locked(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return state.ErrClosed
	}
	return do()
}

func (t *tables) Get(in rules.Table, key []byte) []byte { return t.all[in].get(key) }

func (t *tables) Seek(in rules.Table, from []byte) (key, value []byte) { return t.all[in].seek(from) }

func (t *tables) Put(in rules.Table, key, value []byte) error {
	t.all[in].put(key, value)
	return nil
}

func (t *tables) Delete(in rules.Table, key []byte) error {
	t.all[in].delete(key)
	return nil
}
