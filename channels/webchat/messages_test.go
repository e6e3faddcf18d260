package webchat

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/parley-chat/parley/channels"
)

func TestMessagesBecomeEvents(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	ch := newTestChannel(t, nil)
	ch.now = func() time.Time { return now }
	h := newFakeHost()
	c := newClient(t, start(t, ch, h))
	c.header.Set("Accept-Language", "fr;q=0.5, pt-BR, en;q=0.8")
	for _, body := range []string{
		`{"started": true}`,
		`{"id": "message-1", "text": "  Hello\r\nthere\u0000 \u0007"}`,
		`{"id": "message-2", "choice": {"id": "refund", "title": "Refund"}}`,
		`{"id": "message-3", "choice": {"id": "untitled"}}`,
	} {
		if status, answer := c.call("POST", "messages", body); status != http.StatusAccepted {
			t.Fatalf("%s: %d %s", body, status, answer)
		}
	}
	key := h.accepted()[0].Conversation
	base := channels.Event{
		Channel: "web", Account: "web", Conversation: key, Time: now, Sender: channels.Sender{ID: key, Language: "pt-BR"},
	}
	want := []channels.Event{base, base, base, base}
	want[0].Kind, want[0].ID, want[0].DedupeID = channels.KindStarted, "started", key+"/started"
	want[1].Kind, want[1].ID, want[1].DedupeID = channels.KindMessage, "message-1", key+"/message-1"
	want[1].Text = "Hello\nthere"
	want[2].Kind, want[2].ID, want[2].DedupeID = channels.KindChoice, "message-2", key+"/message-2"
	want[2].Text, want[2].Choice = "Refund", &channels.Choice{ID: "refund", Title: "Refund"}
	want[3].Kind, want[3].ID, want[3].DedupeID = channels.KindChoice, "message-3", key+"/message-3"
	want[3].Text, want[3].Choice = "untitled", &channels.Choice{ID: "untitled", Title: "untitled"}
	if d := cmp.Diff(want, h.accepted()); d != "" {
		t.Error(d)
	}
}

func TestRepeatedMessageCountsOnce(t *testing.T) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, nil), h)
	one, two := newClient(t, s), newClient(t, s)
	one.say("the-same-id", "hello")
	one.say("the-same-id", "hello")
	two.say("the-same-id", "hello") // another visitor's ids are others
	if n := len(h.accepted()); n != 2 {
		t.Errorf("%d messages count, want 2", n)
	}
}

func TestMessageIsRefusedWithAReason(t *testing.T) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, nil), h)
	for _, tt := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no JSON", `hello`, 400, "malformed"},
		{"nothing", ` `, 400, "malformed"},
		{"cut off", `{"id": "message-1", "te`, 400, "malformed"},
		{"two values", `{"id": "message-1", "text": "a"} {}`, 400, "malformed"},
		{"a list", `[1]`, 400, "malformed"},
		{"wrong type", `{"id": "message-1", "text": {"a": 1}}`, 400, "malformed"},
		{"nested", strings.Repeat("[", 20_000), 400, "malformed"},
		{"no id", `{"text": "hello"}`, 400, "id"},
		{"short id", `{"id": "started", "text": "hello"}`, 400, "id"},
		{"long id", `{"id": "` + strings.Repeat("a", 65) + `", "text": "hello"}`, 400, "id"},
		{"strange id", `{"id": "../../../etc", "text": "hello"}`, 400, "id"},
		{"empty", `{"id": "message-1", "text": " \n\u0000 "}`, 400, "empty"},
		{"neither", `{"id": "message-1"}`, 400, "empty"},
		{"both", `{"id": "message-1", "text": "a", "choice": {"id": "b"}}`, 400, "malformed"},
		{"started and text", `{"started": true, "text": "a"}`, 400, "malformed"},
		{"choice without id", `{"id": "message-1", "choice": {"title": "a"}}`, 400, "choice"},
		{"choice with a long id", `{"id": "message-1", "choice": {"id": "` + strings.Repeat("a", 201) + `"}}`, 400, "choice"},
		{"too long", `{"id": "message-1", "text": "` + strings.Repeat("é", 4097) + `"}`, 400, "too_long"},
		{"title too long", `{"id": "message-1", "choice": {"id": "a", "title": "` + strings.Repeat("é", 4097) + `"}}`, 400, "too_long"},
		{"body too long", `{"id": "message-1", "text": "` + strings.Repeat("a", 65<<10) + `"}`, 413, "too_long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, body := newClient(t, s).call("POST", "messages", tt.body)
			var answer struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatalf("%d %s: %v", status, body, err)
			}
			if status != tt.status || answer.Error.Code != tt.code || answer.Error.Message == "" {
				t.Errorf("%d %s, want %d and %s", status, body, tt.status, tt.code)
			}
		})
	}
	c := newClient(t, s)
	c.header.Set("Content-Type", "text/plain") // what a form of another site could send unasked
	if status, _ := c.call("POST", "messages", `{"id": "message-1", "text": "a"}`); status != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d", status)
	}
	if n := len(h.accepted()); n != 0 {
		t.Errorf("%d messages were taken", n)
	}
}

