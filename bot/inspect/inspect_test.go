package inspect_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/inspect"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
)

// TestWebhooksAreVerifiedAndDecoded: those of four platforms, signed and not.
func TestWebhooksAreVerifiedAndDecoded(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, "")
	for name, c := range map[string]struct {
		call
		conversation string
	}{
		"telegram": {telegram(1000123, "Hello"), "5550100017"},
		"whatsapp": {whatsapp(), "16505550117"},
		"slack":    {slack(time.Now()), "D123ABC456"},
		"mmp":      {mmp(), "e2a4c6f8-1b3d-4f5a-9c7e-2d4f6a8b0c1e"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, _, body := r.send(c.call); status != http.StatusOK || body != "" {
				t.Errorf("signed: answered %d %q", status, body)
			}
			rec := r.last()
			if rec.Signature != inspect.SignatureOK || rec.Reason != "" || rec.Channel != name || rec.Type != name || rec.Failed() {
				t.Errorf("signed: %+v", rec)
			}
			if len(rec.Events) != 1 || rec.Events[0].Kind != channels.KindMessage || rec.Events[0].Text != "Hello" ||
				rec.Events[0].Conversation != c.conversation || rec.Events[0].DedupeID == "" {
				t.Fatalf("signed: decoded %+v", rec.Events)
			}
			if string(rec.Request.Body) != c.body || rec.Request.Method != http.MethodPost || string(rec.Request.Target) != c.path {
				t.Errorf("signed: kept %+v", rec.Request)
			}
			if status, _, _ := r.send(c.unsigned()); status != http.StatusUnauthorized {
				t.Errorf("unsigned: answered %d", status)
			}
			rec = r.last()
			if rec.Signature != inspect.SignatureFailed || rec.Reason == "" || len(rec.Events) > 0 || !rec.Failed() || rec.Kind() != "refused" {
				t.Errorf("unsigned: %+v", rec)
			}
		})
	}
}

