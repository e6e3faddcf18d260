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

// setAside writes a dead letter and lets the oldest go, if they are too many or
// too old.
func (c *conversation) setAside(d state.Direction, number uint64, cause string, payload []byte) error {
	t, err := loadTotals(c.tx)
	if err != nil {
		return err
	}
	t.last++
	v := encodeLetter(state.Letter{
		Conv: c.conv, Direction: d, Number: number, At: timeOf(c.now), Cause: cause, Payload: payload,
	})
	if err := c.tx.Put(Letters, letterKey(t.last), v); err != nil {
		return err
	}
	t.count++
	t.bytes += uint64(len(v))
	for removed := 0; t.count > 1; removed++ {
		key, oldest := c.tx.Seek(Letters, nil)
		crowded := t.count > maxLetters || t.bytes > maxLetterBytes
		if key == nil || !crowded && (removed >= sweepEach || !expired(oldest, c.now)) {
			break
		}
		t.count--
		t.bytes -= min(t.bytes, uint64(len(oldest)))
		if err := c.tx.Delete(Letters, key); err != nil {
			return err
		}
	}
	return t.save(c.tx)
}

// expired reports whether a letter is too old to be kept or shown.
func expired(v []byte, now int64) bool {
	_, at, _, err := unseal(v)
	return err == nil && at < now-int64(maxLetterAge)
}

// DeadLetters lists what was set aside: see state.Reader.
func (s *Store) DeadLetters(ctx context.Context, afterID string, limit int) ([]state.Letter, error) {
	from, err := letterAfter(afterID)
	if err != nil {
		return nil, err
	}
	now := stampOf(s.now())
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
