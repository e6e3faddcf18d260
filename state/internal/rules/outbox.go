package rules

import (
	"context"

	"github.com/parley-chat/parley/state"
)

// Mark records what became of a row: see state.Turns.
func (s *Store) Mark(ctx context.Context, conv state.Conv, token state.Token, row uint64, attempt int, o state.Outcome) (state.HandOut, error) {
	m := mark{token: token, row: row, attempt: uint64(max(attempt, 0)), outcome: o}
	if o.Kind == state.Sent && o.History != nil {
		m.history = sealHistory(state.HistoryEntry{
			Direction: state.Out, Payload: o.History, MessageID: o.MessageID, Status: "sent",
		})
	}
	m.outcome.History = nil
	return s.handOut(ctx, "mark", conv, func(c *conversation) (state.HandOut, error) {
		return c.mark(m)
	})
}

// A mark is what one call of Mark says; history is nil when there is none.
type mark struct {
	token        state.Token
	row, attempt uint64
	outcome      state.Outcome
	history      sealed
}

func (c *conversation) mark(m mark) (state.HandOut, error) {
	atHead := c.h.rows > 0 && c.h.row == m.row
	tried := atHead && m.attempt > 0 && m.attempt <= c.h.attempt
	if c.holds(m.token) && tried && c.h.inFlight && m.attempt == c.h.attempt {
		return c.decide(m)
	}
	if tried && m.outcome.Kind == state.Sent {
		// A fact, whoever tells it: the row was taken by the provider.
		if err := c.sent(m); err != nil {
			return state.HandOut{}, err
		}
	}
	if !c.holds(m.token) {
		return c.ended(m.token, c.h.last.trail.covers(m.row, m.attempt)), nil
	}
	if gone := c.h.rows == 0 || m.row < c.h.row; gone || tried {
		return c.again()
	}
	return c.bare(state.Lost), nil
}

// decide applies the outcome of the attempt that the holder has in hand.
func (c *conversation) decide(m mark) (state.HandOut, error) {
	switch m.outcome.Kind {
	case state.Sent:
		if err := c.sent(m); err != nil {
			return state.HandOut{}, err
		}
	case state.Dead:
		row, err := decodeRow(c.h.row, c.tx.Get(Outbox, c.item(c.h.row)))
		if err != nil {
			return state.HandOut{}, err
		}
		err = c.setAside(letter{Letter: state.Letter{
			Direction: state.Out, Number: row.Number, Cause: m.outcome.Cause, Payload: row.Payload,
		}})
		if err != nil {
			return state.HandOut{}, err
		}
		if err := c.dropRows([]uint64{c.h.row}); err != nil {
			return state.HandOut{}, err
		}
	default:
		c.h.inFlight = false
		c.h.unknown = c.h.unknown || m.outcome.Kind != state.Later
		c.h.rowWaits = after(c.now, max(m.outcome.Delay, 0))
	}
	c.h.trail.row, c.h.trail.attempt = m.row, m.attempt
	return c.next()
}

// sent takes the row at the head out of the outbox and into the history.
func (c *conversation) sent(m mark) error {
	if m.history != nil {
		entry, err := c.withEarly(m.history, m.outcome.MessageID)
		if err != nil {
			return err
		}
		if err := c.record(entry, c.now); err != nil {
			return err
		}
	}
	return c.dropRows([]uint64{c.h.row})
}

// notTaken returns the rows of the turn that the outbox has not taken yet.
func (c *conversation) notTaken(rows []sealed) []sealed {
	return rows[min(c.h.taken, uint64(len(rows))):]
}

// appendRows queues rows and returns the number of the first, zero for none.
func (c *conversation) appendRows(rows []sealed) (first uint64, err error) {
	for _, r := range rows {
		n, err := c.number()
		if err != nil {
			return 0, err
		}
		if first == 0 {
			first = n
		}
		if c.h.rows == 0 {
			c.h.row = n
		}
		c.h.rows++
		if err := c.tx.Put(Outbox, c.item(n), r.stamp(c.now)); err != nil {
			return 0, err
		}
	}
	return first, nil
}

// cancellable lists the rows that are not of the turn in hand, save one in flight.
// Of those that came since it journaled its first, only what was put back is not
// its own.
func (c *conversation) cancellable() []uint64 {
	if c.h.rows == 0 {
		return nil
	}
	var all []uint64
	from := c.h.row
	if c.h.inFlight {
		from++
	}
	for {
		n, v, ok := c.head(Outbox, from)
		if !ok {
			return all
		}
		own := c.h.taken > 0 && n >= c.h.firstTaken
		if !own || len(v) > 0 && v[0] == kindRowBack {
			all = append(all, n)
		}
		from = n + 1
	}
}

// dropRows takes rows out of the outbox. What was known of the attempts of the
// row at the head goes with it.
func (c *conversation) dropRows(numbers []uint64) error {
	head := c.h.row
	for _, n := range numbers {
		if err := c.tx.Delete(Outbox, c.item(n)); err != nil {
			return err
		}
		c.h.rows--
		if n == head {
			c.h.row, c.h.rowWaits, c.h.attempt = 0, 0, 0
			c.h.inFlight, c.h.unknown = false, false
		}
	}
	if c.h.row != 0 || c.h.rows == 0 {
		return nil
	}
	n, _, ok := c.head(Outbox, head+1)
	if !ok {
		return errDamaged
	}
	c.h.row = n
	return nil
}
