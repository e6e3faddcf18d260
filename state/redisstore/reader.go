package redisstore

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
)

// Load returns the state of a conversation: see state.Reader.
func (s *Store) Load(ctx context.Context, conv state.Conv) ([]byte, error) {
	key := s.keys.state(conv)
	answer, err := s.one(ctx, "load a state", newCall(ctx, key, "", []any{"get", key}))
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, ok := answer.(string)
	if !ok {
		return nil, wrap("load a state", errDamaged)
	}
	return []byte(text), nil
}

// History returns entries of the history: see state.Reader.
func (s *Store) History(ctx context.Context, conv state.Conv, after uint64, limit int) ([]state.HistoryEntry, error) {
	key := s.keys.history(conv)
	answer, err := s.one(ctx, "read a history", newCall(ctx, key, "", []any{"lrange", key, 0, -1}))
	if err != nil {
		return nil, err
	}
	var all []state.HistoryEntry
	for r := newReply(answer); len(r.rest) > 0 && len(all) < limit; {
		e, err := historyEntry(r.element(kindIn, kindOut))
		if err != nil || r.bad {
			return nil, wrap("read a history", errDamaged)
		}
		if e.Number > after {
			all = append(all, e)
		}
	}
	return all, nil
}

// historyEntry reads what record in lua/lists.lua wrote.
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

// Status raises the status of a message that went out: see state.Facts.
func (s *Store) Status(ctx context.Context, conv state.Conv, messageID, status string) (bool, error) {
	if messageID == "" || state.StatusRank(status) == 0 {
		return false, nil // no message has it, or it is above none
	}
	key := s.keys.history(conv)
	program := s.scripts["status"]
	args := []any{"evalsha", program.sha, 1, key, messageID, status, state.StatusRank(status)}
	answer, err := s.one(ctx, "record a status", newCall(ctx, key, program.source, args))
	if err != nil {
		return false, err
	}
	return answer == int64(1), nil
}
