package redisstore

import (
	"context"

	"github.com/parley-chat/parley/state"
)

// Retry puts a dead letter back: see state.Operator.
func (s *Store) Retry(ctx context.Context, id string) error { return s.mend(ctx, "retry", id) }

// Drop deletes a dead letter: see state.Operator.
func (s *Store) Drop(ctx context.Context, id string) error { return s.mend(ctx, "drop", id) }

// Forget erases a conversation: see state.Operator.
func (s *Store) Forget(ctx context.Context, conv state.Conv) error {
	answer, err := s.run(ctx, "forget", conv, nil, nil)
	if err != nil {
		return err
	}
	return verdict("forget", answer)
}

// mend does something with a dead letter. Its conversation, whose keys the script
// needs, is looked up before; the script looks whether it is still there.
func (s *Store) mend(ctx context.Context, name, text string) error {
	id, err := parseLetterID(text)
	if err != nil {
		return state.ErrNotFound
	}
	key := s.keys.letters(id.partition)
	answer, err := s.one(ctx, name, newCall(ctx, key, "", []any{"xrange", key, id.stream(), id.stream()}))
	if err != nil {
		return err
	}
	found, err := readLetters(id.partition, answer)
	if err != nil {
		return wrap(name, err)
	}
	if len(found) == 0 {
		return state.ErrNotFound
	}
	if answer, err = s.run(ctx, name, found[0].Conv, nil, []string{id.stream()}); err != nil {
		return err
	}
	return verdict(name, answer)
}

// verdict reads what a script on dead letters answers.
func verdict(name string, answer any) error {
	r := newReply(answer)
	switch r.text() {
	case "done":
		return nil
	case "not_found":
		return state.ErrNotFound
	case "full":
		return state.ErrFull
	case "too_large":
		return state.ErrTooLarge
	}
	return wrap(name, errDamaged)
}