func TestLongestMessageIsTaken(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	c.say("message-1", strings.Repeat("é", 4096))
	if got := h.accepted()[0].Text; utf8.RuneCountInString(got) != 4096 {
		t.Errorf("%d runes", utf8.RuneCountInString(got))
	}
}

func TestMessageIsAcceptedOnlyWhenKept(t *testing.T) {
	h := newFakeHost()
	h.down = true
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	resp := c.do(t.Context(), "POST", "messages", `{"id": "message-1", "text": "hello"}`)
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
}

func TestMessagesAreLimitedPerVisitor(t *testing.T) {
	now := time.Now()
	ch := newTestChannel(t, nil)
	ch.now = func() time.Time { return now }
	h := newFakeHost()
	s := start(t, ch, h)
	c := newClient(t, s)
	for i := range messageBurst {
		c.say(fmt.Sprintf("message-%d", i), "hello")
	}
	resp := c.do(t.Context(), "POST", "messages", `{"id": "one-too-many", "text": "hello"}`)
	resp.Body.Close()
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("%d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	newClient(t, s).say("message-1", "others are not held up")
	now = now.Add(time.Second)
	c.say("one-too-many", "hello")
	if n := len(h.accepted()); n != messageBurst+2 {
		t.Errorf("%d messages were taken", n)
	}
}

func TestLimiterHoldsFewBuckets(t *testing.T) {
	now := time.Now()
	l := newLimiter(2, time.Second, 100)
	for i := range 10_000 {
		if _, ok := l.take(fmt.Sprint("visitor ", i), now); !ok {
			t.Fatal("a new visitor was refused")
		}
		if len(l.bucket) > 100 {
			t.Fatalf("%d buckets", len(l.bucket))
		}
	}
	l = newLimiter(1, time.Second, 2)
	l.take("full again", now)
	l.take("empty", now.Add(time.Hour))
	l.take("new", now.Add(time.Hour))
	if _, ok := l.take("empty", now.Add(time.Hour)); ok {
		t.Error("an empty bucket was forgotten where a full one was at hand")
	}
}

// FuzzMessages says that no body panics, and that what is taken keeps the limits.
func FuzzMessages(f *testing.F) {
	f.Add(`{"id": "message-1", "text": "hello"}`)
	f.Add(`{"id": "message-1", "choice": {"id": "a", "title": "\ud800"}}`)
	f.Add(`{"started": true}`)
	f.Add("{\"id\": \"message-1\", \"text\": \"\xff\x00\"}")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/messages", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		m, err := readSaid(httptest.NewRecorder(), r)
		if err != nil {
			return
		}
		s := &server{Channel: &Channel{name: "web", now: time.Now}}
		e := s.event(visitor{conversation: "conversation"}, m, body)
		if utf8.RuneCountInString(e.Text) > maxText || !utf8.ValidString(e.Text) || strings.ContainsRune(e.Text, 0) {
			t.Errorf("text %q", e.Text)
		}
		if payload, err := json.Marshal(e); err != nil || len(payload) > 64<<10 {
			t.Errorf("%d bytes, %v", len(payload), err)
		}
		if e.Kind != channels.KindStarted && e.Text == "" {
			t.Error("an empty message was taken")
		}
	})
}
