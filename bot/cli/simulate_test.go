package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/cli"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/channels/corpus"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// A ledger counts the events that a store has made durable.
type ledger struct {
	state.Store
	mu     sync.Mutex
	events int
}

func (l *ledger) Accept(ctx context.Context, c state.Conv, events []state.NewEvent, by state.Caller) ([]state.Verdict, state.HandOut, error) {
	a, h, err := l.Store.Accept(ctx, c, events, by)
	if err == nil {
		l.mu.Lock()
		l.events += len(events)
		l.mu.Unlock()
	}
	return a, h, err
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events
}

// writeBot writes a bot with one channel, main, which answers everything with hello.
func writeBot(t *testing.T, f channels.Factory, changes map[string]string) string {
	t.Helper()
	c := corpus.Config(f, "main", changes, nil)
	all := map[string]any{"type": f.Type}
	for _, s := range f.Settings {
		if v := c.Values[s.Name]; v != "" && v != s.Default {
			all[s.Name] = v
		}
		if l := c.Lists[s.Name]; len(l) > 0 {
			all[s.Name] = l
		}
	}
	channel, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"bot.yaml":         "bot: shop\nchannels:\n  main: " + string(channel) + "\n",
		"flows/hello.yaml": "flow: hello\nstart: {fallback: true}\nsteps:\n  - say: Hello!\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// api is the send API of every platform; it counts what is sent.
func api(t *testing.T, sent *atomic.Int32) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent != nil && strings.HasSuffix(r.URL.Path, "/sendMessage") {
			sent.Add(1)
		}
		_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// start runs a bot and returns its address and a function that stops it.
func start(t *testing.T, dir string, store state.Store) (string, func()) {
	t.Helper()
	b, err := bot.New(t.Context(), bot.Options{
		Dir: dir, Store: store, Listen: "127.0.0.1:0", Factories: builtin.Factories(), Log: slog.New(slog.DiscardHandler), Reports: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return "http://" + b.Addr().String(), stop
}

// An attempt is what --json prints of one.
type attempt struct {
	Event     string
	Kinds     []channels.Kind
	Status    int
	OK        bool
	Duplicate bool
}

func attempts(t *testing.T, out string) []attempt {
	t.Helper()
	var all []attempt
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one attempt
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		all = append(all, one)
	}
	return all
}

// TestABotTakesEverythingThatItsPlatformPosts plays each platform towards a bot that
// runs: every event is answered with 2xx and durable, a wrong secret is refused.
func TestABotTakesEverythingThatItsPlatformPosts(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no public key")
	}
	played := 0
	for _, f := range builtin.Factories() {
		if f.Simulation == nil {
			continue
		}
		played++
		t.Run(f.Type, func(t *testing.T) {
			changes, args := map[string]string{"api_url": api(t, nil)}, []string{}
			if f.Type == "discord" {
				changes["verify"], changes["public_key"] = "on", hex.EncodeToString(public)
				args = []string{"--set", "private_key=" + hex.EncodeToString(key.Seed())}
			}
			dir, store := writeBot(t, f, changes), &ledger{Store: memstore.New(memstore.Options{})}
			address, _ := start(t, dir, store)
			base := append([]string{"simulate", "main"}, args...)
			out, code := run(t, append(base, "--bot", dir, "--json", "all", address)...)
			if code != 0 {
				t.Fatalf("ends with %d:\n%s", code, out)
			}
			durable := store.count()
			if out, code := run(t, append(base, "--bot", dir, "odd", address)...); code != 0 && !strings.Contains(out, "nothing to post") {
				t.Errorf("what is odd ends with %d:\n%s", code, out)
			}
			want := 0
			for _, a := range attempts(t, out) {
				if a.Status/100 != 2 || !a.OK {
					t.Errorf("%s: answered with %d", a.Event, a.Status)
				}
				for _, k := range a.Kinds {
					if k != channels.KindEcho && k != channels.KindStatus {
						want++
					}
				}
			}
			if durable != want || want == 0 {
				t.Errorf("%d events are durable, want %d", durable, want)
			}
		})
	}
	if played != 16 {
		t.Errorf("%d platforms were played", played)
	}
}

// TestSimulateWithAWrongSecretIsRefused, and says what to do.
func TestSimulateWithAWrongSecretIsRefused(t *testing.T) {
	f := factory(t, "telegram")
	dir := writeBot(t, f, map[string]string{"api_url": api(t, nil)})
	address, _ := start(t, dir, memstore.New(memstore.Options{}))
	out, code := run(t, "simulate", "main", "text", address, "--bot", dir, "--set", "secret=another")
	if code != 1 || !strings.Contains(out, "fail  text: message, 401 in ") || !strings.Contains(out, "fix: the secrets differ") ||
		!strings.Contains(out, "Posted 1 webhook: 0 answered as the platform wants, 1 not.") {
		t.Errorf("ends with %d:\n%s", code, out)
	}
	out, code = run(t, "simulate", "main", "text", address+"/webhooks/other", "--bot", dir)
	if code != 1 || !strings.Contains(out, "404") || !strings.Contains(out, "is the channel named main in bot.yaml there") {
		t.Errorf("ends with %d:\n%s", code, out)
	}
}

func factory(t *testing.T, kind string) channels.Factory {
	t.Helper()
	for _, f := range builtin.Factories() {
		if f.Type == kind {
			return f
		}
	}
	t.Fatalf("no type %s", kind)
	return channels.Factory{}
}

// TestADuplicateIsHandledOnce: three messages, each posted twice, get three answers.
func TestADuplicateIsHandledOnce(t *testing.T) {
	var sent atomic.Int32
	dir := writeBot(t, factory(t, "telegram"), map[string]string{"api_url": api(t, &sent)})
	address, stop := start(t, dir, memstore.New(memstore.Options{}))
	out, code := run(t, "simulate", "main", "text", address, "--bot", dir, "--count", "3", "--duplicate", "--concurrency", "3", "--json")
	all := attempts(t, out)
	duplicates := 0
	for _, a := range all {
		if a.Duplicate {
			duplicates++
		}
	}
	if code != 0 || len(all) != 6 || duplicates != 3 {
		t.Fatalf("ends with %d after %d attempts:\n%s", code, len(all), out)
	}
	eventually(t, func() bool { return sent.Load() >= 3 })
	stop()
	if n := sent.Load(); n != 3 {
		t.Errorf("%d answers to 3 messages", n)
	}
}

func eventually(t *testing.T, done func() bool) {
	t.Helper()
	tick, late := time.NewTicker(5*time.Millisecond), time.NewTimer(patience)
	defer tick.Stop()
	defer late.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatal("it does not happen")
		}
	}
}

