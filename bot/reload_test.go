package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state/memstore"
)

// sources is a bot that a test changes while it runs.
type sources struct{ now atomic.Pointer[loaded] }

func (s *sources) load() (*loaded, *spec.Report) {
	r := spec.NewReport()
	l := s.now.Load()
	if l == nil {
		r.Error(spec.Pos{File: r.File("flows/a.yaml")}, "E100", "", "unknown key %q", "sya")
	}
	return l, r
}

// talker says a word whatever is said.
func talker(word string, made *[]string, settings ...string) *loaded {
	l := &loaded{
		engine: script(func(flows.Input) (flows.Output, error) {
			return flows.Output{Replies: []channels.Reply{{Text: word}}}, nil
		}),
		name: "test", fingerprint: word, state: "memory:", wantsStatus: func(string) bool { return false },
	}
	for _, s := range settings {
		name, token, _ := strings.Cut(s, "=")
		f := factoryOf(newPlatform())
		f.New = func(c *channels.Config) (channels.Channel, error) {
			if c.Text("token") == "bad" {
				return nil, errors.New("token: not a token")
			}
			*made = append(*made, c.Name)
			return newPlatform(), nil
		}
		l.channels = append(l.channels, flows.ChannelSpec{Name: name, Factory: f, Config: map[string]string{"token": token}})
	}
	return l
}

func newReloadedBot(t *testing.T, s *sources, o Options) *Bot {
	t.Helper()
	o.Store, o.Log = memstore.New(memstore.Options{}), slog.New(slog.DiscardHandler)
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBot(t.Context(), o, s.load)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopTestBot(t, b) })
	return b
}

// Everything compiles or nothing changes, and people read why.
func TestBrokenReloadKeepsTheOldVersion(t *testing.T) {
	var made []string
	var report syncBuffer
	s := new(sources)
	s.now.Store(talker("old", &made, "a=1"))
	b := newReloadedBot(t, s, Options{Bot: &flows.Bot{}, Reports: &report})
	old := b.version.Load()

	s.now.Store(nil)
	if r, err := b.Reload(t.Context()); err == nil || !r.Failed() {
		t.Errorf("a broken bot was loaded: %v", err)
	}
	if !strings.Contains(report.String(), `unknown key "sya"`) || !strings.Contains(report.String(), "flows/a.yaml") {
		t.Errorf("report %q", report.String())
	}
	s.now.Store(talker("new", &made, "a=1", "b=bad"))
	if _, err := b.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "channel b: token") {
		t.Errorf("a channel that can't be made: %v", err)
	}
	if b.version.Load() != old {
		t.Error("something changed")
	}
}

// Who mended a mistake hears of it, also when nothing else changed; once.
func TestMendedFlowsAreFineAgain(t *testing.T) {
	var made []string
	var logs syncBuffer
	s := new(sources)
	s.now.Store(talker("old", &made, "a=1"))
	b := newReloadedBot(t, s, Options{Bot: &flows.Bot{}, Reports: io.Discard})
	b.log = slog.New(slog.NewTextHandler(&logs, nil))
	for _, l := range []*loaded{talker("old", &made, "a=1"), nil, talker("old", &made, "a=1"), talker("old", &made, "a=1")} {
		s.now.Store(l)
		_, _ = b.Reload(t.Context()) // the broken one is an error
	}
	if n := strings.Count(logs.String(), `level=INFO msg="flows are fine again" flows=old`); n != 1 {
		t.Errorf("said %d times that the flows are fine again:\n%s", n, logs.String())
	}
}

// Channels whose settings did not change are kept; the others change with the flows.
func TestReloadKeepsChannelsThatDidNotChange(t *testing.T) {
	var made []string
	s := new(sources)
	s.now.Store(talker("old", &made, "a=1", "b=1", "c=1"))
	b := newReloadedBot(t, s, Options{Bot: &flows.Bot{}})
	old := b.version.Load()
	s.now.Store(talker("new", &made, "a=1", "b=2", "d=1"))
	if _, err := b.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := b.version.Load()
	if want := []string{"a", "b", "c", "b", "d"}; !slices.Equal(made, want) {
		t.Errorf("made %v, want %v", made, want)
	}
	if now.channels["a"] != old.channels["a"] || now.channels["b"] == old.channels["b"] || now.channels["c"] != nil {
		t.Errorf("channels %v", now.channels)
	}
	if now.fingerprint != "new" || !slices.Equal(now.order, []string{"a", "b", "d"}) {
		t.Errorf("version %s with %v", now.fingerprint, now.order)
	}
	if _, err := b.Reload(t.Context()); err != nil || b.version.Load() != now {
		t.Errorf("the same flows were put in place again (%v)", err)
	}
	other := talker("new", &made, "a=1", "b=3", "d=1")
	other.environment = "another .env"
	s.now.Store(other)
	if _, err := b.Reload(t.Context()); err != nil || b.version.Load().channels["b"] == now.channels["b"] {
		t.Errorf("the same flows with another .env keep its old values (%v)", err)
	}
	if b.version.Load().number != now.number {
		t.Error("a .env makes another version of the flows")
	}
}

