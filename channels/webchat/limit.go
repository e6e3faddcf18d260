package webchat

import (
	"sync"
	"time"
)

// A limiter gives each key a bucket of tokens that refills with time. It holds
// at most size buckets: under a flood of keys old ones are forgotten, which
// forgives their owners and never blocks a new one.
type limiter struct {
	burst  float64
	every  time.Duration // per token
	size   int
	mu     sync.Mutex
	bucket map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(burst int, every time.Duration, size int) *limiter {
	return &limiter{burst: float64(burst), every: every, size: size, bucket: map[string]bucket{}}
}

// take takes a token, or tells how long until there is one.
func (l *limiter) take(key string, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.bucket[key]
	if !known {
		l.makeRoom(now)
		b = bucket{tokens: l.burst, at: now}
	}
	b = l.refilled(b, now)
	if b.tokens < 1 {
		l.bucket[key] = b
		return time.Duration((1 - b.tokens) * float64(l.every)), false
	}
	b.tokens--
	l.bucket[key] = b
	return 0, true
}

func (l *limiter) refilled(b bucket, now time.Time) bucket {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(l.burst, b.tokens+float64(passed)/float64(l.every))
		b.at = now
	}
	return b
}

// makeRoom looks at a few buckets only, so that a flood costs each request the
// same. Maps are walked in random order: full buckets go first, else the last seen.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.bucket) < l.size {
		return
	}
	var last string
	seen := 0
	for key, b := range l.bucket {
		if l.refilled(b, now).tokens >= l.burst {
			delete(l.bucket, key)
		}
		last = key
		if seen++; seen == 16 {
			break
		}
	}
	if len(l.bucket) >= l.size {
		delete(l.bucket, last)
	}
}
