package statetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// The conversations of the suite.
const (
	ann  = state.Conv("chat/main/ann")
	dana = state.Conv("chat/main/dana")
)

// window is how long the suite has dedupe ids remembered, unless it says so.
const window = time.Hour

// kit is one behaviour at work: it fails the test on errors, and says what the
// usual worker does in few words.
type kit struct {
	*testing.T
	h   Harness
	s   *checked
	ctx context.Context
}

func newKit(t *testing.T, h Harness) *kit {
	return &kit{T: t, h: h, s: newChecked(t, h), ctx: t.Context()}
}

// caller returns a process with room.
func caller(process string) state.Caller { return state.Caller{Process: process, Room: true} }

func event(id string) state.NewEvent {
	return state.NewEvent{DedupeID: id, Window: window, Payload: []byte(id)}
}

// offer accepts events as they are and expects one verdict for each.
func (k *kit) offer(by state.Caller, conv state.Conv, events ...state.NewEvent) ([]state.Verdict, state.HandOut) {
	k.Helper()
	verdicts, out, err := k.s.Accept(k.ctx, conv, events, by)
	if err != nil {
		k.Fatalf("Accept: %v", err)
	}
	if len(verdicts) != len(events) {
		k.Fatalf("Accept: %d verdicts for %d events", len(verdicts), len(events))
	}
	return verdicts, out
}

// accept has process a accept events whose payload is their id, all new.
func (k *kit) accept(conv state.Conv, ids ...string) state.HandOut {
	k.Helper()
	return k.acceptBy(caller("a"), conv, ids...)
}

// put accepts without leasing.
func (k *kit) put(conv state.Conv, ids ...string) {
	k.Helper()
	k.acceptBy(state.Caller{Process: "a"}, conv, ids...)
}

func (k *kit) acceptBy(by state.Caller, conv state.Conv, ids ...string) state.HandOut {
	k.Helper()
	var events []state.NewEvent
	for _, id := range ids {
		events = append(events, event(id))
	}
	verdicts, out := k.offer(by, conv, events...)
	for i, v := range verdicts {
		if v != state.Appended {
			k.Fatalf("Accept of %s: %s", ids[i], v)
		}
	}
	return out
}

func (k *kit) claim(by string, conv state.Conv) state.HandOut {
	k.Helper()
	return k.ok(k.s.Claim(k.ctx, conv, caller(by)))
}

func (k *kit) commit(conv state.Conv, turn state.HandOut, r state.Result) state.HandOut {
	k.Helper()
	return k.ok(k.s.Commit(k.ctx, conv, turn.Token, turn.Event.Number, r))
}

// reply commits a turn with rows.
func (k *kit) reply(conv state.Conv, turn state.HandOut, rows ...string) state.HandOut {
	k.Helper()
	return k.commit(conv, turn, state.Result{Rows: payloads(rows...)})
}

func (k *kit) journal(conv state.Conv, turn state.HandOut, entries []state.JournalEntry, rows ...string) state.HandOut {
	k.Helper()
	return k.ok(k.s.Journal(k.ctx, conv, turn.Token, turn.Event.Number, entries, payloads(rows...)))
}

func (k *kit) fail(conv state.Conv, turn state.HandOut, delay time.Duration, rows ...string) state.HandOut {
	k.Helper()
	return k.failAs(conv, turn, state.Failure{Delay: delay, Cause: "could not", Rows: payloads(rows...)})
}

func (k *kit) failAs(conv state.Conv, turn state.HandOut, f state.Failure) state.HandOut {
	k.Helper()
	return k.ok(k.s.Fail(k.ctx, conv, turn.Token, turn.Event.Number, f))
}

func (k *kit) mark(conv state.Conv, send state.HandOut, o state.Outcome) state.HandOut {
	k.Helper()
	return k.ok(k.s.Mark(k.ctx, conv, send.Token, send.Row.Number, send.Attempt, o))
}

func (k *kit) sent(conv state.Conv, send state.HandOut) state.HandOut {
	k.Helper()
	return k.mark(conv, send, state.Outcome{Kind: state.Sent})
}

func (k *kit) renew(conv state.Conv, held state.HandOut) state.HandOut {
	k.Helper()
	return k.ok(k.s.Renew(k.ctx, conv, held.Token))
}

