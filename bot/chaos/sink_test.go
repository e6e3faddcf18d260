package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A mode is what the send API does with a request.
type mode string

const (
	fine    mode = ""        // takes it
	slow    mode = "slow"    // says nothing for 30 s, and then takes it from whoever is still there
	late    mode = "late"    // takes it, and says so when nobody waits any more
	cut     mode = "cut"     // takes it, and breaks off after the headers
	page    mode = "page"    // takes it, and answers with a page of a proxy
	seconds mode = "seconds" // 429, Retry-After in seconds
	date    mode = "date"    // 429, Retry-After as a date
	noise   mode = "noise"   // 429, a Retry-After that says nothing
	broken  mode = "broken"  // 500
	dead    mode = "dead"    // no answer, the connection is closed
)

// A sink plays the send API, and the shop that the flow calls.
type sink struct {
	t      *testing.T
	ledger *ledger
	url    string
	mode   atomic.Value // mode
	// share is how many of ten requests the mode is for.
	share atomic.Int64
	over  chan struct{} // closed when the test ends
	next  atomic.Int64
	queue *queue
}

func newSink(t *testing.T, l *ledger) *sink {
	s := &sink{t: t, ledger: l, over: make(chan struct{})}
	s.queue = newQueue(t, l, func() int64 { return s.next.Add(1) }, s.over)
	s.set(fine, 10)
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		close(s.over)
		server.CloseClientConnections()
		server.Close()
	})
	s.url = server.URL
	return s
}

// set changes what the sink does with so many of ten requests.
func (s *sink) set(m mode, share int64) {
	s.mode.Store(m)
	s.share.Store(share)
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender died in the middle: nothing was sent
	}
	if strings.HasPrefix(r.URL.Path, "/bot") && strings.Contains(r.URL.Path, "/waInstance") {
		s.queue.serve(w, r, body)
		return
	}
	if r.URL.Path == "/order" {
		s.ledger.write(func() { s.ledger.calls[r.Header.Get("Idempotency-Key")]++ })
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"order":"A-1"}`) // who died needs no answer
		return
	}
	if strings.HasSuffix(r.URL.Path, "/sendChatAction") { // that the bot types
		_, _ = io.WriteString(w, `{"ok":true,"result":true}`)
		return
	}
	var in struct {
		ChatID int    `json:"chat_id"`
		Text   string `json:"text"`
	}
	if !strings.HasSuffix(r.URL.Path, "/sendMessage") || json.Unmarshal(body, &in) != nil {
		s.ledger.problem("a call that nobody expects: %s", r.URL.Path)
		return
	}
	m, _ := s.mode.Load().(mode)
	if rand.Int64N(10) >= s.share.Load() {
		m = fine
	}
	s.answer(w, r, m, in.ChatID, in.Text)
}

func (s *sink) answer(w http.ResponseWriter, r *http.Request, m mode, chat int, text string) {
	take := func() {
		s.ledger.write(func() {
			t := s.ledger.of(chat)
			t.replies = append(t.replies, said{text, time.Now()})
			if m == late || m == cut || m == page {
				s.ledger.cuts++
			}
		})
	}
	limited := func(after string) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	}
	switch m {
	case fine:
		take()
		s.pause(r.Context(), rand.N(3*time.Millisecond)) // so that a crash may come in between
		_, _ = fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, s.next.Add(1))
	case slow:
		if s.pause(r.Context(), 30*time.Second) {
			take()
			_, _ = fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, s.next.Add(1))
		}
	case late:
		take()
		s.pause(context.WithoutCancel(r.Context()), 12*time.Second)
		_, _ = fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, s.next.Add(1))
	case cut:
		take()
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		hangUp(w)
	case page:
		take()
		_, _ = io.WriteString(w, "<html>Please log in</html>")
	case seconds:
		limited("1")
	case date:
		limited(time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat))
	case noise:
		limited("soon, dear")
	case broken:
		w.WriteHeader(http.StatusInternalServerError)
	case dead:
		hangUp(w)
	}
}

// hangUp closes the connection.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// pause waits, and reports whether the sender waited, too.
func (s *sink) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.over:
	}
	return false
}
