package statetest

import (
	"fmt"
	"math"
	"time"

	"github.com/parley-chat/parley/state"
)

// An agreement is what the processes share, as far as it is known. All but the
// numbers of flows may be gone when the store starts again, or not: then it begins
// with names of its own.
type agreement struct {
	epoch     string
	digest    string // of the newest flows
	number    uint64
	alive     map[string]lives
	aliveFrom time.Time // from then on it is known who lives
	leaders   map[string]leads
	tokens    float64
	since     time.Time
}

// lives is what a process said when it said that it lives.
type lives struct {
	flows uint64
	until time.Time
}

// leads is who leads until a time.
type leads struct {
	process string
	until   time.Time
}

func newAgreement(epoch string) agreement {
	return agreement{epoch: epoch, alive: map[string]lives{}, leaders: map[string]leads{}}
}

// agree does one of the operations that processes share.
func (m *model) agree(process string) {
	switch m.pick("shared", 4) {
	case 0:
		m.register()
	case 1:
		m.live(m.agreed.epoch + process)
	case 2:
		m.lead(m.agreed.epoch + process)
	default:
		m.fill()
	}
}

func (m *model) register() {
	g := &m.agreed
	digest := fmt.Sprint("digest ", m.pick("digest", 3))
	n, err := m.s.Register(m.t.Context(), digest)
	known := g.digest == digest
	if err != nil || known && n != g.number || !known && n <= g.number {
		m.t.Fatalf("%s is number %d, %v; %s is %d", digest, n, err, g.digest, g.number)
	}
	g.digest, g.number = digest, n
}

func (m *model) live(process string) {
	g, now := &m.agreed, m.s.now()
	flows := uint64(m.pick("flows", 4))
	delete(g.alive, process)
	if flows > 0 {
		g.alive[process] = lives{flows, now.Add(state.AliveTime)}
	}
	want := uint64(0)
	for _, l := range g.alive {
		if l.until.After(now) {
			want = max(want, l.flows)
		}
	}
	got, err := m.s.Alive(m.t.Context(), process, flows)
	if err != nil || got != want && now.After(g.aliveFrom) {
		m.t.Fatalf("the newest that lives is %d, %v; want %d", got, err, want)
	}
}

func (m *model) lead(process string) {
	g, now := &m.agreed, m.s.now()
	name := g.epoch + []string{"x", "y"}[m.pick("name", 2)]
	d := []time.Duration{0, time.Second, state.LeaseTime}[m.pick("time", 3)]
	l := g.leaders[name]
	free := l.process == process || !l.until.After(now)
	got, err := m.s.Lead(m.t.Context(), name, process, d)
	if want := free && d > 0; err != nil || got != want {
		m.t.Fatalf("%s leads %s: %t, %v; want %t", process, name, got, err, want)
	}
	if free {
		g.leaders[name] = leads{process, now.Add(d)}
	}
}

// fill takes from a bucket of 4 a second up to 10; what comes may be rounded.
func (m *model) fill() {
	const rate, burst, tiny = 4, 10, 0.01
	g, now := &m.agreed, m.s.now()
	if g.since.IsZero() {
		g.tokens, g.since = burst, now
	}
	g.tokens = min(g.tokens+now.Sub(g.since).Seconds()*rate, burst)
	g.since = now
	want, keep := 1+m.pick("want", 6), m.pick("keep", 5)
	got, err := m.s.Take(m.t.Context(), g.epoch+"bucket", state.Bucket{Rate: rate, Burst: burst, Keep: keep}, want)
	free := g.tokens - float64(keep)
	least, most := min(int(max(math.Floor(free-tiny), 0)), want), min(int(max(math.Floor(free+tiny), 0)), want)
	if err != nil || got.Tokens < least || got.Tokens > most || (got.Wait > 0) != (got.Tokens == 0) {
		m.t.Fatalf("took %+v of %d, %v; want %d to %d of %f", got, want, err, least, most, free)
	}
	g.tokens -= float64(got.Tokens)
}
