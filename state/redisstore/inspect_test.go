package redisstore

import (
	"strings"
	"testing"

	"github.com/parley-chat/parley/state"
)

// found are the findings of a store by what they are about.
func found(t *testing.T, s *Store) map[string]state.Finding {
	t.Helper()
	all := map[string]state.Finding{}
	for _, f := range s.Inspect(t.Context()) {
		all[f.What] = f
		if (f.Level != state.OK) != (f.Fix != "") || f.Text == "" {
			t.Errorf("%s is %s, %q, with the fix %q", f.What, f.Level, f.Text, f.Fix)
		}
	}
	return all
}

func expectFinding(t *testing.T, all map[string]state.Finding, what string, level state.Level, text string) {
	t.Helper()
	if f := all[what]; f.Level != level || !strings.Contains(f.Text, text) {
		t.Errorf("%s is %+v, want %s with %q", what, f, level, text)
	}
}

func TestInspectTellsWhatTheServerKeeps(t *testing.T) {
	t.Parallel()
	r := startServer(t)
	s := open(t, r.url(), Options{})
	all := found(t, s)
	expectFinding(t, all, "profile", state.Warn, "memory")
	expectFinding(t, all, "version", state.OK, "Redis ")
	expectFinding(t, all, "eviction", state.OK, "none")
	expectFinding(t, all, "memory", state.OK, "without a limit")
	expectFinding(t, all, "persistence", state.OK, "no append-only file")
	expectFinding(t, all, "replicas", state.OK, "none")

	// What changed since the store was opened.
	r.config(t, "maxmemory-policy", "allkeys-lru")
	r.config(t, "maxmemory", "1mb")
	all = found(t, s)
	expectFinding(t, all, "eviction", state.Fail, "allkeys-lru")
	expectFinding(t, all, "memory", state.Warn, "of 1.00M")

	lazy := startServer(t, "--appendonly", "yes", "--appendfsync", "no")
	all = found(t, open(t, lazy.url(), Options{}))
	expectFinding(t, all, "persistence", state.OK, "append-only file, last write ok")
	expectFinding(t, all, "appendfsync", state.Warn, "no: ")
}

func TestInspectTellsOfReplicasAndOfTroubleOnDisk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		got  state.Finding
		want state.Level
		text string
	}{
		"cut off":       {replication(map[string]string{"connected_slaves": "2"}, "0"), state.Warn, "2, and min-replicas-to-write is 0"},
		"waits":         {replication(map[string]string{"connected_slaves": "2"}, "1"), state.OK, "2, min-replicas-to-write is 1"},
		"not known":     {replication(map[string]string{"connected_slaves": "1"}, ""), state.OK, "not known"},
		"write failed":  {persistence(map[string]string{"aof_enabled": "1", "aof_last_write_status": "err"}), state.Fail, "the last write of the append-only file failed"},
		"snapshot":      {persistence(map[string]string{"rdb_last_bgsave_status": "err"}), state.Fail, "the last snapshot failed"},
		"hosted":        {aofSync(""), state.OK, "not known"},
		"each second":   {aofSync("everysec"), state.OK, "everysec"},
		"strict":        {promised(Strict), state.OK, "loses nothing"},
		"fast":          {promised(Fast), state.OK, "second or two"},
		"of replicas":   {promised(Replicated), state.OK, "every replica"},
		"not a profile": {promised("own"), state.OK, "own"},
	} {
		if c.got.Level != c.want || !strings.Contains(c.got.Text, c.text) {
			t.Errorf("%s: %+v, want %s with %q", name, c.got, c.want, c.text)
		}
	}
}

func TestInspectNamesEachServerOfACluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	s := open(t, c.url(), Options{})
	versions := 0
	for _, f := range s.Inspect(t.Context()) {
		for _, m := range c.masters {
			if f.What == "version" && strings.HasPrefix(f.Text, m.address()+": Redis ") {
				versions++
			}
		}
	}
	if versions != 3 {
		t.Errorf("%d of 3 servers are named: %+v", versions, s.Inspect(t.Context()))
	}
}

func TestInspectSaysThatTheServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	r := startServer(t)
	s := open(t, r.url(), Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	expectFinding(t, found(t, s), "redis", state.Fail, state.ErrClosed.Error())
}

// TestFixFitsTheError: of what a server refuses, each has its own.
func TestFixFitsTheError(t *testing.T) {
	t.Parallel()
	evicts := startServer(t, "--maxmemory-policy", "volatile-ttl")
	locked := startServer(t)
	locked.config(t, "requirepass", "pa55word")
	replica := startServer(t, "--replicaof", "127.0.0.1 1")
	for address, want := range map[string]string{
		evicts.url():                           "CONFIG SET maxmemory-policy noeviction",
		locked.url():                           "write the password into state:",
		"redis://:wr0ng@" + locked.address():   "put the right user and password",
		"redis://no:wr0ng@" + locked.address(): "put the right user and password",
		replica.url():                          "name the master",
	} {
		_, err := Open(t.Context(), address, Options{})
		if err == nil || !strings.Contains(Fix(err), want) {
			t.Errorf("of %v the fix is %q, want %q", err, Fix(err), want)
		}
	}
	_, err := Open(t.Context(), "redis://127.0.0.1:1", Options{})
	if err == nil || Fix(err) != "" {
		t.Errorf("of %v the fix is %q, want none", err, Fix(err))
	}
}
