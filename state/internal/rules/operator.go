package rules

import (
	"context"
	"strconv"

	"github.com/parley-chat/parley/state"
)

// Retry puts a dead letter back: see state.Operator.
func (s *Store) Retry(ctx context.Context, id string) error {
	n, err := letterNumber(id)
	if err != nil {
		return err
	}
	var conv state.Conv
	err = s.view(ctx, "look for a dead letter", func(r Reader) error {
		l, err := findLetter(r, n, s.now())
		conv = l.Conv
		return err
	})
	if err != nil {
		return err
	}
	return s.change(ctx, "retry", conv, func(c *conversation) error { return c.putBack(n) })
}

// Drop deletes a dead letter: see state.Operator.
func (s *Store) Drop(ctx context.Context, id string) error {
	n, err := letterNumber(id)
	if err != nil {
		return err
	}
	return s.update(ctx, "drop", func(w *work) error {
		if _, err := findLetter(w.tx, n, w.now); err != nil {
			return err
		}
		return w.takeLetter(n)
	})
}

// Forget erases a conversation: see state.Operator.
func (s *Store) Forget(ctx context.Context, conv state.Conv) error {
	return s.change(ctx, "forget", conv, func(c *conversation) error {
		if err := c.erase(); err != nil {
			return err
		}
		for {
			n, _, ok := c.head(LettersOf, 0)
			if !ok {
				return nil
			}
			if err := c.takeLetter(n); err != nil {
				return err
			}
		}
	})
}

// letterNumber is the reverse of letterID.
func letterNumber(id string) (uint64, error) {
	n, err := strconv.ParseUint(id, 16, 64)
	if err != nil || letterID(n) != id {
		return 0, state.ErrNotFound
	}
	return n, nil
}

// findLetter returns a letter whose payload still belongs to the transaction.
func findLetter(r Reader, n uint64, now int64) (letter, error) {
	v := r.Get(Letters, letterKey(n))
	if v == nil || expired(v, now) {
		return letter{}, state.ErrNotFound
	}
	return viewLetter(n, v)
}

// takeLetter deletes a letter.
func (w *work) takeLetter(n uint64) error {
	t, err := loadTotals(w.tx)
	if err != nil {
		return err
	}
	if err := w.dropLetter(&t, n); err != nil {
		return err
	}
	return t.save(w.tx)
}

// putBack makes a letter the last of its inbox or outbox.
func (c *conversation) putBack(n uint64) error {
	l, err := findLetter(c.tx, n, c.now)
	if err != nil {
		return err
	}
	if l.Direction == state.Out {
		if c.h.rows >= state.MaxOutboxRows {
			return state.ErrFull
		}
		if _, err := c.appendRows([]sealed{seal(kindRowBack, l.Payload)}); err != nil {
			return err
		}
		return c.takeLetter(n)
	}
	size := uint64(len(l.Payload))
	if l.Wake {
		size = 0
	}
	if _, err := c.noRoom(size); err != nil {
		return err
	}
	if l.accepted == 0 {
		l.accepted = stampOf(l.At)
	}
	if err := c.appendEvent(sealBack(l), l.accepted, size); err != nil {
		return err
	}
	return c.takeLetter(n)
}