// An edit of a file is taken up; the store's folder and hidden files are none.
func TestFolderIsReloadedWhenAFileChanges(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bot.yaml", "bot: a")
	write("data/store", "1")
	loads := make(chan string, 100)
	load := func() (*loaded, *spec.Report) {
		text, err := os.ReadFile(filepath.Join(dir, "bot.yaml"))
		if err != nil {
			t.Error(err)
		}
		flow, _ := os.ReadFile(filepath.Join(dir, "flows", "b.yaml"))
		l := talker(string(text)+string(flow), nil)
		l.state = "file:data"
		loads <- l.fingerprint
		return l, spec.NewReport()
	}
	o, err := Options{Dir: dir, Store: memstore.New(memstore.Options{}), Log: slog.New(slog.DiscardHandler)}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBot(t.Context(), o, load)
	if err != nil {
		t.Fatal(err)
	}
	<-loads
	w := newFolderWatch(b)
	before := w.fingerprint()
	write("data/store", "22")
	write(".bot.yaml.swp", "x")
	if w.fingerprint() != before {
		t.Error("the store or a hidden file counts as a source")
	}
	write(".env", "TOKEN=1")
	if w.fingerprint() == before {
		t.Error(".env does not count as a source")
	}
	w.close()
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer stopTestBot(t, b)
	limit := time.After(30 * time.Second)
	await := func(want string) {
		t.Helper()
		for {
			select {
			case got := <-loads:
				if got == want {
					return
				}
			case <-limit:
				t.Fatalf("%q was not loaded", want)
			}
		}
	}
	write("bot.yaml", "bot: b2")
	await("bot: b2")
	write("flows/b.yaml", "flow: b")
	await("bot: b2flow: b")
	write("flows/b.yaml", "flow: b2")
	await("bot: b2flow: b2")
}

// registrar is a channel that is told its address, the second time with success.
type registrar struct {
	platform
	asked chan string
	fails atomic.Int64
}

func (r *registrar) Register(_ context.Context, webhook *url.URL) (bool, error) {
	r.asked <- webhook.String()
	if r.fails.Add(-1) >= 0 {
		return false, kind(channels.ErrUnavailable)
	}
	return true, nil
}

// A platform that could be told where its webhooks go, and is not, sends nothing.
func TestOperatorHearsThatNoWebhookIsRegistered(t *testing.T) {
	r := &registrar{asked: make(chan string, 10)}
	var logs syncBuffer
	b := startTestBot(t, setup{engine: script(echo), channel: r, logs: &logs})
	if text := logs.String(); !strings.Contains(text, `level=WARN msg="webhook not registered" channel=fake webhook=/webhooks/fake reason="there is no public_url`) {
		t.Errorf("log:\n%s", text)
	}
	stopTestBot(t, b)
	var quiet syncBuffer
	startTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &quiet})
	if text := quiet.String(); strings.Contains(text, "not registered") {
		t.Errorf("of a channel that can't register:\n%s", text)
	}
}

// A public address that comes later, or changes, is told to channels that stay.
func TestWebhooksAreRegisteredWhenTheAddressChanges(t *testing.T) {
	r := &registrar{asked: make(chan string, 10)}
	b := newTestBot(t, setup{engine: script(echo), channel: r})
	for i, public := range []string{"https://one.example.com", "https://two.example.com", "https://two.example.com"} {
		l := *b.version.Load().loaded
		l.fingerprint, l.publicURL = fmt.Sprint("flows ", i), public
		b.load = func() (*loaded, *spec.Report) { return &l, spec.NewReport() }
		if _, err := b.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			continue
		}
		if got := <-r.asked; got != public+"/webhooks/fake" {
			t.Errorf("registered %s, want that of %s", got, public)
		}
	}
	stopTestBot(t, b) // which waits for what still registers
	if len(r.asked) > 0 {
		t.Error("registered again although nothing changed")
	}
}

func TestWebhooksAreRegistered(t *testing.T) {
	r := &registrar{asked: make(chan string, 10)}
	b := startTestBot(t, setup{engine: script(echo), channel: r, public: "https://bot.example.com"})
	if got := <-r.asked; got != "https://bot.example.com/webhooks/fake" {
		t.Errorf("registered %s", got)
	}
	stopTestBot(t, b)
}
