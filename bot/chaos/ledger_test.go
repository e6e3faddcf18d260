package chaos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ringWait is how long the flow waits before it rings.
const ringWait = time.Second

// A ledger has what was taken of each person and what was said to them.
type ledger struct {
	mu              sync.Mutex
	talks           map[int]*talk
	heard           chan struct{}  // closed and made anew after each change
	calls           map[string]int // to the shop, by idempotency key
	cuts            int            // requests that the sink took and did not confirm
	refused, resets int            // answers 503, and connections that broke
	problems        []string
}

// A talk is that of one person. Messages are numbered from 1.
type talk struct {
	offered, acked []time.Time
	replies        []said
}

type said struct {
	text string
	at   time.Time
}

func newLedger() *ledger {
	return &ledger{talks: map[int]*talk{}, heard: make(chan struct{}), calls: map[string]int{}}
}

// write changes the ledger.
func (l *ledger) write(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	close(l.heard)
	l.heard = make(chan struct{})
}

// of returns the talk of a person, within write or read.
func (l *ledger) of(person int) *talk {
	if l.talks[person] == nil {
		l.talks[person] = new(talk)
	}
	return l.talks[person]
}

// problem notes what must never be.
func (l *ledger) problem(format string, args ...any) {
	l.write(func() { l.problems = append(l.problems, fmt.Sprintf(format, args...)) })
}

// read looks at the ledger, and returns what is closed after the next change.
func (l *ledger) read(look func()) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	look()
	return l.heard
}

// A sum is what the ledger comes to.
type sum struct {
	messages  int
	lost      int // messages that no turn handled, or whose turn was undone
	silent    int // replies that never came: neither sent nor a dead letter
	doubled   int // messages that changed a conversation more than once
	reordered int // replies whose first copy came after that of a later message
	unknown   int // replies that came again, right after themselves
	late      int // replies that came again, later
	rings     int
	early     int           // timers that fired too early
	letters   int           // replies that lie in the dead letters
	unsent    int           // of them, those that nobody ever heard
	longest   time.Duration // from a message being taken to its reply
	details   []string
}

// audit compares. Dead are the texts of dead letters, by person.
func (l *ledger) audit(dead map[int][]string) sum {
	var s sum
	l.read(func() {
		for person, t := range l.talks {
			t.audit(person, dead[person], &s)
		}
	})
	return s
}

// missing counts the replies that are still to come.
func (l *ledger) missing() int {
	n := 0
	l.read(func() {
		for _, t := range l.talks {
			n += t.missing()
		}
	})
	return n
}

func (t *talk) missing() int {
	seen := map[string]bool{}
	for _, r := range t.replies {
		got, isGot := parseReply(r.text)
		switch {
		case isGot:
			seen["got "+itoa(got.n)] = true
			if got.count%7 == 0 {
				seen["want "+itoa(got.count)] = true
			}
		default:
			seen[r.text] = true
		}
	}
	n := 0
	for i := range t.acked {
		if !seen["got "+itoa(i+1)] {
			n++
		}
		if seen["want "+itoa(i+1)] && !seen["rang "+itoa(i+1)] {
			n++
		}
	}
	return n
}

// A got is a reply: the message n was handled, as the count-th, after before.
type got struct{ n, count, before int }

func parseReply(text string) (got, bool) {
	f := strings.Fields(text)
	if len(f) < 5 || f[0] != "got" {
		return got{}, false
	}
	f = append(f, "0") // after nothing
	var g got
	for i, field := range map[*int]string{&g.n: f[1], &g.count: f[3], &g.before: f[5]} {
		*i, _ = strconv.Atoi(field) // what is no number is found as a wrong one
	}
	return g, true
}

func (t *talk) audit(person int, dead []string, s *sum) {
	a := account{person: person, talk: t, sum: s, first: map[int]got{}, rang: map[int]int{}}
	for _, r := range t.replies {
		switch g, ok := parseReply(r.text); {
		case ok:
			a.reply(g, r.at)
		default:
			a.ring(r)
		}
	}
	a.end(dead)
}

