package redisstore

import (
	"slices"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

func TestCluster(t *testing.T) {
	c := startCluster(t)
	// The last ones change the cluster.
	t.Run("KeepsTheContract", func(t *testing.T) { statetest.Run(t, harness(c.url(), "")) })
	t.Run("AgreesWithTheModel", func(t *testing.T) { model(t, "6", harness(c.url(), "")) })
	t.Run("KeepsTheContractReplicated", func(t *testing.T) {
		c.keepFor(t, Replicated)
		statetest.Run(t, harness(c.url(), Replicated))
	})
	t.Run("SlotMovesUnderLoad", func(t *testing.T) { slotMoves(t, c) })
	t.Run("ReplicaTakesOver", func(t *testing.T) { replicaTakesOver(t, c) })
}

// owner returns the place of the master that has the slot of a key, and the slot.
func (c *cluster) owner(t *testing.T, key string) (int, int) {
	t.Helper()
	slot := c.masters[0].client(t).ClusterKeySlot(t.Context(), key).Val()
	for _, part := range c.masters[0].client(t).ClusterSlots(t.Context()).Val() {
		if int64(part.Start) <= slot && slot <= int64(part.End) {
			i := slices.IndexFunc(c.masters, func(m *server) bool { return m.address() == part.Nodes[0].Addr })
			return i, int(slot)
		}
	}
	t.Fatalf("nobody has the slot of %s", key)
	return 0, 0
}

// slotMoves moves all conversations of a partition to another master while they
// are worked on, and back.
func slotMoves(t *testing.T, c *cluster) {
	s := open(t, c.url(), Options{Bot: "moved"})
	const partition = 7
	l := startLoad(t, s, convsOf(partition, 6))
	for range 2 {
		l.goOn(t, 50)
		from, slot := c.owner(t, s.keys.due(partition))
		c.move(t, slot, from, (from+1)%3)
	}
	l.goOn(t, 50)
	l.compare(t)
	l.smooth(t)
}

func (c *cluster) move(t *testing.T, slot, from, to int) {
	t.Helper()
	newMover(t, c, from, to).move(t, slot)
}

// A mover moves slots from one master to another.
type mover struct {
	source, target, third *redis.Client
	sourceID, targetID    any
	port                  int // of the target
}

func newMover(t *testing.T, c *cluster, from, to int) *mover {
	t.Helper()
	m := &mover{source: c.masters[from].client(t), target: c.masters[to].client(t), third: c.masters[3-from-to].client(t), port: c.masters[to].port}
	m.sourceID, m.targetID = ask(t, m.source, "cluster", "myid"), ask(t, m.target, "cluster", "myid")
	return m
}

func (m *mover) move(t *testing.T, slot int) {
	t.Helper()
	ask(t, m.target, "cluster", "setslot", slot, "importing", m.sourceID)
	ask(t, m.source, "cluster", "setslot", slot, "migrating", m.targetID)
	for {
		keys, _ := ask(t, m.source, "cluster", "getkeysinslot", slot, 10).([]any)
		if len(keys) == 0 {
			break
		}
		ask(t, m.source, append([]any{"migrate", "127.0.0.1", m.port, "", 0, 5000, "keys"}, keys...)...)
	}
	for _, client := range []*redis.Client{m.target, m.source, m.third} {
		ask(t, client, "cluster", "setslot", slot, "node", m.targetID)
	}
}

// ask makes a call that must not fail.
func ask(t *testing.T, client *redis.Client, args ...any) any {
	t.Helper()
	v, err := client.Do(t.Context(), args...).Result()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return v
}

// replicaTakesOver kills a master. Its partitions come back with its replica; the
// others go on meanwhile.
func replicaTakesOver(t *testing.T, c *cluster) {
	s := open(t, c.url(), Options{Bot: "failed-over"})
	dead, _ := c.owner(t, s.keys.due(ann.Partition()))
	alive := slices.IndexFunc(convs(100), func(conv state.Conv) bool {
		i, _ := c.owner(t, s.keys.due(conv.Partition()))
		return i != dead
	})
	other := convs(100)[alive]
	for _, conv := range []state.Conv{ann, other} {
		if _, _, err := s.Accept(t.Context(), conv, event("1"), state.Caller{Process: "a"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.masters[dead].client(t).Wait(t.Context(), 1, 0).Err(); err != nil { // the copy is what the test looks at
		t.Fatal(err)
	}
	c.masters[dead].stop(t, syscall.SIGKILL)

	due, _, err := s.Due(t.Context(), 10)
	if err != nil || !slices.ContainsFunc(due, func(d state.Due) bool { return d.Conv == other }) {
		t.Errorf("one server is down, and due are %v, %v", due, err)
	}
	if out, err := s.Claim(t.Context(), other, caller("a")); err != nil || out.Kind != state.Turn {
		t.Errorf("a conversation of another server: %s, %v", out.Kind, err)
	}
	var out state.HandOut
	until(t, "the replica takes over", func() bool {
		out, err = s.Claim(t.Context(), ann, caller("a"))
		return err == nil
	})
	if out.Kind != state.Turn || string(out.Event.Payload) != "1" {
		t.Errorf("the replica handed out %s %q", out.Kind, out.Event.Payload)
	}
}
