package statetest

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/state"
)

// A ledger is what is known of a conversation without any rule: what was taken
// in, what was queued, what the provider got.
type ledger struct {
	appended []string
	queued   []string
	copies   []string
	got      map[string]bool
	lives    map[string]int // how often a row was put back
}

func newLedger() *ledger { return &ledger{got: map[string]bool{}, lives: map[string]int{}} }

// copy is a row that reaches the provider.
func (l *ledger) copy(t *rapid.T, a *account, send state.HandOut) {
	row := string(send.Row.Payload)
	if !slices.Contains(l.queued, row) {
		return // it was forgotten while a process had it in hand
	}
	if l.got[row] {
		if !send.Unknown {
			t.Fatalf("%s came twice without a cut", row)
		}
		return
	}
	for _, before := range l.queued {
		if before == row {
			break
		}
		if !l.got[before] && !a.cancelled[before] && !a.dead[before] {
			t.Fatalf("%s came before %s", row, before)
		}
	}
	l.got[row] = true
	l.copies = append(l.copies, row)
}

// rename follows an event whose payload changes.
func (l *ledger) rename(from, to string) {
	if i := slices.Index(l.appended, from); i >= 0 {
		l.appended[i] = to
	}
}

// last makes a name the last of a list, or takes it off.
func last(all []string, name string, stays bool) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == name })
	if stays {
		all = append(all, name)
	}
	return all
}

// balance compares the state, the dead letters and the provider's copies with
// what was taken in and queued.
func (m *model) balance(conv state.Conv, l *ledger) {
	b, err := m.s.Load(m.t.Context(), conv)
	if err != nil {
		m.t.Fatalf("Load: %v", err)
	}
	all, err := m.s.DeadLetters(m.t.Context(), "", 1<<20)
	if err != nil {
		m.t.Fatalf("DeadLetters: %v", err)
	}
	letters := map[state.Direction][]string{}
	for _, d := range all {
		if d.Conv == conv && len(d.Payload) > 0 {
			letters[d.Direction] = append(letters[d.Direction], string(d.Payload))
		}
	}
	var committed []string
	for _, id := range strings.Split(string(b), ";") {
		if id != "" { // that of a wake event
			committed = append(committed, id)
		}
	}
	rest := slices.Clone(committed)
	dead := slices.Clone(letters[state.In])
	for _, id := range l.appended {
		switch {
		case len(rest) > 0 && rest[0] == id:
			rest = rest[1:]
		case len(dead) > 0 && dead[0] == id:
			dead = dead[1:]
		default:
			m.t.Fatalf("%s: %s is lost or out of order: appended %q, committed %q, set aside %q", conv, id, l.appended, committed, letters[state.In])
		}
	}
	if len(rest)+len(dead) > 0 {
		m.t.Fatalf("%s: more came out than went in: %q and %q", conv, rest, dead)
	}
	for _, row := range l.queued {
		if !l.got[row] && !m.accounts[conv].cancelled[row] && !m.accounts[conv].dead[row] {
			m.t.Fatalf("%s: %s was queued and never left", conv, row)
		}
	}
}
