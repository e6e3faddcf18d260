package statetest

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/state"
)

// write gives the row of a task to the provider, if the lease lasts by the clock
// that a sender looks at right before.
func (m *model) write(t *task) {
	if t.out.Kind != state.Send || t.written || t.killed || !t.out.Now.Add(t.out.Left).After(m.s.now()) {
		return
	}
	t.written = true
	m.books[t.conv].copy(m.t, m.accounts[t.conv], t.out)
}

// An operation is what a task does next.
type operation struct {
	do func() (state.HandOut, error)
	// held is what it does to the account if the task holds the lease, and what
	// it is answered; stale is what it does if the lease is lost.
	held  func(a *account, now time.Time) forecast
	stale func(a *account)
	// stays is true when the task goes on as it was.
	stays bool
}

// work does the next operation of a task, which may have been stopped for long.
func (m *model) work(t *task) {
	a, now := m.account(t.conv), m.s.now()
	held := a.holds(t.out.Token)
	op := m.choose(t)
	out, err := op.do()
	expect := forecast{kind: state.Lost}
	if held {
		expect = op.held(a, now)
	} else if op.stale != nil {
		op.stale(a)
	}
	m.check(out, err, expect)
	if m.chance("lost", 5) {
		again, err := op.do()
		if err != nil || !alike(again, out) {
			m.t.Fatalf("the repeat answered %+v, %v; the first %+v", again, err, out)
		}
	}
	if held && op.stays {
		a.until = out.Now.Add(out.Left)
		return
	}
	m.take(t.conv, t, out)
}

// choose picks the operation of a task.
func (m *model) choose(t *task) operation {
	ctx, token := m.t.Context(), t.out.Token
	n := m.pick("operation", 16)
	switch {
	case n == 1:
		return operation{
			do:    func() (state.HandOut, error) { return m.s.Renew(ctx, t.conv, token) },
			held:  func(*account, time.Time) forecast { return forecast{kind: state.Proceed} },
			stays: true,
		}
	case n == 2:
		return operation{
			do: func() (state.HandOut, error) { return m.s.Release(ctx, t.conv, token) },
			held: func(a *account, _ time.Time) forecast {
				a.end()
				return forecast{kind: state.Free}
			},
		}
	case t.out.Kind == state.Send:
		return m.chooseOutcome(t)
	case n < 7:
		return m.chooseJournal(t)
	case n < 9:
		return m.chooseFail(t)
	}
	return m.chooseCommit(t)
}

func (m *model) chooseOutcome(t *task) operation {
	o := state.Outcome{Kind: state.Later, Delay: time.Duration(m.pick("delay", 3)) * time.Second, Cause: "refused"}
	switch {
	case t.written && m.chance("cut", 4):
		o.Kind = state.Unknown
	case t.written:
		o = mailed("of " + string(t.out.Row.Payload))
	case m.chance("dead", 4):
		o.Kind = state.Dead
	}
	row := string(t.out.Row.Payload)
	op := operation{
		do: func() (state.HandOut, error) {
			return m.s.Mark(m.t.Context(), t.conv, t.out.Token, t.out.Row.Number, t.out.Attempt, o)
		},
		held: func(a *account, now time.Time) forecast {
			a.mark(row, t.life, o, now)
			return a.next(now)
		},
	}
	if o.Kind == state.Sent {
		op.stale = func(a *account) { a.markSent(row, t.life, o) }
	}
	return op
}

// mark is what Mark of the holder does. The row may be gone already, since a
// stale token said that it was sent: then nothing is in flight.
func (a *account) mark(row string, life int, o state.Outcome, now time.Time) {
	switch {
	case o.Kind == state.Sent:
		a.markSent(row, life, o)
	case !a.flying:
	case o.Kind == state.Dead:
		a.aside(state.Out, row, false)
		a.dead[row] = true
		a.dropRow()
	default:
		a.flying = false
		a.unknown = a.unknown || o.Kind == state.Unknown
		a.rowWaits = now.Add(o.Delay)
	}
}

