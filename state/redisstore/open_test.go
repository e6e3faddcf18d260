package redisstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// profiles are the settings of a server for each profile.
func profiles() map[string][]string {
	return map[string][]string{
		Memory: nil,
		Fast:   {"--appendonly", "yes"},
		Strict: {"--appendonly", "yes", "--appendfsync", "always"},
	}
}

func TestProfiles(t *testing.T) {
	for want, args := range profiles() {
		if got := open(t, startServer(t, args...).url(), Options{}).Profile(); got != want {
			t.Errorf("%v: profile %s, want %s", args, got, want)
		}
	}
}

func TestServerThatCannotKeepIsRefused(t *testing.T) {
	for want, info := range map[string]map[string]string{
		`version "6.2.14"`:  {"redis_version": "6.2.14", "role": "master", "maxmemory_policy": "noeviction"},
		"needs Redis 7.0":   {},
		"noeviction":        {"redis_version": "7.0.15", "role": "master", "maxmemory_policy": "allkeys-lru"},
		"a replica":         {"redis_version": "7.0.15", "role": "slave", "maxmemory_policy": "noeviction"},
		"redis+cluster://":  {"redis_version": "8.2.0", "role": "master", "maxmemory_policy": "noeviction", "redis_mode": "cluster"},
		"redis+sentinel://": {"redis_version": "7.4.0", "redis_mode": "sentinel"},
	} {
		if err := fit(info, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", info, err, want)
		}
	}
	if err := fit(map[string]string{"redis_version": "10.0.0", "role": "master", "maxmemory_policy": "noeviction"}, true); err != nil {
		t.Errorf("a newer version: %v", err)
	}
}

func TestEvictionIsRefused(t *testing.T) {
	r := startServer(t, "--maxmemory-policy", "volatile-ttl")
	if _, err := Open(t.Context(), r.url(), Options{}); err == nil || !strings.Contains(err.Error(), `set maxmemory-policy to noeviction; it is "volatile-ttl"`) {
		t.Fatalf("got %v", err)
	}
	r.config(t, "maxmemory-policy", "noeviction")
	open(t, r.url(), Options{})
}

func TestPasswordIsUsedAndNotTold(t *testing.T) {
	r := startServer(t)
	r.config(t, "requirepass", "pa55word")
	open(t, "redis://:pa55word@"+r.address(), Options{})
	_, err := Open(t.Context(), "redis://:wr0ng@"+r.address(), Options{})
	if err == nil || strings.Contains(err.Error(), "wr0ng") {
		t.Fatalf("a wrong password: %v", err)
	}
}

func TestRefusedConnectionIsAnError(t *testing.T) {
	for _, scheme := range []string{"redis", "redis+cluster"} {
		address := fmt.Sprintf("%s://127.0.0.1:%d", scheme, freePorts(t, 1)[0])
		begin := time.Now()
		_, err := Open(t.Context(), address, Options{})
		if err == nil || !strings.Contains(err.Error(), "refused") || time.Since(begin) > 3*time.Second {
			t.Errorf("%s: %v after %s", scheme, err, time.Since(begin))
		}
	}
}

func TestServerThatIsGoneGivesErrorsInTime(t *testing.T) {
	r := startServer(t)
	s := open(t, r.url(), Options{})
	out := accept(t, s, ann, "a", "1")
	r.stop(t, syscall.SIGKILL)
	within := func(what string, do func(ctx context.Context) error) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if err := do(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v, want the end of the context and why", what, err)
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("%s took %s", what, d)
		}
	}
	within("accept", func(ctx context.Context) error {
		_, _, err := s.Accept(ctx, ann, event("2"), caller("a"))
		return err
	})
	within("commit", func(ctx context.Context) error {
		_, err := s.Commit(ctx, ann, out.Token, out.Event.Number, state.Result{})
		return err
	})
	within("dead letters", func(ctx context.Context) error {
		_, err := s.DeadLetters(ctx, "", 10)
		return err
	})
	if _, _, err := s.Due(t.Context(), 10); err == nil {
		t.Error("a store that is gone has nothing due")
	}
}

func TestServerThatHangsGivesErrorsInTime(t *testing.T) {
	r := startServer(t)
	s := open(t, r.url(), Options{})
	if err := r.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := s.Claim(ctx, ann, caller("a")); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > time.Second {
		t.Fatalf("%v after %s", err, time.Since(begin))
	}
	if err := r.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	accept(t, s, ann, "a", "1")
}

// startSentinel runs a sentinel that watches the master by the name of shop.
func startSentinel(t *testing.T, master *server) *server {
	t.Helper()
	port, dir := freePorts(t, 1)[0], t.TempDir()
	config := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor shop 127.0.0.1 %d 1\nsentinel down-after-milliseconds shop 500\n", master.port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := &server{port: port, dir: dir, args: []string{"--sentinel"}, file: config}
	sentinel.start(t)
	t.Cleanup(func() { sentinel.stop(t, syscall.SIGTERM) })
	return sentinel
}

func TestSentinelKnowsTheMaster(t *testing.T) {
	sentinel := startSentinel(t, startServer(t))
	accept(t, open(t, fmt.Sprintf("redis+sentinel://shop@%s", sentinel.address()), Options{}), ann, "a", "1")
	if _, err := Open(t.Context(), sentinel.url(), Options{}); err == nil || !strings.Contains(err.Error(), "redis+sentinel://") {
		t.Fatalf("a sentinel as a server: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"redis://localhost":                             "[localhost:6379] db 0",
		"redis://user:secret@h:1/3":                     "[h:1] db 3 user user secret",
		"rediss://:secret@h":                            "[h:6379] db 0 user  secret tls",
		"redis://[::1]:7000":                            "[[::1]:7000] db 0",
		"redis+cluster://a:7000,b:7001,c":               "[a:7000 b:7001 c:6379] db 0 cluster",
		"redis+cluster://u:p@a?tls=true":                "[a:6379] db 0 user u p cluster tls",
		"redis+sentinel://shop@a,b:1/2":                 "[a:26379 b:1] db 2 master shop",
		"redis+sentinel://shop@a?username=u&password=p": "[a:26379] db 0 user u p master shop",
	} {
		o, err := parseAddress(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		got := fmt.Sprint(o.Addrs, " db ", o.DB)
		if o.Username+o.Password != "" {
			got += " user " + o.Username + " " + o.Password
		}
		if o.IsClusterMode {
			got += " cluster"
		}
		if o.MasterName != "" {
			got += " master " + o.MasterName
		}
		if o.TLSConfig != nil {
			got += " tls"
		}
		if got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}

// FuzzAddress: whatever is written, a password in it is not in the error.
func FuzzAddress(f *testing.F) {
	for _, address := range []string{
		"redis://:pa55word@h:port:x", "redis://u:pa55word@a,b", "redis+cluster://:pa55word@a/1", "http://:pa55word@h", "pa55word", "",
		"redis://:pa55word%zz@h", "redis+sentinel://h?password=pa55word", "redis://:pa55word@h/db",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		o, err := parseAddress(address)
		if err == nil && len(o.Addrs) == 0 || err != nil && strings.Contains(err.Error(), "pa55word") {
			t.Fatalf("%q: %v, %v", address, o, err)
		}
	})
}
