package statetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-chat/parley/state"
)

func stores() []behaviour {
	return []behaviour{
		{"CallersAtOnceAreServedOnce", nothing, callersAtOnce},
		{"ContextThatEndedIsAnError", nothing, contextThatEnded},
		{"ClosedStoreRefuses", nothing, closedStoreRefuses},
		{"ReopenKeepsEverything", reopen, reopenKeepsEverything},
		{"ReopenFreesATurn", reopen, reopenFreesATurn},
		{"ReopenMakesAnAttemptUnknown", reopen, reopenMakesUnknown},
		{"ReopenKeepsNumbersGrowing", reopen, reopenKeepsNumbersGrowing},
	}
}

// callersAtOnce has several callers offer the same events, and work on what they
// are handed. The index is not checked in between.
func callersAtOnce(k *kit) {
	const callers, perConv = 8, 20
	convs := []state.Conv{ann, dana, "chat/main/1", "chat/main/2"}
	s := k.s.Store
	var mu sync.Mutex
	appended, turns := map[string]int{}, map[string]int{}
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			by := caller(fmt.Sprint("process ", n))
			for i := range perConv * len(convs) {
				conv := convs[i%len(convs)]
				e := event(fmt.Sprint(i / len(convs)))
				v, out, err := s.Accept(k.ctx, conv, []state.NewEvent{e}, by)
				if err != nil {
					k.Errorf("Accept: %v", err)
					return
				}
				mu.Lock()
				if v[0] == state.Appended {
					appended[string(conv)+" "+e.DedupeID]++
				}
				mu.Unlock()
				for out.Kind == state.Turn {
					mu.Lock()
					turns[string(conv)+" "+string(out.Event.Payload)]++
					mu.Unlock()
					if out, err = s.Commit(k.ctx, conv, out.Token, out.Event.Number, state.Result{}); err != nil {
						k.Errorf("Commit: %v", err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	for _, conv := range convs {
		for i := range perConv {
			if name := fmt.Sprint(conv, " ", i); appended[name] != 1 || turns[name] != 1 {
				k.Fatalf("%s: appended %d times, handled %d times", name, appended[name], turns[name])
			}
		}
	}
	k.due(10)
}

func contextThatEnded(k *kit) {
	ctx, cancel := context.WithCancel(k.ctx)
	cancel()
	if _, _, err := k.s.Accept(ctx, ann, []state.NewEvent{event("1")}, caller("a")); !errors.Is(err, context.Canceled) {
		k.Fatalf("Accept: %v", err)
	}
	if _, err := k.s.Load(ctx, ann); !errors.Is(err, context.Canceled) {
		k.Fatalf("Load: %v", err)
	}
	if _, err := k.s.Take(ctx, "x", hourly(1), 1); !errors.Is(err, context.Canceled) {
		k.Fatalf("Take: %v", err)
	}
	k.take("x", hourly(1), 1, 1)
	k.put(ann, "2")
}

func closedStoreRefuses(k *kit) {
	s := k.s.Store
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		k.Fatalf("Close: %v", err)
	}
	_, _, accept := s.Accept(k.ctx, ann, []state.NewEvent{event("1")}, caller("a"))
	_, claim := s.Claim(k.ctx, ann, caller("a"))
	_, load := s.Load(k.ctx, ann)
	_, _, due := s.Due(k.ctx, 1)
	_, backlog := s.Backlog(k.ctx, 1)
	_, status := s.Status(k.ctx, ann, "m1", "read")
	_, link := s.Link(k.ctx, "chat", "m1", ann)
	_, linked := s.Linked(k.ctx, "chat", "m1", "")
	_, register := s.Register(k.ctx, "digest")
	_, alive := s.Alive(k.ctx, "a", 1)
	_, lead := s.Lead(k.ctx, "x", "a", time.Minute)
	_, take := s.Take(k.ctx, "x", hourly(1), 1)
	for _, err := range []error{
		accept, claim, load, due, backlog, status, link, linked, register, alive, lead, take, s.Forget(k.ctx, ann),
	} {
		if !errors.Is(err, state.ErrClosed) {
			k.Fatalf("got %v, want %v", err, state.ErrClosed)
		}
	}
	k.s.advance = nil // nothing left to drain
}

func reopenKeepsEverything(k *kit) {
	turn := k.accept(ann, "1", "2")
	k.journal(ann, turn, entries("j", "1"))
	turn = k.turn(k.commit(ann, turn, state.Result{State: []byte("s"), History: []byte("h")}), "2")
	k.is(k.journal(ann, turn, entries("j", "2")), state.Proceed)
	k.put(ann, "3")
	k.is(k.fail(dana, k.accept(dana, "1"), 0), state.Free)
	k.reopen()

	turn = k.turn(k.claim("b", ann), "2")
	if string(turn.State) != "s" || len(k.history(ann)) != 1 || len(k.letters()) != 1 {
		k.Fatalf("state %q, %d in the history, %d dead letters", turn.State, len(k.history(ann)), len(k.letters()))
	}
	k.has(turn, "j", "2")
	if v, _ := k.offer(caller("b"), ann, event("1")); v[0] != state.Duplicate {
		k.Fatalf("a dedupe id was forgotten: %s", v[0])
	}
	k.turn(k.commit(ann, turn, state.Result{Wake: turn.Now.Add(time.Minute)}), "3")
	k.reopen()
	k.is(k.release(ann, k.turn(k.claim("c", ann), "3")), state.Free)
	k.h.Advance(time.Minute)
	k.wakes(k.reply(ann, k.turn(k.claim("c", ann), "3")))
}

func reopenFreesATurn(k *kit) {
	stale := k.accept(ann, "1")
	k.reopen()
	k.due(10, ann)
	k.is(k.reply(ann, stale), state.Lost)
	if out := k.turn(k.accept(ann, "2"), "1"); out.Deaths != 1 {
		k.Fatalf("%d deaths, want 1", out.Deaths)
	}
	for range state.MaxDeaths - 1 {
		k.reopen()
		k.claim("b", ann)
	}
	if all := k.letters(); len(all) != 1 || string(all[0].Payload) != "1" {
		k.Fatalf("dead letters: %v", all)
	}
}

func reopenMakesUnknown(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "x"), "x", 1, false)
	k.reopen()
	out := k.send(k.claim("b", ann), "x", 2, true)
	k.is(k.mark(ann, stale, state.Outcome{Kind: state.Dead}), state.Lost)
	k.is(k.sent(ann, out), state.Free)
}

func reopenKeepsNumbersGrowing(k *kit) {
	before := k.accept(ann, "1")
	k.is(k.reply(ann, before), state.Free)
	k.reopen()
	after := k.accept(ann, "2")
	if after.Token.Number <= before.Token.Number || after.Event.Number <= before.Event.Number {
		k.Fatalf("token %d after %d, event %d after %d", after.Token.Number, before.Token.Number, after.Event.Number, before.Event.Number)
	}
}
