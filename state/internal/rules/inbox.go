package rules

import (
	"context"
	"errors"
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
	if err := c.beginAgain(); err != nil {
		return nil, state.HandOut{}, err
	}
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
	if err := errors.Join(c.sweep(Seen, Expiry, fresh), c.sweepIdle(fresh)); err != nil {
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
		if c.newer(caller) {
			return c.bare(state.Newer), nil
		}
		if out, ok, err := c.tryLease(caller); ok || err != nil {
			return out, err
		}
	}
	return c.bare(state.Free), nil
}

// take appends an event that was not seen before, or sets it aside.
func (c *conversation) take(event sealed) (state.Verdict, error) {
	size := uint64(event.size())
	cause, _ := c.noRoom(size)
	if cause == "" {
		return state.Appended, c.appendEvent(event, c.now, size)
	}
	n, err := c.number()
	if err != nil {
		return "", err
	}
	return state.SetAside, c.setAside(letter{accepted: c.now, Letter: state.Letter{
		Direction: state.In, Number: n, Cause: cause, Payload: event[sealedHead:],
	}})
}

// noRoom says why an event of that size cannot wait in the inbox, "" if it can.
func (c *conversation) noRoom(size uint64) (cause string, err error) {
	switch {
	case size > state.MaxEvent:
		return fmt.Sprintf("the event is over %d bytes", state.MaxEvent), state.ErrTooLarge
	case c.h.events >= state.MaxInboxEvents:
		return fmt.Sprintf("the inbox is full: over %d events", state.MaxInboxEvents), state.ErrFull
	case c.h.eventBytes+size > state.MaxInboxBytes:
		return fmt.Sprintf("the inbox is full: over %d bytes", state.MaxInboxBytes), state.ErrFull
	}
	return "", nil
}

// appendEvent takes an event in that was accepted at that time and counts for so
// many bytes.
func (c *conversation) appendEvent(event sealed, accepted int64, size uint64) error {
	n, err := c.number()
	if err != nil {
		return err
	}
	if c.h.events == 0 {
		c.h.event = n
	}
	c.h.events++
	c.h.eventBytes += size
	return c.tx.Put(Inbox, c.item(n), event.stamp(accepted))
}

// setHeadAside moves the event at the head to the dead letters, with another
// payload unless that is nil.
func (c *conversation) setHeadAside(cause string, payload []byte) error {
	e, err := viewEvent(c.h.event, c.tx.Get(Inbox, c.item(c.h.event)))
	if err != nil {
		return err
	}
	if payload == nil {
		payload = e.Payload
	}
	err = c.setAside(letter{accepted: stampOf(e.At), Letter: state.Letter{
		Direction: state.In, Number: e.First, Wake: e.Wake, Cause: cause, Payload: payload,
	}})
	if err != nil {
		return err
	}
	return c.removeHead()
}

// removeHead takes the event at the head out of the inbox, with its journal and
// all that was counted for it.
func (c *conversation) removeHead() error {
	e, err := viewEvent(c.h.event, c.tx.Get(Inbox, c.item(c.h.event)))
	if err != nil {
		return err
	}
	size := uint64(len(e.Payload))
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
