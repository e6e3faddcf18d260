package bot

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// How messages are sent and sent again.
const (
	sendTime     = 10 * time.Second // for one attempt
	sendMargin   = 2 * time.Second  // before the end of the lease an attempt is cut
	courtesyTime = 5 * time.Second  // for what is only polite

	firstWait     = 500 * time.Millisecond // the longest wait before the second attempt, then doubled
	longestWait   = 5 * time.Minute
	shortWait     = 30 * time.Second // the longest, when the platform never judged the message
	unknownWait   = 10 * time.Second // the shortest before what may be a second copy
	unknownAge    = time.Minute      // before that no outcome that is unknown ends a message
	maxRetryAfter = time.Hour
	maxTries      = 12               // of a message by this process, while the channel works
	leastSendAge  = 10 * time.Minute // before that the number of attempts ends nothing
	maxSendAge    = 24 * time.Hour   // of a message, whatever the reason
)

// A sendRule says what a kind of send error means for the message.
type sendRule struct {
	// again: another attempt can succeed. Else the message is a dead letter.
	again bool
	// least is the shortest wait, longest the longest.
	least, longest time.Duration
	// patient: only its age ends the message, not the number of attempts, since the
	// platform never looked at it, or an operator has to mend something.
	patient bool
	// outcome is what is recorded when it goes again.
	outcome state.OutcomeKind
}

// sendRules has a rule for each kind of send error.
func sendRules() map[channels.ErrorKind]sendRule {
	return map[channels.ErrorKind]sendRule{
		channels.ErrRefused:      {again: true, outcome: state.Later, patient: true, longest: shortWait},
		channels.ErrRateLimited:  {again: true, outcome: state.Later, patient: true, longest: shortWait},
		channels.ErrUnavailable:  {again: true, outcome: state.Later, longest: longestWait},
		channels.ErrUnknown:      {again: true, outcome: state.Unknown, least: unknownWait, longest: shortWait},
		channels.ErrUnauthorized: {again: true, outcome: state.Later, patient: true, least: time.Minute, longest: longestWait},
		channels.ErrInvalid:      {},
		channels.ErrBlocked:      {},
		channels.ErrWindowClosed: {},
	}
}

// send makes one attempt to send the row that was handed out, within the time
// that is left of the lease, and says what became of it. Another attempt can
// begin only after that time, so that two are never under way.
func (b *Bot) send(ctx context.Context, l *lease, h state.HandOut) state.Outcome {
	ch, ok := b.version.Load().channels[l.conv.Channel()]
	if !ok {
		err := &channels.SendError{Kind: channels.ErrUnauthorized, Err: errors.New("the channel is off")}
		return b.judge(ctx, l, h, nil, err)
	}
	m, err := l.message(h.Row.Payload)
	if err != nil {
		return state.Outcome{Kind: state.Dead, Cause: "the stored message can't be read"}
	}
	if cause := ch.unsendable(h); cause != "" {
		b.log.WarnContext(ctx, "message set aside", "channel", ch.name, "conversation_hash", hashed(l.conv), "attempt", h.Attempt, "cause", cause)
		return state.Outcome{Kind: state.Dead, Cause: cause}
	}
	leave, room := ch.enter()
	if !room {
		if ch.health.crowded(h.Now) {
			b.log.WarnContext(ctx, "channel is slow: too many messages are under way, others wait", "channel", ch.name, "under_way", maxSends)
		}
		return state.Outcome{Kind: state.Later, Delay: crowdWait + b.jitter(crowdWait)}
	}
	defer leave()
	pass := ch.breaker.enter(l.conv, time.Now())
	if pass.wait > 0 {
		return state.Outcome{Kind: state.Later, Delay: pass.wait}
	}
	if wait := ch.pace.wait(ctx, l.conv, m.Bulk); wait > 0 {
		ch.breaker.leave(pass)
		return state.Outcome{Kind: state.Later, Delay: wait}
	}
	return b.attempt(ctx, l, h, ch, m, pass)
}

