package redisstore

import (
	"context"
	"strconv"

	"github.com/parley-chat/parley/state"
)

// maxEarlyID is the longest id of a message whose status is kept before the message
// is known: it lies in the header, up to state.MaxEarly times.
const maxEarlyID = 512

// Status raises the status of a message that went out: see state.Facts.
func (s *Store) Status(ctx context.Context, conv state.Conv, messageID, status string) (bool, error) {
	rank := state.StatusRank(status)
	if messageID == "" || rank == 0 {
		return false, nil // no message has it, or it is above none
	}
	answer, err := s.run(ctx, "status", conv, nil, []string{messageID, status, strconv.Itoa(rank), bit(len(messageID) <= maxEarlyID)})
	if err != nil {
		return false, err
	}
	return answer == int64(1), nil
}

// Link records the conversation of a message: see state.Facts.
func (s *Store) Link(ctx context.Context, channel, messageID string, conv state.Conv) ([]string, error) {
	answer, err := s.alone(ctx, "link", s.keys.ref(channel, messageID), string(conv))
	if err != nil {
		return nil, err
	}
	var early []string
	r := newReply(answer)
	for len(r.rest) > 0 {
		early = append(early, r.text())
	}
	if r.bad {
		return nil, wrap("link", errDamaged)
	}
	return early, nil
}

// Linked returns the conversation of a message: see state.Facts.
func (s *Store) Linked(ctx context.Context, channel, messageID, status string) (state.Conv, error) {
	answer, err := s.alone(ctx, "linked", s.keys.ref(channel, messageID), status)
	if err != nil {
		return "", err
	}
	conv, ok := answer.(string)
	if !ok {
		return "", wrap("linked", errDamaged)
	}
	return state.Conv(conv), nil
}

// alone runs a script on one key that is no conversation's. ARGV begins with what
// it is about and the time.
func (s *Store) alone(ctx context.Context, name, key string, about string, args ...any) (any, error) {
	program := s.scripts[name]
	all := append([]any{"evalsha", program.sha, 1, key, about, s.time()}, args...)
	c := newCall(ctx, key, program.source, all)
	c.volatile = name == "alive" || name == "lead" || name == "take"
	return s.one(ctx, name, c)
}
