package webchat

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// findChromium returns the browser. The test of the page is never skipped.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium found: run `make test`, which installs what the tests need")
	return ""
}

// A tab is a page in a headless browser.
type tab struct {
	t     *testing.T
	ctx   context.Context
	noise []string
}

// newBrowser starts a browser. It takes long, so the tests of the page share one.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	// Not the test's own context, which ends before the browser can be closed.
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(findChromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-GB"),
	)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
	})
	return ctx
}

// newVisit opens a tab with a storage of its own. Whatever its page writes to the
// console, such as an error or a breach of its content security policy, fails
// the test; but for noise, parts of what it may write.
func newVisit(t *testing.T, browser context.Context, noise ...string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	return openTab(t, ctx, noise, cancel)
}

// another opens a second tab with the same storage.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	return openTab(b.t, ctx, b.noise, cancel)
}

func openTab(t *testing.T, ctx context.Context, noise []string, end func()) *tab {
	t.Helper()
	b := &tab{t: t, ctx: ctx, noise: noise}
	b.do(chromedp.Navigate("about:blank"))
	messages := chromedp.Console(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for m, err := range messages {
			if err != nil {
				return
			}
			expected := func(part string) bool { return strings.Contains(m.Text, part) }
			if !slices.ContainsFunc(noise, expected) {
				t.Errorf("the page wrote to the console: %s (%s)", m, m.URL)
			}
		}
	}()
	t.Cleanup(func() {
		end()
		<-ended
	})
	return b
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
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression))
		if err == nil {
			return
		}
		if ctx.Err() != nil || !loads(err) {
			b.t.Fatalf("waiting for %s: %v\nthe page shows:\n%s", expression, err, b.value(`document.body.innerText`))
		}
	}
}

// loads reports whether an expression was lost because another page came.
func loads(err error) bool {
	return slices.ContainsFunc([]string{"context was destroyed", "ontextId must be specified", "Cannot find context"}, func(part string) bool {
		return strings.Contains(err.Error(), part)
	})
}

// shows waits until the log of the page has a text.
func (b *tab) shows(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.getElementById('log').innerText.includes(%q)`, text))
}

// value returns the value of an expression of the page as text.
func (b *tab) value(expression string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`String(`+expression+`)`))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wants compares the value of an expression of the page.
func (b *tab) wants(expression, want string) {
	b.t.Helper()
	if got := b.value(expression); got != want {
		b.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// phone and desktop are the sizes that the page is looked at.
func (b *tab) phone() {
	b.t.Helper()
	b.size(emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 2, Mobile: true})
}

func (b *tab) desktop() {
	b.t.Helper()
	b.size(emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 860, DeviceScaleFactor: 1})
}

func (b *tab) size(p emulation.SetDeviceMetricsOverrideParams) {
	b.t.Helper()
	b.do(call(emulation.SetDeviceMetricsOverride, p),
		call(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: p.Mobile}))
}

func (b *tab) scheme(name string) {
	b.t.Helper()
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}

// network cuts the page off, or brings it back.
func (b *tab) network(on bool) {
	b.t.Helper()
	conditions := &network.Conditions{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}
	b.do(call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{conditions},
	}), call(network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: !on, DownloadThroughput: -1, UploadThroughput: -1,
	}))
}

func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
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

func (b *tab) write(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.ID("text"), text+kb.Enter))
}

func (b *tab) tap(label string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.Search(fmt.Sprintf(`//button[contains(@class,"option")][not(@disabled)][contains(.,%q)]`, label))))
}
