package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	repeatFor   = 5 * time.Second // at most, whatever the context allows
	repeatFirst = 4 * time.Millisecond
	repeatLast  = 256 * time.Millisecond
)

// repeatable reports whether asking again can help: the connection broke or was
// refused, the server is not ready, or it is not the one that has the slot.
func repeatable(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) || errors.Is(err, errUnconfirmed) {
		return false
	}
	var answer redis.Error
	if !errors.As(err, &answer) {
		return true // not from Redis: it was not asked, or did not answer
	}
	for _, prefix := range []string{
		"NOSCRIPT", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "READONLY", "LOADING", "BUSY",
		"UNBLOCKED", // a wait that ended since the server is no master any more
	} {
		if redis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// repeat makes a call again, until Redis answers. It sends the source of a script,
// which that server then has.
func (s *Store) repeat(ctx context.Context, c *call, last error) error {
	bound, cancel := context.WithTimeout(ctx, repeatFor)
	defer cancel()
	args := c.args
	if c.source != "" {
		args = append([]any{"eval", c.source}, args[2:]...)
	}
	for wait := time.Duration(0); ; wait = min(max(2*wait, repeatFirst), repeatLast) {
		if wait > 0 {
			if cluster, ok := s.client.(*redis.ClusterClient); ok {
				cluster.ReloadState(bound)
			}
			if !pause(bound, wait) {
				return gaveUp(ctx, last)
			}
		}
		err := s.again(bound, c, args)
		if !repeatable(err) || bound.Err() != nil {
			if err != nil && bound.Err() != nil {
				if errors.Is(err, errUnconfirmed) {
					last = errUnconfirmed
				}
				return gaveUp(ctx, last)
			}
			return err
		}
		last = err
	}
}

// again makes a call once more. Alone, the client follows MOVED and ASK. What
// replicas have to confirm goes to the server that has the slot by what the client
// knows, which MOVED has it find out; ASK and TRYAGAIN end when the slot has moved.
func (s *Store) again(ctx context.Context, c *call, args []any) error {
	if !s.confirms(c) {
		c.cmd = redis.NewCmd(ctx, args...)
		return s.client.Process(ctx, c.cmd)
	}
	next := newCall(ctx, c.key, "", args)
	s.submit(next)
	err := wait(ctx, next)
	if err == nil {
		c.cmd = next.cmd
	}
	return err
}

// gaveUp is the error of a call that could not be repeated any longer. It is that
// of the context, if the caller's ended, and says what was wrong.
func gaveUp(ctx context.Context, last error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", err, last)
	}
	return last
}

// pause waits for d, less a random part so that callers do not come back all at
// once; false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d/2 + rand.N(d/2))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
