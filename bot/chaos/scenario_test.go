package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/redisstore"
)

// The stores of scenarios.
const (
	onFile        = "file"
	onSmallDisk   = "small disk"
	onRedis       = "redis" // appendfsync everysec: profile fast
	onStrictRedis = "redis always"
	onCluster     = "cluster"
)

// A scenario is one run: who writes how much to how many bots on which store, and
// what goes wrong meanwhile.
type scenario struct {
	name     string
	store    string
	bots     int
	people   int
	messages int           // of each person; 0: until the faults are over
	pace     time.Duration // mean pause of a person after a message
	twins    float64       // share of messages that come twice, 1 ms apart
	profile  string        // of bot.yaml, where the store has one to choose
	pad      int           // bytes that each message is longer
	rings    bool          // people ask for a timer, and hear nothing else
	balanced bool          // the sender keeps to /readyz
	queue    bool          // people write through the queue of an instance of GREEN-API
	env      func(w *world, bot int) []string
	args     []string
	faults   func(w *world)
	// may says what of the sum need not be zero.
	may   tolerance
	check func(w *world, s sum)
}

// A tolerance is what a scenario may bring about by what the bot promises.
type tolerance struct {
	lost    bool // measured, not promised
	late    bool // copies of processes that were stopped
	early   bool // timers, after a clock that jumped
	letters bool // replies in the dead letters, with their cause
	quiet   time.Duration
}

// A world is a scenario under way.
type world struct {
	t      *testing.T
	s      scenario
	seed   uint64
	random *rand.Rand // of the faults
	ledger *ledger
	sink   *sink
	fleet  *fleet
	sender *sender

	data    string   // of the file store
	redis   *server  // of the scenarios on one Redis
	cluster *cluster // of those on a cluster
	disk    string   // the small disk
}

// A line is what the table shows of a run.
type line struct {
	scenario string
	sum
	kills, refused, resets int
	seed                   uint64
	took                   time.Duration
	failed                 bool // the rest may be missing then
}

// play runs a scenario and fails the test where a promise is broken.
func (s scenario) play(t *testing.T, seed uint64) line {
	began := time.Now()
	w := &world{t: t, s: s, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), ledger: newLedger()}
	l := line{scenario: s.name, seed: seed}
	w.sink = newSink(t, w.ledger)
	w.fleet = newFleet(t, s.bots, w.open(), w.sink.url)
	w.fleet.args = s.args
	w.fleet.queue = s.queue
	w.fleet.set(s.profile)
	for i := range w.fleet.all {
		var env []string
		if s.env != nil {
			env = s.env(w, i)
		}
		w.fleet.start(i, env...)
	}
	w.sender = newSender(t, s, seed, w.ledger, w.fleet.all)
	if s.queue {
		w.sender.queue = w.sink.queue
	}
	w.sender.begin()
	if s.faults != nil {
		s.faults(w)
	}
	w.sender.end()
	w.settle()
	for i := range w.fleet.all {
		w.fleet.terminate(i)
	}
	l.sum = w.ledger.audit(w.letters())
	w.judge(l.sum)
	if s.check != nil {
		s.check(w, l.sum)
	}
	w.ledger.read(func() { l.refused, l.resets = w.ledger.refused, w.ledger.resets })
	l.kills, l.took, l.failed = w.fleet.kills, time.Since(began), t.Failed()
	if t.Failed() {
		t.Logf("PARLEY_CHAOS_SEED=%d", seed)
	}
	return l
}

// open starts the store and returns its address.
func (w *world) open() string {
	switch w.s.store {
	case onFile:
		w.data = filepath.Join(w.t.TempDir(), "data")
	case onSmallDisk:
		w.disk = w.t.TempDir()
		if err := syscall.Mount("tmpfs", w.disk, "tmpfs", 0, "size=24m"); err != nil {
			w.t.Fatalf("a small disk needs root: %v", err)
		}
		w.t.Cleanup(func() { _ = syscall.Unmount(w.disk, syscall.MNT_DETACH) })
		w.data = filepath.Join(w.disk, "data")
	case onCluster:
		w.cluster = startCluster(w.t)
		return w.cluster.url()
	default:
		sync := "everysec"
		if w.s.store == onStrictRedis {
			sync = "always"
		}
		w.redis = startServer(w.t, "--appendfsync", sync)
		return "redis://" + w.redis.address()
	}
	return "file:" + w.data
}

