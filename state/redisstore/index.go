package redisstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/parley-chat/parley/state"
)

const (
	// lookFirst is how many entries of each partition Due looks at first. A
	// partition that has more to give is asked again.
	lookFirst = 16
	// lookTime bounds a look. A partition that does not answer by then is left out.
	lookTime = 2 * time.Second
)

// Due finds work: see state.Index. Partitions whose server does not answer are
// left out, unless none does: work of the others goes on.
func (s *Store) Due(ctx context.Context, limit int) ([]state.Due, time.Time, error) {
	if err := s.enter(); err != nil {
		return nil, time.Time{}, err
	}
	defer s.running.Done()
	bound, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	due, next, err := s.look(bound, limit)
	if err != nil {
		return nil, time.Time{}, wrap("look for work", cmp.Or(ctx.Err(), err))
	}
	return due, next, nil
}

// Backlog counts what is due: see state.Index. Partitions whose server does not
// answer are left out, unless none does.
func (s *Store) Backlog(ctx context.Context, limit int) (int, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.running.Done()
	bound, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	count, err := s.backlog(bound)
	if err != nil {
		return 0, wrap("count work", cmp.Or(ctx.Err(), err))
	}
	return min(count, max(limit, 0)), nil
}

func (s *Store) backlog(ctx context.Context) (count int, err error) {
	now, err := s.clock(ctx)
	if err != nil {
		return 0, err
	}
	calls := make([]*call, state.Partitions)
	for p := range calls {
		key := s.keys.due(uint8(p))
		calls[p] = newCall(ctx, key, "", []any{"zcount", key, "-inf", now})
	}
	err = s.each(ctx, calls, func(_ int, answer any) error {
		n, ok := answer.(int64)
		if !ok {
			return errDamaged
		}
		count += int(n)
		return nil
	})
	return count, err
}

// A front is the beginning of the work index of a partition, oldest first.
type front struct {
	partition uint8
	due       []state.Due
	next      time.Time // of the first that has not come; zero for none
	more      bool      // all that were asked for have come: there may be more, and next is not known
}

func (s *Store) look(ctx context.Context, limit int) ([]state.Due, time.Time, error) {
	now, err := s.clock(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	var all []int
	for p := range state.Partitions {
		all = append(all, p)
	}
	found := make([]front, state.Partitions)
	if err := s.readFronts(ctx, found, all, min(max(limit, 0), lookFirst), now); err != nil {
		return nil, time.Time{}, err
	}
	// Who gave all it was asked for, up to the last that is due first of all, may
	// have more of those.
	due := oldest(found, limit)
	var again []int
	for p, f := range found {
		if f.more && limit > len(f.due) && (len(due) < limit || !f.due[len(f.due)-1].At.After(due[limit-1].At)) {
			again = append(again, p)
		}
	}
	if len(again) > 0 {
		if err := s.readFronts(ctx, found, again, limit, now); err != nil {
			return nil, time.Time{}, err
		}
		due = oldest(found, limit)
	}
	return due, s.next(ctx, found, now), nil
}

// oldest merges the fronts.
func oldest(found []front, limit int) []state.Due {
	var all []state.Due
	for _, f := range found {
		all = append(all, f.due...)
	}
	slices.SortStableFunc(all, func(a, b state.Due) int { return a.At.Compare(b.At) })
	return all[:min(len(all), max(limit, 0))]
}

// readFronts reads up to limit entries that have come of some partitions, and the
// one that follows. It fails if no partition answers.
func (s *Store) readFronts(ctx context.Context, found []front, which []int, limit int, now int64) error {
	calls := make([]*call, len(which))
	for i, p := range which {
		key := s.keys.due(uint8(p))
		calls[i] = newCall(ctx, key, "", []any{"zrange", key, 0, limit, "withscores"})
	}
	return s.each(ctx, calls, func(i int, answer any) error {
		f := front{partition: uint8(which[i])}
		entries, err := dueEntries(answer)
		for _, e := range entries {
			if e.At.UnixMicro() > now {
				f.next = e.At
				break
			}
			f.due = append(f.due, e)
		}
		f.more = len(f.due) > limit
		found[which[i]] = f
		return err
	})
}

// next returns when the next entry after now is due.
func (s *Store) next(ctx context.Context, found []front, now int64) time.Time {
	var calls []*call
	var next time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, f := range found {
		sooner(f.next)
		if f.more {
			key := s.keys.due(f.partition)
			after := "(" + strconv.FormatInt(now, 10)
			calls = append(calls, newCall(ctx, key, "", []any{"zrange", key, after, "+inf", "byscore", "limit", 0, 1, "withscores"}))
		}
	}
	// A partition that does not answer now is looked at again soon.
	_ = s.each(ctx, calls, func(_ int, answer any) error {
		entries, err := dueEntries(answer)
		for _, e := range entries {
			sooner(e.At)
		}
		return err
	})
	return next
}

// dueEntries reads names and scores.
func dueEntries(answer any) ([]state.Due, error) {
	var all []state.Due
	r := newReply(answer)
	for len(r.rest) > 0 {
		conv := state.Conv(r.text())
		at, err := strconv.ParseFloat(r.text(), 64)
		if err != nil {
			return nil, errDamaged
		}
		all = append(all, state.Due{Conv: conv, At: timeOf(int64(at))})
	}
	if r.bad {
		return nil, errDamaged
	}
	return all, nil
}

// clock returns the time of the store. Several servers are asked, so that one that
// is down does not stop the look.
func (s *Store) clock(ctx context.Context) (int64, error) {
	if s.now != nil {
		return stampOf(s.now()), nil
	}
	var calls []*call
	for p := 0; p < state.Partitions; p += 16 {
		calls = append(calls, newCall(ctx, s.keys.due(uint8(p)), "", []any{"time"}))
	}
	now := int64(0)
	err := s.each(ctx, calls, func(_ int, answer any) error {
		at, err := stampIn(answer)
		now = max(now, at)
		return err
	})
	return now, err
}

// clockOf returns the time of the store, by the server that has the key.
func (s *Store) clockOf(ctx context.Context, key string) (int64, error) {
	if s.now != nil {
		return stampOf(s.now()), nil
	}
	c := newCall(ctx, key, "", []any{"time"})
	if err := s.do(ctx, c); err != nil {
		return 0, err
	}
	return stampIn(c.cmd.Val())
}

// stampIn reads the answer to TIME.
func stampIn(answer any) (int64, error) {
	r := newReply(answer)
	seconds, err := strconv.ParseInt(r.text(), 10, 64)
	micros, err2 := strconv.ParseInt(r.text(), 10, 64)
	return seconds*1e6 + micros, cmp.Or(err, err2)
}

// each makes calls of which some may fail, and gives the answers of the others to
// do, one at a time. It fails if all of them fail, or do does.
func (s *Store) each(ctx context.Context, calls []*call, do func(i int, answer any) error) error {
	for _, c := range calls {
		s.submit(c)
	}
	var failed error
	answered := false
	for i, c := range calls {
		err := s.await(ctx, c)
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		answered = true
		if err := do(i, c.cmd.Val()); err != nil {
			return err
		}
	}
	if answered {
		return nil
	}
	return failed
}
