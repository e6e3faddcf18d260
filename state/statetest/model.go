package statetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/state"
)

// Model runs random commands against a store: several processes that accept,
// claim and work on conversations, do it step by step, crash, stop and come back
// with tokens that are stale, and lose answers, while time passes and the store
// starts again. A plain account foretells each answer, and what the provider got
// and what the states hold is compared with what was taken in:
//
//   - no accepted event is lost, none is committed twice, all in order;
//   - rows leave in order, one in flight, twice only after an attempt was cut;
//   - a stale token commits nothing, nor does one of a conversation that was
//     forgotten;
//   - what is put back comes as what it was, as the last;
//   - older flows do not get what has seen newer ones;
//   - a repeat gets the answer of the first call;
//   - the work index has an entry for all work: see [Auditor].
//
// It needs a clock that can be moved, and does nothing without. The flags of
// pgregory.net/rapid set how long it runs; by default it takes seconds.
func Model(t *testing.T, open func(t *testing.T) Harness) {
	if open(t).Advance == nil {
		return
	}
	rapid.Check(t, func(rt *rapid.T) {
		h := open(t)
		m := newModel(rt, h)
		defer func() { _ = m.s.Store.Close() }() // the cleanup of open closes it too, and tells of errors
		rt.Repeat(map[string]func(*rapid.T){"commands": func(*rapid.T) {
			for range commandsPerStep {
				m.run()
			}
		}})
		m.finish()
	})
}

// commandsPerStep makes the runs longer than those of rapid, which are of 30
// steps on average: faults need a while to meet.
const commandsPerStep = 4

// A task is a hand-out in the hands of a process: the turn, or an attempt.
type task struct {
	conv    state.Conv
	out     state.HandOut // Turn, or Send
	turn    state.HandOut // the turn that a Send interrupts, if any
	life    int           // that of the row, with Send
	rows    []string      // of that turn, as far as journaled
	written bool          // the provider has it
	killed  bool          // its process is gone, and writes no more
}

type model struct {
	t        *rapid.T
	h        Harness
	s        *checked
	accounts map[state.Conv]*account
	books    map[state.Conv]*ledger
	tasks    []*task
	events   int
	texts    int

	letters []*asided
	firsts  map[string]uint64 // of events, by name
	links   map[string]linked
	agreed  agreement
}

func newModel(t *rapid.T, h Harness) *model {
	return &model{
		t: t, h: h, s: newChecked(t, h),
		accounts: map[state.Conv]*account{}, books: map[state.Conv]*ledger{},
		firsts: map[string]uint64{}, links: map[string]linked{}, agreed: newAgreement(""),
	}
}

func (m *model) account(conv state.Conv) *account {
	if m.accounts[conv] == nil {
		aside := func(d state.Direction, text string, wake bool) {
			m.letters = append(m.letters, &asided{conv: conv, direction: d, text: text, wake: wake})
		}
		m.accounts[conv], m.books[conv] = newAccount(aside), newLedger()
	}
	return m.accounts[conv]
}

// pick draws a number below n, each as likely as the others; the generators of
// rapid prefer small ones.
func (m *model) pick(what string, n int) int {
	v := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 10, 10).Draw(m.t, what) {
		v *= 2
		if bit {
			v++
		}
	}
	return v % n
}

// chance is true once in n times.
func (m *model) chance(what string, n int) bool { return m.pick(what, n) == n-1 }

