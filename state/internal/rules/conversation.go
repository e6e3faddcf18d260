package rules

import (
	"bytes"
	"encoding/binary"

	"github.com/parley-chat/parley/state"
)

// A conversation is one operation at work: the header, loaded, and the
// transaction to write to.
type conversation struct {
	*work
	conv state.Conv
	// key is the conversation's name in the tables, with room for a number.
	key []byte
	h   header

	loaded  []byte // the header as it was stored, nil when there was none
	counter uint64 // last number of the partition, when counted
	counted bool
	moved   bool // a number was taken
}

func load(w *work, conv state.Conv) (*conversation, error) {
	c := &conversation{work: w, conv: conv, key: convKey(conv)}
	if v := w.tx.Get(Headers, c.key); v != nil {
		h, err := decodeHeader(v)
		if err != nil {
			return nil, err
		}
		c.h, c.loaded = h, v
	}
	return c, nil
}

// save ends every operation: it forgets early statuses that no row waits for,
// computes the entry in the work index and stores the header and the counter, each
// only if it changed.
func (c *conversation) save() error {
	if c.h.rows == 0 {
		if err := c.dropEarly(); err != nil {
			return err
		}
	}
	before := c.h.score
	c.h.score = c.h.due(c.now)
	if c.h.score != before {
		if before != 0 {
			if err := c.tx.Delete(DueIndex, dueKey(before, c.key)); err != nil {
				return err
			}
		}
		if c.h.score != 0 {
			if err := c.tx.Put(DueIndex, dueKey(c.h.score, c.key), []byte{}); err != nil {
				return err
			}
		}
	}
	if c.moved {
		if err := c.tx.Put(Counters, c.counterKey(), binary.BigEndian.AppendUint64(nil, c.counter)); err != nil {
			return err
		}
	}
	if c.h == (header{}) {
		if c.loaded == nil {
			return nil
		}
		return c.tx.Delete(Headers, c.key)
	}
	if c.h.look == 0 {
		if err := c.begin(); err != nil {
			return err
		}
	}
	encoded := c.h.encode(make([]byte, 0, len(c.loaded)+64))
	if bytes.Equal(encoded, c.loaded) {
		return nil
	}
	return c.tx.Put(Headers, c.key, encoded)
}

// due is when somebody must look at the conversation, zero for never. What can be
// done now has been due since now, or since the earlier time that the index
// already has, so that a busy conversation is not moved behind others.
func (h *header) due(now int64) int64 {
	if h.token.Number != 0 {
		return h.until
	}
	ready := now
	if h.score != 0 {
		ready = min(ready, h.score)
	}
	at := h.wake
	consider := func(pending bool, waits int64) {
		if !pending {
			return
		}
		if waits <= now {
			waits = ready
		}
		if at == 0 || waits < at {
			at = waits
		}
	}
	consider(h.events > 0, h.waits)
	consider(h.rows > 0, h.rowWaits)
	return at
}

// number takes the next number of the partition: for tokens, events, rows and
// history entries alike.
func (c *conversation) number() (uint64, error) {
	if !c.counted {
		n, err := counter(c.tx, c.counterKey())
		if err != nil {
			return 0, err
		}
		c.counter, c.counted = n, true
	}
	c.counter++
	c.moved = true
	return c.counter, nil
}

func (c *conversation) counterKey() []byte { return []byte{c.conv.Partition()} }

func counter(r Reader, key []byte) (uint64, error) {
	v := r.Get(Counters, key)
	if v == nil {
		return 0, nil
	}
	if len(v) != 8 {
		return 0, errDamaged
	}
	return binary.BigEndian.Uint64(v), nil
}

// item is the key of one element of a list of the conversation. It is valid
// until the next call.
func (c *conversation) item(number uint64) []byte {
	return binary.BigEndian.AppendUint64(c.key[:len(c.key):cap(c.key)], number)
}

// head returns the first element of a list whose number is not below from; ok is
// false when there is none.
func (c *conversation) head(t Table, from uint64) (number uint64, value []byte, ok bool) {
	return seekItem(c.tx, t, c.key, from)
}

func seekItem(r Reader, t Table, conv []byte, from uint64) (number uint64, value []byte, ok bool) {
	k, v := r.Seek(t, binary.BigEndian.AppendUint64(conv[:len(conv):cap(conv)], from))
	if len(k) != len(conv)+8 || !bytes.HasPrefix(k, conv) {
		return 0, nil, false
	}
	return binary.BigEndian.Uint64(k[len(conv):]), v, true
}

// convKey is the name of a conversation after its length, so that no name is the
// beginning of another; it has room for a number behind it.
func convKey(conv state.Conv) []byte {
	b := make([]byte, 0, len(conv)+binary.MaxVarintLen32+8)
	return appendText(b, string(conv))
}

func dueKey(at int64, conv []byte) []byte {
	b := make([]byte, 0, 8+len(conv))
	return append(binary.BigEndian.AppendUint64(b, uint64(at)), conv...)
}

// splitDue is the reverse of dueKey and convKey.
func splitDue(k []byte) (at int64, conv state.Conv, err error) {
	if len(k) < 8 {
		return 0, "", errDamaged
	}
	in := input{rest: k[8:]}
	conv = state.Conv(in.text())
	if in.bad || len(in.rest) > 0 {
		return 0, "", errDamaged
	}
	return int64(binary.BigEndian.Uint64(k)), conv, nil
}
