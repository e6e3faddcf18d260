package statetest

import (
	"slices"
	"time"

	"github.com/parley-chat/parley/state"
)

// waitingTells: what waits is told of, also while it is not due, and a conversation
// that only has a wake time is none of it. A store need not be a state.Waiter.
func waitingTells(k *kit) {
	w, ok := k.h.Store.(state.Waiter)
	if !ok {
		return
	}
	tells := func(limit int, want ...state.Waits) {
		k.Helper()
		got, err := w.Waiting(k.ctx, limit)
		if err != nil || !slices.EqualFunc(got, want, sameWaits) {
			k.Fatalf("Waiting tells %+v, %v; want %+v", got, err, want)
		}
	}
	tells(10)
	turn := k.accept(ann, "1", "2")
	began := turn.Event.At
	tells(10, state.Waits{Conv: ann, Events: 2, Since: began})
	tells(0)
	k.h.Advance(time.Second)
	out := k.send(k.reply(ann, turn, "a", "b"), "a", 1, false)
	out = k.turn(k.mark(ann, out, state.Outcome{Kind: state.Later, Delay: time.Hour}), "2")
	tells(10, state.Waits{Conv: ann, Events: 1, Rows: 2, Since: began})
	k.commit(ann, out, state.Result{Wake: began.Add(24 * time.Hour)})
	want := state.Waits{Conv: ann, Rows: 2, Since: began.Add(time.Second)}
	tells(10, want)
	if got, err := w.WaitsIn(k.ctx, ann); err != nil || !sameWaits(got, want) {
		k.Fatalf("WaitsIn tells %+v, %v; want %+v", got, err, want)
	}
	k.h.Advance(time.Hour)
	k.sent(ann, k.send(k.sent(ann, k.send(k.claim("a", ann), "a", 2, false)), "b", 1, false))
	tells(10)
	if got, err := w.WaitsIn(k.ctx, ann); err != nil || !sameWaits(got, state.Waits{Conv: ann}) {
		k.Fatalf("of what only has a wake time WaitsIn tells %+v, %v", got, err)
	}
}

func sameWaits(a, b state.Waits) bool {
	return a.Conv == b.Conv && a.Events == b.Events && a.Rows == b.Rows && a.Since.Equal(b.Since)
}
