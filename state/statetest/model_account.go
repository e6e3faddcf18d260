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

	rows     []string
	rowWaits time.Time // the row at the head
	attempt  int
	flying   bool
	unknown  bool

	wake time.Time
	seen map[string]time.Time // ends of windows

	setAside  []string // events and rows that must be dead letters
	cancelled map[string]bool
}

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

func newAccount() *account {
	return &account{seen: map[string]time.Time{}, cancelled: map[string]bool{}}
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
	return forecast{kind: state.Send, text: a.rows[0], attempt: a.attempt, unknown: a.unknown}
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
		a.setAside = append(a.setAside, a.events[0].name)
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
}

// queue takes the rows of a turn that are new.
func (a *account) queue(rows []string) {
	fresh := rows[min(len(a.taken), len(rows)):]
	a.rows = append(a.rows, fresh...)
	a.taken = append(a.taken, fresh...)
}

// cancel drops what was queued before the turn in hand.
func (a *account) cancel() {
	var kept []string
	for i, row := range a.rows {
		if i == 0 && a.flying || slices.Contains(a.taken, row) {
			kept = append(kept, row)
			continue
		}
		a.cancelled[row] = true
		if i == 0 {
			a.rowWaits, a.attempt, a.unknown = time.Time{}, 0, false
		}
	}
	a.rows = kept
}
