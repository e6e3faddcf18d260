package webchat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
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
	down     bool  // Accept, Keep and History fail
	refusal  error // of Keep
	files    map[string][]byte
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
		files: map[string][]byte{}, seen: map[string]bool{}, history: map[string][]channels.Entry{}, watchers: map[string][]chan struct{}{},
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

// Keep keeps files by what they begin with, as the bot's store does.
func (h *fakeHost) Keep(_ context.Context, _, conversation string, f channels.Upload) (channels.Media, error) {
	body, err := io.ReadAll(f.Body)
	if err != nil {
		return channels.Media{}, fmt.Errorf("reading a file: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		return channels.Media{}, errStore
	}
	if h.refusal != nil {
		return channels.Media{}, h.refusal
	}
	m := channels.Media{Kind: channels.File, Size: int64(len(body)), Name: f.Name}
	m.MIME, _, _ = strings.Cut(http.DetectContentType(body), ";")
	if f.Takes != nil && !f.Takes(m.MIME) {
		return channels.Media{}, &channels.MediaError{Status: http.StatusUnsupportedMediaType, MIME: m.MIME}
	}
	if strings.HasPrefix(m.MIME, "image/") {
		m.Kind = channels.Image
	}
	m.URL = fmt.Sprintf("/media/%s-%d", conversation, len(h.files))
	h.files[m.URL] = body
	return m, nil
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
	return newListedChannel(t, values, map[string][]string{"origins": origins})
}

func newListedChannel(t *testing.T, values map[string]string, lists map[string][]string) *Channel {
	t.Helper()
	c, err := Factory().New(&channels.Config{Name: "web", Values: values, Lists: lists, Log: slogTo(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*Channel)
}
