package rules

import (
	"context"
	"math"

	"github.com/parley-chat/parley/state"
)

// record appends an entry to the history and lets the oldest go.
func (c *conversation) record(entry sealed, at int64) error {
	n, err := c.number()
	if err != nil {
		return err
	}
	if err := c.tx.Put(History, c.item(n), entry.stamp(at)); err != nil {
		return err
	}
	for c.h.history++; c.h.history > state.MaxHistory; c.h.history-- {
		oldest, _, ok := c.head(History, 0)
		if !ok {
			return errDamaged
		}
		if err := c.tx.Delete(History, c.item(oldest)); err != nil {
			return err
		}
	}
	return nil
}

// Load returns the state of a conversation: see state.Reader.
func (s *Store) Load(ctx context.Context, conv state.Conv) ([]byte, error) {
	var b []byte
	err := s.view(ctx, "load a state", func(r Reader) (err error) {
		b, err = decodeState(r.Get(States, convKey(conv)))
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// History returns entries of the history: see state.Reader.
func (s *Store) History(ctx context.Context, conv state.Conv, afterNumber uint64, limit int) ([]state.HistoryEntry, error) {
	var all []state.HistoryEntry
	if afterNumber == math.MaxUint64 {
		return nil, nil
	}
	young := s.now() - int64(s.options.HistoryTime)
	err := s.view(ctx, "read a history", func(r Reader) error {
		key := convKey(conv)
		n, v, ok := seekItem(r, History, key, afterNumber+1)
		for ; ok && len(all) < limit; n, v, ok = seekItem(r, History, key, n+1) {
			e, err := decodeHistory(n, v)
			if err != nil {
				return err
			}
			if stampOf(e.At) > young {
				all = append(all, e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
