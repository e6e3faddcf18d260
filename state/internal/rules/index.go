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
	now := stampOf(s.now())
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

// FreeLeases ends the lease of every holder, as Claim does with one that ran out,
// for a store whose only process has just started. It works in pieces.
func (s *Store) FreeLeases(ctx context.Context) error {
	const piece = 500
	var from []byte
	for {
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
				convs = append(convs, conv)
				from = append(append(from[:0], key...), 0)
			}
			return nil
		})
		if err != nil || len(convs) == 0 {
			return err
		}
		if err := s.freeAll(ctx, convs); err != nil {
			return err
		}
	}
}

func (s *Store) freeAll(ctx context.Context, convs []state.Conv) error {
	err := s.backend.Update(ctx, func(tx Tx) error {
		for _, conv := range convs {
			c, err := load(tx, conv, stampOf(s.now()))
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
	if err != nil {
		return wrap("free the leases", err)
	}
	return nil
}