func (k *kit) release(conv state.Conv, held state.HandOut) state.HandOut {
	k.Helper()
	return k.ok(k.s.Release(k.ctx, conv, held.Token))
}

func (k *kit) ok(out state.HandOut, err error) state.HandOut {
	k.Helper()
	if err != nil {
		k.Fatalf("unexpected error: %v", err)
	}
	return out
}

// is expects a kind of hand-out and returns it.
func (k *kit) is(out state.HandOut, kind state.HandOutKind) state.HandOut {
	k.Helper()
	if out.Kind != kind {
		k.Fatalf("got %s %q%q, want %s", out.Kind, out.Event.Payload, out.Row.Payload, kind)
	}
	return out
}

// turn expects the turn of an event.
func (k *kit) turn(out state.HandOut, id string) state.HandOut {
	k.Helper()
	k.is(out, state.Turn)
	if string(out.Event.Payload) != id || out.Event.Wake {
		k.Fatalf("got the turn of %q, want %q", out.Event.Payload, id)
	}
	return out
}

// send expects an attempt of a row.
func (k *kit) send(out state.HandOut, row string, attempt int, unknown bool) state.HandOut {
	k.Helper()
	k.is(out, state.Send)
	if string(out.Row.Payload) != row || out.Attempt != attempt || out.Unknown != unknown {
		k.Fatalf("got row %q, attempt %d, unknown %t; want %q, %d, %t",
			out.Row.Payload, out.Attempt, out.Unknown, row, attempt, unknown)
	}
	return out
}

// same expects two answers that tell the caller the same.
func (k *kit) same(got, want state.HandOut) {
	k.Helper()
	if !alike(got, want) {
		k.Fatalf("the repeat answered %+v, the first %+v", got, want)
	}
}

// alike compares all but the time.
func alike(a, b state.HandOut) bool {
	return a.Kind == b.Kind && a.Token == b.Token &&
		a.Event.Number == b.Event.Number && a.Event.First == b.Event.First && bytes.Equal(a.Event.Payload, b.Event.Payload) &&
		bytes.Equal(a.State, b.State) && fmt.Sprint(a.Journal) == fmt.Sprint(b.Journal) && a.Rows == b.Rows &&
		a.Deaths == b.Deaths && a.Fails == b.Fails &&
		a.Row.Number == b.Row.Number && bytes.Equal(a.Row.Payload, b.Row.Payload) &&
		a.Attempt == b.Attempt && a.Unknown == b.Unknown
}

// letters lists all dead letters.
func (k *kit) letters() []state.Letter {
	k.Helper()
	all, err := k.s.DeadLetters(k.ctx, "", 10_000)
	if err != nil {
		k.Fatalf("DeadLetters: %v", err)
	}
	return all
}

// letter expects one dead letter and returns it.
func (k *kit) letter() state.Letter {
	k.Helper()
	all := k.letters()
	if len(all) != 1 {
		k.Fatalf("%d dead letters, want 1", len(all))
	}
	return all[0]
}

// gives expects an error, nil for none.
func (k *kit) gives(err, want error) {
	k.Helper()
	if !errors.Is(err, want) {
		k.Fatalf("got %v, want %v", err, want)
	}
}

// retry puts a dead letter back.
func (k *kit) retry(l state.Letter) {
	k.Helper()
	k.gives(k.s.Retry(k.ctx, l.ID), nil)
}

func (k *kit) forget(conv state.Conv) {
	k.Helper()
	k.gives(k.s.Forget(k.ctx, conv), nil)
}

func (k *kit) history(conv state.Conv) []state.HistoryEntry {
	k.Helper()
	all, err := k.s.History(k.ctx, conv, 0, 10_000)
	if err != nil {
		k.Fatalf("History: %v", err)
	}
	return all
}

func (k *kit) state(conv state.Conv) []byte {
	k.Helper()
	b, err := k.s.Load(k.ctx, conv)
	if err != nil {
		k.Fatalf("Load: %v", err)
	}
	return b
}

// reopen starts the store again.
func (k *kit) reopen() {
	k.Helper()
	k.s.Store = k.h.Reopen()
}

func payloads(all ...string) [][]byte {
	var b [][]byte
	for _, p := range all {
		b = append(b, []byte(p))
	}
	return b
}
