package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// locate finds the conversations of statuses that name the message only. A status
// that came before its message was linked is kept by the store, and left out.
func (b *Bot) locate(ctx context.Context, ch *channel, events []channels.Event) ([]channels.Event, error) {
	if !ch.capabilities.StatusByID {
		return events, nil
	}
	out := make([]channels.Event, 0, len(events))
	for _, e := range events {
		if e.Kind == channels.KindStatus && e.Status != nil && e.Conversation == "" {
			conv, err := b.store.Linked(ctx, ch.name, e.Status.MessageID, e.Status.State)
			if err != nil {
				return nil, fmt.Errorf("find the message of a status: %w", err)
			}
			if conv == "" {
				continue
			}
			e.Account, e.Conversation = conv.Account(), conv.Key()
		}
		out = append(out, e)
	}
	return out, nil
}

// link remembers where a message went, for statuses that name the message only,
// and takes in those that came before. The message was sent, whatever becomes of
// this: without a link its statuses are lost, and the log says so.
func (b *Bot) link(ctx context.Context, ch *channel, conv state.Conv, messageID string) {
	if !ch.capabilities.StatusByID || messageID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	early, err := b.store.Link(ctx, ch.name, messageID, conv)
	for _, status := range early {
		if err == nil {
			err = b.takeStatus(ctx, ch, conv, channels.Status{MessageID: messageID, State: status})
		}
	}
	if err != nil {
		b.log.WarnContext(ctx, "statuses of a message are lost", "channel", ch.name, "conversation_hash", hashed(conv), "error", err)
	}
}

// takeStatus records a status of a conversation that is in hand, and has the flows
// see it if they want it: it waits in the inbox then.
func (b *Bot) takeStatus(ctx context.Context, ch *channel, conv state.Conv, s channels.Status) error {
	v := b.version.Load()
	if v.wantsStatus(s.State) {
		n, err := b.newEvent(v, ch, &channels.Event{
			Kind: channels.KindStatus, Channel: ch.name, Account: conv.Account(), Conversation: conv.Key(),
			Time: b.o.Now().Truncate(time.Second), Status: &s,
		})
		if err != nil {
			return err
		}
		if _, _, err := b.store.Accept(ctx, conv, []state.NewEvent{n}, state.Caller{Process: b.process, Flows: v.number}); err != nil {
			return fmt.Errorf("accept a status: %w", err)
		}
	}
	// Its row is still in the outbox: the store keeps the status for the mark.
	if _, err := b.store.Status(ctx, conv, s.MessageID, s.State); err != nil {
		return fmt.Errorf("record a status: %w", err)
	}
	return nil
}
