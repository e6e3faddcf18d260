package chaos

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	telegramToken  = "7000000017:telegram-token"
	telegramSecret = "telegram-secret"
)

// A fleet is the bots of a scenario: processes on one bot folder and one store,
// each with an address that it keeps.
type fleet struct {
	t     *testing.T
	dir   string // the bot folder
	state string // address of the store
	api   string // address of the sink
	args  []string
	all   []*process
	queue bool // they pull from the sink's queue, too
	kills int
}

// A process is one bot of the fleet, and its successors after a kill.
type process struct {
	address string
	out     *output // of all of them
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
}

// newFleet gives addresses to n bots; none runs yet.
func newFleet(t *testing.T, n int, state, api string) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir(), state: state, api: api}
	if err := os.CopyFS(f.dir, os.DirFS("testdata/counter")); err != nil {
		t.Fatal(err)
	}
	for _, port := range freePorts(t, n) {
		f.all = append(f.all, &process{address: "127.0.0.1:" + port, out: new(output)})
	}
	t.Cleanup(func() {
		for i, p := range f.all {
			if p.cmd == nil {
				continue
			}
			_ = p.cmd.Process.Kill() // it may have ended
			<-p.done
			if t.Failed() {
				t.Logf("bot %d said last:\n%s", i, p.out)
			}
		}
	})
	return f
}

// set writes a profile into bot.yaml, if there is one.
func (f *fleet) set(profile string) {
	f.t.Helper()
	if profile == "" {
		return
	}
	path := filepath.Join(f.dir, "bot.yaml")
	src, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(src, "profile: "+profile+"\n"...), 0o600)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// start runs a bot, with more variables of the environment, and waits until it is
// ready.
func (f *fleet) start(i int, env ...string) {
	f.t.Helper()
	p := f.all[i]
	f.launch(i, env...)
	until(f.t, "bot "+p.address+" is ready", func() bool {
		if p.ended() {
			f.t.Fatalf("bot %d ended:\n%s", i, p.out)
		}
		return ready(f.t.Context(), p.address)
	})
}

// launch runs a bot, which may end before it is ready.
func (f *fleet) launch(i int, env ...string) {
	f.t.Helper()
	p := f.all[i]
	args := append([]string{"serve", f.dir, "--listen", p.address, "--state", f.state}, f.args...)
	p.cmd = exec.CommandContext(context.WithoutCancel(f.t.Context()), binary, args...)
	p.cmd.Env = append(os.Environ(), "TELEGRAM_TOKEN="+telegramToken, "TELEGRAM_SECRET="+telegramSecret,
		"TELEGRAM_API="+f.api, "SHOP="+f.api, "GOMAXPROCS=2")
	if f.queue {
		p.cmd.Env = append(p.cmd.Env, "GREENAPI_INSTANCE="+greenInstance, "GREENAPI_TOKEN="+greenToken,
			"GREENAPI_API="+f.api+"/bot"+strconv.Itoa(i))
	}
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		defer close(done)
		_ = cmd.Wait() // the tests look at ProcessState
	}(p.cmd, p.done)
}

// kill ends a bot as a power cut does.
func (f *fleet) kill(i int) {
	f.kills++
	f.signal(i, syscall.SIGKILL)
	<-f.all[i].done
}

func (f *fleet) signal(i int, s os.Signal) {
	f.t.Helper()
	if err := f.all[i].cmd.Process.Signal(s); err != nil {
		f.t.Errorf("%s to bot %d: %v", s, i, err)
	}
}

// terminate asks a bot to end and wants that it does so in order and in time.
func (f *fleet) terminate(i int) {
	f.t.Helper()
	f.signal(i, syscall.SIGTERM)
	f.terminated(i)
}

// terminated waits for the end of a bot that was asked to end.
func (f *fleet) terminated(i int) {
	f.t.Helper()
	began, p := time.Now(), f.all[i]
	until(f.t, "a bot ends", p.ended)
	if took := time.Since(began); took > 26*time.Second {
		f.t.Errorf("bot %d took %s to end, want 25 s at most", i, took)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		f.t.Errorf("bot %d ended with %d", i, code)
	}
}

// died waits until a bot was ended by the SIGKILL of a failpoint.
func (f *fleet) died(i int) {
	f.t.Helper()
	p := f.all[i]
	until(f.t, "the bot comes to the point", p.ended)
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		f.t.Fatalf("bot %d ended by itself: %s", i, p.cmd.ProcessState)
	}
	f.kills++
}

// said counts how often the bots logged something.
func (f *fleet) said(text string) int {
	n := 0
	for _, p := range f.all {
		n += strings.Count(p.out.String(), text)
	}
	return n
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// ready reports whether a bot wants requests.
func ready(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// freePorts returns ports of this machine that nobody listens on, each to one caller
// only: whoever has one stops and starts there again. They lie below those that the
// system gives to anybody, so that nobody gets one in between.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	ports := make([]string, 0, n)
	for len(ports) < n {
		port := nextPort()
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			continue // somebody else's
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	return ports
}

// nextPort walks through 10,000 ports, from where this process happens to begin.
var nextPort = func() func() string {
	var next atomic.Int64
	next.Store(int64(os.Getpid()))
	return func() string { return strconv.FormatInt(20_000+next.Add(1)%10_000, 10) }
}()

// An output keeps what a process prints: the last 4 MB.
type output struct {
	mu   sync.Mutex
	tail bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tail.Len() > 4<<20 {
		o.tail.Reset()
	}
	return o.tail.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail.String()
}
