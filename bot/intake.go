package bot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// ownRecord is the key of the conversation that a channel keeps for itself, for
// events that belong to none. The flows never see it.
const ownRecord = "~"

// probeChannel is the channel of conversations by which operators measure a store:
// no channel of a bot has that name.
const probeChannel = "~probe"

// twinWindow is how long two events without id and time count as one.
const twinWindow = 60 * time.Second

// Deliver takes an event in that no webhook brought: of a console, of your own
// program. It needs the channel and the conversation. When Deliver returns nil
// the event is durable and gets its turn. One without a DedupeID is new each time.
// A bulk event waits for its place in the channel's rate, until the context ends,
// and is a [BusyError] when there is none.
func (b *Bot) Deliver(ctx context.Context, e channels.Event) error {
	ch, ok := b.version.Load().channels[e.Channel]
	if !ok {
		return fmt.Errorf("deliver an event: there is no channel %q that is on", e.Channel)
	}
	e.Posted = true
	if e.Conversation == "" {
		return errors.New("deliver an event: it names no conversation")
	}
	if e.DedupeID == "" {
		e.DedupeID = rand.Text()
	}
	if e.Bulk {
		wait, err := ch.pace.admit(ctx)
		if err != nil {
			return fmt.Errorf("deliver an event: %w", err)
		}
		if wait > 0 {
			return &BusyError{RetryAfter: wait}
		}
	}
	return b.take(ctx, ch, []channels.Event{e})
}

// A BusyError says that a bulk event has no room now. Nothing was kept.
type BusyError struct {
	// RetryAfter is how long until there is room, if nobody else takes it.
	RetryAfter time.Duration
}

// Error says when to come again.
func (e *BusyError) Error() string {
	return fmt.Sprintf("the channel has no room for bulk events now: again in %s", e.RetryAfter.Round(time.Millisecond))
}

// A batch is what one request brought for one conversation.
type batch struct {
	conv     state.Conv
	events   []state.NewEvent
	statuses []channels.Status
	// taken are the events as they came, to be acknowledged.
	taken []channels.Event
}

// take makes events durable, those of different conversations at once. It is all
// or again: after an error some may be in, and are duplicates the next time. It
// returns when the context ends; what the store does then is used all the same.
func (b *Bot) take(ctx context.Context, ch *channel, events []channels.Event) error {
	if b.crowded.Load() {
		return errBusy
	}
	came := events
	events, err := b.locate(ctx, ch, events)
	if err != nil {
		return err
	}
	batches, err := b.batches(ch, events)
	if err != nil {
		return err
	}
	answers := make(chan error, len(batches))
	for _, batch := range batches {
		select {
		case b.accepts <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("too many requests wait for the store: %w", ctx.Err())
		}
		durable := func(err error) {
			<-b.accepts
			answers <- err
		}
		if !b.life.do(func(ctx context.Context) { b.live(ctx, ch, batch, durable) }) {
			<-b.accepts
			return ErrStopping
		}
	}
	var errs []error
	for range batches {
		select {
		case err := <-answers:
			errs = append(errs, err)
		case <-ctx.Done():
			return fmt.Errorf("wait for the store: %w", ctx.Err())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	b.arrivals.note(ch.name, func(a *Arrivals) { a.took(came, b.o.Now()) })
	return nil
}

// batches sorts events by conversation, each in the order in which they came.
func (b *Bot) batches(ch *channel, events []channels.Event) ([]*batch, error) {
	v := b.version.Load()
	var out []*batch
	byConv := map[state.Conv]*batch{}
	for i := range events {
		e := events[i]
		e.Channel = ch.name
		if e.Kind == channels.KindEcho {
			continue // the bot never answers itself
		}
		key := e.Conversation
		if key == "" || e.Kind == channels.KindUnknown {
			key = ownRecord
		}
		status := e.Kind == channels.KindStatus && e.Status != nil
		if status && key == ownRecord {
			continue // of a message that nobody here can find
		}
		conv := state.NewConv(ch.name, e.Account, key)
		g, ok := byConv[conv]
		if !ok {
			g = &batch{conv: conv}
			byConv[conv] = g
			out = append(out, g)
		}
		if status {
			g.statuses = append(g.statuses, *e.Status)
			if !v.wantsStatus(e.Status.State) {
				continue
			}
		}
		n, err := b.newEvent(v, ch, &e)
		if err != nil {
			return nil, err
		}
		g.events = append(g.events, n)
		g.taken = append(g.taken, e)
	}
	return out, nil
}

// newEvent encodes an event for the inbox. Where a platform gives no id, a hash of
// what came stands in for it.
func (b *Bot) newEvent(v *version, ch *channel, e *channels.Event) (state.NewEvent, error) {
	n := state.NewEvent{DedupeID: e.DedupeID, Window: ch.window}
	if e.Kind == channels.KindStatus && e.Status != nil && e.Status.MessageID != "" {
		n.DedupeID = "status:" + e.Status.MessageID + ":" + e.Status.State // the same however it was found
	}
	if n.DedupeID == "" {
		content, err := json.Marshal(e)
		if err != nil {
			return state.NewEvent{}, fmt.Errorf("encode an event: %w", err)
		}
		sum := sha256.Sum256(content)
		n.DedupeID = "content:" + hex.EncodeToString(sum[:16])
		if e.Time.IsZero() {
			n.Window = twinWindow
		}
	}
	b.linkMedia(v, ch, e) // after the hash: links differ each time
	var err error
	if n.Payload, err = json.Marshal(e); err != nil {
		return state.NewEvent{}, fmt.Errorf("encode an event: %w", err)
	}
	return n, nil
}

// acknowledge tells the platform that events were taken, as well as it can.
func (b *Bot) acknowledge(ctx context.Context, ch *channel, events []channels.Event) {
	a, ok := ch.Channel.(channels.Acknowledger)
	if !ok {
		return
	}
	b.life.do(func(context.Context) {
		ctx, cancel := context.WithTimeout(ctx, courtesyTime)
		defer cancel()
		for i := range events {
			if err := guarded(func() error { return a.Acknowledge(ctx, &events[i]) }); err != nil {
				b.log.DebugContext(ctx, "event not acknowledged", "channel", ch.name, "error", err)
			}
		}
	})
}
