package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a reply may take before it is missing.
const patience = 10 * time.Second

// again is how long a webhook that was not taken waits.
const again = 100 * time.Millisecond

// A crowd is the people who write to one bot.
type crowd struct {
	poster   *poster
	platform *platform
	chats    int64        // how many chats there are; people come back to them
	began    atomic.Int64 // conversations so far
	again    atomic.Int64 // webhooks that were not taken, and posted again
	updates  atomic.Int64 // update ids so far

	measuring atomic.Bool
	mu        sync.Mutex
	times     times
}

// times are what a window measured.
type times struct {
	acks, replies []time.Duration
	faults        faults
}

// firstChat makes all chats have names of the same length.
const firstChat = 1_000_000_000

// stride takes people through the chats in an order that no cache likes.
const stride = 7919

func newCrowd(poster *poster, platform *platform, chats int) *crowd {
	c := &crowd{poster: poster, platform: platform, chats: int64(chats)}
	c.updates.Store(time.Now().UnixMicro() / 10)
	return c
}

// come begins a new conversation, on the next chat that has none.
func (c *crowd) come() *person {
	for {
		n := c.began.Add(1)
		p := newPerson(firstChat+n*stride%c.chats, int(n))
		if before, ok := c.platform.know(p); ok {
			c.fault(before)
			return p
		}
	}
}

// finish goes through the rest of a conversation, so that the next one on its
// chat begins at the beginning.
func (c *crowd) finish(ctx context.Context, p *person) {
	for c.exchange(ctx, p, time.Now()) {
		continue
	}
}

// closed keeps n conversations in flight until the context ends: each has its next
// turn once the last one was both acknowledged and answered.
func (c *crowd) closed(ctx context.Context, n int) {
	var all sync.WaitGroup
	defer all.Wait()
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				c.finish(ctx, c.come())
			}
		})
	}
}

// open has messages come at random, rate per second on average, until the context
// ends, however the bot keeps up. About as many conversations as come in a second
// go on by turns; times count from when a message was to be sent.
func (c *crowd) open(ctx context.Context, rate float64, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	ready := make(chan *person, int(rate)*20)
	for range int(rate) {
		ready <- c.come()
	}
	var all sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for at := time.Now(); ; at = at.Add(time.Duration(random.ExpFloat64() / rate * float64(time.Second))) {
		timer.Reset(time.Until(at))
		select {
		case <-timer.C:
		case <-ctx.Done():
			all.Wait()
			close(ready)
			for p := range ready {
				all.Go(func() { c.finish(ctx, p) })
			}
			all.Wait()
			return
		}
		var p *person
		select {
		case p = <-ready:
		default:
			p = c.come() // all wait for the bot
		}
		all.Go(func() {
			if !c.exchange(ctx, p, at) {
				p = c.come()
			}
			select {
			case ready <- p:
			default: // there are more than enough
				c.finish(ctx, p)
			}
		})
	}
}

// exchange does the next turn of a person and reports whether there is another one.
// from is when the message was to be sent. What was begun is finished, also when
// the context ends.
func (c *crowd) exchange(ctx context.Context, p *person, from time.Time) bool {
	e, ok := p.turn()
	if !ok {
		return false
	}
	if !c.deliver(ctx, update(c.updates.Add(1), p.chat, e.say)) {
		p.leave()
		c.fault(faults{Refused: 1})
		return false
	}
	acked := time.Now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case heard := <-p.heard:
		c.note(acked.Sub(from), heard.Sub(from))
		return !p.over()
	case <-timer.C:
		p.leave()
		c.fault(faults{Missing: 1})
		return false
	}
}

// deliver posts an update until it is taken, as Telegram does, but sooner.
func (c *crowd) deliver(ctx context.Context, body []byte) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for {
		status, err := c.poster.post(ctx, body)
		if err == nil && status == http.StatusOK {
			return true
		}
		if err == nil && status != http.StatusServiceUnavailable || pause(ctx, again) != nil {
			return false
		}
		c.again.Add(1)
	}
}

func (c *crowd) note(ack, reply time.Duration) {
	if !c.measuring.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times.acks = append(c.times.acks, ack)
	c.times.replies = append(c.times.replies, reply)
}

func (c *crowd) fault(f faults) {
	if f == (faults{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times.faults.add(f)
}

// takeTimes returns what was measured since it was asked last, without the faults.
func (c *crowd) takeTimes() times {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := times{acks: c.times.acks, replies: c.times.replies}
	c.times.acks, c.times.replies = nil, nil
	return t
}

// takeFaults returns what went wrong since it was asked last.
func (c *crowd) takeFaults() faults {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.times.faults
	c.times.faults = faults{}
	return f
}
