package statetest

import (
	"slices"
	"time"

	"github.com/parley-chat/parley/state"
)

// An account is what a conversation should be, kept in plain lists: the rules of
// the contract once more, as simply as they can be told, to foretell answers.
type account struct {
	holder state.Token
	until  time.Time
	inTurn bool

	events  []pending
	waits   time.Time // the event at the head
	deaths  int
	fails   int
	taken   []string // rows of its turn that were queued
	journal []string // keys

	rows     []queued
	rowWaits time.Time // the row at the head
	attempt  int
	flying   bool
	unknown  bool

	wake  time.Time
	flows uint64
	seen  map[string]time.Time // ends of windows

	history []message
	early   map[string]string // statuses, by id

	aside     func(d state.Direction, text string, wake bool) // writes a dead letter
	dead      map[string]bool                                 // rows that are dead letters, or were dropped as such
	cancelled map[string]bool
}

// A queued row is one of the outbox. Its life is how often it was put back, also
// before.
type queued struct {
	text string
	life int
}

// A message is one of the history that went out.
type message struct{ id, status string }

// A pending event is one of the inbox; a wake event has no name.
type pending struct {
	name string
	wake bool
}

// A forecast is what the next answer must be.
type forecast struct {
	kind                state.HandOutKind
	text                string // of the event, or the row
	wake                bool
	attempt             int
	unknown             bool
	rows, deaths, fails int
	journal             []string
}

func newAccount(aside func(state.Direction, string, bool)) *account {
	return &account{aside: aside, seen: map[string]time.Time{}, early: map[string]string{}, dead: map[string]bool{}, cancelled: map[string]bool{}}
}

func (a *account) leased() bool { return a.holder != state.Token{} }

func (a *account) holds(t state.Token) bool { return a.leased() && a.holder == t }

// offer is what Accept does with one event.
func (a *account) offer(id, name string, now time.Time) state.Verdict {
	if end, ok := a.seen[id]; ok && end.After(now) {
		return state.Duplicate
	}
	a.seen[id] = now.Add(window)
	a.events = append(a.events, pending{name: name})
	return state.Appended
}

// wakeUp turns a wake time that came into an event.
func (a *account) wakeUp(now time.Time) {
	if !a.wake.IsZero() && !a.wake.After(now) {
		a.wake = time.Time{}
		a.events = append(a.events, pending{wake: true})
	}
}

// ready reports whether a free conversation has something to do.
func (a *account) ready(now time.Time) bool {
	return len(a.events) > 0 && !a.waits.After(now) || len(a.rows) > 0 && !a.rowWaits.After(now)
}

// due reports whether the work index must have it now.
func (a *account) due(now time.Time) bool {
	if a.leased() {
		return !a.until.After(now)
	}
	return a.ready(now) || !a.wake.IsZero() && !a.wake.After(now)
}

// newer reports whether the caller's flows are too old for what is due.
func (a *account) newer(by state.Caller, now time.Time) bool {
	return by.Flows != 0 && by.Flows < a.flows && a.due(now)
}

// next is the hand-out to the holder.
func (a *account) next(now time.Time) forecast {
	if !a.inTurn {
		a.wakeUp(now)
	}
	switch {
	case a.flying:
	case len(a.rows) > 0 && !a.rowWaits.After(now):
		a.flying = true
		a.attempt++
	case a.inTurn:
		return forecast{kind: state.Proceed}
	case len(a.events) > 0 && !a.waits.After(now):
		a.inTurn = true
		e := a.events[0]
		return forecast{kind: state.Turn, text: e.name, wake: e.wake, rows: len(a.taken),
			deaths: a.deaths, fails: a.fails, journal: slices.Clone(a.journal)}
	default:
		a.end()
		return forecast{kind: state.Free}
	}
	return forecast{kind: state.Send, text: a.rows[0].text, attempt: a.attempt, unknown: a.unknown}
}

// end frees the conversation; what was in flight is unknown.
func (a *account) end() {
	if a.flying {
		a.flying, a.unknown, a.rowWaits = false, true, time.Time{}
	}
	a.holder, a.inTurn = state.Token{}, false
}

// die is the end of a holder that did not come back.
func (a *account) die() {
	died := a.inTurn
	a.end()
	if !died {
		return
	}
	if a.deaths++; a.deaths == state.MaxDeaths {
		a.aside(state.In, a.events[0].name, a.events[0].wake)
		a.dropEvent()
	}
}

func (a *account) dropEvent() {
	a.events = a.events[1:]
	a.waits, a.deaths, a.fails, a.taken, a.journal = time.Time{}, 0, 0, nil, nil
	a.inTurn = false
}

func (a *account) dropRow() {
	a.rows = a.rows[1:]
	a.rowWaits, a.attempt, a.flying, a.unknown = time.Time{}, 0, false, false
	a.noRows()
}

// noRows forgets early statuses when there are no rows that they may be of.
func (a *account) noRows() {
	if len(a.rows) == 0 {
		clear(a.early)
	}
}

// queue takes the rows of a turn that are new.
func (a *account) queue(rows []string) {
	fresh := rows[min(len(a.taken), len(rows)):]
	a.say(fresh...)
	a.taken = append(a.taken, fresh...)
}

// say queues rows.
func (a *account) say(rows ...string) {
	for _, text := range rows {
		a.rows = append(a.rows, queued{text: text})
	}
}

// cancel drops what is not of the turn in hand.
func (a *account) cancel() {
	var kept []queued
	for i, row := range a.rows {
		if i == 0 && a.flying || row.life == 0 && slices.Contains(a.taken, row.text) {
			kept = append(kept, row)
			continue
		}
		a.cancelled[row.text] = true
		if i == 0 {
			a.rowWaits, a.attempt, a.unknown = time.Time{}, 0, false
		}
	}
	a.rows = kept
}