// markSent takes a row out that may be gone already, since a stale token said so.
func (a *account) markSent(row string, life int, o state.Outcome) {
	if len(a.rows) == 0 || a.rows[0] != (queued{row, life}) {
		return
	}
	status := "sent"
	if early, ok := a.early[o.MessageID]; ok {
		status = early
		delete(a.early, o.MessageID)
	}
	a.history = append(a.history, message{o.MessageID, status})
	a.history = a.history[max(len(a.history)-state.MaxHistory, 0):]
	a.dropRow()
}

func (m *model) text() string {
	m.texts++
	return fmt.Sprint("row ", m.texts)
}

func (m *model) chooseJournal(t *task) operation {
	// After a crash the rows that were taken before are still the first ones.
	key := fmt.Sprint("key ", m.pick("key", 4))
	rows := m.turnRows(t, m.pick("rows", 2))
	return operation{
		do: func() (state.HandOut, error) {
			return m.s.Journal(m.t.Context(), t.conv, t.out.Token, t.turn.Event.Number, entries(key, "result"), payloads(rows...))
		},
		held: func(a *account, now time.Time) forecast {
			if !slices.Contains(a.journal, key) {
				a.journal = append(a.journal, key)
			}
			m.books[t.conv].queued = append(m.books[t.conv].queued, rows[len(a.taken):]...)
			a.queue(rows)
			t.rows = rows
			return a.next(now)
		},
	}
}

// turnRows are the rows of a turn so far with some more. What an earlier process
// gave to the outbox in this turn is not known by text, only by count.
func (m *model) turnRows(t *task, more int) []string {
	rows := slices.Clone(t.rows)
	for len(rows) < t.turn.Rows {
		rows = append(rows, "taken before")
	}
	for range more {
		rows = append(rows, m.text())
	}
	return rows
}

func (m *model) chooseFail(t *task) operation {
	delay := time.Duration(m.pick("delay", 3)) * 2 * time.Second
	sorry := m.text()
	var payload []byte
	if m.chance("another payload", 3) && !t.turn.Event.Wake {
		payload = append(bytes.Clone(t.turn.Event.Payload), '!')
	}
	return operation{
		do: func() (state.HandOut, error) {
			return m.s.Fail(m.t.Context(), t.conv, t.out.Token, t.turn.Event.Number,
				state.Failure{Delay: delay, Cause: "failed", Payload: payload, Rows: payloads(sorry)})
		},
		held: func(a *account, now time.Time) forecast {
			a.inTurn = false
			if delay > 0 {
				a.fails++
				a.waits = now.Add(delay)
				return a.next(now)
			}
			name := a.events[0].name
			if payload != nil {
				name = string(payload)
				m.books[t.conv].rename(a.events[0].name, name)
				m.firsts[name] = t.turn.Event.First
			}
			a.aside(state.In, name, a.events[0].wake)
			a.dropEvent()
			m.books[t.conv].queued = append(m.books[t.conv].queued, sorry)
			a.say(sorry)
			return a.next(now)
		},
	}
}

func (m *model) chooseCommit(t *task) operation {
	rows := m.turnRows(t, m.pick("rows", 3))
	r := state.Result{State: handled(t.turn), Rows: payloads(rows...), Cancel: m.chance("cancel", 4), Flows: uint64(m.pick("flows", 4))}
	if m.chance("wake", 2) {
		r.Wake = t.turn.Now.Add(time.Duration(m.pick("wake time", 5)) * time.Second)
	}
	return operation{
		do: func() (state.HandOut, error) {
			return m.s.Commit(m.t.Context(), t.conv, t.out.Token, t.turn.Event.Number, r)
		},
		held: func(a *account, now time.Time) forecast {
			if r.Cancel {
				a.cancel()
			}
			m.books[t.conv].queued = append(m.books[t.conv].queued, rows[len(a.taken):]...)
			a.queue(rows)
			a.noRows()
			a.wake = r.Wake
			a.flows = max(a.flows, r.Flows)
			a.dropEvent()
			return a.next(now)
		},
	}
}
