package rules

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/parley-chat/parley/state"
)

// indexedKey is the counter that tells for which options the indexes of what is
// kept were made.
func indexedKey() []byte { return []byte("indexed") }

// Reindex makes the indexes of what is kept for a store that an earlier version
// wrote, or that had other options. It works in pieces, and may be broken off and
// repeated. It does nothing if nothing changed.
func (s *Store) Reindex(ctx context.Context) error {
	if err := s.asBefore(ctx); err != nil {
		return err
	}
	mark := binary.AppendUvarint([]byte{1}, uint64(s.options.Retention))
	mark = binary.AppendUvarint(mark, uint64(s.options.HistoryTime))
	same := false
	err := s.view(ctx, "look at the indexes", func(r Reader) error {
		same = string(r.Get(Counters, indexedKey())) == string(mark)
		return nil
	})
	if err != nil || same {
		return err
	}
	if err := s.update(ctx, "index the dead letters", indexLetters); err != nil {
		return err
	}
	if _, err := s.eachConversation(ctx, "index a conversation", reindex); err != nil {
		return err
	}
	return s.update(ctx, "mark the indexes", func(w *work) error {
		return w.tx.Put(Counters, indexedKey(), mark)
	})
}

// asBefore takes over the options that the indexes were made for, where they are
// asked for; without any, those of the contract.
func (s *Store) asBefore(ctx context.Context) error {
	o := &s.options
	if o.Retention >= 0 && o.HistoryTime >= 0 {
		return nil
	}
	retention, history := state.Retention, state.HistoryTime
	err := s.view(ctx, "look at the indexes", func(r Reader) error {
		mark := r.Get(Counters, indexedKey())
		if len(mark) == 0 {
			return nil
		}
		in := input{rest: mark[1:]}
		retention, history = time.Duration(in.uvarint()), time.Duration(in.uvarint())
		if mark[0] != 1 || in.bad {
			return errDamaged
		}
		return nil
	})
	if o.Retention < 0 {
		o.Retention = retention
	}
	if o.HistoryTime < 0 {
		o.HistoryTime = history
	}
	return err
}

// reindex looks at a conversation of which nobody knows when to look.
func reindex(c *conversation, _ *Held) error {
	if c.h.turned == 0 {
		c.h.turned = c.now
	}
	return c.look()
}

// indexLetters counts the letters of each conversation.
func indexLetters(w *work) error {
	if key, _ := w.tx.Seek(LettersOf, nil); key != nil {
		return nil
	}
	counts := map[string]uint64{}
	key, v := w.tx.Seek(Letters, nil)
	for ; key != nil; key, v = w.tx.Seek(Letters, append(clone(key), 0)) {
		if len(key) != 8 {
			return errDamaged
		}
		n := binary.BigEndian.Uint64(key)
		l, err := viewLetter(n, v)
		if err != nil {
			return err
		}
		conv := convKey(l.Conv)
		counts[string(conv)]++
		if err := w.tx.Put(LettersOf, binary.BigEndian.AppendUint64(conv, n), []byte{}); err != nil {
			return err
		}
	}
	for conv, n := range counts {
		if err := w.putLettersOf([]byte(conv), n); err != nil {
			return err
		}
	}
	return nil
}

// eachConversation runs do on every conversation, so many in a transaction that
// its sync does not count and nobody waits for long, and adds up what it held.
func (s *Store) eachConversation(ctx context.Context, name string, do func(*conversation, *Held) error) (all Held, err error) {
	const many = 500
	var from []byte
	for more := true; more; {
		var last []byte
		var piece Held
		err := s.update(ctx, name, func(w *work) error {
			last, piece = nil, Held{}
			next := from
			for range many {
				key, _ := w.tx.Seek(Headers, next)
				if key == nil {
					break
				}
				last = append(clone(key), 0)
				next = last
				c, err := load(w, state.Conv(nameOf(key)))
				if err != nil {
					return err
				}
				if err := do(c, &piece); err != nil {
					return err
				}
				if err := c.save(); err != nil {
					return err
				}
			}
			piece.Lost = w.lost
			return nil
		})
		if err != nil {
			return Held{}, err
		}
		all = Held{all.Conversations + piece.Conversations, all.Events + piece.Events, all.Rows + piece.Rows, all.Lost + piece.Lost}
		from, more = last, last != nil
	}
	return all, nil
}

// Held is what Hold found and did.
type Held struct {
	Conversations int // how many the store has
	Events        int // that wait in inboxes
	Rows          int // that were set aside
	Lost          int // dead letters that went, since there are too many now
}

// Hold sets every row of every outbox aside with the cause.
func (s *Store) Hold(ctx context.Context, cause string) (Held, error) {
	return s.eachConversation(ctx, "hold the rows", func(c *conversation, held *Held) error {
		held.Conversations++
		held.Events += int(c.h.events)
		for c.h.rows > 0 {
			row, err := decodeRow(c.h.row, c.tx.Get(Outbox, c.item(c.h.row)))
			if err != nil {
				return err
			}
			err = c.setAside(letter{Letter: state.Letter{
				Direction: state.Out, Number: row.Number, Cause: cause, Payload: row.Payload,
			}})
			if err != nil {
				return err
			}
			if err := c.dropRows([]uint64{c.h.row}); err != nil {
				return err
			}
			held.Rows++
		}
		return nil
	})
}

// Letters counts the dead letters and their bytes.
func (s *Store) Letters(ctx context.Context) (count int, bytes int64, err error) {
	err = s.view(ctx, "count the dead letters", func(r Reader) error {
		t, err := loadTotals(r)
		count, bytes = int(t.count), int64(t.bytes)
		return err
	})
	return count, bytes, err
}