// unsendable says why a row can't be sent any more, whatever the channel is like.
func (c *channel) unsendable(h state.HandOut) string {
	switch {
	case h.Now.Sub(h.Row.At) > maxSendAge:
		return fmt.Sprintf("not sent within %s", maxSendAge)
	case h.Unknown && c.hold:
		return "held: a process ended when it was to be sent, so it may have arrived"
	}
	return ""
}

// attempt makes one request, and tells the breaker of the channel what came of it.
func (b *Bot) attempt(ctx context.Context, l *lease, h state.HandOut, ch *channel, m *channels.Message, pass pass) state.Outcome {
	deadline := earlier(time.Now().Add(sendTime), l.until().Add(-sendMargin))
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if ctx.Err() != nil {
		ch.breaker.leave(pass)
		return state.Outcome{Kind: state.Later} // nothing was sent: too little time is left
	}
	failpoint.Hit(failpoint.BeforeSend)
	var receipt channels.Receipt
	err := guarded(func() (err error) {
		receipt, err = ch.Send(ctx, m)
		return err
	})
	if _, ok := errors.AsType[*panicError](err); ok {
		ch.breaker.leave(pass) // nobody knows what the platform would have said
		return b.judge(ctx, l, h, ch, err)
	}
	c := ch.breaker.done(pass, l.conv, breaks(err), retryAfterOf(err), time.Now())
	b.note(ctx, ch, c)
	if err != nil {
		o := b.judge(ctx, l, h, ch, err)
		if o.Kind == state.Later {
			o.Delay = max(o.Delay, c.paused)
		}
		return o
	}
	ch.tries.forget(l.conv)
	ch.health.sent(h.Now)
	b.link(ctx, ch, l.conv, receipt.MessageID)
	return state.Outcome{Kind: state.Sent, MessageID: receipt.MessageID, History: h.Row.Payload}
}

// judge says what a failed attempt means for the message.
func (b *Bot) judge(ctx context.Context, l *lease, h state.HandOut, ch *channel, err error) state.Outcome {
	kind, after, cause := explain(err)
	rule := sendRules()[kind]
	tries := 1
	if ch != nil {
		tries = ch.tries.add(l.conv, h.Row.Number)
	}
	wait := b.wait(tries, rule, after)
	age := h.Now.Add(wait).Sub(h.Row.At)
	switch {
	case !rule.again:
	case age > maxSendAge:
		cause = fmt.Sprintf("not sent within %s: %s", maxSendAge, cause)
		rule.again = false
	case kind == channels.ErrUnknown && ch.hold:
		cause = "held: it may have arrived: " + cause
		rule.again = false
	case kind == channels.ErrUnknown && h.Unknown && !ch.capabilities.Repeatable && age > unknownAge:
		cause = "perhaps sent, more than once by now, and not once more: " + cause
		rule.again = false
	case tries >= maxTries && age > leastSendAge && !rule.patient && (kind == channels.ErrUnknown || ch.health.works(h.Now)):
		cause = fmt.Sprintf("not sent for %s, while others of the channel were: %s", h.Now.Sub(h.Row.At).Round(time.Minute), cause)
		rule.again = false
	}
	log := b.log.With("channel", l.conv.Channel(), "conversation_hash", hashed(l.conv), "try", tries, "kind", string(kind))
	if p, ok := errors.AsType[*panicError](err); ok {
		log.ErrorContext(ctx, "panic in a channel", "panic", p.what, "stack", p.stack)
	}
	if !rule.again {
		if ch != nil {
			ch.tries.forget(l.conv)
		}
		log.WarnContext(ctx, "message set aside", "cause", cause)
		return state.Outcome{Kind: state.Dead, Cause: cause}
	}
	if kind == channels.ErrUnauthorized {
		log.WarnContext(ctx, "message not sent: the platform refuses the credentials", "cause", cause, "again_in", wait.Round(time.Millisecond))
	} else {
		log.InfoContext(ctx, "message not sent", "cause", cause, "again_in", wait.Round(time.Millisecond))
	}
	return state.Outcome{Kind: rule.outcome, Delay: wait}
}

