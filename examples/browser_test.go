package examples

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTheSupportExampleInABrowser is what a newcomer does first: the program of
// the example runs, and somebody opens its address on a phone.
func TestTheSupportExampleInABrowser(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "support")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./support")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./support: %v\n%s", err, out)
	}
	data := filepath.Join(t.TempDir(), "data")
	running := runSupport(t, program, data, "127.0.0.1:0")
	page := "http://" + running.address + "/"

	first := openBrowser(t).open(page) // leads on to the chat
	first.shows("Hi there, this is Acme. What can I do for you?")
	first.writes("help")
	first.hasRows([]string{
		"Hi there, this is Acme. What can I do for you?", "help", "Hi there, this is Acme. What can I do for you?",
	})
	first.picture("support-menu")
	first.taps("Track an order")
	first.shows("What is the order number? It looks like A-1234.")
	first.writes("A-1234")
	first.shows("A-1234 is shipped, expected")
	first.shows("Anything else?")
	first.picture("support-order")
	conversation := first.rows()

	second := first.another(page)
	second.shows("Anything else?")
	second.hasRows(conversation)
	first.do(chromedp.Reload())
	first.shows("Anything else?")
	first.hasRows(conversation)

	running.kill()
	first.until(`document.documentElement.dataset.line !== 'online'`)
	first.writes("opening hours")
	first.until(`document.querySelector('.sending')`)
	first.picture("support-away")
	runSupport(t, program, data, running.address)
	first.shows("Our hours: Mon-Fri", "We are open now: Mon-Fri")
	first.until(`!document.querySelector('.sending, .failed')`)
	first.shows("Anything else?")
	first.picture("support-back")
	if after := first.rows(); !strings.HasPrefix(strings.Join(after, "\n"), strings.Join(conversation, "\n")) {
		t.Errorf("after the restart the page shows %q, before it %q", after, conversation)
	}
	second.hasRows(first.rows())
}

// A program is the running example.
type program struct {
	cmd     *exec.Cmd
	address string
	done    chan struct{}
}

// runSupport starts the example and waits until it says where it is.
func runSupport(t *testing.T, path, data, address string) *program {
	t.Helper()
	p := &program{done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), path, "--listen", address, "--dir", "support", "--state", "file:"+data)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TELEGRAM_") && !strings.HasPrefix(e, "GREENAPI_") && !strings.HasPrefix(e, "SHOP_") {
			p.cmd.Env = append(p.cmd.Env, e)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p.cmd.Stdout, p.cmd.Stderr = w, t.Output()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // it is killed
	}()
	t.Cleanup(p.kill)
	if err := r.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for buffer := make([]byte, 1024); ; {
		n, err := r.Read(buffer)
		said.Write(buffer[:n])
		if _, rest, ok := strings.Cut(said.String(), "http://"); ok && strings.Contains(rest, "/") {
			p.address, _, _ = strings.Cut(rest, "/")
			return p
		}
		if err != nil {
			t.Fatalf("the example does not say where it is: %v\n%s", err, said.String())
		}
	}
}

func (p *program) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}

// A tab is a page in a headless browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// openBrowser starts a browser. It is never left out: the tests need one.
func openBrowser(t *testing.T) *tab {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium found: run `make test`, which installs what the tests need")
	}
	// Not the test's own context, which ends before the browser can be closed.
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-GB"),
	)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	b := &tab{t: t, ctx: ctx}
	b.do(chromedp.Navigate("about:blank"))
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
	})
	return b
}

// open opens a page at the size of a phone.
func (b *tab) open(page string) *tab {
	b.t.Helper()
	b.do(command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: 390, Height: 844, DeviceScaleFactor: 2, Mobile: true,
	}), command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-reduced-motion", Value: "reduce"}, // pictures are of the page at rest
		}}),
		chromedp.Navigate(page))
	return b
}

// another opens a page in a second tab of the same browser.
func (b *tab) another(page string) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return (&tab{t: b.t, ctx: ctx}).open(page)
}

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// until waits until an expression of the page is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression)); err != nil {
		b.t.Fatalf("waiting for %s: %v\nthe page shows: %q", expression, err, b.rows())
	}
}

// shows waits until the log of the page has one of the texts.
func (b *tab) shows(texts ...string) {
	b.t.Helper()
	var either []string
	for _, text := range texts {
		either = append(either, fmt.Sprintf(`document.getElementById('log').innerText.includes(%q)`, text))
	}
	b.until(strings.Join(either, " || "))
}

// rows returns the texts of the messages that the page shows.
func (b *tab) rows() []string {
	b.t.Helper()
	all, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('.row .text')].map(e => e.innerText)`))
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// hasRows waits until the page shows these messages and no others.
func (b *tab) hasRows(want []string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`JSON.stringify([...document.querySelectorAll('.row .text')].map(e => e.innerText)) === JSON.stringify(%s)`,
		encode(b.t, want)))
}

func (b *tab) writes(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.ID("text"), text+kb.Enter))
}

func (b *tab) taps(label string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.Search(fmt.Sprintf(`//button[contains(@class,"option")][not(@disabled)][contains(.,%q)]`, label))))
}

// picture writes what the page looks like to the folder in PARLEY_SCREENSHOTS, or
// to one that goes away, and wants it not to be blank.
func (b *tab) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("PARLEY_SCREENSHOTS")
	if folder == "" {
		folder = b.t.TempDir()
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
	if len(png) < 5000 {
		b.t.Errorf("the picture %s is blank: %d bytes", name, len(png))
	}
}