// run does one command. Steps of the work are the most frequent, faults the
// least.
func (m *model) run() {
	conv := []state.Conv{"chat/main/1", "chat/main/2", "mail/main/1"}[m.pick("conversation", 3)]
	by := with(fmt.Sprint("process ", m.pick("process", 3)), uint64(max(m.pick("flows", 6)-2, 0)))
	switch do := m.pick("command", 56); {
	case do < 6:
		by.Room = !m.chance("no room", 4)
		m.accept(conv, by)
	case do < 10:
		m.claim(conv, by, m.chance("lost", 5))
	case do < 34 && len(m.tasks) > 0:
		t := m.tasks[m.pick("task", len(m.tasks))]
		if !m.chance("unwritten", 4) {
			m.write(t)
		}
		if !m.chance("stopped", 4) {
			m.work(t)
		}
	case do < 36:
		m.tasks = slices.DeleteFunc(m.tasks, func(t *task) bool { return t.out.Token.Process == by.Process })
	case do < 39:
		m.s.advance([]time.Duration{time.Millisecond, time.Second, 4 * time.Second, state.LeaseTime, state.LeaseTime, time.Minute, window}[m.pick("time", 7)])
	case do < 40:
		m.reopen()
	case do < 45:
		m.mend()
	case do < 46:
		m.forget(conv)
	case do < 50:
		m.status(conv)
	case do < 52:
		m.link(conv)
	case do < 54:
		m.agree(by.Process)
	default:
		m.backlog()
	}
}

// reopen starts the store again, if it can. Those that had work in hand are
// gone; as tasks they stay, to come with stale tokens.
func (m *model) reopen() {
	if m.h.Reopen == nil || !m.chance("reopen", 3) {
		return
	}
	m.s.Store = m.h.Reopen()
	for _, a := range m.accounts {
		a.die()
	}
	for _, t := range m.tasks {
		t.killed = true
	}
	before := m.agreed
	m.agreed = newAgreement(before.epoch + "again ")
	m.agreed.digest, m.agreed.number = before.digest, before.number
	m.agreed.aliveFrom = m.s.now().Add(state.AliveTime)
}

// accept offers one to three events, some of which were offered before.
func (m *model) accept(conv state.Conv, by state.Caller) {
	a := m.account(conv)
	var offered []state.NewEvent
	var want []state.Verdict
	now := m.s.now()
	for i := range 1 + m.pick("events", 3) {
		m.events++
		e := event(fmt.Sprint("id ", m.events))
		if m.chance("seen before", 3) {
			e = event(fmt.Sprint("id ", max(0, m.events-1-m.pick("which", 5))))
		}
		name := fmt.Sprint("event ", m.events)
		e.Payload = []byte(name)
		offered = append(offered, e)
		want = append(want, a.offer(e.DedupeID, name, now))
		if want[i] == state.Appended {
			m.books[conv].appended = append(m.books[conv].appended, name)
		}
	}
	expect := forecast{kind: state.Free}
	switch {
	case a.leased():
		expect.kind = state.Busy
	case by.Room && a.newer(by, now):
		expect.kind = state.Newer
	case by.Room:
		expect = m.lease(a, now, state.Free)
	}
	verdicts, out, err := m.s.Accept(m.t.Context(), conv, offered, by)
	if m.check(out, err, expect); !slices.Equal(verdicts, want) {
		m.t.Fatalf("verdicts %v, want %v", verdicts, want)
	}
	if m.chance("lost", 5) {
		verdicts, again, err := m.s.Accept(m.t.Context(), conv, offered, by)
		if slices.ContainsFunc(verdicts, func(v state.Verdict) bool { return v != state.Duplicate }) {
			m.t.Fatalf("the repeat of Accept appended: %v", verdicts)
		}
		m.adopt(conv, by, out, again, err)
		return
	}
	m.take(conv, nil, out)
}

func (m *model) claim(conv state.Conv, by state.Caller, lost bool) {
	a, now := m.account(conv), m.s.now()
	expect := forecast{kind: state.Busy}
	if a.newer(by, now) {
		expect.kind = state.Newer
	} else if !a.leased() || !a.until.After(now) {
		none := state.Early
		if a.leased() {
			none = state.Free
			a.die()
		}
		expect = m.lease(a, now, none)
	}
	out, err := m.s.Claim(m.t.Context(), conv, by)
	m.check(out, err, expect)
	if lost && out.Token.Process == by.Process && expect.kind != state.Busy && expect.kind != state.Newer {
		again, err := m.s.Claim(m.t.Context(), conv, by)
		m.adopt(conv, by, out, again, err)
		return
	}
	m.take(conv, nil, out)
}

