package rules

import (
	"encoding/binary"
	"time"
)

// A conversation that has a header has one entry in the index Idle: when to look
// what of it is kept too long. It is never after the end of its retention, nor of
// the time of its oldest history entry, so it is written when a conversation
// begins and when it was looked at, not with each turn.

// lookAfter is the least time between two looks at a conversation.
const lookAfter = time.Hour

// begin makes the entry of a conversation that has none.
func (c *conversation) begin() error {
	if c.h.turned == 0 {
		c.h.turned = c.now
	}
	return c.lookAt(after(c.now, min(c.options.Retention, c.options.HistoryTime)))
}

func (c *conversation) lookAt(at int64) error {
	if err := c.lookNoMore(); err != nil {
		return err
	}
	c.h.look = at
	return c.tx.Put(Idle, dueKey(at, c.key), []byte{})
}

func (c *conversation) lookNoMore() error {
	if c.h.look == 0 {
		return nil
	}
	err := c.tx.Delete(Idle, dueKey(c.h.look, c.key))
	c.h.look = 0
	return err
}

// outlived reports whether nothing is pending and the last turn is too long ago.
func (c *conversation) outlived() bool {
	return c.h.turned != 0 && c.h.due(c.now) == 0 && after(c.h.turned, c.options.Retention) <= c.now
}

// beginAgain deletes what has outlived its time and was not looked at yet.
func (c *conversation) beginAgain() error {
	if !c.outlived() {
		return nil
	}
	return c.erase()
}

// look deletes what is kept too long and makes the next entry.
func (c *conversation) look() error {
	if c.outlived() {
		return c.erase()
	}
	next := after(c.now, c.options.HistoryTime)
	for {
		n, v, ok := c.head(History, 0)
		if !ok {
			break
		}
		_, at, _, err := unseal(v)
		if err != nil {
			return err
		}
		if end := after(at, c.options.HistoryTime); end > c.now {
			next = end
			break
		}
		if err := c.tx.Delete(History, c.item(n)); err != nil {
			return err
		}
		c.h.history--
	}
	end := after(c.h.turned, c.options.Retention)
	if end <= c.now {
		end = c.h.due(c.now) // it waits for something
	}
	return c.lookAt(max(min(next, end), after(c.now, lookAfter)))
}

// sweepIdle looks at conversations whose time has come, a few for each event that
// came.
func (c *conversation) sweepIdle(came int) error {
	for range came * sweepEach {
		key, _ := c.tx.Seek(Idle, nil)
		if len(key) < 8 || int64(binary.BigEndian.Uint64(key)) > c.now {
			return nil
		}
		_, conv, err := splitDue(key)
		if err != nil {
			return err
		}
		if conv == c.conv {
			// It is at work, and saved later.
			if err := c.look(); err != nil {
				return err
			}
			continue
		}
		other, err := load(c.work, conv)
		if err != nil {
			return err
		}
		if err := other.look(); err != nil {
			return err
		}
		if err := other.save(); err != nil {
			return err
		}
	}
	return nil
}

// erase deletes all of a conversation but its dead letters. The entry in the work
// index goes when it is saved.
func (c *conversation) erase() error {
	for _, t := range []Table{Inbox, Outbox, Journals, History} {
		for {
			n, _, ok := c.head(t, 0)
			if !ok {
				break
			}
			if err := c.tx.Delete(t, c.item(n)); err != nil {
				return err
			}
		}
	}
	if err := c.tx.Delete(States, c.key); err != nil {
		return err
	}
	if err := c.dropEarly(); err != nil {
		return err
	}
	if err := c.lookNoMore(); err != nil {
		return err
	}
	c.h = header{score: c.h.score}
	return nil
}
