package redisstore

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// longTests has these tests do several times as much, by the number that it is set
// to.
const longTests = "PARLEY_REDIS_LONG"

func scale(t *testing.T) int {
	t.Helper()
	text := os.Getenv(longTests)
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number", longTests, text)
	}
	return n
}

// A flood takes in large events on one master of a cluster, each in a conversation
// of its own, and remembers which were acknowledged.
type flood struct {
	s    *Store
	stop context.CancelFunc
	done sync.WaitGroup

	acked, refused atomic.Int64

	mu  sync.Mutex
	all []state.Conv
}

// floodTime is how long a sender waits for the answer to an event.
const floodTime = 300 * time.Millisecond

func startFlood(t *testing.T, c *cluster, s *Store, master int) *flood {
	t.Helper()
	var there [state.Partitions]bool
	client := c.masters[master].client(t)
	for p := range there {
		slot := client.ClusterKeySlot(t.Context(), s.keys.due(uint8(p))).Val()
		there[p] = int(slot)*3/16384 == master
	}
	f := &flood{s: s}
	ctx, cancel := context.WithCancel(t.Context())
	f.stop = cancel
	payload := strings.Repeat("x", 4096)
	for sender := range 16 {
		f.done.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				conv := state.Conv(fmt.Sprint("chat/", sender, "/", n))
				if there[conv.Partition()] {
					f.offer(ctx, conv, payload)
				}
			}
		})
	}
	return f
}

func (f *flood) offer(ctx context.Context, conv state.Conv, payload string) {
	ctx, cancel := context.WithTimeout(ctx, floodTime)
	defer cancel()
	if _, _, err := f.s.Accept(ctx, conv, []state.NewEvent{{Payload: []byte(payload)}}, state.Caller{Process: "flood"}); err != nil {
		f.refused.Add(1)
		return
	}
	f.acked.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, conv)
}

// missing counts the acknowledged events that the cluster does not have.
func (f *flood) missing(t *testing.T) int {
	t.Helper()
	calls := make([]*call, len(f.all))
	for i, conv := range f.all {
		key := f.s.keys.conversation(conv)[5]
		calls[i] = newCall(t.Context(), key, "", []any{"lrange", key, 0, 0})
	}
	answered, found := 0, 0
	err := f.s.each(t.Context(), calls, func(_ int, answer any) error {
		answered++
		if all, _ := answer.([]any); len(all) > 0 {
			found++
		}
		return nil
	})
	if err != nil || answered < len(calls) {
		t.Fatalf("%d of %d conversations can be read, %v", answered, len(calls), err)
	}
	return answered - found
}

// TestFailover pauses the replica of a master under load, kills the master, and
// has the replica take over without what it did not get. In Replicated none of that
// was acknowledged; in Fast the loss is counted.
func TestFailover(t *testing.T) {
	t.Parallel()
	for range scale(t) {
		for _, profile := range []string{Replicated, Fast} {
			t.Run(profile, func(t *testing.T) { failover(t, profile) })
		}
	}
}

func failover(t *testing.T, profile string) {
	t.Parallel()
	c := startCluster(t)
	c.keepFor(t, profile)
	s := open(t, c.url(), Options{Profile: profile})
	const dead = 0 // the busiest master: the flood is on it alone
	f := startFlood(t, c, s, dead)
	until(t, "events come in", func() bool { return f.acked.Load() > 1000 })
	goOn := c.replicas[dead].pause(t)
	before := f.acked.Load()
	if profile == Fast {
		// More than the buffers on the way to the replica hold.
		until(t, "events are acknowledged that the replica lacks", func() bool { return f.acked.Load() > before+4000 })
	} else {
		until(t, "senders are refused", func() bool { return f.refused.Load() > 32 })
		// What was confirmed just before was told after, by the senders at most once.
		if n := f.acked.Load() - before; n > 16 {
			t.Errorf("%d events were acknowledged with the replica paused", n)
		}
	}
	c.masters[dead].stop(t, syscall.SIGKILL)
	goOn()
	promoted := c.replicas[dead].client(t)
	until(t, "the replica takes over", func() bool {
		return facts(promoted.Info(t.Context(), "replication").Val())["role"] == "master" &&
			facts(promoted.ClusterInfo(t.Context()).Val())["cluster_state"] == "ok"
	})
	f.stop()
	f.done.Wait()
	missing := f.missing(t)
	t.Logf("%s: %d of %d acknowledged events are missing, %d were refused", profile, missing, f.acked.Load(), f.refused.Load())
	if profile == Replicated && missing > 0 {
		t.Errorf("%d acknowledged events are missing", missing)
	}
	if profile == Replicated {
		comesBack(t, c.masters[dead], s, f.all[0])
	}
}

