package statetest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/state"
)

// An asided is what must be a dead letter, in the order in which they came.
type asided struct {
	conv      state.Conv
	direction state.Direction
	text      string
	wake      bool
}

// checkFirst compares the First of an event with that of its first turn.
func (m *model) checkFirst(out state.HandOut) {
	m.t.Helper()
	if out.Kind != state.Turn || out.Event.Wake {
		return
	}
	name := string(out.Event.Payload)
	if first, ok := m.firsts[name]; ok && first != out.Event.First {
		m.t.Fatalf("%s was event %d first and says %d", name, first, out.Event.First)
	}
	m.firsts[name] = out.Event.First
}

// checkLetters compares the dead letters and returns them.
func (m *model) checkLetters() []state.Letter {
	m.t.Helper()
	all, err := m.s.DeadLetters(m.t.Context(), "", 1<<20)
	if err != nil || len(all) != len(m.letters) {
		m.t.Fatalf("%d dead letters, %v; want %d", len(all), err, len(m.letters))
	}
	for i, l := range all {
		want := *m.letters[i]
		if got := (asided{l.Conv, l.Direction, string(l.Payload), l.Wake}); got != want {
			m.t.Fatalf("dead letter %d is %+v, want %+v", i, got, want)
		}
		if first, ok := m.firsts[want.text]; ok && l.Direction == state.In && l.Number != first {
			m.t.Fatalf("%s was event %d first and is the dead letter of %d", want.text, first, l.Number)
		}
	}
	return all
}

// mend puts a dead letter back, or drops it.
func (m *model) mend() {
	all := m.checkLetters()
	if len(all) == 0 {
		return
	}
	i := m.pick("letter", len(all))
	l := m.letters[i]
	do, name := m.s.Retry, "Retry"
	back := !m.chance("drop", 4)
	if !back {
		do, name = m.s.Drop, "Drop"
	}
	if err := do(m.t.Context(), all[i].ID); err != nil {
		m.t.Fatalf("%s: %v", name, err)
	}
	if m.chance("lost", 3) {
		if err := do(m.t.Context(), all[i].ID); !errors.Is(err, state.ErrNotFound) {
			m.t.Fatalf("the repeat of %s: %v", name, err)
		}
	}
	m.letters = slices.Delete(m.letters, i, i+1)
	a, b := m.account(l.conv), m.books[l.conv]
	if l.direction == state.In {
		b.appended = last(b.appended, l.text, back && !l.wake)
		if back {
			a.events = append(a.events, pending{name: l.text, wake: l.wake})
		}
		return
	}
	if !back {
		return // the row stays one that need not leave
	}
	b.queued = last(b.queued, l.text, true)
	b.lives[l.text]++
	delete(b.got, l.text)
	delete(a.dead, l.text)
	a.rows = append(a.rows, queued{l.text, b.lives[l.text]})
}

// forget erases a conversation. What processes have in hand of it stays, to come
// with stale tokens.
func (m *model) forget(conv state.Conv) {
	before := m.account(conv)
	for range 1 + m.pick("again", 2) {
		if err := m.s.Forget(m.t.Context(), conv); err != nil {
			m.t.Fatalf("Forget: %v", err)
		}
	}
	m.letters = slices.DeleteFunc(m.letters, func(l *asided) bool { return l.conv == conv })
	delete(m.accounts, conv)
	m.account(conv).seen = before.seen
	if b, err := m.s.Load(m.t.Context(), conv); err != nil || b != nil {
		m.t.Fatalf("a state after Forget: %q, %v", b, err)
	}
}

// backlog compares what is due.
func (m *model) backlog() {
	now, want := m.s.now(), 0
	for _, a := range m.accounts {
		if a.due(now) {
			want++
		}
	}
	limit := m.pick("limit", 5)
	n, err := m.s.Backlog(m.t.Context(), limit)
	if err != nil || n != min(want, limit) {
		m.t.Fatalf("a backlog of %d, %v; want %d of at most %d", n, err, want, limit)
	}
}

// status tells of a message that went out, or will, or never was.
func (m *model) status(conv state.Conv) {
	a := m.account(conv)
	id := "of nothing"
	switch rows := len(a.rows); {
	case rows > 0 && m.chance("early", 2):
		id = "of " + a.rows[m.pick("row", rows)].text
	case len(a.history) > 0:
		id = a.history[m.pick("message", len(a.history))].id
	}
	status := []string{"sent", "delivered", "read", "failed", "new word"}[m.pick("status", 5)]
	want := a.status(id, status)
	rose, err := m.s.Status(m.t.Context(), conv, id, status)
	if err != nil || rose != want {
		m.t.Fatalf("%s of %q: rose %t, %v; want %t", status, id, rose, err, want)
	}
	var got []message
	all, err := m.s.History(m.t.Context(), conv, 0, state.MaxHistory)
	for _, e := range all {
		got = append(got, message{e.MessageID, e.Status})
	}
	if err != nil || !slices.Equal(got, a.history) {
		m.t.Fatalf("the history is %v, %v; want %v", got, err, a.history)
	}
}

// status is what Status does.
func (a *account) status(id, status string) (rose bool) {
	rank := state.StatusRank
	for i := range a.history {
		if h := &a.history[i]; h.id == id {
			if rose = rank(status) > rank(h.status); rose {
				h.status = status
			}
			return rose
		}
	}
	if len(a.rows) > 0 && rank(status) > rank("sent") && rank(status) > rank(a.early[id]) {
		a.early[id] = status
	}
	return false
}

// A linked is what is known of a message whose statuses do not name their
// conversation.
type linked struct {
	conv  state.Conv
	early []string
}

// link links a message, or asks whose it is.
func (m *model) link(conv state.Conv) {
	id := fmt.Sprint("message ", m.pick("message", 4))
	known := m.links[conv.Channel()+" "+id]
	if m.chance("link", 3) {
		early, err := m.s.Link(m.t.Context(), conv.Channel(), id, conv)
		if err != nil || !slices.Equal(early, known.early) {
			m.t.Fatalf("Link: %q, %v; want %q", early, err, known.early)
		}
		m.links[conv.Channel()+" "+id] = linked{conv: conv, early: known.early}
		return
	}
	status := []string{"", "sent", "read"}[m.pick("status", 3)]
	got, err := m.s.Linked(m.t.Context(), conv.Channel(), id, status)
	if err != nil || got != known.conv {
		m.t.Fatalf("Linked: %q, %v; want %q", got, err, known.conv)
	}
	if known.conv == "" && status != "" && len(known.early) < state.MaxEarly {
		known.early = append(known.early, status)
		m.links[conv.Channel()+" "+id] = known
	}
}
