package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// waitTime is how long a server waits for its replicas before it says how many
// have it. It is less than the client waits for an answer, and little: a replica
// that left meanwhile is waited for until then.
const waitTime = 100 * time.Millisecond

// errUnconfirmed: a call was done, but not on every replica. Its answer is neither
// yes nor no.
var errUnconfirmed = errors.New("the replicas do not confirm it in time")

// replicas sends batches whose answers wait until every attached replica of the
// server has what they tell of. WAIT covers what its own connection wrote, and in
// a cluster what its own server has: so a batch is one pipeline on one connection
// to one server, and ends in
//
//	SET …    since a call that wrote nothing (a duplicate, a repeat) tells of what
//	         another connection wrote, which from Redis 7.2 on WAIT does not cover:
//	         replicas have all that came before this write, once they have it
//	ROLE     how many replicas are attached
//	WAIT     until that many have it
type replicas struct {
	least int      // however few are attached
	known sync.Map // address of a server -> how many were attached last
}

// waiting has a count of replicas that WAIT is asked for, and the answers.
type waiting struct {
	role *redis.SliceCmd
	wait *redis.IntCmd
}

// send makes a round trip with a batch, and more until replicas confirm it. It
// ends when all callers have gone, too.
func (r *replicas) send(node *redis.Client, batch []*call) {
	bound, cancel := context.WithTimeout(context.Background(), repeatFor)
	defer cancel()
	conn := node.Conn() // once it breaks it fails for good: no other takes its place
	defer func() { _ = conn.Close() }()
	pipe := conn.Pipeline()
	sent := enqueue(pipe, batch)
	if len(sent) == 0 {
		return
	}
	mark := redis.NewStatusCmd(bound, "set", beside(sent[0].key, "w"), "")
	_ = pipe.Process(bound, mark)
	w := r.queue(bound, node, pipe)
	_, _ = pipe.Exec(bound)
	sent = failed(sent)
	if len(sent) == 0 {
		return
	}
	err := mark.Err()
	if err == nil {
		err = r.confirm(bound, node, conn, w, sent)
	}
	for _, c := range sent {
		c.done <- err
	}
}

// failed gives errors to the calls that have one, and returns the others.
func failed(sent []*call) []*call {
	rest := sent[:0]
	for _, c := range sent {
		if err := c.cmd.Err(); err != nil && !errors.Is(err, redis.Nil) {
			c.done <- err
			continue
		}
		c.answered.Store(true)
		rest = append(rest, c)
	}
	return rest
}

// queue adds ROLE and WAIT to a pipeline.
func (r *replicas) queue(ctx context.Context, node *redis.Client, pipe redis.Pipeliner) waiting {
	w := waiting{role: newRole(ctx)}
	_ = pipe.Process(ctx, w.role)
	count := r.least
	if known, ok := r.known.Load(node.Options().Addr); ok {
		count = max(count, known.(int))
	}
	w.wait = redis.NewIntCmd(ctx, "wait", count, waitTime.Milliseconds())
	_ = pipe.Process(ctx, w.wait)
	return w
}

// confirm returns nil when all replicas that are attached have it. The calls are
// those that wait for that.
func (r *replicas) confirm(ctx context.Context, node *redis.Client, conn *redis.Conn, w waiting, calls []*call) error {
	for {
		count, err := attached(w.role)
		if err == nil {
			err = w.wait.Err()
		}
		if err != nil {
			return err
		}
		r.known.Store(node.Options().Addr, count)
		count = max(count, r.least)
		have := int(w.wait.Val())
		if have >= count {
			return nil
		}
		if gone(calls) || ctx.Err() != nil {
			return fmt.Errorf("%w: %d of %d have it", errUnconfirmed, have, count)
		}
		pipe := conn.Pipeline()
		w = r.queue(ctx, node, pipe)
		_, _ = pipe.Exec(ctx)
	}
}

// gone reports whether nobody waits for an answer any more.
func gone(calls []*call) bool {
	for _, c := range calls {
		if c.ctx.Err() == nil {
			return false
		}
	}
	return true
}

func newRole(ctx context.Context) *redis.SliceCmd { return redis.NewSliceCmd(ctx, "role") }

// attached reads from an answer to ROLE how many replicas are in step with the
// server.
func attached(role *redis.SliceCmd) (int, error) {
	if err := role.Err(); err != nil {
		return 0, err
	}
	r := &reply{rest: role.Val()}
	if r.text() != "master" {
		return 0, errReplica
	}
	r.number()
	count := len(r.list())
	if r.bad {
		return 0, errDamaged
	}
	return count, nil
}
