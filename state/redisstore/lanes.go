package redisstore

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

const (
	// lanesPerNode is how many batches are on their way to a node at once: while
	// one is answered, the next gathers in the other.
	lanesPerNode = 2
	// maxBatch is how many calls a batch takes at most: enough to share a round
	// trip among all that wait, few enough that the first is not kept.
	maxBatch = 256
)

// A call is one command on its way.
type call struct {
	ctx    context.Context
	key    string // decides the node
	source string // of the script; empty for a command
	args   []any
	cmd    *redis.Cmd // has the answer when done has a nil error
	done   chan error // takes one error without a receiver

	answered atomic.Bool // by the server, while replicas are waited for
	volatile bool        // nothing is lost when what it did is lost
}

func newCall(ctx context.Context, key, source string, args []any) *call {
	return &call{ctx: ctx, key: key, source: source, args: args, cmd: redis.NewCmd(ctx, args...), done: make(chan error, 1)}
}

// reads reports whether the call only looks, or may be forgotten: nothing has to be
// kept for its answer to be true.
func (c *call) reads() bool {
	if c.volatile {
		return true
	}
	switch c.args[0] {
	case "get", "lrange", "zrange", "zcount", "xrange", "time":
		return true
	}
	return false
}

// lanes are the ways to all nodes, by address. send sends a batch and gives each
// call its error.
type lanes struct {
	send    func(node *redis.Client, batch []*call)
	nodes   sync.Map // address -> *nodeLanes
	running sync.WaitGroup
}

type nodeLanes struct {
	turn  atomic.Uint32
	lanes [lanesPerNode]lane
}

// of returns the lane that the next call to a node takes.
func (l *lanes) of(node *redis.Client) *lane {
	address := node.Options().Addr
	found, ok := l.nodes.Load(address)
	if !ok {
		fresh := &nodeLanes{}
		for i := range fresh.lanes {
			fresh.lanes[i].running, fresh.lanes[i].send = &l.running, l.send
		}
		found, _ = l.nodes.LoadOrStore(address, fresh)
	}
	n := found.(*nodeLanes)
	return &n.lanes[n.turn.Add(1)%lanesPerNode]
}

// wait returns when no batch is on its way.
func (l *lanes) wait() { l.running.Wait() }

// A lane sends the calls that wait as one pipeline, and gathers meanwhile. A call
// that finds it idle leaves at once; there is no timer.
type lane struct {
	running *sync.WaitGroup
	send    func(node *redis.Client, batch []*call)

	mu      sync.Mutex
	waiting []*call
	node    *redis.Client
	busy    bool
}

func (l *lane) add(c *call, node *redis.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, c)
	l.node = node
	if !l.busy {
		l.busy = true
		l.running.Go(l.work)
	}
}

// work sends batches until nothing waits.
func (l *lane) work() {
	for {
		batch, node := l.take()
		if len(batch) == 0 {
			return
		}
		l.send(node, batch)
	}
}

// take returns the next batch; with none the lane is idle.
func (l *lane) take() ([]*call, *redis.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	batch := l.waiting
	if len(batch) > maxBatch {
		batch, l.waiting = batch[:maxBatch:maxBatch], batch[maxBatch:]
	} else {
		l.waiting = nil
	}
	l.busy = len(batch) > 0
	return batch, l.node
}

// send makes one round trip. No context of a caller ends it, only the timeouts of
// the client: the others wait too.
func send(node *redis.Client, batch []*call) {
	pipe := node.Pipeline()
	sent := enqueue(pipe, batch)
	if len(sent) > 0 {
		_, _ = pipe.Exec(context.Background())
	}
	for _, c := range sent {
		c.done <- c.cmd.Err()
	}
}

// enqueue puts a batch into a pipeline, without the calls whose callers have gone,
// and returns what it took.
func enqueue(pipe redis.Pipeliner, batch []*call) []*call {
	sent := batch[:0]
	for _, c := range batch {
		if err := c.ctx.Err(); err != nil {
			c.done <- err
			continue
		}
		_ = pipe.Process(context.Background(), c.cmd) // queues it; each command keeps its own error
		sent = append(sent, c)
	}
	return sent
}