// refusing answers 503 so many times, then 200, and keeps what it got.
func refusing(t *testing.T, times int, header map[string]string) (string, *[]http.Header, *[]string) {
	t.Helper()
	var mu sync.Mutex
	headers, bodies := &[]http.Header{}, &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		*headers, *bodies = append(*headers, r.Header.Clone()), append(*bodies, string(body))
		if len(*bodies) <= times {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/hook", headers, bodies
}

// TestRetryIsThatOfThePlatform: when it posts again, how often, and how it marks that.
func TestRetryIsThatOfThePlatform(t *testing.T) {
	says := func(t *testing.T, out string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(out, w) {
				t.Errorf("does not say %q:\n%s", w, out)
			}
		}
	}
	t.Run("telegram", func(t *testing.T) {
		url, _, bodies := refusing(t, 2, nil)
		out, code := run(t, "simulate", "telegram", "text", url, "--retry", "--fast")
		if code != 0 || len(*bodies) != 3 || (*bodies)[0] != (*bodies)[2] {
			t.Errorf("ends with %d after %d attempts", code, len(*bodies))
		}
		says(t, out, "; again after 0s\n", ", attempt 2: answered with 503 Service Unavailable; again after 2s\n", "ok    text: message, 200 in ", ", attempt 3\n")
	})
	t.Run("telegram obeys Retry-After", func(t *testing.T) {
		url, _, _ := refusing(t, 1, map[string]string{"Retry-After": "7"})
		out, code := run(t, "simulate", "telegram", "text", url, "--retry", "--fast")
		if code != 0 {
			t.Errorf("ends with %d", code)
		}
		says(t, out, "again after 7s")
	})
	t.Run("slack gives up", func(t *testing.T) {
		url, headers, _ := refusing(t, 10, nil)
		out, code := run(t, "simulate", "slack", "message_direct", url, "--retry", "--fast")
		if code != 1 || len(*headers) != 4 {
			t.Fatalf("ends with %d after %d attempts:\n%s", code, len(*headers), out)
		}
		for i, h := range *headers {
			if got := h.Get("X-Slack-Retry-Num"); i > 0 && got != strconv.Itoa(i) || i == 0 && got != "" {
				t.Errorf("attempt %d is marked %q", i, got)
			}
		}
		says(t, out, "again after 0s", "again after 1m\n", "again after 5m\n")
	})
	t.Run("slack posts a tap once", func(t *testing.T) {
		url, headers, _ := refusing(t, 10, nil)
		if out, code := run(t, "simulate", "slack", "action_button", url, "--retry", "--fast"); code != 1 || len(*headers) != 1 {
			t.Errorf("ends with %d after %d attempts:\n%s", code, len(*headers), out)
		}
	})
	t.Run("line marks what it delivers again", func(t *testing.T) {
		url, _, bodies := refusing(t, 1, nil)
		if out, code := run(t, "simulate", "line", "text", url, "--retry", "--fast"); code != 0 || len(*bodies) != 2 ||
			strings.Contains((*bodies)[0], `"isRedelivery": true`) || !strings.Contains((*bodies)[1], `"isRedelivery": true`) {
			t.Errorf("ends with %d:\n%s\n%s", code, out, *bodies)
		}
	})
}

