package redisstore

import (
	"cmp"
	"context"
	"encoding/binary"

	"github.com/parley-chat/parley/state"
)

// Load returns the state of a conversation: see state.Reader.
func (s *Store) Load(ctx context.Context, conv state.Conv) ([]byte, error) {
	const what = "load a state"
	c := s.scripted(ctx, "load", conv, nil, nil)
	c.volatile = true // it only looks
	answer, err := s.one(ctx, what, c)
	if err != nil {
		return nil, err
	}
	r := newReply(answer)
	out := r.bytes()
	if r.bad {
		return nil, wrap(what, errDamaged)
	}
	return out, nil
}

// History returns entries of the history: see state.Reader.
func (s *Store) History(ctx context.Context, conv state.Conv, after uint64, limit int) ([]state.HistoryEntry, error) {
	const what = "read a history"
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	key := s.keys.history(conv)
	entries := newCall(ctx, key, "", []any{"lrange", key, -state.MaxHistory, -1})
	s.submit(entries)
	now, err := s.clockOf(ctx, key)
	if err := cmp.Or(s.await(ctx, entries), err); err != nil {
		return nil, wrap(what, err)
	}
	oldest := timeOf(now).Add(-s.history)
	var all []state.HistoryEntry
	for r := newReply(entries.cmd.Val()); len(r.rest) > 0 && len(all) < limit; {
		e, err := historyEntry(r.element(kindIn, kindOut))
		if err != nil || r.bad {
			return nil, wrap(what, errDamaged)
		}
		if e.Number > after && e.At.After(oldest) {
			all = append(all, e)
		}
	}
	return all, nil
}

// historyEntry reads what record in lua/history.lua wrote.
func historyEntry(e element) (state.HistoryEntry, error) {
	out := state.HistoryEntry{Number: e.number, Direction: state.In, At: e.at}
	if e.kind == kindOut {
		out.Direction = state.Out
	}
	rest := e.payload
	if len(rest) < 2 || len(rest) < 2+int(rest[1])+4 {
		return out, errDamaged
	}
	out.Status, rest = string(rest[2:2+rest[1]]), rest[2+rest[1]:]
	length := int(binary.BigEndian.Uint32(rest))
	if rest = rest[4:]; len(rest) < length {
		return out, errDamaged
	}
	out.MessageID, out.Payload = string(rest[:length]), rest[length:]
	return out, nil
}
