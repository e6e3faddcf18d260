package rules

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/parley-chat/parley/state"
)

// A seenID is a hash of conversation and dedupe id, so that ids of any length
// cost the same and nobody can make two that collide.
type seenID [16]byte

func seenIDOf(conv state.Conv, id string) seenID {
	b := make([]byte, 0, len(conv)+len(id)+binary.MaxVarintLen32)
	sum := sha256.Sum256(append(appendText(b, string(conv)), id...))
	return seenID(sum[:16])
}

// see remembers the id of an offer for its window and reports whether it was
// known already.
func (c *conversation) see(o offer) (known bool, err error) {
	before := c.tx.Get(Seen, o.id[:])
	if before != nil {
		if len(before) != 8 {
			return false, errDamaged
		}
		if end := int64(binary.BigEndian.Uint64(before)); end > c.now {
			return true, nil
		}
		if err := c.tx.Delete(Expiry, append(clone(before), o.id[:]...)); err != nil {
			return false, err
		}
	}
	if o.window <= 0 {
		if before == nil {
			return false, nil
		}
		return false, c.tx.Delete(Seen, o.id[:])
	}
	end := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(o.id)), uint64(after(c.now, o.window)))
	if err := c.tx.Put(Seen, o.id[:], clone(end)); err != nil {
		return false, err
	}
	return false, c.tx.Put(Expiry, append(end, o.id[:]...), []byte{})
}

// sweep forgets the keys of table whose end in the table expiry has come: a few
// for each that came, so that there is no scan and no call pays for many.
func (w *work) sweep(table, expiry Table, came int) error {
	for range came * sweepEach {
		key, _ := w.tx.Seek(expiry, nil)
		if len(key) < 8 || int64(binary.BigEndian.Uint64(key)) > w.now {
			return nil
		}
		key = clone(key)
		if err := w.tx.Delete(expiry, key); err != nil {
			return err
		}
		if err := w.tx.Delete(table, key[8:]); err != nil {
			return err
		}
	}
	return nil
}
