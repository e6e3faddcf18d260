package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/parley-chat/parley/state"
)

// Register numbers flows: see state.Shared.
func (s *Store) Register(ctx context.Context, digest string) (uint64, error) {
	n, err := s.count(ctx, "register", s.keys.shared("flows"), digest)
	return uint64(n), err
}

// Alive says that a process lives: see state.Shared.
func (s *Store) Alive(ctx context.Context, process string, flows uint64) (uint64, error) {
	n, err := s.count(ctx, "alive", s.keys.shared("procs"), process, flows)
	return uint64(n), err
}

// Lead makes a process the leader: see state.Shared.
func (s *Store) Lead(ctx context.Context, name, process string, d time.Duration) (bool, error) {
	n, err := s.count(ctx, "lead", s.keys.shared("lead."+name), process, microsOf(d))
	return n == 1, err
}

// Take takes tokens from a bucket: see state.Shared.
func (s *Store) Take(ctx context.Context, name string, b state.Bucket, want int) (state.Grant, error) {
	if !(b.Rate > 0) || b.Burst < 1 || b.Keep < 0 || b.Keep >= b.Burst {
		return state.Grant{}, fmt.Errorf("state: take: no bucket is like %+v", b)
	}
	rate := strconv.FormatFloat(b.Rate, 'g', -1, 64)
	answer, err := s.alone(ctx, "take", s.keys.shared("rate."+name), name, rate, b.Burst, b.Keep, want)
	if err != nil {
		return state.Grant{}, err
	}
	r := newReply(answer)
	g := state.Grant{Tokens: int(r.number()), Wait: time.Duration(r.number()) * time.Microsecond}
	if r.bad {
		return state.Grant{}, wrap("take", errDamaged)
	}
	return g, nil
}

// count runs a script on one key that answers with a number.
func (s *Store) count(ctx context.Context, name, key, about string, args ...any) (int64, error) {
	answer, err := s.alone(ctx, name, key, about, args...)
	if err != nil {
		return 0, err
	}
	n, ok := answer.(int64)
	if !ok {
		return 0, wrap(name, errDamaged)
	}
	return n, nil
}
