package rules

import (
	"context"

	"github.com/parley-chat/parley/state"
)

// Claim leases a conversation that is due: see state.Turns.
func (s *Store) Claim(ctx context.Context, conv state.Conv, caller state.Caller) (state.HandOut, error) {
	return s.handOut(ctx, "claim", conv, func(c *conversation) (state.HandOut, error) {
		return c.claim(caller)
	})
}

// Renew makes the lease last: see state.Turns.
func (s *Store) Renew(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	return s.handOut(ctx, "renew", conv, func(c *conversation) (state.HandOut, error) {
		if !c.holds(token) {
			return c.bare(state.Lost), nil
		}
		c.h.until = after(c.now, state.LeaseTime)
		return c.bare(state.Proceed), nil
	})
}

// Release gives the lease back: see state.Turns.
func (s *Store) Release(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	return s.handOut(ctx, "release", conv, func(c *conversation) (state.HandOut, error) {
		if !c.holds(token) {
			return c.ended(token, token == c.h.last.token), nil
		}
		c.cut()
		c.endLease()
		return c.bare(state.Free), nil
	})
}

func (c *conversation) claim(caller state.Caller) (state.HandOut, error) {
	gone := false
	if c.leased() && c.h.until > c.now {
		return c.busy(caller), nil
	}
	if c.newer(caller) {
		return c.bare(state.Newer), nil
	}
	if c.leased() {
		if err := c.abandon(); err != nil {
			return state.HandOut{}, err
		}
		gone = true
	}
	out, ok, err := c.tryLease(caller)
	switch {
	case err != nil:
		return state.HandOut{}, err
	case ok:
		return out, nil
	case gone:
		return c.bare(state.Free), nil
	}
	return c.bare(state.Early), nil
}

// newer reports whether there is something to do that a caller must leave, since
// the conversation has seen newer flows than it has.
func (c *conversation) newer(caller state.Caller) bool {
	at := c.h.due(c.now)
	return caller.Flows != 0 && caller.Flows < c.h.flows && at != 0 && at <= c.now
}

// tryLease leases a free conversation if there is something to do now; only then
// is ok true. A wake time that came is an event from here on, whatever waits
// before it.
func (c *conversation) tryLease(caller state.Caller) (out state.HandOut, ok bool, err error) {
	if err := c.wakeUp(); err != nil {
		return state.HandOut{}, false, err
	}
	if at := c.h.due(c.now); at == 0 || at > c.now {
		return state.HandOut{}, false, nil
	}
	out, err = c.lease(caller)
	return out, err == nil, err
}

func (c *conversation) leased() bool { return c.h.token.Number != 0 }

func (c *conversation) holds(token state.Token) bool { return c.leased() && c.h.token == token }

// lease gives the conversation, which is free and due, to the caller.
func (c *conversation) lease(caller state.Caller) (state.HandOut, error) {
	n, err := c.number()
	if err != nil {
		return state.HandOut{}, err
	}
	c.h.token = state.Token{Number: n, Process: caller.Process}
	c.h.until = after(c.now, state.LeaseTime)
	return c.next()
}

// endLease frees the conversation and remembers whose it was, for repeats.
func (c *conversation) endLease() {
	c.h.last = lastLease{token: c.h.token, trail: c.h.trail}
	c.drop()
}

// abandon frees the conversation from a holder that is gone. A turn in its hands
// counts one death; an attempt in its hands is unknown.
func (c *conversation) abandon() error {
	c.cut()
	died := c.h.turn
	c.drop()
	if !died {
		return nil
	}
	c.h.deaths++
	if c.h.deaths < state.MaxDeaths {
		return nil
	}
	return c.setHeadAside("its turn took the process down too often", nil)
}

func (c *conversation) drop() {
	c.h.token, c.h.until = state.Token{}, 0
	c.h.turn, c.h.begun = false, false
	c.h.trail = trail{}
}

// cut makes an attempt in flight unknown: the row waits no longer, the next
// attempt may be a second copy.
func (c *conversation) cut() {
	if c.h.inFlight {
		c.h.inFlight, c.h.unknown, c.h.rowWaits = false, true, 0
	}
}

// next hands out what comes next to the holder, rows before events, or ends the
// lease. Within a turn it hands out rows only.
func (c *conversation) next() (state.HandOut, error) {
	if !c.h.turn {
		if err := c.wakeUp(); err != nil {
			return state.HandOut{}, err
		}
	}
	switch {
	case c.h.inFlight:
		return c.handRow()
	case c.h.rows > 0 && c.h.rowWaits <= c.now:
		c.h.attempt++
		c.h.inFlight, c.h.rowWaits = true, 0
		return c.handRow()
	case c.h.turn:
		c.extend()
		return c.bare(state.Proceed), nil
	case c.h.events > 0 && c.h.waits <= c.now:
		c.h.turn, c.h.begun, c.h.waits = true, false, 0
		return c.handTurn()
	}
	c.endLease()
	return c.bare(state.Free), nil
}

// again answers the repeat of a decision of the holder.
func (c *conversation) again() (state.HandOut, error) {
	if c.h.turn && !c.h.begun && !c.h.inFlight {
		return c.handTurn()
	}
	return c.next()
}

// ended answers somebody who does not hold the lease: free, if this repeats what
// ended it.
func (c *conversation) ended(token state.Token, repeat bool) state.HandOut {
	if repeat && token.Number != 0 && token == c.h.last.token {
		return c.bare(state.Free)
	}
	return c.bare(state.Lost)
}

// wakeUp turns a wake time that came into an event.
func (c *conversation) wakeUp() error {
	if c.h.wake == 0 || c.h.wake > c.now {
		return nil
	}
	c.h.wake = 0
	return c.appendEvent(seal(kindWake, nil), c.now, 0)
}

func (c *conversation) handRow() (state.HandOut, error) {
	row, err := decodeRow(c.h.row, c.tx.Get(Outbox, c.item(c.h.row)))
	if err != nil {
		return state.HandOut{}, err
	}
	c.extend()
	out := c.bare(state.Send)
	out.Row, out.Attempt, out.Unknown = row, int(c.h.attempt), c.h.unknown
	return out, nil
}

func (c *conversation) handTurn() (out state.HandOut, err error) {
	c.extend()
	out = c.bare(state.Turn)
	if out.Event, err = decodeEvent(c.h.event, c.tx.Get(Inbox, c.item(c.h.event))); err != nil {
		return state.HandOut{}, err
	}
	if out.State, err = decodeState(c.tx.Get(States, c.key)); err != nil {
		return state.HandOut{}, err
	}
	if out.Journal, err = c.journal(); err != nil {
		return state.HandOut{}, err
	}
	out.Rows, out.Deaths, out.Fails = int(c.h.taken), int(c.h.deaths), int(c.h.fails)
	return out, nil
}

func (c *conversation) extend() {
	if c.h.until < after(c.now, state.LeaseExtend) {
		c.h.until = after(c.now, state.LeaseTime)
	}
}

func (c *conversation) busy(caller state.Caller) state.HandOut {
	out := c.bare(state.Busy)
	if c.h.token.Process == caller.Process {
		out.Token = c.h.token
	}
	return out
}

// bare is a hand-out with what every one of its kind has.
func (c *conversation) bare(kind state.HandOutKind) state.HandOut {
	out := state.HandOut{Kind: kind, Now: timeOf(c.now)}
	switch kind {
	case state.Turn, state.Send, state.Proceed:
		out.Token = c.h.token
		fallthrough
	case state.Busy:
		out.Left = max(timeOf(c.h.until).Sub(out.Now), 0)
	}
	return out
}
