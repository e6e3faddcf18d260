// Package examples has nothing but tests: they run the examples as people use
// them, from the webhook to the send API, over HTTP on this machine.
package examples

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/examples/support/shop"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

// patience bounds what a test waits for; it never waits for it to pass.
const patience = 30 * time.Second

// The credentials of the tests. Those with a mark must not be seen in any log.
const (
	mark            = "MARKED"
	telegramAccount = "7000000017"
	telegramToken   = telegramAccount + ":MARKED-telegram-token"
	telegramSecret  = "MARKED-telegram-secret"
	greenInstance   = "9900000017"
	greenToken      = "MARKED-green-token"
	greenSecret     = "MARKED-green-secret"
	shopToken       = "MARKED-shop-token"
)

// monday is a moment at which the support team of the example is there, and
// sunday one at which it is not.
func monday() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }
func sunday() time.Time { return time.Date(2026, 3, 8, 10, 0, 0, 0, time.UTC) }

// A clock goes on like any other, but from a moment that the test sets.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time
}

func newClock(at time.Time) *clock { return &clock{at: at, since: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at.Add(time.Since(c.since))
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = at, time.Now()
}

// A logBook keeps what was logged, and what must not be in it.
type logBook struct {
	mu      sync.Mutex
	lines   bytes.Buffer
	private []string
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(b)
}

// keepOut names a text of a person, or of the bot to one: above the debug level
// it must not be logged.
func (l *logBook) keepOut(texts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range texts {
		if len(s) >= 8 { // shorter ones may be any word
			l.private = append(l.private, s)
		}
	}
}

func (l *logBook) check(t *testing.T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for line := range strings.Lines(l.lines.String()) {
		count++
		if strings.Contains(line, mark) {
			t.Errorf("a secret is in the log: %s", line)
		}
		var entry struct{ Level string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
		if entry.Level == slog.LevelDebug.String() {
			continue
		}
		for _, s := range l.private {
			if strings.Contains(line, s) {
				t.Errorf("%q is in the log above the debug level: %s", s, line)
			}
		}
	}
	if count == 0 {
		t.Error("nothing was logged")
	}
}

// A server is a running example, with the shop that it asks and the platforms
// that it talks to.
type server struct {
	t        *testing.T
	bot      *bot.Bot
	url      string
	client   *http.Client
	clock    *clock
	log      *logBook
	store    state.Store
	shop     *shop.Shop
	telegram *platform
	green    *platform
	all      []*platform

	factories []channels.Factory
}

// start runs the example in a folder until the test ends, on Telegram and on GREEN-API.
// The clock of the bot, of its store and of the shop begins at a moment. env adds to the
// environment.
func start(t *testing.T, dir string, at time.Time, env map[string]string) *server {
	t.Helper()
	s := newServer(t, at)
	s.telegram, s.green = s.plays(telegram{}), s.plays(greenapi{})
	all := map[string]string{
		"TELEGRAM_TOKEN": telegramToken, "TELEGRAM_SECRET": telegramSecret, "TELEGRAM_API": s.telegram.url,
		"GREENAPI_INSTANCE": greenInstance, "GREENAPI_TOKEN": greenToken, "GREENAPI_WEBHOOK_TOKEN": greenSecret,
		"GREENAPI_API": s.green.url,
	}
	maps.Copy(all, env)
	s.run(dir, all)
	return s
}

func newServer(t *testing.T, at time.Time) *server {
	s := &server{t: t, clock: newClock(at), log: &logBook{}, client: &http.Client{Transport: &http.Transport{}}, factories: builtin.Factories()}
	t.Cleanup(func() { s.log.check(t) })
	return s
}

// plays makes a platform that the bot can be on.
func (s *server) plays(d dialect) *platform {
	p := newPlatform(s.t, s.log, s.clock.now, d)
	s.all = append(s.all, p)
	return p
}

// run starts the shop and the bot of a folder.
func (s *server) run(dir string, env map[string]string) {
	t := s.t
	t.Helper()
	s.shop = shop.New(shopToken, s.clock.now)
	shopServer := httptest.NewServer(s.shop.Handler())
	t.Cleanup(shopServer.Close)
	all := map[string]string{"SHOP_TOKEN": shopToken, "SHOP_URL": shopServer.URL}
	maps.Copy(all, env)
	store, err := filestore.Open(filepath.Join(t.TempDir(), "data"), filestore.Options{Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
	s.bot, err = bot.New(t.Context(), bot.Options{
		Dir: dir, Listen: "127.0.0.1:0", Store: store, Factories: s.factories, Now: s.clock.now,
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Reports: t.Output(),
		Env:    func(name string) (string, bool) { v, ok := all[name]; return v, ok },
		Random: func() uint64 { return 0 }, // nothing waits by chance
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	if err := s.bot.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + s.bot.Addr().String()
}

// stop ends the bot. Whatever it said then that no test heard is an error.
func (s *server) stop() {
	s.client.CloseIdleConnections()
	if err := s.bot.Stop(context.Background()); err != nil {
		s.t.Errorf("stopping: %v", err)
	}
	for _, p := range s.all {
		p.checkSilence()
	}
}

// post posts a webhook and returns the status of the answer.
func (s *server) post(path string, header http.Header, body []byte) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return 0
	}
	r.Header = header.Clone()
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Errorf("posting to %s: %v", path, err)
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		s.t.Errorf("posting to %s: %v", path, err)
	}
	return resp.StatusCode
}

// deliver has an event of the team's own come in, as a console would.
func (s *server) deliver(e channels.Event) {
	s.t.Helper()
	if err := s.bot.Deliver(s.t.Context(), e); err != nil {
		s.t.Fatal(err)
	}
}

// letters waits until there are as many dead letters, and returns them.
func (s *server) letters(n int) []state.Letter {
	s.t.Helper()
	var letters []state.Letter
	s.waitFor("there are dead letters", func() bool {
		var err error
		if letters, err = s.store.DeadLetters(s.t.Context(), "", 100); err != nil {
			s.t.Fatal(err)
		}
		return len(letters) >= n
	})
	return letters
}

// waitFor waits until something has come true.
func (s *server) waitFor(what string, done func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
