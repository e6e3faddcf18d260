package state

import (
	"context"
	"time"
)

// Shared is what the processes of one bot agree on beside conversations. None of
// it needs to be durable but the numbers of flows.
type Shared interface {
	// Register returns the number of the flows with that digest: the number of the
	// newest flows if these are the newest, else one above all that were given out.
	// Going back to older flows is a new version too.
	Register(ctx context.Context, digest string) (uint64, error)
	// Alive says that a process lives and has flows of that number, for AliveTime,
	// and returns the highest number that a living process has. Flows 0 takes the
	// process off the list.
	Alive(ctx context.Context, process string, flows uint64) (newest uint64, err error)
	// Lead makes the process the leader of what name stands for until d from now,
	// unless another one is, and reports whether it is now. A leader that asks again
	// stays leader; with d zero it gives up, which is false.
	Lead(ctx context.Context, name, process string, d time.Duration) (bool, error)
	// Take takes up to want tokens from the bucket of that name. A bucket that is
	// not as its fields say is an error.
	Take(ctx context.Context, name string, b Bucket, want int) (Grant, error)
}

// A Bucket limits a rate: it fills by Rate tokens a second up to Burst, and is
// full at first. It is defined by who takes from it; another rate or burst counts
// from the next call on.
type Bucket struct {
	Rate  float64 // over zero
	Burst int     // at least 1
	// Keep is the number of tokens that this caller leaves for others, for one who
	// may only use what is left. It is less than Burst.
	Keep int
}

// A Grant is what Take gave out.
type Grant struct {
	// Tokens, from 0 to those that were wanted.
	Tokens int
	// Wait, with no tokens, is how long until there is one, if nobody else takes it.
	Wait time.Duration
}