// breaks returns the kind of an error that may concern the whole channel; empty
// for a success, and for an answer about this message or its recipient alone.
func breaks(err error) channels.ErrorKind {
	if err == nil {
		return ""
	}
	kind, _, _ := explain(err)
	if kind == channels.ErrRateLimited || !sendRules()[kind].again {
		return ""
	}
	return kind
}

func retryAfterOf(err error) time.Duration {
	if err == nil {
		return 0
	}
	_, after, _ := explain(err)
	return after
}

// note tells the operator that a channel pauses, and that it is back.
func (b *Bot) note(ctx context.Context, ch *channel, c change) {
	switch {
	case c.paused > 0 && c.first:
		b.log.WarnContext(ctx, "channel pauses: nothing gets through, everything waits", "channel", ch.name, "kind", string(c.kind), "probe_in", c.paused)
	case c.paused > 0:
		b.log.InfoContext(ctx, "channel still pauses", "channel", ch.name, "kind", string(c.kind), "probe_in", c.paused)
	case c.resumed > 0:
		b.log.InfoContext(ctx, "channel sends again", "channel", ch.name, "paused_for", c.resumed)
		b.sweeper.lookIn(0)
	}
}

// explain reads a send error. Only a *channels.SendError promises to hold no
// secret, so the text of another one is not used.
func explain(err error) (kind channels.ErrorKind, after time.Duration, cause string) {
	if _, ok := errors.AsType[*panicError](err); ok {
		return channels.ErrInvalid, 0, "the channel panicked on it"
	}
	e, ok := errors.AsType[*channels.SendError](err)
	if !ok {
		return channels.ErrUnknown, 0, string(channels.ErrUnknown) + ": the channel does not say why"
	}
	if _, known := sendRules()[e.Kind]; !known {
		return channels.ErrUnknown, e.RetryAfter, e.Error()
	}
	return e.Kind, e.RetryAfter, e.Error()
}

// wait returns how long a message waits after an attempt: what the platform asked
// for, up to an hour, else anything up to a bound that doubles each time.
func (b *Bot) wait(attempt int, r sendRule, after time.Duration) time.Duration {
	if after > 0 {
		return min(after, maxRetryAfter)
	}
	bound := min(firstWait<<min(max(attempt, 1)-1, 12), r.longest)
	return r.least + b.jitter(bound)
}

// jitter returns a random part of a duration.
func (b *Bot) jitter(d time.Duration) time.Duration {
	part, _ := bits.Mul64(b.o.Random(), uint64(d)+1)
	return time.Duration(part)
}

// maxSends is how many messages of one channel are under way at once. It is half
// of the conversations that are worked on, so that a slow platform leaves room for
// the others; what does not fit waits in the outbox.
const (
	maxSends  = maxConversations / 2
	crowdWait = 2 * time.Second
	crowdNote = 10 * time.Second // between two lines of the log about it
)

// enter takes a place among the messages that are under way; leave gives it up.
func (c *channel) enter() (leave func(), room bool) {
	select {
	case c.sends <- struct{}{}:
		return func() { <-c.sends }, true
	default:
		return nil, false
	}
}

// channelHealth knows when a channel sent something last, and when it was last
// said that it is crowded.
type channelHealth struct{ last, noted atomic.Int64 }

// crowded reports whether it is time to say so.
func (c *channelHealth) crowded(now time.Time) bool {
	last := c.noted.Load()
	return now.UnixNano()-last >= int64(crowdNote) && c.noted.CompareAndSwap(last, now.UnixNano())
}

func (c *channelHealth) sent(at time.Time) { c.last.Store(at.UnixNano()) }

// works reports whether the channel has sent something lately, so that a message
// it can't send has itself to blame, and not an outage.
func (c *channelHealth) works(now time.Time) bool {
	return now.UnixNano()-c.last.Load() < int64(2*longestWait)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