// comesBack expects that a master without a replica acknowledges nothing, and does
// again when the one that was killed is its replica.
func comesBack(t *testing.T, killed *server, s *Store, conv state.Conv) {
	t.Helper()
	offer := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), floodTime)
		defer cancel()
		_, _, err := s.Accept(ctx, conv, event("after"), state.Caller{Process: "flood"})
		return err
	}
	if err := offer(); err == nil {
		t.Error("an event was acknowledged that is on one server alone")
	}
	killed.start(t)
	until(t, "events are taken in again", func() bool { return offer() == nil })
}

// TestSentinelFailover kills the master under load. One replica takes over, the
// other follows it, and the load goes on with all that was acknowledged.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	master, replicas := startReplicated(t, 2)
	sentinel := startSentinel(t, master)
	c := sentinel.client(t)
	until(t, "the sentinel knows the replicas", func() bool {
		known, err := c.Do(t.Context(), "sentinel", "replicas", "shop").Slice()
		return err == nil && len(known) == len(replicas)
	})
	address := "redis+sentinel://shop@" + sentinel.address()
	l := startLoad(t, open(t, address, Options{Profile: Replicated}), convs(8))
	l.goOn(t, 100)
	master.stop(t, syscall.SIGKILL)
	until(t, "a replica takes over", func() bool {
		at, err := c.Do(t.Context(), "sentinel", "get-master-addr-by-name", "shop").StringSlice()
		return err == nil && at[1] != strconv.Itoa(master.port)
	})
	l.goOn(t, 100)
	l.compare(t)
}

// TestSlotsMoveUnderLoad moves a sixteenth of all slots to another master while
// eight senders work on conversations in them. No caller notices. The long form
// moves more, and has a second cluster that waits for no replicas.
func TestSlotsMoveUnderLoad(t *testing.T) {
	t.Parallel()
	tried := []string{Replicated}
	if scale(t) > 1 {
		tried = append(tried, Fast)
	}
	for _, profile := range tried {
		t.Run(profile, func(t *testing.T) { slotsMove(t, profile) })
	}
}

func slotsMove(t *testing.T, profile string) {
	c := startCluster(t)
	c.keepFor(t, profile)
	s := open(t, c.url(), Options{Profile: profile})
	const slots = 1024
	l := startLoad(t, s, convsBelow(t, c, s, slots, 8))
	m := newMover(t, c, 0, 1)
	l.goOn(t, 50)
	for slot := range slots * min(scale(t), 4) {
		m.move(t, slot)
	}
	l.goOn(t, 50)
	t.Logf("%s: %d events were handled meanwhile", profile, l.count.Load())
	l.compare(t)
	l.smooth(t)
}

// convsBelow returns conversations in slots below a number, in as many slots as
// there are.
func convsBelow(t *testing.T, c *cluster, s *Store, slots int64, n int) []state.Conv {
	t.Helper()
	var all []state.Conv
	client := c.masters[0].client(t)
	for p := range state.Partitions {
		if client.ClusterKeySlot(t.Context(), s.keys.due(uint8(p))).Val() < slots {
			all = append(all, convsOf(uint8(p), 1)...)
		}
	}
	for len(all) < n {
		t.Fatalf("only %d partitions lie in %d slots", len(all), slots)
	}
	return all[:n]
}
