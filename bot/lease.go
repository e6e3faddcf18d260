package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// How leases are kept.
const (
	renewEvery = 4 * time.Second
	renewTime  = 3 * time.Second  // for one renewal
	acceptTime = 10 * time.Second // for what a request brought, which waits less
	storeTime  = 5 * time.Second  // for one call of the store
	repeatTime = 60 * time.Second // for the repeats of one call, while the store does not answer
)

// errLost: the lease is somebody else's, or may be by now.
var errLost = errors.New("the lease is lost")

// A lease is a conversation in hand. Work goes on in one goroutine; a timer
// renews the lease when that takes long.
type lease struct {
	conv  state.Conv
	store state.Store
	log   *slog.Logger
	lose  context.CancelCauseFunc
	life  *lifetime
	// first is the first reply of the last turn: usually it is sent next.
	first rendered
	// fresh is what came in a moment ago; nil for what was claimed.
	fresh *batch

	mu      sync.Mutex
	token   state.Token
	end     time.Time // not later than the store's, by the monotonic clock
	dropped bool
	timer   *time.Timer
	renewal sync.WaitGroup
}

// A rendered is a message and how it lies in the outbox.
type rendered struct {
	row     []byte
	message channels.Message
}

// message reads a row, unless it was written a moment ago.
func (l *lease) message(row []byte) (*channels.Message, error) {
	m := new(channels.Message)
	if len(row) > 0 && bytes.Equal(row, l.first.row) {
		*m = l.first.message
		return m, nil
	}
	return m, json.Unmarshal(row, m)
}

// event reads an event, unless it came in a moment ago.
func (l *lease) event(payload []byte) (*channels.Event, error) {
	e := new(channels.Event)
	if l.fresh != nil {
		for i := range l.fresh.events {
			if came := l.fresh.taken[i]; plain(&came) && bytes.Equal(l.fresh.events[i].Payload, payload) {
				*e = came
				e.DedupeID = ""
				return e, nil
			}
		}
	}
	return e, json.Unmarshal(payload, e)
}

// plain reports whether an event is the same when it is read from what it was
// written as: all of it is texts that are valid, and a time.
func plain(e *channels.Event) bool {
	if e.Data != nil || e.Raw != nil || e.Media != nil || e.Contacts != nil || e.Location != nil || e.Time.Location() != time.UTC {
		return false
	}
	s := &e.Sender
	for _, text := range [...]string{
		e.Name, e.Channel, e.Account, e.Conversation, e.ID, e.Text, e.RefersTo,
		s.ID, s.Name, s.FirstName, s.LastName, s.Username, s.Phone, s.Email, s.Language,
	} {
		if !utf8.ValidString(text) {
			return false
		}
	}
	return e.Choice == nil && e.Status == nil || e.Choice != nil && e.Status == nil && utf8.ValidString(e.Choice.ID) && utf8.ValidString(e.Choice.Title)
}

// hold begins to keep a lease. The context that it returns ends when the lease is
// lost or dropped: calls and sends are cut then.
func (b *Bot) hold(ctx context.Context, conv state.Conv, h state.HandOut, asked time.Time) (context.Context, *lease) {
	ctx, lose := context.WithCancelCause(ctx)
	l := &lease{conv: conv, store: b.store, token: h.Token, lose: lose, life: b.life, log: b.log, end: asked.Add(h.Left)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(renewEvery, func() { l.renew(ctx) })
	return ctx, l
}

// drop ends the keeping, whoever has the lease by now.
func (l *lease) drop() {
	l.mu.Lock()
	l.dropped = true
	l.timer.Stop()
	l.mu.Unlock()
	l.lose(context.Canceled)
	l.renewal.Wait()
}

// renew is called by the timer.
func (l *lease) renew(ctx context.Context) {
	l.mu.Lock()
	if l.dropped {
		l.mu.Unlock()
		return
	}
	l.renewal.Add(1)
	token := l.token
	l.mu.Unlock()
	defer l.renewal.Done()

	call, cancel := context.WithTimeout(ctx, renewTime)
	defer cancel()
	asked := time.Now()
	h, err := l.store.Renew(call, l.conv, token)

	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.dropped:
		return
	case err == nil && h.Kind == state.Lost, err != nil && time.Now().After(l.end):
		l.lose(errLost)
		return
	case err == nil:
		l.end = later(l.end, asked.Add(h.Left))
	}
	wait := renewEvery
	if err != nil {
		wait = time.Second
	}
	l.timer.Reset(wait)
}

// until returns when the lease ends.
func (l *lease) until() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

// ask calls the store until it answers. Each operation may be repeated, and a
// result that is known is worth more than the lease: it is reported as soon as
// the store is back, whatever ends the caller's context. A refusal is returned as it
// is, a lost lease as errLost.
func (l *lease) ask(op func(ctx context.Context) (state.HandOut, error)) (state.HandOut, error) {
	began, warned := time.Now(), false
	for try := 0; ; try++ {
		asked := time.Now()
		call, cancel := context.WithTimeout(l.life.telling, storeTime)
		h, err := op(call)
		cancel()
		switch {
		case err == nil && h.Kind == state.Lost:
			return h, errLost
		case err == nil:
			l.extend(h, asked)
			return h, nil
		case errors.Is(err, state.ErrTooLarge), errors.Is(err, state.ErrFull), errors.Is(err, state.ErrClosed),
			time.Since(began) > repeatTime:
			return h, err
		}
		if !warned && time.Since(began) > storeTime {
			warned = true
			l.log.WarnContext(call, "store takes no result; trying again", "channel", l.conv.Channel(), "conversation_hash", hashed(l.conv), "error", err)
		}
		select {
		case <-time.After(50 * time.Millisecond << min(try, 5)):
		case <-l.life.running.Done():
			return h, err
		}
	}
}

// extend notes what a hand-out says about the lease.
func (l *lease) extend(h state.HandOut, asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.Token != (state.Token{}) {
		l.token = h.Token
	}
	if h.Left > 0 {
		l.end = later(l.end, asked.Add(h.Left))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// hashed names a conversation in logs, where its address has no place.
func hashed(conv state.Conv) string {
	return fmt.Sprintf("%08x", uint32(xxhash.Sum64String(string(conv))))
}
