package rules

import (
	"bytes"
	"context"
	"time"

	"github.com/parley-chat/parley/state"
)

// Journal keeps results of the turn in hand: see state.Turns.
func (s *Store) Journal(ctx context.Context, conv state.Conv, token state.Token, event uint64, entries []state.JournalEntry, rows [][]byte) (state.HandOut, error) {
	for _, e := range entries {
		if len(e.Payload) > state.MaxJournalEntry {
			return state.HandOut{}, state.ErrTooLarge
		}
	}
	if !rowsFit(rows) {
		return state.HandOut{}, state.ErrTooLarge
	}
	kept := make([]entry, len(entries))
	for i, e := range entries {
		kept[i] = entry{key: e.Key, size: uint64(len(e.Key) + len(e.Payload)), value: encodeEntry(e)}
	}
	ready := sealAll(kindRow, rows)
	return s.handOut(ctx, "journal", conv, func(c *conversation) (state.HandOut, error) {
		if !c.handles(token, event) {
			return c.bare(state.Lost), nil
		}
		return c.keep(kept, ready)
	})
}

// Commit ends a turn: see state.Turns.
func (s *Store) Commit(ctx context.Context, conv state.Conv, token state.Token, event uint64, r state.Result) (state.HandOut, error) {
	if len(r.State) > state.MaxState || !rowsFit(r.Rows) {
		return state.HandOut{}, state.ErrTooLarge
	}
	ready := result{rows: sealAll(kindRow, r.Rows), cancel: r.Cancel, flows: r.Flows}
	if !r.Wake.IsZero() {
		ready.wake = stampOf(r.Wake)
	}
	if r.State != nil {
		ready.state = encodeState(r.State)
	}
	if r.History != nil {
		ready.history = sealHistory(state.HistoryEntry{Direction: state.In, Payload: r.History})
	}
	return s.handOut(ctx, "commit", conv, func(c *conversation) (state.HandOut, error) {
		if !c.handles(token, event) {
			return c.repeatTurn(token, event)
		}
		return c.commit(ready)
	})
}

// Fail ends a turn that could not be done: see state.Turns.
func (s *Store) Fail(ctx context.Context, conv state.Conv, token state.Token, event uint64, f state.Failure) (state.HandOut, error) {
	if !rowsFit(f.Rows) || len(f.Payload) > state.MaxEvent {
		return state.HandOut{}, state.ErrTooLarge
	}
	rows, payload := sealAll(kindRow, f.Rows), bytes.Clone(f.Payload)
	delay, cause := f.Delay, f.Cause
	return s.handOut(ctx, "fail", conv, func(c *conversation) (state.HandOut, error) {
		if !c.handles(token, event) {
			return c.repeatTurn(token, event)
		}
		if delay > 0 {
			return c.failLater(delay)
		}
		return c.failForGood(cause, payload, rows)
	})
}

func rowsFit(rows [][]byte) bool {
	for _, r := range rows {
		if len(r) > state.MaxRow {
			return false
		}
	}
	return true
}

// handles reports whether the token holds the lease with the turn of the event in
// hand.
func (c *conversation) handles(token state.Token, event uint64) bool {
	return c.holds(token) && c.h.turn && c.h.event == event
}

// repeatTurn answers a Commit or Fail whose turn is not in hand.
func (c *conversation) repeatTurn(token state.Token, event uint64) (state.HandOut, error) {
	if !c.holds(token) {
		return c.ended(token, event <= c.h.last.trail.event), nil
	}
	if event > c.h.trail.event {
		return c.bare(state.Lost), nil
	}
	return c.again()
}

// A result is a state.Result, ready to be stored; nil state and history stay
// away.
type result struct {
	state   []byte
	rows    []sealed
	wake    int64
	cancel  bool
	history sealed
	flows   uint64
}

