package webchat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// TestStreamBeginsAgainWithTheHistory: a conversation that was forgotten has new
// numbers.
func TestStreamBeginsAgainWithTheHistory(t *testing.T) {
	h := newFakeHost()
	ch := newTestChannel(t, nil)
	ch.pace.reset = 5 * time.Millisecond
	c := newClient(t, start(t, ch, h))
	for i := range 5 {
		c.say(fmt.Sprintf("message-%d", i), "before")
	}
	s := c.open("2")
	s.until("live")
	h.set(func(h *fakeHost) { clear(h.history) })
	c.say("message-5", "after")
	s.until("reset")
	if e := s.next(); e.Text != "after" || e.Number != 1 {
		t.Errorf("got %+v", e)
	}
	s.close()
	late := c.open("7") // it was away meanwhile
	late.until("reset")
	if e := late.next(); e.Text != "after" {
		t.Errorf("got %+v", e)
	}
}

func TestTypingReachesTheVisitorsPagesOnly(t *testing.T) {
	h := newFakeHost()
	ch := newTestChannel(t, nil)
	s := start(t, ch, h)
	one, other := newClient(t, s), newClient(t, s)
	one.say("message-1", "hello")
	other.say("message-1", "hello")
	first, second, third := one.open(""), one.open(""), other.open("")
	for _, tab := range []*sse{first, second, third} {
		tab.until("live")
	}
	if err := ch.Typing(t.Context(), "web", h.accepted()[0].Conversation); err != nil {
		t.Fatal(err)
	}
	first.until("typing")
	second.until("typing")
	h.say("web", h.accepted()[1].Conversation, channels.Message{Text: "done"})
	for {
		fields, err := third.block()
		if err != nil || fields["event"] == "typing" {
			t.Fatalf("another visitor heard %v, %v", fields, err)
		}
		if strings.Contains(fields["data"], "done") {
			break
		}
	}
}
