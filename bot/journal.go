package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
)

// maxResults bounds the results of the calls of one turn, all together, in bytes:
// the store's own limit, with room for keys and the head.
const maxResults = state.MaxJournal - 64<<10

// The keys of the journal.
const (
	headKey  = "turn"
	aloneKey = "alone" // the turn of a suspect has begun to run
	callKey  = "call:"
)

// A journalHead is the first entry of a turn's journal: with it a turn that runs
// again after a crash comes to the same point.
type journalHead struct {
	Now   time.Time `json:"now"`
	Seed  uint64    `json:"seed"`
	Flows string    `json:"flows"`
}

// resume takes up what the journal has of a turn that was begun before.
func (t *turnInHand) resume(ctx context.Context) {
	t.rows = t.h.Rows
	for _, e := range t.h.Journal {
		if e.Key == aloneKey {
			t.convicted = true
		}
		var head journalHead
		if e.Key != headKey || json.Unmarshal(e.Payload, &head) != nil {
			continue
		}
		t.in.Now, t.in.Seed, t.begun = head.Now, head.Seed, true
		if head.Flows != t.v.fingerprint {
			t.b.log.InfoContext(ctx, "turn goes on with other flows", "channel", t.in.Channel, "conversation_hash", hashed(t.l.conv))
		}
	}
}

// answer returns the result of a call that the turn waits for: the one in the
// journal, if it is that of the same request, else that of making it. What was
// said before the call leaves before it is made, and its result is kept before
// the turn goes on, so that a crash repeats at most the call in flight.
func (t *turnInHand) answer(ctx context.Context, call flows.Call, rows [][]byte) (flows.CallResult, error) {
	if r, ok := t.journaled(call); ok {
		return r, nil
	}
	if err := t.prepare(ctx, rows); err != nil {
		return flows.CallResult{}, err
	}
	t.typing()
	if t.callsEnd.IsZero() {
		t.callsEnd = time.Now().Add(callsTime)
	}
	timed, cancel := context.WithDeadline(ctx, t.callsEnd)
	defer cancel()
	result := t.v.calls.make(timed, call, HandlerCall{
		Channel: t.in.Channel, Account: t.in.Account, Conversation: t.in.Conversation,
		Key: t.name(callKey + call.Key), Now: t.in.Now,
	})
	if ctx.Err() != nil {
		return result, context.Cause(ctx) // it was cut: what came of it is not known
	}
	return t.keep(ctx, result, rows)
}

// journaled returns the result that an earlier run of the turn got.
func (t *turnInHand) journaled(call flows.Call) (flows.CallResult, bool) {
	for i := len(t.h.Journal) - 1; i >= 0; i-- {
		e := t.h.Journal[i]
		var r flows.CallResult
		if e.Key == callKey+call.Key && json.Unmarshal(e.Payload, &r) == nil && r.Fingerprint == call.Fingerprint {
			t.results += len(e.Payload)
			return r, true
		}
	}
	return flows.CallResult{}, false
}

// prepare journals the head of the turn and has the rows so far leave, if they
// did not before.
func (t *turnInHand) prepare(ctx context.Context, rows [][]byte) error {
	var entries []state.JournalEntry
	if !t.begun {
		head, err := json.Marshal(journalHead{Now: t.in.Now, Seed: t.in.Seed, Flows: t.v.fingerprint})
		if err != nil {
			return &failure{cause: "the journal can't be encoded", err: err}
		}
		entries = []state.JournalEntry{{Key: headKey, Payload: head}}
	}
	if t.begun && len(rows) <= t.rows {
		return nil
	}
	if err := t.journal(ctx, entries, rows); err != nil {
		return err
	}
	t.begun, t.rows = true, len(rows)
	return nil
}

// keep journals a result. One that is too large becomes an error that is not.
func (t *turnInHand) keep(ctx context.Context, r flows.CallResult, rows [][]byte) (flows.CallResult, error) {
	payload, err := json.Marshal(r)
	if err != nil || len(payload) > state.MaxJournalEntry || t.results+len(payload) > maxResults {
		r = flows.CallResult{
			Key: r.Key, Fingerprint: r.Fingerprint, Status: r.Status,
			Error: "too_large", ErrorText: "the result is over 64 kB, or all of the turn are over 1 MB",
		}
		if payload, err = json.Marshal(r); err != nil {
			return r, &failure{cause: "a result can't be encoded", err: err}
		}
	}
	t.results += len(payload)
	return r, t.journal(ctx, []state.JournalEntry{{Key: callKey + r.Key, Payload: payload}}, rows)
}

// journal keeps entries, and sends the rows that can leave now.
func (t *turnInHand) journal(ctx context.Context, entries []state.JournalEntry, rows [][]byte) error {
	h, err := t.l.ask(func(ctx context.Context) (state.HandOut, error) {
		return t.b.store.Journal(ctx, t.l.conv, t.l.token, t.h.Event.Number, entries, rows)
	})
	failpoint.Hit(failpoint.MidTurnAfterJournal)
	for err == nil && h.Kind == state.Send {
		h, err = t.b.mark(ctx, t.l, h, t.b.send(ctx, t.l, h))
	}
	if err != nil {
		return storeFailure("journal", err)
	}
	if h.Kind != state.Proceed {
		return errLost
	}
	return nil
}

// storeFailure tells what the store refused for good from what it could not do.
func storeFailure(doing string, err error) error {
	switch {
	case errors.Is(err, state.ErrTooLarge):
		return &failure{cause: "the state, a reply or a result of the turn is too large", err: err}
	case errors.Is(err, state.ErrFull):
		return &failure{cause: "too many replies wait to be sent", err: err, again: true}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// typing shows that an answer takes a while, where the platform can.
func (t *turnInHand) typing() {
	ch, ok := t.v.channels[t.in.Channel]
	if !ok || t.in.Event == nil {
		return
	}
	typer, ok := ch.Channel.(channels.Typer)
	if !ok {
		return
	}
	account, conversation := t.in.Account, t.in.Conversation
	t.b.life.do(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, courtesyTime)
		defer cancel()
		if err := guarded(func() error { return typer.Typing(ctx, account, conversation) }); err != nil {
			t.b.log.DebugContext(ctx, "typing not shown", "channel", ch.name, "error", err)
		}
	})
}
