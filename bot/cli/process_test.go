package cli_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds what a test waits for; it never waits for it to pass.
const patience = 60 * time.Second

const (
	telegramToken  = "7000000017:telegram-token"
	telegramSecret = "telegram-secret"
)

// A process is a running `parley serve`.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when it has ended
}

// An output keeps the last of what a process prints.
type output struct {
	mu   sync.Mutex
	tail bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tail.Len() > 64<<10 {
		o.tail.Reset()
	}
	return o.tail.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail.String()
}

// serve starts the server of a bot folder at an address, and kills it at the end
// of the test if it still runs.
func serve(t *testing.T, dir, data, address, api string) *process {
	t.Helper()
	p := &process{t: t, out: &output{}, done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), "parley", "serve", dir, "--listen", address, "--state", "file:"+data)
	p.cmd.Env = append(os.Environ(), "TELEGRAM_TOKEN="+telegramToken, "TELEGRAM_SECRET="+telegramSecret, "TELEGRAM_API="+api)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // the tests look at ProcessState
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as a power cut does, and waits until it has.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// terminate asks the process to end and returns its exit code.
func (p *process) terminate() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Errorf("SIGTERM: %v", err)
	}
	return p.wait()
}

// wait waits for the end of the process and returns its exit code.
func (p *process) wait() int {
	p.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.t.Fatalf("the server does not end:\n%s", p.out)
	}
	return p.cmd.ProcessState.ExitCode()
}

// ready waits until the server answers.
func (p *process) ready(address string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			p.t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-p.done:
			p.t.Fatalf("the server ended:\n%s", p.out)
		case <-ctx.Done():
			p.t.Fatalf("the server is not ready:\n%s", p.out)
		}
	}
}

// freeAddress returns an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// copyBot copies a bot folder of testdata, so that a test has its own.
func copyBot(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/"+name)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// refused reports whether an address takes no connections any more.
func refused(ctx context.Context, address string) bool {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return strings.Contains(err.Error(), "refused")
	}
	_ = conn.Close()
	return false
}

// writeFile writes a file of a folder, and the folders that it needs.
func writeFile(dir, name, text string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
