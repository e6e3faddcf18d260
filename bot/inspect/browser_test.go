package inspect_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/parley-chat/parley/bot/inspect"
)

// A tab is a page in a headless browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open opens an address. Whatever the page writes to the console, such as an error
// or a breach of its content security policy, fails the test; but for noise, parts
// of what it may write.
func open(t *testing.T, address string, noise ...string) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
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
	b := &tab{t, ctx}
	b.do(chromedp.Navigate("about:blank"))
	messages := chromedp.Console(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for m, err := range messages {
			if err != nil {
				return
			}
			if !slices.ContainsFunc(noise, func(part string) bool { return strings.Contains(m.Text, part) }) {
				t.Errorf("the page wrote to the console: %s (%s)", m, m.URL)
			}
		}
	}()
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("closing the browser: %v", err)
		}
		<-ended
	})
	b.size(1280, 800)
	b.do(chromedp.Navigate(address))
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
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression)); err != nil {
		b.t.Fatalf("waiting for %s: %v\nthe page shows:\n%s", expression, err, b.value(`document.body.innerText`))
	}
}

func (b *tab) shows(id, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.getElementById(%q).innerText.includes(%q)`, id, text))
}

func (b *tab) value(expression string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`String(`+expression+`)`))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *tab) wants(expression, want string) {
	b.t.Helper()
	if got := b.value(expression); got != want {
		b.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.Search(selector)))
}

func (b *tab) press(selector, key string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.Search(selector), key))
}

func (b *tab) set(id, value string) {
	b.t.Helper()
	b.value(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event("input")) })(document.getElementById(%q))`, value, id))
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}))
}

func (b *tab) scheme(name string) {
	b.t.Helper()
	b.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
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

// openPage serves the page of a rig and returns its address without and with the
// token.
func (r *rig) openPage(mask *inspect.Mask) (base, address string) {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	page := &inspect.Page{Inspector: r.in, Mask: mask, Token: inspect.NewToken()}
	server := &http.Server{Handler: page.Handler(), BaseContext: func(net.Listener) context.Context { return ctx }, ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	r.t.Cleanup(func() {
		cancel()
		_ = server.Close()
		<-ended
	})
	return "http://" + l.Addr().String(), page.Address(l.Addr())
}

// TestThePageShowsWebhooksAndReplaysThem drives the page as a person does.
func TestThePageShowsWebhooksAndReplaysThem(t *testing.T) {
	b, _ := loadBot(t)
	answers := 0
	bot := newTarget(t, func(w http.ResponseWriter, _ *http.Request) {
		answers++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"ok":true,"answer":%d}`, answers)
	})
	r := start(t, b, bot.URL)
	_, address := r.openPage(inspect.NewMask(b))
	page := open(t, address)
	page.shows("empty", "No webhook yet.")
	page.shows("state", "Live")
	page.picture("empty")

	r.send(telegram(1000123, "Where is my order?"))
	page.shows("rows", "Ann: Where is my order?")
	r.send(telegram(1000124, "x").unsigned())
	r.send(whatsapp())
	r.send(slack(time.Now()))
	r.send(mmp())
	r.send(call{method: http.MethodGet, path: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token=" + verifyToken})
	r.send(call{path: "/webhooks/nobody", body: "hello=world"})
	page.until(`document.querySelectorAll("#rows tr").length === 7`)
	page.picture("list")
	page.wants(`location.hash`, "")

	// One in full, by a tab each.
	page.click(`//button[contains(@class,"open")][contains(.,"Where is my order?")]`)
	page.shows("panel", `"update_id": 1000123`)
	page.shows("title", "#1 message · telegram")
	page.picture("request")
	page.click(`#tab-headers`)
	page.shows("panel", "X-Telegram-Bot-Api-Secret-Token")
	page.wants(`document.body.innerText.includes("marked")`, "false")
	page.click(`#tab-decoded`)
	page.shows("panel", `"dedupe_id": "1000123"`)
	page.picture("decoded")

	walkByKeyboard(page)

	// A replay goes to the bot, and is compared.
	page.click(`#tab-answer`)
	page.shows("panel", `"answer": 1`)
	page.click(`#replay`)
	page.shows("title", "#8 message · telegram")
	page.shows("panel", "not the same as that to #1")
	page.shows("toast", "Replayed as #8.")
	page.scheme("dark")
	page.picture("answer-dark")
	page.scheme("light")

	// Filters, and a range that is replayed in order.
	page.click(`#close`)
	page.set("result", "failed")
	page.until(`document.querySelectorAll("#rows tr:not([hidden])").length === 2`)
	page.set("result", "")
	page.set("search", "HELLO")
	page.until(`document.querySelectorAll("#rows tr:not([hidden])").length === 3`)
	page.click(`#mark-all`)
	page.shows("replay-marked", "Replay 3 selected")
	page.picture("selected")
	page.click(`#replay-marked`)
	page.shows("toast", "Replayed 3, in order.")
	got := bot.arrived()
	if len(got) != 11 || got[8].uri != "/webhooks/whatsapp" || got[9].uri != "/webhooks/slack" || got[10].uri != "/webhooks/mmp?token="+webhookToken {
		t.Errorf("replayed: %+v", got[8:])
	}
	page.set("search", "nothing like this")
	page.shows("empty", "No webhook fits")

	page.size(390, 844)
	page.set("search", "")
	page.click(`#close`)
	page.picture("phone")
	page.click(`//button[contains(@class,"open")][contains(.,"Where is my order?")]`)
	page.shows("panel", `"answer": 1`)
	page.picture("phone-detail")
	page.wants(`document.documentElement.scrollWidth <= innerWidth`, "true")
}

// walkByKeyboard goes through tabs and webhooks, and opens and closes one.
func walkByKeyboard(page *tab) {
	page.t.Helper()
	page.press(`#tab-decoded`, kb.ArrowLeft)
	page.wants(`document.activeElement.id`, "tab-headers")
	page.press(`tr.chosen .open`, kb.ArrowUp)
	page.shows("title", "#2 refused · telegram")
	page.shows("problem", "the secret token is missing or wrong")
	page.press(`tr.chosen .open`, kb.ArrowDown)
	page.shows("title", "#1 message")
	page.press(`tr.chosen .open`, kb.Escape)
	page.until(`document.getElementById("detail").hidden`)
	page.wants(`document.activeElement.className`, "open")
	page.press(`//button[contains(@class,"open")][contains(.,"Where is my order?")]`, kb.Enter)
	page.shows("title", "#1 message")
}

// TestThePageOfAnotherRunSaysSo, and nothing else.
func TestThePageOfAnotherRunSaysSo(t *testing.T) {
	r := start(t, nil, "")
	r.send(call{path: "/one"})
	base, _ := r.openPage(nil)
	page := open(t, base+"/#OLDTOKEN", "401")
	page.shows("banner", "Open the address that it printed.")
	page.shows("state", "Closed")
	page.wants(`document.querySelectorAll("#rows tr").length`, "0")
}
