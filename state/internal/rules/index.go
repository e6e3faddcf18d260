package rules

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"github.com/parley-chat/parley/state"
)

// Due finds work: see state.Index.
func (s *Store) Due(ctx context.Context, limit int) ([]state.Due, time.Time, error) {
	now := s.now()
	var due []state.Due
	var next time.Time
	err := s.view(ctx, "look for work", func(r Reader) error {
		from := []byte(nil)
		for len(due) < limit {
			key, _ := r.Seek(DueIndex, from)
			if key == nil {
				return nil
			}
			at, conv, err := splitDue(key)
			if err != nil {
				return err
			}
			if at > now {
				break
			}
			due = append(due, state.Due{Conv: conv, At: timeOf(at)})
			from = append(append(from[:0], key...), 0)
		}
		if now == math.MaxInt64 {
			return nil
		}
		key, _ := r.Seek(DueIndex, binary.BigEndian.AppendUint64(nil, uint64(now)+1))
		if key == nil {
			return nil
		}
		at, _, err := splitDue(key)
		next = timeOf(at)
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return due, next, nil
}

// Backlog counts what is due: see state.Index.
func (s *Store) Backlog(ctx context.Context, limit int) (int, error) {
	now, n := s.now(), 0
	err := s.view(ctx, "count what is due", func(r Reader) error {
		key, _ := r.Seek(DueIndex, nil)
		for ; key != nil && n < limit; n++ {
			at, _, err := splitDue(key)
			if err != nil {
				return err
			}
			if at > now {
				return nil
			}
			key, _ = r.Seek(DueIndex, append(clone(key), 0))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// FreeLeases ends the lease of every holder, as Claim does with one that ran out,
// for a store whose only process has just started. It works in pieces.
func (s *Store) FreeLeases(ctx context.Context) error {
	const piece = 500
	var from []byte
	for more := true; more; {
		more = false
		var convs []state.Conv
		err := s.view(ctx, "look for leases", func(r Reader) error {
			for range piece {
				key, _ := r.Seek(DueIndex, from)
				if key == nil {
					return nil
				}
				_, conv, err := splitDue(key)
				if err != nil {
					return err
				}
				from = append(append(from[:0], key...), 0)
				h, err := decodeHeader(r.Get(Headers, convKey(conv)))
				if err != nil {
					return err
				}
				if h.token.Number != 0 {
					convs = append(convs, conv)
				}
			}
			more = true
			return nil
		})
		if err != nil {
			return err
		}
		if len(convs) == 0 {
			continue
		}
		if err := s.freeAll(ctx, convs); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) freeAll(ctx context.Context, convs []state.Conv) error {
	return s.update(ctx, "free the leases", func(w *work) error {
		for _, conv := range convs {
			c, err := load(w, conv)
			if err != nil {
				return err
			}
			if !c.leased() {
				continue
			}
			if err := c.abandon(); err != nil {
				return err
			}
			if err := c.save(); err != nil {
				return err
			}
		}
		return nil
	})
}
