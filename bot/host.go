package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// A host is the bot as a channel that serves pages sees it.
type host struct {
	bot     *Bot
	channel string
}

var _ channels.Host = host{}

// Accept makes events of the channel durable, within the time that a webhook has.
func (h host) Accept(ctx context.Context, events []channels.Event) error {
	ch, ok := h.bot.version.Load().channels[h.channel]
	if !ok {
		return fmt.Errorf("accept events: channel %q is off", h.channel)
	}
	ctx, cancel := context.WithTimeout(ctx, intakeTime)
	defer cancel()
	return h.bot.take(ctx, ch, events)
}

// History returns what was said after an entry.
func (h host) History(ctx context.Context, account, conversation string, after uint64, limit int) ([]channels.Entry, error) {
	conv := state.NewConv(h.channel, account, conversation)
	stored, err := h.bot.store.History(ctx, conv, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	entries := make([]channels.Entry, len(stored))
	for i, s := range stored {
		e := channels.Entry{Number: s.Number, At: s.At, Status: s.Status}
		var into any
		if s.Direction == state.In {
			e.Event = new(channels.Event)
			into = e.Event
		} else {
			e.Message = new(channels.Message)
			into = e.Message
		}
		if err := json.Unmarshal(s.Payload, into); err != nil {
			return nil, fmt.Errorf("read the history: entry %d: %w", s.Number, err)
		}
		h.renewMedia(conv, e)
		entries[i] = e
	}
	return entries, nil
}

// renewMedia gives an entry links that have not ended.
func (h host) renewMedia(conv state.Conv, e channels.Entry) {
	v := h.bot.version.Load()
	switch {
	case e.Event != nil:
		for i := range e.Event.Media {
			h.bot.media.renew(v, conv, &e.Event.Media[i])
		}
	case e.Message.Media != nil:
		h.bot.media.renew(v, conv, e.Message.Media)
	}
}

// Keep stores a file of a visitor.
func (h host) Keep(ctx context.Context, account, conversation string, f channels.Upload) (channels.Media, error) {
	return h.bot.media.keep(ctx, h.bot.version.Load(), state.NewConv(h.channel, account, conversation), f)
}

// Watch gives a hint after each change of a conversation. The channel is closed
// when the bot stops.
func (h host) Watch(account, conversation string) (<-chan struct{}, func()) {
	return h.bot.watchers.add(state.NewConv(h.channel, account, conversation))
}

// watchers are the open pages that want to know of changes.
type watchers struct {
	mu     sync.Mutex
	closed bool
	byConv map[state.Conv]map[chan struct{}]bool
}

func newWatchers() *watchers { return &watchers{byConv: map[state.Conv]map[chan struct{}]bool{}} }

// add begins to watch a conversation, until end.
func (w *watchers) add(conv state.Conv) (hints <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(c)
		return c, func() {}
	}
	if w.byConv[conv] == nil {
		w.byConv[conv] = map[chan struct{}]bool{}
	}
	w.byConv[conv][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.byConv[conv], c)
		if len(w.byConv[conv]) == 0 {
			delete(w.byConv, conv)
		}
	}
}

// hint tells who watches a conversation that it changed. Several hints may come
// as one.
func (w *watchers) hint(conv state.Conv) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.byConv[conv] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// close ends all watching.
func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, open := range w.byConv {
		for c := range open {
			close(c)
		}
	}
	clear(w.byConv)
}
