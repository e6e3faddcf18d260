package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// window is how many messages a person sends ahead of the last reply.
const window = 50

// A provider plays Telegram: it posts numbered messages of several people, each
// again until it was answered with 200, and takes the replies. In one chat it
// posts one update at a time, as Telegram does, but for duplicates.
type provider struct {
	t       *testing.T
	api     string // address of its Bot API
	webhook string
	client  *http.Client

	acked, posted atomic.Int64
	twins         sync.WaitGroup // posts that nobody else waits for

	mu      sync.Mutex
	replies map[int][]string // by person
	heard   chan struct{}    // closed and made anew after each reply
}

func newProvider(t *testing.T, address string) *provider {
	p := &provider{
		t: t, webhook: "http://" + address + "/webhooks/telegram",
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
		replies: map[int][]string{}, heard: make(chan struct{}),
	}
	api := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(api.Close)
	t.Cleanup(p.client.CloseIdleConnections)
	t.Cleanup(p.twins.Wait)
	p.api = api.URL
	return p
}

// serve is the Bot API. It takes a moment, so that a crash may come in between.
func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ChatID int    `json:"chat_id"`
		Text   string `json:"text"`
	}
	if r.URL.Path != "/bot"+telegramToken+"/sendMessage" {
		p.t.Errorf("not a call that was expected: %s", r.URL.Path)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &in) != nil {
		return // the sender died in the middle: nothing was sent
	}
	p.mu.Lock()
	p.replies[in.ChatID] = append(p.replies[in.ChatID], in.Text)
	number := len(p.replies[in.ChatID])
	close(p.heard)
	p.heard = make(chan struct{})
	p.mu.Unlock()
	wait(r.Context(), time.Duration(rand.N(3000))*time.Microsecond)
	_, _ = fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, number) // who died needs no answer
}

// person posts messages until stop ends and returns how many were taken.
func (p *provider) person(ctx, stop context.Context, id int, random *rand.Rand) int {
	n := 0
	for stop.Err() == nil && ctx.Err() == nil {
		n++
		p.insist(ctx, id, n, random)
		p.acked.Add(1)
		switch {
		case random.IntN(10) == 0: // twice, at the same time as the next one
			twin := n
			p.twins.Go(func() { p.post(ctx, id, twin) })
		case random.IntN(20) == 0: // an old one, late
			p.post(ctx, id, 1+random.IntN(n))
		}
		p.until(ctx, func(replies map[int][]string) bool { return len(replies[id]) >= n-window })
	}
	return n
}

// insist posts a message until it was taken, as Telegram does, but sooner.
func (p *provider) insist(ctx context.Context, id, n int, random *rand.Rand) {
	for backoff := time.Millisecond; ctx.Err() == nil; backoff = min(2*backoff, 50*time.Millisecond) {
		if p.post(ctx, id, n) {
			return
		}
		wait(ctx, time.Duration(random.Int64N(int64(backoff)))+time.Millisecond)
	}
}

// post posts a message once and reports whether it was taken.
func (p *provider) post(ctx context.Context, id, n int) bool {
	p.posted.Add(1)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.webhook, strings.NewReader(update(id, n)))
	if err != nil {
		p.t.Error(err)
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", telegramSecret)
	resp, err := p.client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
		p.t.Errorf("a webhook was answered with %s", resp.Status)
	}
	return resp.StatusCode == http.StatusOK
}

// update is the n-th message of a person.
func update(id, n int) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":%d,"text":"%d",`+
		`"from":{"id":%d,"is_bot":false,"first_name":"Ann"},"chat":{"id":%d,"type":"private"}}}`,
		id*1_000_000+n, n, time.Now().Unix(), n, id, id)
}

// until waits until the replies are as wanted, or the context ends.
func (p *provider) until(ctx context.Context, done func(replies map[int][]string) bool) bool {
	for {
		p.mu.Lock()
		ok, heard := done(p.replies), p.heard
		p.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-heard:
		case <-ctx.Done():
			return false
		}
	}
}

// audit compares what was taken with the replies: each message was counted once
// and answered, in order. It returns how many replies came again; a reply that
// came again must follow itself.
func (p *provider) audit(taken map[int]int) (replies, again int) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, want := range taken {
		n := 0
		for _, text := range p.replies[id] {
			replies++
			switch text {
			case reply(n + 1):
				n++
			case reply(n):
				again++
			default:
				p.t.Fatalf("person %d: after %q came %q", id, reply(n), text)
			}
		}
		if n != want {
			p.t.Errorf("person %d: %d messages were answered, want %d", id, n, want)
		}
	}
	return replies, again
}

func reply(n int) string { return "got " + strconv.Itoa(n) + " as " + strconv.Itoa(n) }

// wait waits for a while, or until the context ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
