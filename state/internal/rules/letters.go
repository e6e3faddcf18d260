package rules

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/parley-chat/parley/state"
)

// totals are the last number given to a dead letter, how many there are, and
// their bytes.
type totals struct{ last, count, bytes uint64 }

func totalsKey() []byte { return []byte("letters") }

func loadTotals(r Reader) (t totals, err error) {
	v := r.Get(Counters, totalsKey())
	if v == nil {
		return totals{}, nil
	}
	in := input{rest: v}
	t = totals{last: in.uvarint(), count: in.uvarint(), bytes: in.uvarint()}
	if in.bad || len(in.rest) > 0 {
		return totals{}, errDamaged
	}
	return t, nil
}

func (t totals) save(tx Tx) error {
	b := binary.AppendUvarint(nil, t.last)
	b = binary.AppendUvarint(b, t.count)
	return tx.Put(Counters, totalsKey(), binary.AppendUvarint(b, t.bytes))
}

// setAside writes a dead letter of the conversation, of now, and lets the oldest
// go: its own, if it has more than its share; any, if there are too many or they
// are too old.
func (c *conversation) setAside(l letter) error {
	t, err := loadTotals(c.tx)
	if err != nil {
		return err
	}
	own, err := lettersOf(c.tx, c.key)
	if err != nil {
		return err
	}
	t.last++
	l.Conv, l.At = c.conv, timeOf(c.now)
	v := encodeLetter(l)
	if err := c.tx.Put(Letters, letterKey(t.last), v); err != nil {
		return err
	}
	if err := c.tx.Put(LettersOf, c.item(t.last), []byte{}); err != nil {
		return err
	}
	if err := c.putLettersOf(c.key, own+1); err != nil {
		return err
	}
	t.count++
	t.bytes += uint64(len(v))
	if own >= state.MaxLettersEach {
		n, _, ok := c.head(LettersOf, 0)
		if !ok {
			return errDamaged
		}
		if err := c.dropLetter(&t, n); err != nil {
			return err
		}
		c.lost++
	}
	if err := c.sweepLetters(&t); err != nil {
		return err
	}
	return t.save(c.tx)
}

// sweepLetters lets the oldest letters go: all that are too many, and a few of
// those that are too old.
func (w *work) sweepLetters(t *totals) error {
	for removed := 0; t.count > 1; removed++ {
		key, oldest := w.tx.Seek(Letters, nil)
		crowded := t.count > state.MaxLetters || t.bytes > maxLetterBytes
		old := expired(oldest, w.now)
		if len(key) != 8 || !crowded && (removed >= sweepEach || !old) {
			return nil
		}
		if !old {
			w.lost++
		}
		if err := w.dropLetter(t, binary.BigEndian.Uint64(key)); err != nil {
			return err
		}
	}
	return nil
}

// dropLetter deletes a letter and takes it off the totals, which the caller
// saves.
func (w *work) dropLetter(t *totals, n uint64) error {
	v := w.tx.Get(Letters, letterKey(n))
	l, err := viewLetter(n, v)
	if err != nil {
		return err
	}
	key := convKey(l.Conv)
	own, err := lettersOf(w.tx, key)
	if err != nil {
		return err
	}
	t.count -= min(t.count, 1)
	t.bytes -= min(t.bytes, uint64(len(v)))
	if err := w.tx.Delete(Letters, letterKey(n)); err != nil {
		return err
	}
	if err := w.tx.Delete(LettersOf, binary.BigEndian.AppendUint64(clone(key), n)); err != nil {
		return err
	}
	return w.putLettersOf(key, own-min(own, 1))
}

// lettersOf is how many letters a conversation has.
func lettersOf(r Reader, conv []byte) (uint64, error) {
	v := r.Get(LettersOf, conv)
	if v == nil {
		return 0, nil
	}
	in := input{rest: v}
	n := in.uvarint()
	if in.bad || len(in.rest) > 0 {
		return 0, errDamaged
	}
	return n, nil
}

func (w *work) putLettersOf(conv []byte, n uint64) error {
	if n == 0 {
		return w.tx.Delete(LettersOf, conv)
	}
	return w.tx.Put(LettersOf, conv, binary.AppendUvarint(nil, n))
}

// expired reports whether a letter is too old to be kept or shown.
func expired(v []byte, now int64) bool {
	_, at, _, err := unseal(v)
	return err == nil && at < now-int64(state.LetterTime)
}

// DeadLetters lists what was set aside: see state.Reader.
func (s *Store) DeadLetters(ctx context.Context, afterID string, limit int) ([]state.Letter, error) {
	from, err := letterAfter(afterID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var all []state.Letter
	err = s.view(ctx, "list dead letters", func(r Reader) error {
		key, v := r.Seek(Letters, letterKey(from))
		for ; key != nil && len(all) < limit; key, v = r.Seek(Letters, letterKey(from)) {
			if len(key) != 8 {
				return errDamaged
			}
			n := binary.BigEndian.Uint64(key)
			from = n + 1
			if expired(v, now) {
				continue
			}
			l, err := decodeLetter(n, v)
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func letterKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// letterID writes a number such that ids sort like numbers.
func letterID(n uint64) string { return fmt.Sprintf("%016x", n) }

func letterAfter(id string) (uint64, error) {
	if id == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(id, 16, 64)
	if err != nil || n == ^uint64(0) {
		return 0, fmt.Errorf("state: %q is not the id of a dead letter", id)
	}
	return n + 1, nil
}
