package rules

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/parley-chat/parley/state"
)

// shared is what processes agree on, of a store that one process has: it need not
// outlive it, but for the numbers of flows.
type shared struct {
	mu      sync.Mutex
	alive   map[string]life
	leaders map[string]leader
	buckets map[string]bucket
	sweepAt int // the number of buckets at which those that are full go
}

// A life is a process that said that it lives.
type life struct {
	flows uint64
	until int64
}

// A leader leads until a time.
type leader struct {
	process string
	until   int64
}

// A bucket has so many tokens since a time; full is when it is full, if nobody
// takes any.
type bucket struct {
	tokens   float64
	at, full int64
}

// fewBuckets are not worth a sweep.
const fewBuckets = 64

func newShared() shared {
	return shared{alive: map[string]life{}, leaders: map[string]leader{}, buckets: map[string]bucket{}, sweepAt: fewBuckets}
}

// agree runs do, if the store is open, with what the processes share.
func (s *Store) agree(ctx context.Context, name string, do func(now int64) error) error {
	return s.view(ctx, name, func(Reader) error {
		s.shared.mu.Lock()
		defer s.shared.mu.Unlock()
		return do(s.now())
	})
}

// flowsKey is the counter of the newest flows: number and digest.
func flowsKey() []byte { return []byte("flows") }

// Register numbers flows: see state.Shared.
func (s *Store) Register(ctx context.Context, digest string) (uint64, error) {
	var number uint64
	err := s.update(ctx, "register flows", func(w *work) error {
		number = 0
		newest := ""
		if v := w.tx.Get(Counters, flowsKey()); v != nil {
			in := input{rest: v}
			number, newest = in.uvarint(), in.text()
			if in.bad || len(in.rest) > 0 {
				return errDamaged
			}
		}
		if number != 0 && newest == digest {
			return nil
		}
		number++
		return w.tx.Put(Counters, flowsKey(), appendText(binary.AppendUvarint(nil, number), digest))
	})
	if err != nil {
		return 0, err
	}
	return number, nil
}

// Alive says that a process lives: see state.Shared.
func (s *Store) Alive(ctx context.Context, process string, flows uint64) (newest uint64, err error) {
	err = s.agree(ctx, "say who lives", func(now int64) error {
		alive := s.shared.alive
		delete(alive, process)
		if flows != 0 {
			alive[process] = life{flows, after(now, state.AliveTime)}
		}
		for name, l := range alive {
			if l.until <= now {
				delete(alive, name)
				continue
			}
			newest = max(newest, l.flows)
		}
		return nil
	})
	return newest, err
}

// Lead makes a process the leader: see state.Shared.
func (s *Store) Lead(ctx context.Context, name, process string, d time.Duration) (leads bool, err error) {
	err = s.agree(ctx, "lead", func(now int64) error {
		leaders := s.shared.leaders
		for other, l := range leaders {
			if l.until <= now {
				delete(leaders, other)
			}
		}
		if l, led := leaders[name]; led && l.process != process {
			return nil
		}
		if leads = d > 0; leads {
			leaders[name] = leader{process, after(now, d)}
		} else {
			delete(leaders, name)
		}
		return nil
	})
	return leads, err
}

var errBucket = errors.New("a bucket has a rate over zero, a burst of at least 1, and keeps less than that")

// Take takes tokens from a bucket: see state.Shared.
func (s *Store) Take(ctx context.Context, name string, b state.Bucket, want int) (state.Grant, error) {
	var grant state.Grant
	err := s.agree(ctx, "take tokens", func(now int64) error {
		if !(b.Rate > 0) || math.IsInf(b.Rate, 1) || b.Burst < 1 || b.Keep < 0 || b.Keep >= b.Burst {
			return errBucket
		}
		s.shared.sweepBuckets(now)
		grant = s.shared.take(name, b, want, now)
		return nil
	})
	return grant, err
}

// tiny is what rounding may take off a token that has come.
const tiny = 1e-6

func (s *shared) take(name string, b state.Bucket, want int, now int64) (grant state.Grant) {
	has := bucket{tokens: float64(b.Burst)}
	if before, ok := s.buckets[name]; ok {
		// A clock that went back fills nothing, and counts on from where it is.
		past := time.Duration(max(now-before.at, 0)).Seconds()
		has.tokens = min(before.tokens+past*b.Rate, has.tokens)
	}
	has.at = now
	if free := math.Floor(has.tokens + tiny - float64(b.Keep)); free >= 1 && want > 0 {
		grant.Tokens = min(int(free), want)
		has.tokens = max(has.tokens-float64(grant.Tokens), 0)
	} else {
		grant.Wait = fillTime(float64(b.Keep+1)-has.tokens, b.Rate)
	}
	has.full = after(now, fillTime(float64(b.Burst)-has.tokens, b.Rate))
	s.buckets[name] = has
	return grant
}

// fillTime is how long so many tokens take to come.
func fillTime(tokens, rate float64) time.Duration {
	ns := math.Ceil(tokens / rate * float64(time.Second))
	return time.Duration(min(max(ns, 0), math.MaxInt64/2))
}

// sweepBuckets forgets those that are full again, as a new one is. It looks when
// their number has doubled since.
func (s *shared) sweepBuckets(now int64) {
	if len(s.buckets) < s.sweepAt {
		return
	}
	for name, b := range s.buckets {
		if b.full <= now {
			delete(s.buckets, name)
		}
	}
	s.sweepAt = max(2*len(s.buckets), fewBuckets)
}
