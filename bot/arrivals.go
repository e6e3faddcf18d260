package bot

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Arrivals are what came in on a channel since the process that is asked began:
// they show somebody who sets a channel up that it works, or why it does not.
type Arrivals struct {
	// On is true when the process has the channel, with settings that work.
	On bool `json:"on"`
	// Handshakes counts the checks of the address that were answered; Refused the
	// webhooks that were not taken, with the status and the reason of the last.
	Handshakes int    `json:"handshakes"`
	Refused    int    `json:"refused"`
	Refusal    string `json:"refusal,omitempty"`
	// Messages counts what people wrote or tapped, From is who did last, in the words
	// of the platform; Others counts every other event, Other is the kind of the last.
	Messages int       `json:"messages"`
	From     string    `json:"from,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Others   int       `json:"others"`
	Other    string    `json:"other,omitempty"`
	// Webhook is the address that the platform was told, empty if it was not, and
	// Changed whether it had another one before. Unregistered is why it did not take
	// the address.
	Webhook      string `json:"webhook,omitempty"`
	Changed      bool   `json:"changed,omitempty"`
	Unregistered string `json:"unregistered,omitempty"`
}

// took counts events that are durable.
func (a *Arrivals) took(events []channels.Event, now time.Time) {
	for i := range events {
		switch e := &events[i]; e.Kind {
		case channels.KindMessage, channels.KindChoice, channels.KindStarted:
			a.Messages, a.At = a.Messages+1, now
			a.From = cmp.Or(e.Sender.Name, e.Sender.FirstName, e.Sender.Username, e.Sender.Phone, e.Sender.ID, e.Conversation)
		default:
			a.Others, a.Other = a.Others+1, string(e.Kind)
		}
	}
}

// Arrivals tells what came in on a channel. Only a bot that runs knows: with none it
// is [ErrNotRunning].
func (o *Operator) Arrivals(ctx context.Context, channel string) (Arrivals, error) {
	return o.on.arrivals(ctx, channel)
}

// arrivals are those of all channels of a process, by their names: they outlive a
// reload.
type arrivals struct {
	mu     sync.Mutex
	byName map[string]*Arrivals
}

func newArrivals() *arrivals { return &arrivals{byName: map[string]*Arrivals{}} }

func (a *arrivals) note(channel string, change func(*Arrivals)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.byName[channel]
	if !ok {
		r = &Arrivals{}
		a.byName[channel] = r
	}
	change(r)
}

func (a *arrivals) of(channel string) Arrivals {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r, ok := a.byName[channel]; ok {
		return *r
	}
	return Arrivals{}
}

// arrived tells operators what came in on a channel.
func (b *Bot) arrived(channel string) Arrivals {
	r := b.arrivals.of(channel)
	_, r.On = b.version.Load().channels[channel]
	return r
}

func (s *storeOperations) arrivals(_ context.Context, channel string) (Arrivals, error) {
	if s.arrived == nil {
		return Arrivals{}, ErrNotRunning
	}
	return s.arrived(channel), nil
}