// settle waits until every message was answered, or nothing comes any more.
func (w *world) settle() {
	quiet := w.s.may.quiet
	if quiet == 0 {
		quiet = 40 * time.Second
	}
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	for w.ledger.missing() > 0 {
		heard := w.ledger.read(func() {})
		if w.ledger.missing() == 0 {
			return
		}
		select {
		case <-heard:
			timer.Reset(quiet)
		case <-timer.C:
			return // the audit says what is missing
		}
	}
}

// letters reads the dead letters: the texts by person.
func (w *world) letters() map[int][]string {
	var store state.Store
	var err error
	if w.data != "" {
		store, err = filestore.Open(w.data, filestore.Options{})
	} else {
		store, err = redisstore.Open(w.t.Context(), w.fleet.state, redisstore.Options{Bot: "counter"})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer store.Close()
	out := map[int][]string{}
	for after := ""; ; {
		letters, err := store.DeadLetters(w.t.Context(), after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(letters) == 0 {
			return out
		}
		for _, l := range letters {
			after = l.ID
			w.letter(l, out)
		}
	}
}

func (w *world) letter(l state.Letter, out map[int][]string) {
	w.t.Helper()
	var m channels.Message
	var person int
	_, scanErr := fmt.Sscan(l.Conv.Key(), &person)
	if err := json.Unmarshal(l.Payload, &m); err != nil || scanErr != nil {
		w.t.Errorf("a dead letter that can't be read: %v", l)
	}
	if !w.s.may.letters || l.Direction == state.In {
		w.t.Errorf("%s: a dead letter (%s): %.60q", l.Conv, l.Cause, m.Text)
	}
	out[person] = append(out[person], m.Text)
}

// judge fails the test where the sum breaks a promise.
func (w *world) judge(s sum) {
	w.t.Helper()
	early := s.early > 0 && !w.s.may.early
	bad := s.doubled > 0 || early || s.reordered > 0 && !w.s.may.late || s.late > 0 && !w.s.may.late
	if w.s.may.lost {
		bad = early
	} else {
		bad = bad || s.lost > 0 || s.silent > 0
	}
	var cuts int
	w.ledger.read(func() {
		cuts = w.ledger.cuts
		for _, p := range w.ledger.problems {
			w.t.Error(p)
		}
		for key, n := range w.ledger.calls {
			if n > 1+w.fleet.kills && !w.s.may.lost {
				w.t.Errorf("the call %s was made %d times", key, n)
			}
		}
	})
	if most := cuts + w.fleet.kills*w.s.people; s.unknown > most && !w.s.may.lost {
		w.t.Errorf("%d replies came again, want at most one per kill and person and one per cut: %d", s.unknown, most)
	}
	if !bad {
		return
	}
	w.t.Errorf("a promise is broken: %d lost, %d doubled, %d out of order, %d late copies, %d never said, %d timers early",
		s.lost, s.doubled, s.reordered, s.late, s.silent, s.early)
	for _, d := range s.details {
		w.t.Error(d)
	}
}

// answered waits until the bots gave so many more replies.
func (w *world) answered(more int) {
	w.t.Helper()
	count := func() (n int) {
		w.ledger.read(func() {
			for _, t := range w.ledger.talks {
				n += len(t.replies)
			}
		})
		return n
	}
	want := count() + more
	until(w.t, "there are more replies", func() bool { return count() >= want })
}

// pass lets the load go on for a while.
func (w *world) pass(d time.Duration) { wait(w.t.Context(), d) }

// between is a random duration.
func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}

// together runs scenarios beside each other, so many at a time, and returns what
// became of them.
func together(t *testing.T, all []scenario, at int, seed uint64) []line {
	lines := make([]line, len(all))
	places := make(chan struct{}, at)
	var runs sync.WaitGroup
	for i, s := range all {
		places <- struct{}{}
		runs.Go(func() {
			defer func() { <-places }()
			ok := t.Run(s.name, func(t *testing.T) { lines[i] = s.play(t, seed) })
			if !ok { // also when it ended early
				lines[i].scenario, lines[i].seed, lines[i].failed = s.name, seed, true
			}
		})
	}
	runs.Wait()
	return lines
}