// lease foretells what a free conversation gives to a process that wants it.
func (m *model) lease(a *account, now time.Time, none state.HandOutKind) forecast {
	if a.wakeUp(now); !a.ready(now) {
		return forecast{kind: none}
	}
	return a.next(now)
}

// adopt is what a process does that learns of a lease it does not know: release
// and claim.
func (m *model) adopt(conv state.Conv, by state.Caller, lost, out state.HandOut, err error) {
	a := m.account(conv)
	if lost.Kind != state.Turn && lost.Kind != state.Send {
		if m.take(conv, nil, lost); err != nil || out.Kind != lost.Kind {
			m.t.Fatalf("the repeat answered %s, %v; the first %s", out.Kind, err, lost.Kind)
		}
		return
	}
	if err != nil || out.Kind != state.Busy || out.Token != lost.Token {
		m.t.Fatalf("the repeat answered %s, %v, %v; the lease is %v", out.Kind, out.Token, err, lost.Token)
	}
	out, err = m.s.Release(m.t.Context(), conv, out.Token)
	a.end()
	m.check(out, err, forecast{kind: state.Free})
	m.claim(conv, by, false)
}

// check compares an answer with its forecast.
func (m *model) check(out state.HandOut, err error, want forecast) {
	m.t.Helper()
	if err != nil {
		m.t.Fatalf("unexpected error: %v", err)
	}
	got := forecast{kind: out.Kind, wake: out.Event.Wake, attempt: out.Attempt, unknown: out.Unknown,
		rows: out.Rows, deaths: out.Deaths, fails: out.Fails}
	got.text = string(out.Event.Payload) + string(out.Row.Payload)
	m.checkFirst(out)
	for _, e := range out.Journal {
		got.journal = append(got.journal, e.Key)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		m.t.Fatalf("answered %+v, want %+v", got, want)
	}
}

// take keeps account of who holds what after an answer. before is the task that
// asked, if any; it is over unless the answer goes on with it.
func (m *model) take(conv state.Conv, before *task, out state.HandOut) {
	a := m.account(conv)
	if before != nil {
		m.tasks = slices.DeleteFunc(m.tasks, func(t *task) bool { return t == before })
	}
	next := &task{conv: conv, out: out}
	switch out.Kind {
	case state.Turn:
		next.turn = out
	case state.Send:
		next.life = a.rows[0].life
		if before != nil && a.inTurn {
			next.turn, next.rows = before.turn, before.rows
		}
	case state.Proceed:
		next.out, next.turn, next.rows = before.turn, before.turn, before.rows
		next.out.Token = out.Token
	default:
		return
	}
	a.holder, a.until = out.Token, out.Now.Add(out.Left)
	m.tasks = append(m.tasks, next)
}

// finish does all work that is left and compares what came out with what went
// in.
func (m *model) finish() {
	m.s.finish(m.complete)
	m.checkLetters()
	for conv, l := range m.books {
		m.balance(conv, l)
	}
}

// complete commits and sends until the lease ends.
func (m *model) complete(conv state.Conv, out state.HandOut) {
	for out.Kind != state.Free {
		var err error
		switch out.Kind {
		case state.Turn:
			out, err = m.s.Commit(m.t.Context(), conv, out.Token, out.Event.Number, state.Result{State: handled(out)})
		case state.Send:
			m.books[conv].copy(m.t, m.accounts[conv], out)
			out, err = m.s.Mark(m.t.Context(), conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent})
		}
		if err != nil || out.Kind != state.Turn && out.Kind != state.Send && out.Kind != state.Free {
			m.t.Fatalf("the holder of a lease was answered %s, %v", out.Kind, err)
		}
	}
}

// handled is the state after a turn: the names of all events, in order.
func handled(turn state.HandOut) []byte {
	return []byte(strings.TrimPrefix(string(turn.State)+";"+string(turn.Event.Payload), ";"))
}
