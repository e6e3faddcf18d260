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

// carried counts what is under way, of all and of each: most of all and few of one,
// so that nobody keeps the others out alone.
type carried struct {
	most, own int
	mu        sync.Mutex
	all       int
	of        map[string]int
}

func newCarried(most, own int) *carried { return &carried{most: most, own: own, of: map[string]int{}} }

// enter begins something for a key; false while there is too much. It ends with leave.
func (c *carried) enter(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.most || c.of[key] >= c.own {
		return false
	}
	c.all++
	c.of[key]++
	return true
}

func (c *carried) leave(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.of[key]--; c.of[key] == 0 {
		delete(c.of, key)
	}
}