// TestItAnswersAsTheBotDoes compares with a bot that runs.
func TestItAnswersAsTheBotDoes(t *testing.T) {
	loaded, _ := loadBot(t)
	r := start(t, loaded, "")
	real := realBot(t)
	big := strings.Repeat("x", 1<<20+1)
	for name, c := range map[string]call{
		"signed":               telegram(1, "Hello"),
		"unsigned":             telegram(1, "Hello").unsigned(),
		"garbage":              {path: "/webhooks/telegram", body: "{", header: telegram(1, "").header},
		"no channel":           {path: "/webhooks/nobody", body: "{}"},
		"channel that is off":  {path: "/webhooks/away", body: "{}"},
		"handshake":            {method: "GET", path: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token=" + verifyToken},
		"wrong handshake":      {method: "GET", path: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token=x"},
		"GET of another":       {method: "GET", path: "/webhooks/telegram"},
		"PUT":                  {method: "PUT", path: "/webhooks/telegram", body: "{}"},
		"unknown method":       {method: "PURGE", path: "/webhooks/telegram"},
		"too large":            {path: "/webhooks/telegram", body: big},
		"compressed":           {path: "/webhooks/telegram", body: "x", header: map[string]string{"Content-Encoding": "gzip"}},
		"large headers":        {path: "/webhooks/telegram", body: "{}", header: map[string]string{"X-Large": strings.Repeat("x", 60<<10)}},
		"another path":         {path: "/nothing/here", body: "{}"},
		"a path below":         {path: "/webhooks/telegram/more", body: "{}"},
		"escaped name":         {path: "/webhooks/tele%67ram", body: telegramBody(2, "Hello"), header: telegram(2, "").header},
		"slack's verification": {path: "/webhooks/slack", body: "{}"},
	} {
		before := len(r.log.Records())
		status, header, body := r.send(c)
		wantStatus, wantHeader, wantBody := (&rig{t: t, url: real}).send(c)
		if status != wantStatus || header.Get("Content-Type") != wantHeader.Get("Content-Type") && body != "" || body != wantBody && status < 300 {
			t.Errorf("%s: answered %d %q, the bot %d %q", name, status, body, wantStatus, wantBody)
		}
		if kept := r.log.Records(); len(kept) != before+1 || kept[before].Answer.Status != status || status >= 300 && kept[before].Reason == "" {
			t.Errorf("%s: kept %d, with %+v", name, len(kept)-before, r.last().Answer)
		}
	}
}

// realBot runs the bot of the folder and returns its address.
func realBot(t *testing.T) string {
	t.Helper()
	_, dir := loadBot(t)
	b, err := bot.New(t.Context(), bot.Options{
		Dir: dir, State: "memory:", Factories: builtin.Factories(), Log: quiet(), Reports: io.Discard,
		Env: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = bot.NewServer(b.Handler(), quiet())
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := b.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return server.URL
}

// TestWithoutABotAnythingIsShown and answered with 200.
func TestWithoutABotAnythingIsShown(t *testing.T) {
	r := start(t, nil, "")
	for n, c := range []call{
		{path: "/any/path?a=b", body: "x=1"}, {method: "GET", path: "/"}, {method: "BREW", path: "/pot"},
		{path: "/bytes", body: "\xff\x00\xfe", header: map[string]string{"X-Latin": "caf\xe9"}},
	} {
		if status, _, _ := r.send(c); status != http.StatusOK {
			t.Errorf("%s: answered %d", c.path, status)
		}
		rec := r.last()
		if rec.N != int64(n+1) || string(rec.Request.Body) != c.body || rec.Signature != inspect.SignatureNone || rec.Failed() || rec.Kind() != "request" {
			t.Errorf("%s: kept %+v", c.path, rec)
		}
	}
	again, err := inspect.OpenLog(r.log.Path())
	if err != nil {
		t.Fatal(err)
	}
	if rec := again.Get(4); rec == nil || rec.Request.Body != "\xff\x00\xfe" || rec.Request.Header["X-Latin"][0] != "caf\xe9" {
		t.Errorf("bytes are kept as %+v", rec)
	}
}

// TestVerifyOffIsNotProven: what anybody may send is not shown as if it were proven.
func TestVerifyOffIsNotProven(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, "")
	r.send(call{path: "/webhooks/anybody", body: telegramBody(5, "Hello")})
	if rec := r.last(); rec.Signature != inspect.SignatureOff || len(rec.Events) != 1 {
		t.Errorf("%+v", rec)
	}
}

// TestWhatIsNoRequestIsShown: TLS on the wrong port, garbage, headers that never end.
func TestWhatIsNoRequestIsShown(t *testing.T) {
	r := start(t, nil, "")
	address := strings.TrimPrefix(r.url, "http://")
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("TLS is spoken")
	}
	until(t, "TLS to be shown", func() bool { return len(r.log.Records()) == 1 })
	if rec := r.last(); !strings.HasPrefix(rec.Reason, "TLS came in") || !rec.Request.Cut || rec.Request.Body == "" {
		t.Errorf("%+v", rec)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "nonsense\r\n\r\n")
	if answer, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(answer, "400") {
		t.Errorf("answered %q, %v", answer, err)
	}
	_ = conn.Close()
	until(t, "garbage to be shown", func() bool { return len(r.log.Records()) == 2 })
	if rec := r.last(); !strings.Contains(rec.Reason, "malformed") || rec.Request.Body != "nonsense\r\n\r\n" {
		t.Errorf("%+v", rec)
	}
	// A connection on which there was a request leaves nothing else.
	r.send(call{path: "/fine"})
	if n := len(r.log.Records()); n != 3 {
		t.Errorf("%d are kept", n)
	}
}

// TestABodyThatBreaksOffIsShown and can't be replayed.
func TestABodyThatBreaksOffIsShown(t *testing.T) {
	b, _ := loadBot(t)
	bot := newTarget(t, func(http.ResponseWriter, *http.Request) {})
	r := start(t, b, bot.URL)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /webhooks/telegram HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: 100\r\n\r\n{\"upd", telegramSecret)
	_ = conn.Close()
	until(t, "the request", func() bool { return len(r.log.Records()) == 1 })
	rec := r.last()
	if !rec.Request.Cut || rec.Request.Body != `{"upd` || rec.Reason != "the body could not be read" || rec.Answer.Status != http.StatusBadRequest {
		t.Errorf("%+v", rec)
	}
	if _, err := r.in.Replay(t.Context(), rec, inspect.Replay{}); err == nil || !strings.Contains(err.Error(), "not whole") {
		t.Errorf("replayed: %v", err)
	}
	if n := len(bot.arrived()); n != 0 {
		t.Errorf("%d were passed on", n)
	}
}

// TestSlowBodiesAreRefusedAndShown: a body that does not arrive in time.
func TestSlowBodiesAreRefusedAndShown(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, "")
	server := httptest.NewUnstartedServer(r.in)
	server.Config.ReadTimeout = 50 * time.Millisecond
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /webhooks/telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	if answer, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(answer, "400") {
		t.Errorf("answered %q, %v", answer, err)
	}
	if rec := r.last(); !strings.Contains(rec.Reason, "did not arrive within") || !rec.Request.Cut {
		t.Errorf("%+v", rec)
	}
}

// TestWhatCantBeKeptIsAnsweredStill, and told of.
func TestWhatCantBeKeptIsAnsweredStill(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sub", "inspect.jsonl")
	r := startOn(t, nil, "", file)
	if err := os.WriteFile(filepath.Join(dir, "sub"), nil, 0o600); err != nil { // where the folder should be
		t.Fatal(err)
	}
	if status, _, _ := r.send(call{path: "/one"}); status != http.StatusOK {
		t.Errorf("answered %d", status)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.errs) != 1 || !strings.Contains(r.errs[0].Error(), "keep a webhook") {
		t.Errorf("told: %v", r.errs)
	}
	r.errs = nil
}