// An account is the audit of one talk under way.
type account struct {
	person int
	talk   *talk
	sum    *sum
	first  map[int]got
	order  []got // first copies
	last   got
	most   int // the largest number that was answered
	rang   map[int]int
}

func (a *account) detail(format string, args ...any) {
	if len(a.sum.details) < 20 {
		a.sum.details = append(a.sum.details, fmt.Sprintf("person %d: ", a.person)+fmt.Sprintf(format, args...))
	}
}

func (a *account) reply(g got, at time.Time) {
	before, again := a.first[g.n]
	switch {
	case g.n < 1 || g.n > len(a.talk.acked):
		a.detail("a reply to message %d, of which %d were taken", g.n, len(a.talk.acked))
		a.sum.doubled++
	case again && before.count != g.count:
		a.detail("message %d counted as %d and as %d", g.n, before.count, g.count)
		a.sum.doubled++
	case again && g == a.last:
		a.sum.unknown++
	case again:
		a.detail("the reply to %d came again after that to %d", g.n, a.last.n)
		a.sum.late++
	default:
		a.first[g.n] = g
		a.order = append(a.order, g)
		a.most = max(a.most, g.n)
		if g.n < a.last.n {
			a.detail("the reply to %d came after that to %d", g.n, a.last.n)
			a.sum.reordered++
		}
		a.sum.longest = max(a.sum.longest, at.Sub(a.talk.acked[g.n-1]))
	}
	a.last = g
}

func (a *account) ring(r said) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.text, "rang "))
	switch {
	case err != nil || n%7 != 0 || n < 1 || n > len(a.talk.offered):
		a.detail("a reply that nobody wanted: %q", r.text)
		a.sum.doubled++
	case a.rang[n] > 0:
		a.sum.unknown++
	default:
		a.sum.rings++
		if early := ringWait - r.at.Sub(a.talk.offered[n-1]); early > 0 {
			a.detail("ring %d came %s early", n, early)
			a.sum.early++
		}
	}
	a.rang[n]++
}

// end looks for what did not come. A count that is behind the number of its message
// tells that so many messages before it changed nothing.
func (a *account) end(dead []string) {
	a.sum.messages += len(a.talk.acked)
	gone := map[string]bool{}
	for _, text := range dead {
		gone[text] = true
		a.sum.letters++
		heard := slices.ContainsFunc(a.talk.replies, func(r said) bool { return r.text == text })
		if !heard {
			a.sum.unsent++
		}
		if g, ok := parseReply(text); ok && !heard {
			a.first[g.n] = g
		}
	}
	behind, lost, missing := 0, 0, 0
	for _, g := range a.order {
		if now := g.n - g.count; now > behind {
			a.detail("message %d counted as %d: %d before it are lost", g.n, g.count, now-behind)
			lost += now - behind
		} else if now < behind {
			a.detail("message %d counted as %d, %d more than there were", g.n, g.count, behind-now)
			a.sum.doubled += behind - now
		}
		behind = g.n - g.count
		if g.count%7 == 0 && a.rang[g.count] == 0 && !gone["rang "+itoa(g.count)] {
			a.detail("timer %d never fired", g.count)
			a.sum.silent++
		}
	}
	for n := range a.talk.acked {
		if _, ok := a.first[n+1]; !ok {
			a.detail("message %d was taken at %s and has no reply; the last is to %d", n+1, a.talk.acked[n].Format("15:04:05.000"), a.last.n)
			missing++
		}
	}
	tail := len(a.talk.acked) - a.most // nothing after them tells whether they were handled
	unhandled := max(lost, min(missing, tail))
	a.sum.lost += unhandled
	a.sum.silent += max(0, missing-unhandled)
}

func itoa(n int) string { return strconv.Itoa(n) }
