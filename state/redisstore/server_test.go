package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A server is a redis-server process of a test, on a port and in a directory of
// its own.
type server struct {
	port   int
	dir    string
	args   []string
	file   string // of settings, if there is one
	cmd    *exec.Cmd
	exited chan error
}

// freePorts returns ports that nobody listens on.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// startServer runs a server until the test ends.
func startServer(t testing.TB, args ...string) *server {
	t.Helper()
	r := &server{port: freePorts(t, 1)[0], dir: t.TempDir(), args: args}
	r.start(t)
	t.Cleanup(func() { r.stop(t, syscall.SIGTERM) })
	return r
}

func (r *server) address() string { return fmt.Sprint("127.0.0.1:", r.port) }

func (r *server) url() string { return "redis://" + r.address() }

// start runs the process and waits until it answers.
func (r *server) start(t testing.TB) {
	t.Helper()
	args := slices.Concat([]string{"--port", fmt.Sprint(r.port), "--bind", "127.0.0.1", "--dir", r.dir, "--save", "",
		"--logfile", filepath.Join(r.dir, "log")}, r.args)
	if r.file != "" {
		args = slices.Insert(args, 0, r.file)
	}
	r.cmd = exec.Command("redis-server", args...)
	if err := r.cmd.Start(); err != nil {
		t.Fatalf("redis-server does not start; make tools installs it: %v", err)
	}
	exited := make(chan error, 1)
	r.exited = exited
	go func(cmd *exec.Cmd) { exited <- cmd.Wait() }(r.cmd)
	c := r.client(t)
	until(t, "the server answers", func() bool {
		if len(exited) > 0 {
			log, _ := os.ReadFile(filepath.Join(r.dir, "log"))
			t.Fatalf("redis-server ended: %s", log)
		}
		return c.Ping(t.Context()).Err() == nil
	})
}

// stop ends the process, if it runs, and waits for it.
func (r *server) stop(t testing.TB, signal os.Signal) {
	t.Helper()
	if r.cmd == nil {
		return
	}
	if err := errors.Join(r.cmd.Process.Signal(signal), r.cmd.Process.Signal(syscall.SIGCONT)); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	<-r.exited
	r.cmd = nil
}

// client returns a client of the server, for what a store does not do.
func (r *server) client(t testing.TB) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: r.address(), Protocol: 2, MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// config changes a setting.
func (r *server) config(t testing.TB, name, value string) {
	t.Helper()
	if err := r.client(t).ConfigSet(t.Context(), name, value).Err(); err != nil {
		t.Fatal(err)
	}
}

// cpu returns the seconds of processor time that the server took.
func (r *server) cpu(t testing.TB) float64 {
	t.Helper()
	info := facts(r.client(t).Info(t.Context(), "cpu").Val())
	user, err := strconv.ParseFloat(info["used_cpu_user"], 64)
	system, err2 := strconv.ParseFloat(info["used_cpu_sys"], 64)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return user + system
}

// until waits for something that another process does.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it takes too long until %s", what)
		}
	}
}

// A cluster is one of three masters, each with a replica.
type cluster struct{ masters, replicas []*server }

func startCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{}
	buses := freePorts(t, 6)
	for i, bus := range buses {
		r := startServer(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", fmt.Sprint(bus),
			"--repl-diskless-sync-delay", "0", "--appendonly", "yes", "--appendfsync", "no")
		if i < 3 {
			c.masters = append(c.masters, r)
		} else {
			c.replicas = append(c.replicas, r)
		}
	}
	all := slices.Concat(c.masters, c.replicas)
	for i, r := range all {
		if err := r.client(t).Do(t.Context(), "cluster", "meet", "127.0.0.1", all[0].port, buses[0]).Err(); i > 0 && err != nil {
			t.Fatal(err)
		}
	}
	ids := make([]string, 3)
	for i, m := range c.masters {
		first, last := i*16384/3, (i+1)*16384/3-1
		client := m.client(t)
		err := client.ClusterAddSlotsRange(t.Context(), first, last).Err()
		id, err2 := client.Do(t.Context(), "cluster", "myid").Text()
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	for i, r := range c.replicas {
		client := r.client(t)
		until(t, "a replica knows its master", func() bool { return client.ClusterReplicate(t.Context(), ids[i]).Err() == nil })
	}
	for _, r := range all {
		client := r.client(t)
		until(t, "the cluster is whole", func() bool { return whole(client, t) })
	}
	return c
}

// whole reports whether a node sees six nodes, three of them replicas, and all
// slots served.
func whole(client *redis.Client, t testing.TB) bool {
	info := facts(client.ClusterInfo(t.Context()).Val())
	nodes := client.ClusterNodes(t.Context()).Val()
	replication := facts(client.Info(t.Context(), "replication").Val())
	synced := replication["role"] == "master" && replication["connected_slaves"] == "1" || replication["master_link_status"] == "up"
	return info["cluster_state"] == "ok" && info["cluster_known_nodes"] == "6" && strings.Count(nodes, "slave") == 3 && synced
}

// keepFor has the masters keep what the profile needs. Otherwise they leave the disk
// alone, which many share here.
func (c *cluster) keepFor(t testing.TB, profile string) {
	t.Helper()
	if len(needs(profile)) == 0 {
		return
	}
	for _, m := range c.masters {
		m.config(t, "appendfsync", needs(profile)[1].values[0])
	}
}

func (c *cluster) url() string {
	var all []string
	for _, m := range c.masters {
		all = append(all, m.address())
	}
	return "redis+cluster://" + strings.Join(all, ",")
}
