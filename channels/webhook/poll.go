package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// pollTime bounds a request to a queue: platforms wait for events for half a minute
// or less. doneTime bounds the one that tells that an event is durable.
const (
	pollTime = 55 * time.Second
	doneTime = 15 * time.Second
)

// A Puller is a platform whose events are asked for. Webhooks are refused. It
// remembers its cursor in memory alone: after a start it begins with poll_start,
// and what it then sees again are duplicates.
type Puller struct {
	channel  *Channel
	interval time.Duration

	poll, done    *request
	items         []expr
	next, receipt expr

	mu     sync.Mutex
	cursor string
	// idle is when the last answer came that led nowhere: no events, or a cursor that
	// stays.
	idle time.Time
	// last is the receipt that was told as durable last.
	last string
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel = (*Puller)(nil)
	_ channels.Poller  = (*Puller)(nil)
	_ channels.Checker = (*Puller)(nil)
)

// read reads the settings of the queue.
func (p *Puller) read(s *settings) (err error) {
	if p.poll, err = newRequest(s.text("poll"), append(checkNames(), "cursor")); err != nil {
		return fmt.Errorf(`setting "poll" %w`, err)
	}
	if p.poll == nil {
		return errors.New(`setting "poll" is missing: the request that asks for events`)
	}
	if p.done, err = newRequest(s.text("poll_done"), append(checkNames(), "receipt")); err != nil {
		return fmt.Errorf(`setting "poll_done" %w`, err)
	}
	if p.next, err = s.expr("poll_cursor"); err != nil {
		return err
	}
	if p.receipt, err = s.expr("poll_receipt"); err != nil {
		return err
	}
	name := "poll_items"
	if len(s.lists[name]) == 0 {
		name = "items"
	}
	if p.items, err = s.exprs(name); err != nil {
		return err
	}
	p.cursor = s.text("poll_start")
	if err := p.channel.checkGiven([]*request{p.poll, p.done}); err != nil {
		return err
	}
	switch {
	case p.done == nil && len(p.next) == 0:
		return errors.New(`setting "poll_cursor" is missing, and so is poll_done: the same events would come for ever`)
	case p.done != nil && p.done.uses("receipt") && len(p.receipt) == 0:
		return errors.New(`setting "poll_receipt" is missing, which poll_done fills in`)
	case len(p.next) > 0 && !p.poll.uses("cursor"):
		return errors.New(`setting "poll" has no {cursor}, which poll_cursor gives`)
	}
	return nil
}

// Receive refuses all webhooks.
func (p *Puller) Receive(context.Context, *channels.Request) (*channels.Received, error) {
	return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "the channel asks for its events; webhooks are off"}
}

// Send sends as in push mode.
func (p *Puller) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	return p.channel.Send(ctx, m)
}

// Check makes the request of the setting check, as in push mode.
func (p *Puller) Check(ctx context.Context) (string, error) { return p.channel.Check(ctx) }

// Poll asks for events. After an answer that led nowhere it first waits for the
// setting poll_interval.
func (p *Puller) Poll(ctx context.Context) (*channels.Polled, error) {
	cursor, wait := p.state(time.Now())
	if err := pause(ctx, wait); err != nil {
		return nil, &channels.SendError{Kind: channels.ErrRefused, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	in, header, err := p.ask(ctx, cursor)
	if err != nil {
		return nil, err
	}
	items := in.items(p.items)
	if len(p.items) == 0 && present(in.body) {
		items = []any{in.body}
	}
	if len(items) == 0 {
		p.setIdle(time.Now())
		return nil, nil
	}
	var out channels.Polled
	var receipts []string
	for _, item := range items {
		out.Events = append(out.Events, in.read(item, len(p.items) == 0)...)
		d := &document{item: item, body: in.body, header: header, own: p.channel.from}
		if r := p.receipt.text(d); r != "" && !slices.Contains(receipts, r) {
			receipts = append(receipts, r)
		}
	}
	next := cursor
	if found := p.next.texts(&document{item: in.body, body: in.body, header: header, own: p.channel.from}); len(found) > 0 {
		if last := found[len(found)-1]; last != "" {
			next = last
		}
	}
	out.Done = func(ctx context.Context) error { return p.finish(ctx, cursor, next, receipts) }
	return &out, nil
}

// state is where to go on, and how long to wait before.
func (p *Puller) state(now time.Time) (string, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle.IsZero() {
		return p.cursor, 0
	}
	return p.cursor, min(max(p.interval-now.Sub(p.idle), 0), p.interval)
}

func (p *Puller) setIdle(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = now
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// ask makes the request. An answer that is no JSON is an error, and comes again.
func (p *Puller) ask(ctx context.Context, cursor string) (*incoming, http.Header, error) {
	v := p.values("cursor", cursor)
	call, client, err := p.channel.call(p.poll, v)
	if err != nil {
		return nil, nil, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	in := &incoming{c: p.channel}
	call.Failure = func(status int, header http.Header, body []byte) *channels.SendError {
		in.raw, in.header = bytes.TrimSpace(body), header
		return p.channel.failure(status, header, body)
	}
	if err := call.Do(ctx, client); err != nil {
		return nil, nil, unavailable(err)
	}
	if len(in.raw) > 0 {
		if err := channels.Decode(in.raw, &in.body); err != nil {
			return nil, nil, &channels.SendError{Kind: channels.ErrUnavailable, Err: fmt.Errorf("read the answer of the queue: %w", err)}
		}
	}
	return in, in.header, nil
}

// values are those of a request to the queue.
func (p *Puller) values(name, value string) values {
	v := values{name: value}
	for name, value := range p.channel.fixed {
		v[name] = value
	}
	return v
}

// finish tells the platform that events are durable, and goes on behind them.
func (p *Puller) finish(ctx context.Context, cursor, next string, receipts []string) error {
	ctx, cancel := context.WithTimeout(ctx, doneTime)
	defer cancel()
	if p.done != nil && !p.done.uses("receipt") {
		receipts = []string{""}
	}
	moved := next != cursor
	for _, receipt := range receipts {
		if p.done == nil {
			break
		}
		if err := p.tell(ctx, receipt); err != nil {
			return err
		}
		p.mu.Lock()
		again := receipt != "" && receipt == p.last
		moved, p.last = moved || !again, receipt
		p.mu.Unlock()
		if again {
			return &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("the queue gives again what it was told is durable")}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cursor, p.idle = next, time.Time{}
	if !moved {
		p.idle = time.Now()
	}
	return nil
}

// tell makes the request of poll_done. That the receipt is gone is fine: another
// process has told it.
func (p *Puller) tell(ctx context.Context, receipt string) error {
	call, client, err := p.channel.call(p.done, p.values("receipt", receipt))
	if err != nil {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	gone := false
	call.Failure = func(status int, header http.Header, body []byte) *channels.SendError {
		gone = status == http.StatusNotFound || status == http.StatusGone
		return p.channel.failure(status, header, body)
	}
	if err := call.Do(ctx, client); err != nil && !gone {
		return unavailable(err)
	}
	return nil
}

// unavailable says of an answer that could not be read that the platform can't
// now: asking a queue does no harm twice.
func unavailable(err error) error {
	e, ok := errors.AsType[*channels.SendError](err)
	if !ok || e.Kind != channels.ErrUnknown {
		return err
	}
	out := *e
	out.Kind = channels.ErrUnavailable
	return &out
}
