package redisstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/parley-chat/parley/state"
)

var _ state.Waiter = (*Store)(nil)

// waitingPiece is how many conversations are asked for at once.
const waitingPiece = 500

// Waiting tells what waits: see state.Waiter. Partitions whose server does not
// answer are left out, unless none does.
func (s *Store) Waiting(ctx context.Context, limit int) ([]state.Waits, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	entries, err := s.indexed(ctx, max(limit, 0))
	if err != nil {
		return nil, wrap("look at what waits", cmp.Or(ctx.Err(), err))
	}
	var all []state.Waits
	for piece := range slices.Chunk(entries, waitingPiece) {
		found, err := s.waitsIn(ctx, piece)
		if err != nil {
			return nil, wrap("look at what waits", cmp.Or(ctx.Err(), err))
		}
		for _, w := range found {
			if w.Events+w.Rows > 0 {
				all = append(all, w)
			}
		}
	}
	return all, nil
}

// WaitsIn tells what waits in one conversation: see state.Waiter.
func (s *Store) WaitsIn(ctx context.Context, conv state.Conv) (state.Waits, error) {
	if err := s.enter(); err != nil {
		return state.Waits{}, err
	}
	defer s.running.Done()
	found, err := s.waitsIn(ctx, []state.Due{{Conv: conv}})
	if err != nil {
		return state.Waits{}, wrap("look at what waits", cmp.Or(ctx.Err(), err))
	}
	return found[0], nil
}

// indexed returns the first entries of the work index, of all partitions alike.
func (s *Store) indexed(ctx context.Context, limit int) ([]state.Due, error) {
	each := (limit + state.Partitions - 1) / state.Partitions
	calls := make([]*call, state.Partitions)
	for p := range calls {
		key := s.keys.due(uint8(p))
		calls[p] = newCall(ctx, key, "", []any{"zrange", key, 0, each - 1, "withscores"})
	}
	if each == 0 {
		return nil, nil
	}
	var all []state.Due
	err := s.each(ctx, calls, func(_ int, answer any) error {
		entries, err := dueEntries(answer)
		all = append(all, entries...)
		return err
	})
	slices.SortStableFunc(all, func(a, b state.Due) int { return a.At.Compare(b.At) })
	return all[:min(len(all), limit)], err
}

// waitsIn asks some conversations what waits in them.
func (s *Store) waitsIn(ctx context.Context, convs []state.Due) ([]state.Waits, error) {
	out := make([]state.Waits, len(convs))
	calls := make([]*call, len(convs))
	for i, d := range convs {
		out[i].Conv = d.Conv
		calls[i] = s.scripted(ctx, "waiting", d.Conv, nil, nil)
		calls[i].volatile = true // it only looks
	}
	err := s.each(ctx, calls, func(i int, answer any) error {
		r := newReply(answer)
		out[i].Events, out[i].Rows = int(r.number()), int(r.number())
		for range 2 {
			if at := r.number(); at > 0 && (out[i].Since.IsZero() || timeOf(at).Before(out[i].Since)) {
				out[i].Since = timeOf(at)
			}
		}
		if r.bad {
			return errDamaged
		}
		return nil
	})
	return out, err
}
