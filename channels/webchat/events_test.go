package webchat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parley-chat/parley/channels"
	"go.uber.org/goleak"
)

func TestStreamResumesWithoutLossOrRepeat(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	c.say("message-0", "text 0")
	key := h.accepted()[0].Conversation
	var got, want []string
	last := ""
	for round := range 6 {
		s := c.open(last)
		for i := range 5 { // those that came while nobody listened first
			want = append(want, fmt.Sprintf("text %d", round*5+i))
			h.say("web", key, channels.Message{Text: fmt.Sprintf("text %d", round*5+i+1)})
		}
		for range 5 {
			e := s.next()
			got, last = append(got, e.Text), fmt.Sprint(e.Number)
		}
		s.close()
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEveryTabSeesEverything(t *testing.T) {
	h := newFakeHost()
	h.reply = menu
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	one, two := c.open(""), c.open("")
	one.until("live")
	two.until("live")
	c.say("message-1", "help")
	for _, tab := range []*sse{one, two} {
		said, asked := tab.next(), tab.next()
		if said.From != "visitor" || said.ID != "message-1" || said.Text != "help" {
			t.Errorf("the message is %+v", said)
		}
		if asked.From != "bot" || asked.Form != channels.FormButtons || len(asked.Options) != 3 {
			t.Errorf("the answer is %+v", asked)
		}
	}
}

func TestStreamSendsLongHistories(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	c.say("message-0", "text 0")
	want := []string{"text 0"}
	for i := range 3 * pageSize {
		want = append(want, fmt.Sprintf("text %d", i+1))
		h.say("web", h.accepted()[0].Conversation, channels.Message{Text: want[i+1]})
	}
	if d := cmp.Diff(want, c.open("").until("live")); d != "" {
		t.Error(d)
	}
	resp := c.do(t.Context(), "GET", "events?after=149", "")
	defer resp.Body.Close()
	if e := (&sse{t: t, resp: resp, lines: newLines(resp)}).next(); e.Number != 150 {
		t.Errorf("after=149 begins with %d", e.Number)
	}
}

// TestStreamFindsWhatNoHintToldOf says that a lost hint costs only time.
func TestStreamFindsWhatNoHintToldOf(t *testing.T) {
	h := newFakeHost()
	h.mute = true
	ch := newTestChannel(t, nil)
	ch.pace.look = 5 * time.Millisecond
	c := newClient(t, start(t, ch, h))
	s := c.open("")
	s.until("live")
	c.say("message-1", "hello")
	if e := s.next(); e.Text != "hello" {
		t.Errorf("got %+v", e)
	}
}

func TestStreamShowsOnlyWhatWasSaid(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	c.say("message-1", "hello")
	e := h.accepted()[0]
	h.set(func(h *fakeHost) {
		for _, kind := range channels.Kinds() {
			if kind != channels.KindMessage && kind != channels.KindChoice {
				h.append(e.Account, e.Conversation, channels.Entry{Event: &channels.Event{Kind: kind, Text: string(kind), Raw: []byte(`{"a":1}`)}})
			}
		}
	})
	h.say(e.Account, e.Conversation, channels.Message{Text: "1. yes\n2. no", Form: channels.FormText, Options: []channels.Option{{ID: "y", Label: "yes"}}})
	s := c.open("")
	if first := s.next(); first.Text != "hello" {
		t.Errorf("got %+v", first)
	}
	if last := s.next(); last.Form != "" || last.Options != nil || last.Number != uint64(len(channels.Kinds())) {
		t.Errorf("got %+v", last)
	}
}

// TestStreamOutlivesTheServersTimeouts: they are for requests that end.
func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	ch := newTestChannel(t, nil)
	ch.pace.heartbeat = 20 * time.Millisecond
	h := newFakeHost()
	server := httptest.NewUnstartedServer(mount(ch, h))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	c := newClient(t, server)
	s := c.open("")
	s.until("live")
	for range 20 { // heartbeats, four times as long as the server allows
		if fields, err := s.block(); err != nil || len(fields) > 0 {
			t.Fatalf("%v %v", fields, err)
		}
	}
	c.say("message-1", "still there?")
	if e := s.next(); e.Text != "still there?" {
		t.Errorf("got %+v", e)
	}
}

func TestStreamEndsWithItsPage(t *testing.T) {
	before := goleak.IgnoreCurrent()
	h := newFakeHost()
	server := httptest.NewServer(mount(newTestChannel(t, nil), h))
	c := newClient(t, server)
	for range 5 {
		s := c.open("")
		s.until("live")
		s.close()
		s.resp.Body.Close()
		awaitLeft(t, h, 1)
	}
	if n := h.watching(); n != 0 {
		t.Errorf("%d watches are left", n)
	}
	server.Close()
	goleak.VerifyNone(t, before)
}

func awaitLeft(t *testing.T, h *fakeHost, n int) {
	t.Helper()
	limit := time.After(patience)
	for range n {
		select {
		case <-h.left:
		case <-limit:
			t.Fatal("a stream did not end")
		}
	}
}

func TestStreamEndsWhenTheServerStops(t *testing.T) {
	before := goleak.IgnoreCurrent()
	h := newFakeHost()
	server := httptest.NewServer(mount(newTestChannel(t, nil), h))
	one, two := newClient(t, server), newClient(t, server)
	open := []*sse{one.open(""), two.open("")}
	for _, s := range open {
		s.until("live")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Errorf("open streams hold the server up: %v", err)
	}
	for _, s := range open {
		if _, err := s.block(); err == nil {
			t.Error("a stream goes on")
		}
		s.close()
		s.resp.Body.Close()
	}
	server.Close()
	goleak.VerifyNone(t, before)
}

func TestNewestStreamTakesThePlaceOfTheOldest(t *testing.T) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, nil), h)
	c := newClient(t, s)
	var open []*sse
	for range 8 {
		open = append(open, c.open(""))
	}
	c.open("").until("live")
	open[0].until("replaced")
	awaitLeft(t, h, 1)
	if n := h.watching(); n != 8 {
		t.Errorf("%d streams are open, want 8", n)
	}
	newClient(t, s).open("").until("live") // others are not concerned
}

