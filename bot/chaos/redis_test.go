package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A server is a redis-server process of a test, on a port and in a directory of
// its own.
type server struct {
	t      *testing.T
	port   string
	dir    string
	args   []string
	cmd    *exec.Cmd
	exited chan struct{}
}

// startServer runs a server until the test ends.
func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	r := &server{t: t, port: freePorts(t, 1)[0], dir: t.TempDir(), args: args}
	r.start()
	t.Cleanup(func() { r.stop(syscall.SIGTERM) })
	return r
}

func (r *server) address() string { return "127.0.0.1:" + r.port }

// start runs the process and waits until it answers.
func (r *server) start() {
	r.t.Helper()
	args := slices.Concat([]string{"--port", r.port, "--bind", "127.0.0.1", "--dir", r.dir, "--save", "",
		"--logfile", filepath.Join(r.dir, "log"), "--appendonly", "yes"}, r.args)
	r.cmd = exec.Command("redis-server", args...)
	if err := r.cmd.Start(); err != nil {
		r.t.Fatalf("redis-server does not start; make tools installs it: %v", err)
	}
	r.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		defer close(exited)
		_ = cmd.Wait() // a kill is no error here
	}(r.cmd, r.exited)
	c := r.client()
	until(r.t, "the server answers", func() bool {
		select {
		case <-r.exited:
			log, _ := os.ReadFile(filepath.Join(r.dir, "log"))
			r.t.Fatalf("redis-server ended: %s", log)
		default:
		}
		return c.Ping(r.t.Context()).Err() == nil
	})
}

// stop ends the process, if it runs, and waits for it.
func (r *server) stop(signal os.Signal) {
	r.t.Helper()
	if r.cmd == nil {
		return
	}
	if err := errors.Join(r.cmd.Process.Signal(signal), r.cmd.Process.Signal(syscall.SIGCONT)); err != nil && !errors.Is(err, os.ErrProcessDone) {
		r.t.Error(err)
	}
	<-r.exited
	r.cmd = nil
}

func (r *server) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Error(err)
	}
}

// client returns a client of the server.
func (r *server) client() *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: r.address(), Protocol: 2, MaxRetries: -1})
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// A cluster is three masters, each with a replica; the i-th replica is that of the
// i-th master.
type cluster struct {
	t                 *testing.T
	masters, replicas []*server
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t}
	buses := freePorts(t, 6)
	for i, bus := range buses {
		r := startServer(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", bus,
			"--repl-diskless-sync-delay", "0", "--appendfsync", "everysec")
		if i < 3 {
			c.masters = append(c.masters, r)
		} else {
			c.replicas = append(c.replicas, r)
		}
	}
	all := slices.Concat(c.masters, c.replicas)
	for _, r := range all[1:] {
		c.do(r, "cluster", "meet", "127.0.0.1", all[0].port, buses[0])
	}
	for i, m := range c.masters {
		c.do(m, "cluster", "addslotsrange", i*16384/3, (i+1)*16384/3-1)
	}
	for i, r := range c.replicas {
		id, client := c.id(c.masters[i]), r.client()
		until(t, "a replica knows its master", func() bool { return client.ClusterReplicate(t.Context(), id).Err() == nil })
	}
	for _, r := range all {
		client := r.client()
		until(t, "the cluster is whole", func() bool { return c.whole(client) })
	}
	return c
}

// whole reports whether a node sees six nodes, three of them replicas in step, and
// all slots served.
func (c *cluster) whole(client *redis.Client) bool {
	ctx := c.t.Context()
	info, nodes := client.ClusterInfo(ctx).Val(), client.ClusterNodes(ctx).Val()
	replication := client.Info(ctx, "replication").Val()
	synced := strings.Contains(replication, "role:master") && strings.Contains(replication, "connected_slaves:1") ||
		strings.Contains(replication, "master_link_status:up")
	return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:6") &&
		strings.Count(nodes, "slave") == 3 && synced
}

func (c *cluster) do(r *server, args ...any) any {
	c.t.Helper()
	v, err := r.client().Do(c.t.Context(), args...).Result()
	if err != nil {
		c.t.Fatalf("%v: %v", args, err)
	}
	return v
}

func (c *cluster) id(r *server) string { return fmt.Sprint(c.do(r, "cluster", "myid")) }

func (c *cluster) url() string {
	var all []string
	for _, m := range c.masters {
		all = append(all, m.address())
	}
	return "redis+cluster://" + strings.Join(all, ",")
}

// move hands a slot of a master to another.
func (c *cluster) move(slot, from, to int) {
	c.t.Helper()
	source, target := c.masters[from], c.masters[to]
	sourceID, targetID := c.id(source), c.id(target)
	c.do(target, "cluster", "setslot", slot, "importing", sourceID)
	c.do(source, "cluster", "setslot", slot, "migrating", targetID)
	for {
		keys, _ := c.do(source, "cluster", "getkeysinslot", slot, 10).([]any)
		if len(keys) == 0 {
			break
		}
		c.do(source, append([]any{"migrate", "127.0.0.1", target.port, "", 0, 5000, "keys"}, keys...)...)
	}
	for _, r := range []*server{target, source, c.masters[3-from-to]} {
		c.do(r, "cluster", "setslot", slot, "node", targetID)
	}
}

// busiest is the place of the master with the most keys.
func (c *cluster) busiest() int {
	best, most := 0, int64(-1)
	for i, m := range c.masters {
		if n := m.client().DBSize(c.t.Context()).Val(); n > most {
			best, most = i, n
		}
	}
	return best
}
