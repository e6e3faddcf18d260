package inspect_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot/inspect"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// TestRequestsArePassedOnAsTheyCame: method, address, host, headers and body, with
// nothing added and no more left out than belongs to a connection.
func TestRequestsArePassedOnAsTheyCame(t *testing.T) {
	b, _ := loadBot(t)
	bot := newTarget(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Of-Bot", "yes")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "taken")
	})
	r := start(t, b, bot.URL+"/base/")
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := "\x00bytes \xff of any kind"
	fmt.Fprintf(conn, "POST /webhooks/tele%%67ram?a=%%20b&c HTTP/1.1\r\nHost: bot.example.test\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"+
		"X-Twice: one\r\nX-Twice: two\r\nConnection: close, X-Hop\r\nX-Hop: secret\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted || resp.Header.Get("X-Of-Bot") != "yes" {
		t.Errorf("answered %d %v", resp.StatusCode, resp.Header)
	}
	got := bot.arrived()
	if len(got) != 1 {
		t.Fatalf("%d arrived", len(got))
	}
	g := got[0]
	if g.method != "POST" || g.uri != "/base/webhooks/tele%67ram?a=%20b&c" || g.host != "bot.example.test" || g.body != body {
		t.Errorf("arrived: %+v", g)
	}
	g.header.Del("Connection") // of the new connection
	if names := slices.Sorted(maps.Keys(g.header)); !slices.Equal(names, []string{"Content-Length", "X-Forwarded-For", "X-Forwarded-Proto", "X-Twice"}) {
		t.Errorf("headers: %v", g.header)
	}
	if !slices.Equal(g.header["X-Twice"], []string{"one", "two"}) {
		t.Errorf("headers: %v", g.header)
	}
	rec := r.last()
	if rec.Signature != inspect.SignatureFailed || rec.Answer.Status != http.StatusAccepted || string(rec.Answer.Body) != "taken" ||
		rec.Forward == nil || rec.Forward.Error != "" {
		t.Errorf("kept %+v", rec)
	}
}

// TestARealBotTakesWhatIsPassedOn: signatures hold behind the proxy.
func TestARealBotTakesWhatIsPassedOn(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, realBot(t))
	for _, c := range []call{telegram(1000123, "Hello"), whatsapp(), slack(time.Now()), mmp()} {
		if status, _, _ := r.send(c); status != http.StatusOK {
			t.Errorf("%s: answered %d", c.path, status)
		}
		if status, _, _ := r.send(c.unsigned()); status != http.StatusUnauthorized {
			t.Errorf("%s: unsigned answered %d", c.path, status)
		}
	}
	status, _, body := r.send(call{method: "GET", path: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token=" + verifyToken})
	if status != http.StatusOK || body != "77" || !r.last().Handshake {
		t.Errorf("handshake: %d %q", status, body)
	}
	if status, _, body := r.send(call{method: "GET", path: "/healthz"}); status != http.StatusOK {
		t.Errorf("another page: %d %q", status, body)
	}
}

// TestADeadBotHasThePlatformComeAgain: a 502 with Retry-After, and the reason is kept.
func TestADeadBotHasThePlatformComeAgain(t *testing.T) {
	b, _ := loadBot(t)
	bot := newTarget(t, func(http.ResponseWriter, *http.Request) {})
	r := start(t, b, bot.URL)
	bot.Close()
	status, header, _ := r.send(telegram(1000123, "Hello"))
	if status != http.StatusBadGateway || header.Get("Retry-After") == "" {
		t.Errorf("answered %d %v", status, header)
	}
	rec := r.last()
	if rec.Signature != inspect.SignatureOK || len(rec.Events) != 1 || rec.Forward == nil || !strings.Contains(rec.Forward.Error, "refused") || !rec.Failed() {
		t.Errorf("kept %+v", rec)
	}
	// One that dies with the answer.
	bot = newTarget(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		_ = conn.Close()
	})
	r = start(t, b, bot.URL)
	if status, _, body := r.send(telegram(1000123, "Hello")); status != http.StatusBadGateway || body != "" {
		t.Errorf("half an answer: %d %q", status, body)
	}
}

// TestStreamsPassThrough as they come.
func TestStreamsPassThrough(t *testing.T) {
	more := make(chan struct{})
	bot := newTarget(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: one\n\n")
		_ = http.NewResponseController(w).Flush()
		<-more
		fmt.Fprint(w, "data: two\n\n")
	})
	r := start(t, nil, bot.URL)
	resp, err := http.Get(r.url + "/channels/web/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || lines.Text() != "data: one" {
		t.Errorf("first came %q", lines.Text())
	}
	close(more)
	rest := ""
	for lines.Scan() {
		rest += lines.Text()
	}
	if rest != "data: two" {
		t.Errorf("then came %q", rest)
	}
	until(t, "the stream to be kept", func() bool { return len(r.log.Records()) == 1 })
	if rec := r.last(); rec.Answer.Status != http.StatusOK || string(rec.Answer.Body) != "data: one\n\ndata: two\n\n" {
		t.Errorf("kept %+v", rec.Answer)
	}
}

// TestOtherPagesOfABotAreNoMistakes: they are passed on, and nothing is wrong with them.
func TestOtherPagesOfABotAreNoMistakes(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, realBot(t))
	for path, want := range map[string]int{"/healthz": 200, "/nothing": 404, "/channels/web/": 200} {
		if status, _, _ := r.send(call{method: "GET", path: path}); status != want {
			t.Errorf("%s: answered %d", path, status)
		}
		if rec := r.last(); rec.Reason != "" || rec.Kind() != "request" || rec.Failed() != (want >= 400) {
			t.Errorf("%s: %+v", path, rec)
		}
	}
}
