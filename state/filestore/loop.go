package filestore

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/internal/rules"
)

// maxGroup is how many calls one transaction takes at most: enough to share a
// sync among all that wait, few enough that the first is not kept.
const maxGroup = 256

// A loop commits calls in groups. It is the only writer of its file.
type loop struct {
	db    *bbolt.DB
	calls chan *call
	ended chan struct{} // closed when the last group is done

	mu      sync.RWMutex // guards closed, and the start of calls against it
	closed  bool
	running sync.WaitGroup
}

// A call waits for its group.
type call struct {
	ctx  context.Context
	do   func(rules.Tx) error
	done chan error // takes one error without a receiver
}

func startLoop(db *bbolt.DB) *loop {
	l := &loop{db: db, calls: make(chan *call, maxGroup), ended: make(chan struct{})}
	go l.run()
	return l
}

// stop lets the calls that run end and stops the loop; false if it was stopped.
func (l *loop) stop() bool {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return false
	}
	l.running.Wait()
	close(l.calls)
	<-l.ended
	return true
}

// enter counts a call as running, unless the store is closed.
func (l *loop) enter() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return state.ErrClosed
	}
	l.running.Add(1)
	return nil
}

// Update runs do in the next group. When the context ends first, do may still
// run, or have run.
func (l *loop) Update(ctx context.Context, do func(rules.Tx) error) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.running.Done()
	c := &call{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case l.calls <- c:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// View runs do on what the last group left; it waits for no writer.
func (l *loop) View(ctx context.Context, do func(rules.Reader) error) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.running.Done()
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.db.View(func(tx *bbolt.Tx) error {
		return do(&view{tx: tx})
	})
}

func (l *loop) run() {
	defer close(l.ended)
	debug.SetPanicOnFault(true) // see commit
	group := make([]*call, 0, maxGroup)
	for first := range l.calls {
		group = l.gather(group[:0], first)
		l.commitGroup(group)
		clear(group)
	}
}

// gather makes a group of the first call and those that wait, without the calls
// whose callers have gone.
func (l *loop) gather(group []*call, c *call) []*call {
	for ok := true; ok; {
		if err := c.ctx.Err(); err != nil {
			c.done <- err
		} else {
			group = append(group, c)
		}
		if len(group) == maxGroup {
			return group
		}
		select {
		case c, ok = <-l.calls:
		default:
			return group
		}
	}
	return group
}

// commitGroup commits a group, or, if it fails, each of its calls alone, so that
// only the one with the fault sees it.
func (l *loop) commitGroup(group []*call) {
	if len(group) == 0 {
		return
	}
	err := l.commit(group)
	if err == nil || len(group) == 1 {
		for _, c := range group {
			c.done <- err
		}
		return
	}
	for i := range group {
		group[i].done <- l.commit(group[i : i+1])
	}
}

// commit runs the calls in one transaction. A file that is damaged makes bbolt
// panic, or fault where the file ends early: that ends this transaction, not the
// process and all other conversations.
func (l *loop) commit(group []*call) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the transaction broke off, the data file may be damaged: %v", p)
		}
	}()
	return l.db.Update(func(tx *bbolt.Tx) error {
		v := &view{tx: tx}
		for _, c := range group {
			if err := c.do(v); err != nil {
				return err
			}
		}
		return nil
	})
}
