// Package rules holds the rules of the state contract, once, for all stores that
// can run a function inside a transaction on sorted tables.
//
// A [Store] is all of state.Store on top of a [Backend]. Every operation is one
// transaction: load the header of the conversation, decide, write what changed,
// and end in conversation.save, which computes the entry in the work index and
// is the only place that does.
//
// An operation refuses before it writes, so a backend needs no undo for a
// refusal, only for its own failures.
package rules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/parley-chat/parley/state"
)

// A Table is one sorted set of keys and values.
type Table uint8

// The tables of a store. Keys of a conversation begin with its name, preceded by
// its length; lists add a number, big-endian, so that they sort.
const (
	Headers  Table = iota // conversation -> header
	States                // conversation -> state
	Inbox                 // conversation, event number -> event
	Outbox                // conversation, row number -> row
	Journals              // conversation, position -> journal entry
	History               // conversation, entry number -> history entry
	DueIndex              // time, conversation -> nothing: the work index
	Seen                  // hash of conversation and dedupe id -> end of its window
	Expiry                // end of the window, hash -> nothing
	Letters               // letter number -> dead letter
	Counters              // partition -> last number given out; and others, by name

	Early      // conversation -> statuses that came before their messages
	Idle       // time, conversation -> nothing: when to look what is kept too long
	LettersOf  // conversation -> how many letters; conversation, letter number -> nothing
	Links      // hash of channel and message id -> conversation, or statuses
	LinkExpiry // end of LinkTime, hash -> nothing

	Tables // how many there are
)

// A Reader looks at the tables. What it returns may be read until the
// transaction ends and must not be changed.
type Reader interface {
	// Get returns the value of the key, nil when there is none.
	Get(t Table, key []byte) []byte
	// Seek returns the first entry whose key is not below from; a nil key at the
	// end of the table.
	Seek(t Table, from []byte) (key, value []byte)
}

// A Tx also writes. It copies keys; it keeps values, which the caller must leave
// alone from then on.
type Tx interface {
	Reader
	Put(t Table, key, value []byte) error
	Delete(t Table, key []byte) error
}

// A Backend runs transactions, one writer at a time.
type Backend interface {
	// Update runs do and makes what it wrote durable, all or nothing, before it
	// returns. It may run do more than once; an error of do undoes its writes.
	Update(ctx context.Context, do func(Tx) error) error
	// View runs do on what is durable.
	View(ctx context.Context, do func(Reader) error) error
}

// The limits that are not part of the contract.
const (
	maxLetterBytes = 256 << 20
	// sweepEach is how many entries that are kept too long one new entry removes:
	// over one, so that the tables shrink, and few, so that no call is slow.
	sweepEach = 4
)

// errDamaged: stored bytes that no version of this package wrote.
var errDamaged = errors.New("stored data is damaged")

// AsBefore, as a Retention or HistoryTime, is the one that a store had before.
const AsBefore = -1

// Options of a Store.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Retention and HistoryTime replace those of the contract, if over zero. AsBefore
	// are those that Reindex was called with last.
	Retention, HistoryTime time.Duration
	// Log is told what is lost to a cap; nil means nowhere.
	Log *slog.Logger
}

// A Store is a state.Store but for Close, on a backend.
type Store struct {
	backend Backend
	options Options
	shared  shared
}

// New returns the store on the backend.
func New(b Backend, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retention == 0 {
		o.Retention = state.Retention
	}
	if o.HistoryTime == 0 {
		o.HistoryTime = state.HistoryTime
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{backend: b, options: o, shared: newShared()}
}

func (s *Store) now() int64 { return stampOf(s.options.Now()) }

// A work is one transaction that writes.
type work struct {
	tx      Tx
	now     int64
	options *Options
	lost    int   // dead letters that went before their time
	refused error // the answer, if it was refused
}

// update runs do in one transaction. What do captures may be read only when it
// returned nil: after an error it may still be running. For the same reason do
// must not touch memory of the caller.
func (s *Store) update(ctx context.Context, name string, do func(*work) error) error {
	var w *work
	err := s.backend.Update(ctx, func(tx Tx) error {
		w = &work{tx: tx, now: s.now(), options: &s.options}
		err := do(w)
		if refusal(err) {
			w.refused = err
			return nil
		}
		return err
	})
	if err != nil {
		return wrap(name, err)
	}
	if w.lost > 0 {
		s.options.Log.WarnContext(ctx, "dead letters were dropped: there are too many", "count", w.lost)
	}
	return w.refused
}

// refusal reports whether an error is an answer: it was given before anything was
// written, and nothing must be undone.
func refusal(err error) bool {
	return errors.Is(err, state.ErrFull) || errors.Is(err, state.ErrTooLarge) || errors.Is(err, state.ErrNotFound)
}

// change runs one operation on a conversation, as update does.
func (s *Store) change(ctx context.Context, name string, conv state.Conv, do func(*conversation) error) error {
	return s.update(ctx, name, func(w *work) error {
		c, err := load(w, conv)
		if err != nil {
			return err
		}
		if err := do(c); err != nil {
			return err
		}
		return c.save()
	})
}

// handOut is change for an operation that answers with a hand-out.
func (s *Store) handOut(ctx context.Context, name string, conv state.Conv, do func(*conversation) (state.HandOut, error)) (state.HandOut, error) {
	var out state.HandOut
	err := s.change(ctx, name, conv, func(c *conversation) (err error) {
		out, err = do(c)
		return err
	})
	if err != nil {
		return state.HandOut{}, err
	}
	return out, nil
}

func (s *Store) view(ctx context.Context, name string, do func(Reader) error) error {
	if err := s.backend.View(ctx, do); err != nil {
		return wrap(name, err)
	}
	return nil
}

func wrap(name string, err error) error {
	if errors.Is(err, state.ErrClosed) {
		return state.ErrClosed
	}
	return fmt.Errorf("state: %s: %w", name, err)
}

// stampOf packs a time. Zero stays free to mean none; times out of range end at
// its edges.
func stampOf(t time.Time) int64 {
	switch {
	case t.Year() < 1970:
		return 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return max(t.UnixNano(), 1)
}

func timeOf(stamp int64) time.Time { return time.Unix(0, stamp).UTC() }

// after returns the stamp d after now.
func after(now int64, d time.Duration) int64 {
	if int64(d) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + int64(d)
}
