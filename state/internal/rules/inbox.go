package rules

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-chat/parley/state"
)

// An offer is a new event, ready to be stored.
type offer struct {
	id     seenID
	window time.Duration
	event  sealed
}

// Accept takes events in: see state.Intake.
func (s *Store) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, caller state.Caller) ([]state.Verdict, state.HandOut, error) {
	offers := make([]offer, len(events))
	for i, e := range events {
		offers[i] = offer{seenIDOf(conv, e.DedupeID), e.Window, seal(kindEvent, e.Payload)}
	}
	var verdicts []state.Verdict
	var out state.HandOut
	err := s.change(ctx, "accept", conv, func(c *conversation) (err error) {
		verdicts, out, err = c.accept(offers, caller)
		return err
	})
	if err != nil {
		return nil, state.HandOut{}, err
	}
	return verdicts, out, nil
}

func (c *conversation) accept(offers []offer, caller state.Caller) ([]state.Verdict, state.HandOut, error) {
	verdicts := make([]state.Verdict, len(offers))
	fresh := 0
	for i, o := range offers {
		known, err := c.see(o)
		if err != nil {
			return nil, state.HandOut{}, err
		}
		if known {
			verdicts[i] = state.Duplicate
			continue
		}
		fresh++
		if verdicts[i], err = c.take(o.event); err != nil {
			return nil, state.HandOut{}, err
		}
	}
	if err := c.sweep(fresh); err != nil {
		return nil, state.HandOut{}, err
	}
	out, err := c.offerLease(caller)
	return verdicts, out, err
}

// offerLease leases the conversation to a caller that just brought something, if
// it is free and due.
func (c *conversation) offerLease(caller state.Caller) (state.HandOut, error) {
	if c.leased() {
		return c.busy(caller), nil
	}
	if caller.Room {
		if out, ok, err := c.tryLease(caller); ok || err != nil {
			return out, err
		}
	}
	return c.bare(state.Free), nil
}

// take appends an event that was not seen before, or sets it aside.
func (c *conversation) take(event sealed) (state.Verdict, error) {
	size := uint64(event.size())
	cause := ""
	switch {
	case size > state.MaxEvent:
		cause = fmt.Sprintf("the event is over %d bytes", state.MaxEvent)
	case c.h.events >= state.MaxInboxEvents:
		cause = fmt.Sprintf("the inbox is full: over %d events", state.MaxInboxEvents)
	case c.h.eventBytes+size > state.MaxInboxBytes:
		cause = fmt.Sprintf("the inbox is full: over %d bytes", state.MaxInboxBytes)
	}
	if cause == "" {
		return state.Appended, c.appendEvent(event)
	}
	n, err := c.number()
	if err != nil {
		return "", err
	}
	return state.SetAside, c.setAside(state.In, n, cause, event[sealedHead:])
}

func (c *conversation) appendEvent(event sealed) error {
	n, err := c.number()
	if err != nil {
		return err
	}
	if c.h.events == 0 {
		c.h.event = n
	}
	c.h.events++
	c.h.eventBytes += uint64(event.size())
	return c.tx.Put(Inbox, c.item(n), event.stamp(c.now))
}

// setHeadAside moves the event at the head to the dead letters.
func (c *conversation) setHeadAside(cause string) error {
	_, _, payload, err := unseal(c.tx.Get(Inbox, c.item(c.h.event)))
	if err != nil {
		return err
	}
	if err := c.setAside(state.In, c.h.event, cause, payload); err != nil {
		return err
	}
	return c.removeHead()
}

// removeHead takes the event at the head out of the inbox, with its journal and
// all that was counted for it.
func (c *conversation) removeHead() error {
	_, _, payload, err := unseal(c.tx.Get(Inbox, c.item(c.h.event)))
	if err != nil {
		return err
	}
	size := uint64(len(payload))
	if err := c.tx.Delete(Inbox, c.item(c.h.event)); err != nil {
		return err
	}
	if err := c.dropJournal(); err != nil {
		return err
	}
	gone := c.h.event
	c.h.events--
	c.h.eventBytes -= min(size, c.h.eventBytes)
	c.h.event, c.h.waits = 0, 0
	c.h.deaths, c.h.fails = 0, 0
	c.h.taken, c.h.firstTaken = 0, 0
	if c.h.events == 0 {
		return nil
	}
	n, _, ok := c.head(Inbox, gone+1)
	if !ok {
		return errDamaged
	}
	c.h.event = n
	return nil
}
