package redisstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/parley-chat/parley/state"
)

// Claim leases a conversation that is due: see state.Turns.
func (s *Store) Claim(ctx context.Context, conv state.Conv, caller state.Caller) (state.HandOut, error) {
	return s.ask(ctx, "claim", conv, caller.Process, decimal(caller.Flows))
}

// Journal keeps results of the turn in hand: see state.Turns.
func (s *Store) Journal(ctx context.Context, conv state.Conv, token state.Token, event uint64, entries []state.JournalEntry, rows [][]byte) (state.HandOut, error) {
	args := make([]string, 0, 4+2*len(entries)+len(rows))
	args = append(args, decimal(token.Number), token.Process, decimal(event), strconv.Itoa(len(entries)))
	for _, e := range entries {
		if len(e.Payload) > state.MaxJournalEntry {
			return state.HandOut{}, state.ErrTooLarge
		}
		args = append(args, e.Key, string(e.Payload))
	}
	args, err := withRows(args, rows)
	if err != nil {
		return state.HandOut{}, err
	}
	return s.ask(ctx, "journal", conv, args...)
}

// Commit ends a turn: see state.Turns.
func (s *Store) Commit(ctx context.Context, conv state.Conv, token state.Token, event uint64, r state.Result) (state.HandOut, error) {
	if len(r.State) > state.MaxState {
		return state.HandOut{}, state.ErrTooLarge
	}
	wake := uint64(0)
	if !r.Wake.IsZero() {
		wake = uint64(stampOf(r.Wake))
	}
	args := make([]string, 0, 3+len(r.Rows))
	args = append(args, packed([]uint64{token.Number, event, wake, r.Flows},
		[]byte{oneOrZero(r.State != nil), oneOrZero(r.Cancel), oneOrZero(r.History != nil)}, token.Process), string(r.State), string(r.History))
	args, err := withRows(args, r.Rows)
	if err != nil {
		return state.HandOut{}, err
	}
	if r.State == nil || len(r.State) > maxHere || r.History == nil || r.Cancel || len(r.Rows) == 0 || !isShort(r.Rows[0]) {
		return s.ask(ctx, "commit", conv, args...)
	}
	return s.askOrdinary(ctx, "commit", conv, token.Process, r.Rows[0], args, len(args))
}

// Fail ends a turn that could not be done: see state.Turns.
func (s *Store) Fail(ctx context.Context, conv state.Conv, token state.Token, event uint64, f state.Failure) (state.HandOut, error) {
	if len(f.Payload) > state.MaxEvent {
		return state.HandOut{}, state.ErrTooLarge
	}
	args := []string{decimal(token.Number), token.Process, decimal(event), decimal(uint64(microsOf(f.Delay))), f.Cause,
		bit(f.Payload != nil), string(f.Payload)}
	args, err := withRows(args, f.Rows)
	if err != nil {
		return state.HandOut{}, err
	}
	return s.ask(ctx, "fail", conv, args...)
}

// Mark records what became of a row: see state.Turns.
func (s *Store) Mark(ctx context.Context, conv state.Conv, token state.Token, row uint64, attempt int, o state.Outcome) (state.HandOut, error) {
	head := packed([]uint64{token.Number, row, uint64(max(attempt, 0)), uint64(microsOf(o.Delay))},
		[]byte{oneOrZero(o.History != nil), byte(state.StatusRank("sent"))}, token.Process)
	args := []string{head, o.MessageID, string(o.History), string(o.Kind), o.Cause}
	if o.Kind != state.Sent {
		return s.ask(ctx, "mark", conv, args...)
	}
	return s.askOrdinary(ctx, "mark", conv, token.Process, nil, args, 3)
}

// Renew makes the lease last: see state.Turns.
func (s *Store) Renew(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	return s.ask(ctx, "renew", conv, decimal(token.Number), token.Process)
}

// Release gives the lease back: see state.Turns.
func (s *Store) Release(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	return s.ask(ctx, "release", conv, decimal(token.Number), token.Process)
}

// withRows adds copies of the rows to the arguments of a script.
func withRows(args []string, rows [][]byte) ([]string, error) {
	for _, r := range rows {
		if len(r) > state.MaxRow {
			return nil, state.ErrTooLarge
		}
		args = append(args, string(r))
	}
	return args, nil
}

// ask runs a script that answers with a hand-out.
func (s *Store) ask(ctx context.Context, name string, conv state.Conv, args ...string) (state.HandOut, error) {
	answer, err := s.run(ctx, name, conv, nil, args)
	if err != nil {
		return state.HandOut{}, err
	}
	all, _ := answer.([]any)
	return handOut(name, all)
}

// handOut reads a hand-out: see lua/handout.lua.
func handOut(name string, answer []any) (state.HandOut, error) {
	r := &reply{rest: answer}
	kind := state.HandOutKind(r.text())
	switch kind {
	case "full":
		return state.HandOut{}, state.ErrFull
	case "too_large":
		return state.HandOut{}, state.ErrTooLarge
	}
	out := state.HandOut{Kind: kind}
	out.Token = state.Token{Number: uint64(r.number()), Process: r.text()}
	out.Now = timeOf(r.number())
	out.Left = time.Duration(r.number()) * time.Microsecond
	switch kind {
	case state.Turn:
		out.Event = r.event()
		out.State = r.bytes()
		out.Journal = journal(r)
		out.Rows, out.Deaths, out.Fails = int(r.number()), int(r.number()), int(r.number())
	case state.Send:
		e := r.element(kindRow, kindRowAgain)
		out.Row = state.Row{Number: e.number, Payload: e.payload, At: e.at}
		out.Attempt, out.Unknown = int(r.number()), r.number() == 1
	}
	if r.bad || len(r.rest) > 0 {
		return state.HandOut{}, wrap(name, errDamaged)
	}
	return out, nil
}

// journal reads the entries of a turn, each with its position before its payload.
func journal(r *reply) []state.JournalEntry {
	pairs := &reply{rest: r.list()}
	type placed struct {
		at    uint32
		entry state.JournalEntry
	}
	var all []placed
	for len(pairs.rest) > 0 {
		key, value := pairs.text(), pairs.bytes()
		if len(value) < 4 {
			r.bad = true
			return nil
		}
		all = append(all, placed{binary.BigEndian.Uint32(value), state.JournalEntry{Key: key, Payload: value[4:]}})
	}
	slices.SortFunc(all, func(a, b placed) int { return int(a.at) - int(b.at) })
	var entries []state.JournalEntry
	for _, p := range all {
		entries = append(entries, p.entry)
	}
	r.bad = r.bad || pairs.bad
	return entries
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

func wrap(name string, err error) error { return fmt.Errorf("state: %s: %w", name, err) }
