package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/state"
)

// maxWaiting is how many conversations are looked at for what waits.
const maxWaiting = 10_000

// A ChannelReport is what holds a channel up, and what waits on it. Channels on
// which nothing waits and that nothing holds up have none.
type ChannelReport struct {
	Channel string `json:"channel"`
	// Conversations is how many have something that waits, Events how many messages
	// wait to be handled and Rows how many to be sent, due or not; Since is when the
	// first of them came. Ten thousand conversations are looked at.
	Conversations int       `json:"conversations"`
	Events        int       `json:"events"`
	Rows          int       `json:"rows"`
	Since         time.Time `json:"since,omitzero"`
	// Paused is the kind of error for which the process that was asked sends nothing
	// now, Off why it does not have the channel. Both are empty where no bot was
	// asked.
	Paused string `json:"paused,omitempty"`
	Off    string `json:"off,omitempty"`
}

// hindrances says which channels of a bot pause or are off.
func (b *Bot) hindrances() map[string]ChannelReport {
	all := map[string]ChannelReport{}
	v := b.version.Load()
	for _, s := range v.loaded.channels {
		r := ChannelReport{Channel: s.Name, Off: s.Off}
		if ch, on := v.channels[s.Name]; on {
			r.Paused = string(ch.breaker.state())
		}
		all[s.Name] = r
	}
	return all
}

// Channels are those on which something waits, also for later, or that pause or are
// off, in the order of their names.
func (o *Operator) Channels(ctx context.Context) ([]ChannelReport, error) { return o.on.waiting(ctx) }

// waiting tells what waits on each channel, and what holds it up.
func (s *storeOperations) waiting(ctx context.Context) ([]ChannelReport, error) {
	all := map[string]ChannelReport{}
	if s.hindrances != nil {
		all = s.hindrances()
	}
	running := len(all) > 0
	if w, can := s.store.(state.Waiter); can {
		found, err := w.Waiting(ctx, maxWaiting)
		if err != nil {
			return nil, fmt.Errorf("look at what waits: %w", err)
		}
		for _, f := range found {
			name := f.Conv.Channel()
			if name == probeChannel {
				continue
			}
			r, known := all[name]
			if running && !known {
				r.Off = "bot.yaml does not have it"
			}
			r.Channel = name
			r.Conversations, r.Events, r.Rows = r.Conversations+1, r.Events+f.Events, r.Rows+f.Rows
			if r.Since.IsZero() || f.Since.Before(r.Since) {
				r.Since = f.Since
			}
			all[name] = r
		}
	}
	var out []ChannelReport
	for _, r := range all {
		if r.Conversations > 0 || r.Paused != "" || r.Off != "" {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y ChannelReport) int { return cmp.Compare(x.Channel, y.Channel) })
	return out, nil
}

// A ConversationReport is what is kept of a conversation.
type ConversationReport struct {
	Conv state.Conv `json:"conversation"`
	// State is how many bytes its state has, zero for none.
	State int `json:"state"`
	// Waits is what waits in it; nil if the store can't tell.
	Waits *state.Waits `json:"waits,omitempty"`
	// Letters are its dead letters, oldest first, without their payloads.
	Letters []DeadLetter `json:"letters,omitempty"`
	// History is what was said, oldest first, [state.MaxHistory] entries at most. The
	// payload is the JSON of a [channels.Event], or of a [channels.Message] that went
	// out.
	History []state.HistoryEntry `json:"history,omitempty"`
}

// Known reports whether there is anything.
func (r ConversationReport) Known() bool {
	return r.State > 0 || len(r.Letters)+len(r.History) > 0 || r.Waits != nil && r.Waits.Events+r.Waits.Rows > 0
}

// Conversation looks at a conversation, and changes nothing. One that nobody knows
// has an empty report.
func (o *Operator) Conversation(ctx context.Context, conv state.Conv) (ConversationReport, error) {
	return o.on.conversation(ctx, conv)
}

func (s *storeOperations) conversation(ctx context.Context, conv state.Conv) (ConversationReport, error) {
	r := ConversationReport{Conv: conv}
	wrong := func(err error) (ConversationReport, error) {
		return r, fmt.Errorf("look at the conversation: %w", err)
	}
	st, err := s.store.Load(ctx, conv)
	if err != nil {
		return wrong(err)
	}
	r.State = len(st)
	if r.History, err = s.store.History(ctx, conv, 0, state.MaxHistory); err != nil {
		return wrong(err)
	}
	if w, can := s.store.(state.Waiter); can {
		waits, err := w.WaitsIn(ctx, conv)
		if err != nil {
			return wrong(err)
		}
		r.Waits = &waits
	}
	r.Letters, err = (&Operator{on: s}).Letters(ctx, LetterFilter{Conversation: string(conv)})
	return r, err
}