// TestSimulateEndsInOrderWhenInterrupted says how far it got.
func TestSimulateEndsInOrderWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if got++; got == 3 {
			cancel()
		}
	}))
	defer server.Close()
	var out bytes.Buffer
	code := cli.Run(ctx, []string{"simulate", "telegram", "text", "--count", "50", server.URL + "/hook"}, strings.NewReader(""), &out, &out)
	if code != 1 || !strings.Contains(out.String(), " of 50 were not posted to the end.") || got > 10 {
		t.Errorf("ends with %d after %d:\n%s", code, got, out.String())
	}
}

// TestStatusesAreOfOneMessage, in the order wanted, and in the opposite one.
func TestStatusesAreOfOneMessage(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"in order":        {nil, "sent delivered read"},
		"last first":      {[]string{"--reorder"}, "read delivered sent"},
		"of one that was": {[]string{"--message", "wamid.given"}, "sent delivered read"},
	} {
		t.Run(name, func(t *testing.T) {
			url, _, bodies := refusing(t, 0, nil)
			out, code := run(t, append([]string{"simulate", "whatsapp", "--status", "sent,delivered,read", url}, c.args...)...)
			var states []string
			ids := map[string]bool{}
			for _, body := range *bodies {
				var in struct {
					Entry []struct {
						Changes []struct {
							Value struct {
								Statuses []struct{ ID, Status string }
							}
						}
					}
				}
				if err := json.Unmarshal([]byte(body), &in); err != nil {
					t.Fatal(err)
				}
				s := in.Entry[0].Changes[0].Value.Statuses[0]
				states, ids[s.ID] = append(states, s.Status), true
			}
			if code != 0 || strings.Join(states, " ") != c.want || len(ids) != 1 || len(c.args) == 2 && !ids["wamid.given"] {
				t.Errorf("ends with %d, %v of %v:\n%s", code, states, ids, out)
			}
		})
	}
}
