package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// live is the life of messages, from what a request brought for a conversation to
// what the platform said to the replies:
//
//	accept -> turn -> commit -> send -> mark
//
// durable is called once the answer to the request is known; the rest happens
// after it. Whoever takes a message in usually finishes it, with three calls of
// the store. If somebody else holds the conversation, the message waits in the
// inbox, and the holder gets it from its own commit or mark.
func (b *Bot) live(ctx context.Context, ch *channel, in *batch, durable func(error)) {
	room, leave := b.room()
	defer leave()

	asked := time.Now()
	h, stray, err := b.accept(ctx, in, room)
	failpoint.Hit(failpoint.AfterAcceptBefore200)
	durable(err)
	if err == nil {
		b.acknowledge(ctx, ch, in.taken)
		b.media.expect(in.taken)
	}
	b.returnStray(ctx, in.conv, stray)
	if h.Kind == state.Free && !room {
		b.sweeper.lookIn(0) // what was accepted waits for somebody with room
	}
	b.work(ctx, in.conv, in, h, asked)
}

// work does what is handed out for a conversation, one thing at a time, until the
// lease ends. fresh is what came in with it, if that is so; asked is when the store
// was asked for the first hand-out.
func (b *Bot) work(ctx context.Context, conv state.Conv, fresh *batch, h state.HandOut, asked time.Time) {
	if h.Kind != state.Turn && h.Kind != state.Send {
		return
	}
	ctx, l := b.hold(ctx, conv, h, asked)
	l.fresh = fresh
	failpoint.Hit(failpoint.AfterLease)
	defer b.leases.drop(conv, h.Token)
	defer l.drop()
	for {
		var err error
		switch {
		case h.Kind == state.Turn && b.life.isStopping():
			err = ErrStopping
		case h.Kind == state.Turn:
			h, err = b.turn(ctx, l, h)
		case h.Kind == state.Send:
			h, err = b.mark(ctx, l, h, b.send(ctx, l, h))
		default:
			return
		}
		if err != nil {
			b.giveBack(ctx, l, err)
			return
		}
	}
}

// accept makes the events of a batch durable, then raises the statuses. The
// hand-out counts even when a status could not be recorded. Stray is a lease that
// is to be given back.
func (b *Bot) accept(ctx context.Context, in *batch, room bool) (h state.HandOut, stray state.Token, err error) {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	h = state.HandOut{Kind: state.Free}
	if len(in.events) > 0 {
		answered := b.leases.ask(in.conv)
		failpoint.Hit(failpoint.BeforeAccept)
		verdicts, got, err := b.store.Accept(ctx, in.conv, in.events, state.Caller{Process: b.process, Room: room, Flows: b.version.Load().number})
		b.refusals.note(err, time.Now())
		if stray = answered(got, err); err != nil {
			return h, stray, fmt.Errorf("accept: %w", err)
		}
		h = got
		if h.Kind == state.Newer {
			b.refused.Store(true)
		}
		for _, verdict := range verdicts {
			if verdict == state.SetAside {
				b.log.WarnContext(ctx, "event set aside", "channel", in.conv.Channel(), "conversation_hash", hashed(in.conv),
					"cause", "it is too large, or too many wait")
			}
		}
	}
	for _, s := range in.statuses {
		rose, err := b.raise(ctx, in.conv, s)
		if err != nil {
			return h, stray, fmt.Errorf("record a status: %w", err)
		}
		if rose {
			b.watchers.hint(in.conv)
		}
	}
	return h, stray, nil
}

// raise records a status, of one message or of all up to a time, and reports whether
// one rose. A message that is on its way while all up to a time are read is in the
// history a moment later: it rises with the next status.
func (b *Bot) raise(ctx context.Context, conv state.Conv, s channels.Status) (bool, error) {
	if s.MessageID != "" || s.Until.IsZero() {
		return b.store.Status(ctx, conv, s.MessageID, s.State)
	}
	entries, err := b.store.History(ctx, conv, 0, state.MaxHistory)
	if err != nil {
		return false, fmt.Errorf("read the history: %w", err)
	}
	rise := false
	for _, e := range entries {
		if e.Direction != state.Out || e.MessageID == "" || e.At.After(s.Until) || state.StatusRank(e.Status) >= state.StatusRank(s.State) {
			continue
		}
		rose, err := b.store.Status(ctx, conv, e.MessageID, s.State)
		if err != nil {
			return rise, err
		}
		rise = rise || rose
	}
	return rise, nil
}

