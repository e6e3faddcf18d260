package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A mode is a way to load a server.
type mode string

const (
	closedLoop mode = "closed" // so many conversations in flight, no think time
	openLoop   mode = "open"   // messages at random, so many a second
)

// inFlight is how many conversations the closed loop has under way.
const inFlight = 64

// A sample is what one window of one round measured. Times are in milliseconds.
type sample struct {
	perSecond         float64
	server, redis     float64 // processor time a message
	ack, reply        percentiles
	serverMB, redisMB float64
	faults            faults
	again             int64 // webhooks that were posted again, since they were answered 503
}

type percentiles struct{ p50, p95, p99 float64 }

// measure loads the server of a rig for a while, and measures after a warm-up.
func (b *bench) measure(ctx context.Context, r *rig, m mode, round int) error {
	r.crowd.poster.close() // the server may have closed them meanwhile
	load, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if m == openLoop {
			r.crowd.open(load, b.rate, uint64(round))
		} else {
			r.crowd.closed(load, inFlight)
		}
	}()
	s, err := b.window(ctx, r)
	stop()
	<-done
	s.faults = r.crowd.takeFaults()
	s.faults.add(r.platform.faults())
	s.again = r.crowd.again.Swap(0)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	r.samples[m] = append(r.samples[m], s)
	b.progress("round %d  %-28s %-6s %6.0f/s  server %.3f + Redis %.3f ms  reply p50 %.2f p99 %.2f ms  %s",
		round, r.label, m, s.perSecond, s.server, s.redis, s.reply.p50, s.reply.p99, s.trouble())
	return nil
}

// trouble says what was not as it should be.
func (s sample) trouble() string {
	text := ""
	if s.again > 0 {
		text = fmt.Sprintf("%d webhooks posted again  ", s.again)
	}
	if s.faults != (faults{}) {
		text += strings.ToUpper(s.faults.String())
	}
	return text
}

// window measures from now on, once the server is warm.
func (b *bench) window(ctx context.Context, r *rig) (sample, error) {
	if err := pause(ctx, b.warm); err != nil {
		return sample{}, err
	}
	before, err := r.used()
	if err != nil {
		return sample{}, err
	}
	r.crowd.measuring.Store(true)
	began := time.Now()
	err = pause(ctx, b.span)
	r.crowd.measuring.Store(false)
	seconds := time.Since(began).Seconds()
	if err != nil {
		return sample{}, err
	}
	after, err := r.used()
	if err != nil {
		return sample{}, err
	}
	s := sample{}
	t := r.crowd.takeTimes()
	n := float64(len(t.replies))
	if n == 0 {
		return s, fmt.Errorf("%s: no message was answered:\n%s", r.label, r.server.out)
	}
	s.perSecond = n / seconds
	s.server = milliseconds(after.server-before.server) / n
	s.redis = milliseconds(after.redis-before.redis) / n
	s.ack, s.reply = spread(t.acks), spread(t.replies)
	resident, err := r.server.resident()
	if err != nil {
		return s, err
	}
	s.serverMB = float64(resident) / (1 << 20)
	if r.redis != nil {
		memory, err := r.redis.memory(ctx)
		if err != nil {
			return s, err
		}
		s.redisMB = float64(memory) / (1 << 20)
	}
	return s, nil
}

// usage is processor time.
type usage struct{ server, redis time.Duration }

func (r *rig) used() (u usage, err error) {
	if u.server, err = r.server.cpu(); err != nil || r.redis == nil {
		return u, err
	}
	u.redis, err = r.redis.cpu()
	return u, err
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// spread sorts durations and returns their percentiles.
func spread(all []time.Duration) percentiles {
	if len(all) == 0 {
		return percentiles{}
	}
	slices.Sort(all)
	at := func(part float64) float64 { return milliseconds(all[min(int(part*float64(len(all))), len(all)-1)]) }
	return percentiles{p50: at(0.50), p95: at(0.95), p99: at(0.99)}
}

// median is the middle of the values, the mean of the two middle ones of an even
// number, and 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// middle has the median of each figure over the rounds, and the sum of the faults.
func (r *rig) middle(m mode) sample {
	of := func(get func(sample) float64) float64 {
		var values []float64
		for _, s := range r.samples[m] {
			values = append(values, get(s))
		}
		return median(values)
	}
	s := sample{
		perSecond: of(func(s sample) float64 { return s.perSecond }),
		server:    of(func(s sample) float64 { return s.server }),
		redis:     of(func(s sample) float64 { return s.redis }),
		serverMB:  of(func(s sample) float64 { return s.serverMB }),
		redisMB:   of(func(s sample) float64 { return s.redisMB }),
		ack: percentiles{
			p50: of(func(s sample) float64 { return s.ack.p50 }),
			p95: of(func(s sample) float64 { return s.ack.p95 }),
			p99: of(func(s sample) float64 { return s.ack.p99 }),
		},
		reply: percentiles{
			p50: of(func(s sample) float64 { return s.reply.p50 }),
			p95: of(func(s sample) float64 { return s.reply.p95 }),
			p99: of(func(s sample) float64 { return s.reply.p99 }),
		},
	}
	for _, one := range r.samples[m] {
		s.faults.add(one.faults)
		s.again += one.again
	}
	return s
}

// total is the processor time a message of server and Redis together.
func (s sample) total() float64 { return s.server + s.redis }
