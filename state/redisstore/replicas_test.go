package redisstore

import (
	"context"
	"errors"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// startReplicated runs a master with replicas that are in step with it.
func startReplicated(t testing.TB, count int) (master *server, replicas []*server) {
	t.Helper()
	// Pings to replicas would look like writes.
	master = startServer(t, "--appendonly", "yes", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "3600")
	for range count {
		r := startServer(t, "--replicaof", "127.0.0.1 "+strconv.Itoa(master.port))
		c := r.client(t)
		until(t, "a replica is in step", func() bool {
			return facts(c.Info(t.Context(), "replication").Val())["master_link_status"] == "up"
		})
		replicas = append(replicas, r)
	}
	master.attached(t, count)
	return master, replicas
}

// attached waits until the server has so many replicas.
func (r *server) attached(t testing.TB, count int) {
	t.Helper()
	c := r.client(t)
	until(t, "the replicas are attached", func() bool {
		role := newRole(t.Context())
		_ = c.Process(t.Context(), role)
		n, err := attached(role)
		return err == nil && n == count
	})
}

// pause stops a process until the function that it returns is called.
func (r *server) pause(t testing.TB) (goOn func()) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := r.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplicatedStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	master, _ := startReplicated(t, 2)
	if got := open(t, master.url(), Options{Profile: Replicated, Replicas: 2}).Profile(); got != Replicated {
		t.Errorf("the profile is %s", got)
	}
	statetest.Run(t, harness(master.url(), Replicated))
}

// TestNothingIsToldThatAReplicaLacks: with one of two replicas paused there is no
// answer in time, not to a first copy, not to a duplicate of what was told before
// and not to one of what was never told. Who only looks is answered.
func TestNothingIsToldThatAReplicaLacks(t *testing.T) {
	t.Parallel()
	master, replicas := startReplicated(t, 2)
	s, other := open(t, master.url(), Options{Profile: Replicated}), open(t, master.url(), Options{Profile: Replicated})
	old := accept(t, s, ann, "a", "old")
	goOn := replicas[1].pause(t)
	within := func(what string, do func(ctx context.Context) error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if err := do(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errUnconfirmed) {
			t.Errorf("%s: %v, want the end of the context and why", what, err)
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("%s took %s", what, d)
		}
	}
	offer := func(id string) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := s.Accept(ctx, ann, event(id), caller("a"))
			return err
		}
	}
	within("a first copy", offer("new"))
	within("its duplicate", offer("new"))
	within("its duplicate, by another process", func(ctx context.Context) error {
		_, _, err := other.Accept(ctx, ann, event("new"), caller("b"))
		return err
	})
	within("a duplicate of what a replica has", offer("old"))
	within("a commit", func(ctx context.Context) error {
		_, err := s.Commit(ctx, ann, old.Token, old.Event.Number, state.Result{State: []byte("s")})
		return err
	})
	within("a claim", func(ctx context.Context) error {
		_, err := s.Claim(ctx, ann, caller("b"))
		return err
	})
	if err := master.client(t).ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	within("a first copy that the store has to repeat", offer("repeated"))
	if b, err := s.Load(t.Context(), ann); err != nil || string(b) != "s" {
		t.Errorf("a look at the state: %q, %v", b, err)
	}
	if _, _, err := s.Due(t.Context(), 10); err != nil {
		t.Errorf("a look for work: %v", err)
	}
	goOn()
	if v, _, err := s.Accept(t.Context(), ann, event("new"), caller("a")); err != nil || v[0] != state.Duplicate {
		t.Errorf("when all replicas are back: %v, %v", v, err)
	}
	if out, err := s.Commit(t.Context(), ann, old.Token, old.Event.Number, state.Result{State: []byte("s")}); err != nil || string(out.Event.Payload) != "new" {
		t.Errorf("a repeated commit: %+v, %v", out, err)
	}
}

// TestReplicasMayComeAndGo: who is attached is waited for, however many they are,
// but never fewer than the option says.
func TestReplicasMayComeAndGo(t *testing.T) {
	t.Parallel()
	master, replicas := startReplicated(t, 2)
	s := open(t, master.url(), Options{Profile: Replicated})
	two := open(t, master.url(), Options{Profile: Replicated, Replicas: 2})
	expect := func(what string, s *Store, want error) {
		t.Helper()
		limit := 10 * time.Second
		if want != nil {
			limit = 500 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		if _, _, err := s.Accept(ctx, ann, event(what), caller("a")); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	expect("two", two, nil)
	replicas[0].stop(t, syscall.SIGKILL)
	master.attached(t, 1)
	expect("one of two", s, nil)
	expect("one of two, and two must be", two, errUnconfirmed)
	replicas[1].stop(t, syscall.SIGKILL)
	master.attached(t, 0)
	expect("none", s, errUnconfirmed)
	replicas[0].start(t)
	master.attached(t, 1)
	expect("one again", s, nil)
	replicas[1].start(t)
	master.attached(t, 2)
	goOn := replicas[1].pause(t)
	expect("one again, and one paused", s, errUnconfirmed)
	goOn()
	expect("two again", two, nil)
}

// TestDuplicateWaitsForAWriteOfItsOwn: from Redis 7.2 on, WAIT on a connection that
// wrote nothing waits for nothing, also when another one wrote what is told of.
func TestDuplicateWaitsForAWriteOfItsOwn(t *testing.T) {
	t.Parallel()
	master, _ := startReplicated(t, 1)
	c := master.client(t)
	offer := func(s *Store) state.Verdict {
		v, _, err := s.Accept(t.Context(), ann, event("1"), caller("a"))
		if err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	for profile, want := range map[string]string{Fast: "before", Replicated: ""} {
		s := open(t, master.url(), Options{Profile: profile, Bot: profile})
		offer(s)
		key := beside(s.keys.due(ann.Partition()), "w")
		if err := c.Set(t.Context(), key, "before", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if v := offer(s); v != state.Duplicate {
			t.Fatalf("the verdict is %s", v)
		}
		if got := c.Get(t.Context(), key).Val(); got != want {
			t.Errorf("%s: after a duplicate there is %q, want %q", profile, got, want)
		}
	}
}

// TestConnectionThatBrokeIsNotReplaced: a server that came back without what it was
// given must not be asked whether replicas have it.
func TestConnectionThatBrokeIsNotReplaced(t *testing.T) {
	t.Parallel()
	r := startServer(t)
	c := r.client(t)
	conn := c.Conn()
	id := func() int64 {
		pipe := conn.Pipeline()
		cmd := pipe.ClientID(t.Context())
		_, err := pipe.Exec(t.Context())
		if err != nil {
			return 0
		}
		return cmd.Val()
	}
	first := id()
	if first == 0 || id() != first {
		t.Fatal("pipelines of one connection went over two")
	}
	if err := c.ClientKillByFilter(t.Context(), "ID", strconv.FormatInt(first, 10)).Err(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := id(); got != 0 {
			t.Fatalf("connection %d took the place of %d", got, first)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}