// turn has the flows handle an event, and commits what they decide.
func (b *Bot) turn(ctx context.Context, l *lease, h state.HandOut) (state.HandOut, error) {
	t, err := b.begin(ctx, l, h)
	if err != nil {
		return h, err
	}
	if t.convicted {
		return b.fail(ctx, l, h, t, &failure{cause: fmt.Sprintf("its turn took the process down %d times", h.Deaths)})
	}
	failpoint.Hit(failpoint.BeforeTurn)
	result, err := t.run(ctx)
	if failure, ok := errors.AsType[*failure](err); ok {
		return b.fail(ctx, l, h, t, failure)
	}
	if err != nil {
		return h, err
	}
	next, err := b.commit(ctx, l, h, result)
	if failure, ok := errors.AsType[*failure](err); ok {
		return b.fail(ctx, l, h, t, failure)
	}
	if err == nil {
		t.report(ctx)
	}
	return next, err
}

// commit makes what a turn decided durable, all or nothing.
func (b *Bot) commit(ctx context.Context, l *lease, h state.HandOut, r state.Result) (state.HandOut, error) {
	failpoint.Hit(failpoint.BeforeCommit)
	next, err := l.ask(func(ctx context.Context) (state.HandOut, error) {
		return b.store.Commit(ctx, l.conv, l.token, h.Event.Number, r)
	})
	if err != nil {
		return next, storeFailure("commit", err)
	}
	failpoint.Hit(failpoint.AfterCommit)
	if !r.Wake.IsZero() {
		b.sweeper.lookIn(r.Wake.Sub(later(h.Now, next.Now)))
	}
	b.watchers.hint(l.conv)
	return next, nil
}

// mark records what became of a row.
func (b *Bot) mark(ctx context.Context, l *lease, h state.HandOut, o state.Outcome) (state.HandOut, error) {
	failpoint.Hit(failpoint.AfterSendBeforeMark)
	next, err := l.ask(func(ctx context.Context) (state.HandOut, error) {
		return b.store.Mark(ctx, l.conv, l.token, h.Row.Number, h.Attempt, o)
	})
	if err != nil {
		return next, fmt.Errorf("mark: %w", err)
	}
	failpoint.Hit(failpoint.AfterMark)
	switch o.Kind {
	case state.Sent:
		b.watchers.hint(l.conv)
	case state.Later, state.Unknown:
		b.sweeper.lookIn(o.Delay)
	}
	return next, nil
}

// fail ends a turn that could not be done: it is tried again later, or the event
// is set aside and the person hears an apology.
func (b *Bot) fail(ctx context.Context, l *lease, h state.HandOut, t *turnInHand, f *failure) (state.HandOut, error) {
	var delay time.Duration
	var rows [][]byte
	var kept []byte
	if f.again && h.Fails+1 < maxFails {
		delay = failDelay << (2 * h.Fails)
		b.log.WarnContext(ctx, "turn failed", "channel", l.conv.Channel(), "conversation_hash", hashed(l.conv),
			"fails", h.Fails+1, "again_in", delay, "cause", f.cause)
	} else {
		rows, kept = t.apology(), t.keptAside()
		b.log.ErrorContext(ctx, "event set aside", "channel", l.conv.Channel(), "conversation_hash", hashed(l.conv), "cause", f.cause)
	}
	f.logDetail(ctx, b.log)
	ask := func(rows [][]byte) (state.HandOut, error) {
		return l.ask(func(ctx context.Context) (state.HandOut, error) {
			return b.store.Fail(ctx, l.conv, l.token, h.Event.Number, state.Failure{Delay: delay, Cause: f.cause, Payload: kept, Rows: rows})
		})
	}
	next, err := ask(rows)
	if errors.Is(err, state.ErrFull) || errors.Is(err, state.ErrTooLarge) {
		next, err = ask(nil) // no room for the apology
	}
	if err != nil {
		return next, fmt.Errorf("fail: %w", err)
	}
	if delay > 0 {
		b.sweeper.lookIn(delay)
	}
	return next, nil
}

// giveBack ends a lease before its work is done: somebody goes on, and it is not
// counted as a death. A lease that is lost is only left alone.
func (b *Bot) giveBack(ctx context.Context, l *lease, why error) {
	if errors.Is(why, errLost) || errors.Is(why, state.ErrClosed) {
		b.log.InfoContext(ctx, "conversation is another process's now", "channel", l.conv.Channel(), "conversation_hash", hashed(l.conv), "reason", why)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	_, err := b.store.Release(ctx, l.conv, l.token)
	if err != nil || !errors.Is(why, ErrStopping) && !errors.Is(why, errSuspect) {
		b.log.WarnContext(ctx, "conversation given back: it goes on in a moment", "channel", l.conv.Channel(), "conversation_hash", hashed(l.conv),
			"error", errors.Join(why, err))
	}
}

// room takes a place among the conversations that are worked on; leave gives it
// up. There is none when all are taken, and when the bot stops.
func (b *Bot) room() (ok bool, leave func()) {
	if b.life.isStopping() {
		return false, func() {}
	}
	select {
	case b.slots <- struct{}{}:
		return true, func() { <-b.slots }
	default:
		return false, func() {}
	}
}