func (c *conversation) commit(r result) (state.HandOut, error) {
	queued := c.h.rows
	var dropped []uint64
	if r.cancel {
		dropped = c.cancellable()
		queued -= uint64(len(dropped))
	}
	rows := c.notTaken(r.rows)
	if queued+uint64(len(rows)) > state.MaxOutboxRows {
		return state.HandOut{}, state.ErrFull
	}
	if err := c.dropRows(dropped); err != nil {
		return state.HandOut{}, err
	}
	if _, err := c.appendRows(rows); err != nil {
		return state.HandOut{}, err
	}
	if r.state != nil {
		if err := c.tx.Put(States, c.key, r.state); err != nil {
			return state.HandOut{}, err
		}
	}
	if r.history != nil {
		_, at, _, err := unseal(c.tx.Get(Inbox, c.item(c.h.event)))
		if err != nil {
			return state.HandOut{}, err
		}
		if err := c.record(r.history, at); err != nil {
			return state.HandOut{}, err
		}
	}
	c.h.wake = r.wake
	c.h.flows = max(c.h.flows, r.flows)
	return c.endTurn(c.removeHead)
}

// failLater leaves the event at the head, to be handed out again.
func (c *conversation) failLater(delay time.Duration) (state.HandOut, error) {
	c.h.fails++
	c.h.waits = after(c.now, delay)
	return c.endTurn(func() error { return nil })
}

func (c *conversation) failForGood(cause string, payload []byte, rows []sealed) (state.HandOut, error) {
	if c.h.rows+uint64(len(rows)) > state.MaxOutboxRows {
		return state.HandOut{}, state.ErrFull
	}
	if _, err := c.appendRows(rows); err != nil {
		return state.HandOut{}, err
	}
	return c.endTurn(func() error { return c.setHeadAside(cause, payload) })
}

// endTurn closes the turn in hand with what becomes of its event and hands out
// what comes next.
func (c *conversation) endTurn(close func() error) (state.HandOut, error) {
	c.h.trail.event = c.h.event
	c.h.turned = c.now
	c.h.turn, c.h.begun = false, false
	if err := close(); err != nil {
		return state.HandOut{}, err
	}
	return c.next()
}

// An entry is a journal entry, ready to be stored.
type entry struct {
	key   string
	size  uint64
	value []byte
}

// keep stores journal entries and the rows of the turn that are new.
func (c *conversation) keep(entries []entry, rows []sealed) (state.HandOut, error) {
	places, count, bytes, err := c.placeEntries(entries)
	if err != nil {
		return state.HandOut{}, err
	}
	if bytes > state.MaxJournal {
		return state.HandOut{}, state.ErrTooLarge
	}
	rows = c.notTaken(rows)
	if c.h.rows+uint64(len(rows)) > state.MaxOutboxRows {
		return state.HandOut{}, state.ErrFull
	}
	for i, e := range entries {
		if err := c.tx.Put(Journals, c.item(places[i]), e.value); err != nil {
			return state.HandOut{}, err
		}
	}
	c.h.entries, c.h.entryBytes = count, bytes
	first, err := c.appendRows(rows)
	if err != nil {
		return state.HandOut{}, err
	}
	if c.h.taken == 0 {
		c.h.firstTaken = first
	}
	c.h.taken += uint64(len(rows))
	c.h.begun = true
	return c.next()
}

// placeEntries finds the position of each entry, that of its key where there is
// one, and the count and size of the journal with them.
func (c *conversation) placeEntries(entries []entry) (places []uint64, count, bytes uint64, err error) {
	at := map[string]uint64{}
	sizes := map[string]uint64{}
	count, bytes = c.h.entries, c.h.entryBytes
	if count > 0 && len(entries) > 0 {
		journal, err := c.journal()
		if err != nil {
			return nil, 0, 0, err
		}
		for i, e := range journal {
			at[e.Key], sizes[e.Key] = uint64(i), uint64(len(e.Key)+len(e.Payload))
		}
	}
	for _, e := range entries {
		place, known := at[e.key]
		if !known {
			place = count
			count++
		}
		bytes += e.size - sizes[e.key]
		at[e.key], sizes[e.key] = place, e.size
		places = append(places, place)
	}
	return places, count, bytes, nil
}

// journal returns the journal of the event at the head. Its positions are 0, 1, …
func (c *conversation) journal() ([]state.JournalEntry, error) {
	if c.h.entries == 0 {
		return nil, nil
	}
	var all []state.JournalEntry
	for i := range c.h.entries {
		e, err := decodeEntry(c.tx.Get(Journals, c.item(i)))
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (c *conversation) dropJournal() error {
	for i := range c.h.entries {
		if err := c.tx.Delete(Journals, c.item(i)); err != nil {
			return err
		}
	}
	c.h.entries, c.h.entryBytes = 0, 0
	return nil
}