func TestStreamsAreBounded(t *testing.T) {
	ch := newTestChannel(t, nil)
	ch.streams.caps.total = 2
	h := newFakeHost()
	s := start(t, ch, h)
	first := newClient(t, s).open("")
	newClient(t, s).open("")
	third := newClient(t, s)
	resp := third.do(t.Context(), "GET", "events", "")
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a third stream: %d", resp.StatusCode)
	}
	first.close()
	awaitLeft(t, h, 1)
	status := http.StatusServiceUnavailable
	for range 100 { // the place is free just after the watch ended
		if status, _ = streamStart(third); status == http.StatusOK {
			break
		}
		third = newClient(t, s)
	}
	if status != http.StatusOK {
		t.Errorf("after one has ended: %d", status)
	}
}

func TestStreamIsRefusedWhileHistoryCannotBeRead(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, nil), h))
	open := c.open("")
	open.until("live")
	c.say("message-1", "hello")
	open.next()
	h.set(func(h *fakeHost) { h.down = true })
	h.say("web", h.accepted()[0].Conversation, channels.Message{Text: "lost?"})
	if _, err := open.block(); err == nil {
		t.Error("the open stream goes on")
	}
	resp := c.do(t.Context(), "GET", "events", "")
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a new stream: %d", resp.StatusCode)
	}
	h.set(func(h *fakeHost) { h.down = false })
	if e := c.open("1").next(); e.Text != "lost?" {
		t.Errorf("after it came back: %+v", e)
	}
}

func TestStreamIsRefused(t *testing.T) {
	ch := newTestChannel(t, nil)
	now := time.Now()
	ch.now = func() time.Time { return now }
	c := newClient(t, start(t, ch, newFakeHost()))
	for _, after := range []string{"-1", "a", "1.5", "99999999999999999999"} {
		if status, _ := c.call("GET", "events?after="+after, ""); status != http.StatusBadRequest {
			t.Errorf("after=%s: %d", after, status)
		}
	}
	var statuses []int
	for range streamBurst {
		status, _ := c.call("GET", "events?after=x", "")
		statuses = append(statuses, status)
	}
	if !slices.Contains(statuses, http.StatusTooManyRequests) {
		t.Error("streams are not limited")
	}
}

func TestStreamTellsProxiesToLetItThrough(t *testing.T) {
	c := newClient(t, start(t, newTestChannel(t, nil), newFakeHost()))
	s := c.open("")
	s.until("live")
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no",
	} {
		if got := s.resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
