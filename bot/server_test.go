package bot

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

func get(b *Bot, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// gin's own way to serve has no limits; the server of the bot has all of them.
func TestServerHasLimits(t *testing.T) {
	s := NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 10*time.Second || s.WriteTimeout != 15*time.Second ||
		s.IdleTimeout != 75*time.Second || s.MaxHeaderBytes != 32<<10 {
		t.Errorf("limits %+v", s)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"gin." + "Default(", "e.Run" + "(", "http.ListenAnd" + "Serve("} {
			if strings.Contains(string(source), bad) {
				t.Errorf("%s uses %s, which sets no timeouts", f, bad)
			}
		}
	}
}

// chat is a channel with pages, which tell what they see.
type chat struct{ platform }

func (c *chat) Serve(h channels.Host) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/say":
			err := h.Accept(r.Context(), []channels.Event{{Kind: channels.KindMessage, Account: "acc", Conversation: "ann", DedupeID: "1", Text: "hi"}})
			if err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		case "/panic":
			panic("secret-of-the-page")
		default:
			_, _ = io.WriteString(w, "page "+r.URL.Path)
		}
	})
}

func TestPagesOfChannelsAreServed(t *testing.T) {
	var logs syncBuffer
	b := startTestBot(t, setup{engine: script(echo), channel: &chat{platform{got: make(chan channels.Message, 10)}}, logs: &logs})
	for path, want := range map[string]string{"/channels/fake/": "page /", "/channels/fake/a/b": "page /a/b"} {
		if w := get(b, path); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := get(b, "/"); w.Code != http.StatusFound || w.Header().Get("Location") != "/channels/fake/" {
		t.Errorf("/ leads to %q (%d)", w.Header().Get("Location"), w.Code)
	}
	for path, want := range map[string]int{"/channels/other/": 404, "/nothing": 404, "/channels/fake/panic?key=secret-of-the-page": 500} {
		if w := get(b, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if strings.Contains(logs.String(), "secret-of-the-page") {
		t.Errorf("the log has what a page panicked with:\n%s", logs.String())
	}
}

// The log says where people and platforms find what is on.
func TestLogSaysWhereChannelsAre(t *testing.T) {
	for _, c := range []struct {
		channel channels.Channel
		want    string
	}{
		{newPlatform(), `msg="channel is on" channel=fake type=fake webhook=/webhooks/fake` + "\n"},
		{&chat{platform{got: make(chan channels.Message, 10)}}, `msg="channel is on" channel=fake type=fake page=/channels/fake/` + "\n"},
	} {
		var logs syncBuffer
		startTestBot(t, setup{engine: script(echo), channel: c.channel, logs: &logs, token: eventToken})
		for _, want := range []string{c.want, `msg="events are taken" page=/events` + "\n", `msg="store is open" store=own` + "\n"} {
			if !strings.Contains(logs.String(), want) {
				t.Errorf("the log has no %q:\n%s", want, logs.String())
			}
		}
	}
}

// An address that somebody else has is the first thing that is said.
func TestAddressInUseComesFirst(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var logs syncBuffer
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &logs, options: func(o *Options) { o.Listen = l.Addr().String() }})
	if err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("started with %v", err)
	}
	if logs.String() != "" {
		t.Errorf("said before it listens:\n%s", logs.String())
	}
	stopTestBot(t, b)
}

func TestHomeWithoutPagesSaysThatItRuns(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	if w := get(b, "/"); w.Code != 200 || !strings.Contains(w.Body.String(), "test is running") {
		t.Errorf("/: %d %s", w.Code, w.Body)
	}
	if w := get(b, "/channels/fake/"); w.Code != 404 {
		t.Errorf("a channel without pages: %d", w.Code)
	}
}

// A channel with pages sees the history as it grows, with hints.
func TestHostShowsTheHistoryAsItGrows(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{engine: script(echo), channel: p})
	h := host{bot: b, channel: "fake"}
	hints, done := h.Watch("acc", "ann")
	defer done()
	if err := h.Accept(t.Context(), []channels.Event{{Kind: channels.KindMessage, Account: "acc", Conversation: "ann", DedupeID: "1", Text: "hi"}}); err != nil {
		t.Fatal(err)
	}
	var entries []channels.Entry
	var after uint64
	for len(entries) < 2 {
		<-hints
		page, err := h.History(t.Context(), "acc", "ann", after, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			after = e.Number
			entries = append(entries, e)
		}
	}
	if entries[0].Event == nil || entries[0].Event.Text != "hi" || entries[0].Message != nil {
		t.Errorf("first entry %+v", entries[0])
	}
	if entries[1].Message == nil || entries[1].Message.Text != "echo hi" || entries[1].Status != "sent" {
		t.Errorf("second entry %+v", entries[1])
	}
	other, doneOther := h.Watch("acc", "bob")
	doneOther()
	b.watchers.hint(convOf("bob"))
	select {
	case <-other:
		t.Error("a hint after the watch ended")
	default:
	}
}

// The address of a channel's pages works without its last slash, behind a proxy
// that adds a prefix too.
func TestPagesWithoutTheirSlash(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	for path, want := range map[string]int{"/channels/nobody": http.StatusNotFound, "/channels/fake": http.StatusNotFound} {
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	b.version.Load().channels["fake"].pages = http.NotFoundHandler()
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/channels/fake", nil))
	if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != "fake/" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
}
