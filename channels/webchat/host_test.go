package webchat

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

var errStore = errors.New("the store is down")

// fakeHost keeps histories in memory and lets a function answer each event.
type fakeHost struct {
	// reply returns what the bot says to an event; nil: nothing.
	reply func(e *channels.Event) []channels.Message

	mu       sync.Mutex
	down     bool // Accept and History fail
	mute     bool // hints get lost
	seen     map[string]bool
	events   []channels.Event
	history  map[string][]channels.Entry
	watchers map[string][]chan struct{}
	reads    chan struct{} // a value for each read of a history, while there is room
	left     chan struct{} // a value for each watch that ended, while there is room
}

func newFakeHost() *fakeHost {
	return &fakeHost{
		seen: map[string]bool{}, history: map[string][]channels.Entry{}, watchers: map[string][]chan struct{}{},
		reads: make(chan struct{}, 100), left: make(chan struct{}, 100),
	}
}

func (h *fakeHost) Accept(_ context.Context, events []channels.Event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return errStore
	}
	for i := range events {
		e := &events[i]
		if h.seen[e.Account+" "+e.DedupeID] {
			continue
		}
		h.seen[e.Account+" "+e.DedupeID] = true
		h.events = append(h.events, *e)
		h.append(e.Account, e.Conversation, channels.Entry{Event: e})
		if h.reply == nil {
			continue
		}
		for _, m := range h.reply(e) {
			h.append(e.Account, e.Conversation, channels.Entry{Message: &m, Status: "sent"})
		}
	}
	return nil
}

// append needs h.mu.
func (h *fakeHost) append(account, conversation string, e channels.Entry) {
	key := account + "/" + conversation
	e.Number = uint64(len(h.history[key]) + 1)
	if e.At.IsZero() {
		e.At = time.Now()
	}
	h.history[key] = append(h.history[key], e)
	if h.mute {
		return
	}
	for _, w := range h.watchers[key] {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// say lets the bot say something on its own.
func (h *fakeHost) say(account, conversation string, messages ...channels.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range messages {
		h.append(account, conversation, channels.Entry{Message: &m, Status: "sent"})
	}
}

func (h *fakeHost) History(_ context.Context, account, conversation string, after uint64, limit int) ([]channels.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case h.reads <- struct{}{}:
	default:
	}
	if h.down {
		return nil, errStore
	}
	all := h.history[account+"/"+conversation]
	from := min(int(after), len(all))
	return slices.Clone(all[from:min(from+limit, len(all))]), nil
}

func (h *fakeHost) Keep(_ context.Context, _, _ string, f channels.Upload) (channels.Media, error) {
	body, err := io.ReadAll(f.Body)
	return channels.Media{Kind: channels.File, URL: "/media/" + f.Name, MIME: f.MIME, Size: int64(len(body)), Name: f.Name}, err
}

func (h *fakeHost) Watch(account, conversation string) (<-chan struct{}, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := account + "/" + conversation
	w := make(chan struct{}, 1)
	h.watchers[key] = append(h.watchers[key], w)
	return w, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.watchers[key] = slices.DeleteFunc(h.watchers[key], func(c chan struct{}) bool { return c == w })
		select {
		case h.left <- struct{}{}:
		default:
		}
	}
}

func (h *fakeHost) set(change func(*fakeHost)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

func (h *fakeHost) accepted() []channels.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

func (h *fakeHost) watching() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, w := range h.watchers {
		n += len(w)
	}
	return n
}

// newTestChannel makes the channel "web" and lets a test change it.
func newTestChannel(t *testing.T, values map[string]string, origins ...string) *Channel {
	t.Helper()
	c, err := Factory().New(&channels.Config{
		Name: "web", Values: values, Lists: map[string][]string{"origins": origins}, Log: slogTo(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*Channel)
}
