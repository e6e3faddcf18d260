package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/state"
)

// fillers is how many conversations are written at once.
const fillers = 256

// A specimen is what a conversation leaves behind when it is over.
type specimen struct {
	state   []byte
	in, out []byte // an entry of the history each way
}

// specimen has one conversation with a bot and takes what it left out of the store.
func (b *bench) specimen(ctx context.Context) (sp specimen, err error) {
	r, err := raise(ctx, b.programs, setup{system: parleyOn("redis"), label: "a conversation to copy", chats: 1})
	if err != nil {
		return sp, err
	}
	defer r.close()
	who := r.crowd.come()
	r.crowd.finish(ctx, who)
	s, err := r.openRedis(ctx)
	if err != nil {
		return sp, err
	}
	defer s.Close()
	conv := state.NewConv("telegram", telegramAccount, fmt.Sprint(who.chat))
	err = r.server.ready(ctx, func(ctx context.Context) error { // until the last reply is marked
		history, err := s.History(ctx, conv, 0, state.MaxHistory)
		if err != nil || len(history) < 2*len(who.all) {
			return errors.Join(err, errors.New("the conversation is not over"))
		}
		sp.in, sp.out = history[0].Payload, history[len(history)-1].Payload
		return nil
	})
	if err != nil {
		return sp, err
	}
	sp.state, err = s.Load(ctx, conv)
	return sp, err
}

// fill returns a function that gives a store n conversations like the specimen,
// with so many turns in their history.
func (b *bench) fill(sp specimen, n, turns int) func(context.Context, state.Store) error {
	return func(ctx context.Context, s state.Store) error {
		began := time.Now()
		var next, done atomic.Int64
		var all sync.WaitGroup
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		for range fillers {
			all.Go(func() {
				for i := next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = next.Add(1) - 1 {
					if err := fillOne(ctx, s, sp, firstChat+i, turns); err != nil {
						cancel(fmt.Errorf("fill the store: %w", err))
					}
					if d := done.Add(1); d%100_000 == 0 {
						b.progress("%s of %s conversations written, %s", grouped(int(d)), grouped(n), time.Since(began).Round(time.Second))
					}
				}
			})
		}
		all.Wait()
		return context.Cause(ctx)
	}
}

// fillOne writes one conversation, turn by turn. The store may repeat a call whose
// answer it did not get, and then hand the same turn out twice.
func fillOne(ctx context.Context, s state.Store, sp specimen, chat int64, turns int) error {
	conv := state.NewConv("telegram", telegramAccount, fmt.Sprint(chat))
	caller := state.Caller{Process: "bench", Room: true}
	for range turns {
		_, h, err := s.Accept(ctx, conv, []state.NewEvent{{Payload: sp.in}}, caller)
		if err == nil && h.Kind == state.Busy && h.Token.Number > 0 {
			if _, err = s.Release(ctx, conv, h.Token); err == nil {
				h, err = s.Claim(ctx, conv, caller)
			}
		}
		for err == nil && h.Kind != state.Free {
			switch h.Kind {
			case state.Turn:
				h, err = s.Commit(ctx, conv, h.Token, h.Event.Number, state.Result{State: sp.state, Rows: [][]byte{sp.out}, History: sp.in})
			case state.Send:
				h, err = s.Mark(ctx, conv, h.Token, h.Row.Number, h.Attempt, state.Outcome{Kind: state.Sent, MessageID: "1000001", History: sp.out})
			default:
				err = fmt.Errorf("the conversation is %s", h.Kind)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A growth is a group of setups that differ in one thing.
type growth struct {
	title  string
	setups []setup
}

// growths are what the cost of a message may grow with.
func (b *bench) growths(sp specimen) []growth {
	redis, file := parleyOn("redis"), parleyOn("file")
	inFile := min(b.conversations, 100_000) // the file store writes less at once
	return []growth{
		{"flows", []setup{
			{system: redis, label: "10 flows", flows: 9, chats: chats},
			{system: redis, label: "1,000 flows", flows: 999, chats: chats},
			{system: redis, label: "10,000 flows", flows: 9_999, chats: chats},
		}},
		{"history", []setup{
			{system: redis, label: "none: everybody is new", chats: 1_000_000_000},
			{system: redis, label: fmt.Sprintf("%d entries each", state.MaxHistory), chats: chats, fill: b.fill(sp, chats, state.MaxHistory/2)},
		}},
		{"conversations", []setup{
			{system: redis, label: grouped(chats) + " in Redis", chats: chats, fill: b.fill(sp, chats, 1)},
			{system: redis, label: grouped(b.conversations) + " in Redis", chats: b.conversations, fill: b.fill(sp, b.conversations, 1)},
			{system: file, label: grouped(chats) + " in files", chats: chats, fill: b.fill(sp, chats, 1)},
			{system: file, label: grouped(inFile) + " in files", chats: inFile, fill: b.fill(sp, inFile, 1)},
		}},
	}
}
