package statetest

import (
	"fmt"
	"time"

	"github.com/parley-chat/parley/state"
)

func retention() []behaviour {
	return []behaviour{
		{"IdleConversationIsDeleted", ages, idleConversationIsDeleted},
		{"TurnsKeepAConversation", ages, turnsKeepAConversation},
		{"WhatWaitsKeepsAConversation", ages, whatWaitsKeepsAConversation},
		{"WhoComesBackLateBeginsAgain", ages, whoComesBackLate},
		{"OldHistoryIsNotShown", clock, oldHistoryIsNotShown},
	}
}

// use takes in and handles some events of other conversations, as a store that
// ages sees all the time.
func (k *kit) use() {
	k.Helper()
	for i := range 10 {
		conv := state.NewConv("chat", "other", fmt.Sprint(i))
		e := state.NewEvent{Payload: []byte("hello")}
		_, out := k.offer(caller("a"), conv, e)
		k.is(k.reply(conv, k.turn(out, "hello")), state.Free)
	}
}

// remember leaves a state and a history.
func (k *kit) remember(conv state.Conv, id string) {
	k.Helper()
	r := state.Result{State: []byte(id), History: []byte(id)}
	k.is(k.commit(conv, k.turn(k.accept(conv, id), id), r), state.Free)
}

func idleConversationIsDeleted(k *kit) {
	k.remember(ann, "1")
	k.is(k.fail(ann, k.accept(ann, "2"), 0), state.Free)
	k.h.Advance(state.Retention - time.Hour)
	k.use()
	if string(k.state(ann)) != "1" {
		k.Fatalf("deleted before its time")
	}
	k.h.Advance(3 * time.Hour)
	k.use()
	if k.state(ann) != nil || len(k.history(ann)) != 0 {
		k.Fatalf("left after its time: %q, %v", k.state(ann), k.history(ann))
	}
	delete(k.s.books, ann) // its dead letter is too old as well
}

func turnsKeepAConversation(k *kit) {
	const step = state.Retention / 4
	for i := range 10 {
		k.remember(ann, fmt.Sprint(i))
		k.h.Advance(step)
		k.use()
	}
	k.h.Advance(2 * step)
	k.use()
	if string(k.state(ann)) != "9" {
		k.Fatalf("a conversation that had a turn lately holds %q", k.state(ann))
	}
	k.h.Advance(step + 2*time.Hour)
	k.use()
	if k.state(ann) != nil {
		k.Fatalf("left after its time: %q", k.state(ann))
	}
}

func whatWaitsKeepsAConversation(k *kit) {
	turn := k.accept(ann, "1")
	wake := turn.Now.Add(state.Retention + 30*24*time.Hour)
	k.is(k.commit(ann, turn, state.Result{State: []byte("s"), Wake: wake}), state.Free)
	k.put(dana, "1")
	k.h.Advance(state.Retention + 24*time.Hour)
	k.use()
	if string(k.state(ann)) != "s" {
		k.Fatalf("a conversation that waits for a time was deleted")
	}
	k.turn(k.claim("a", dana), "1")
	k.h.Advance(29 * 24 * time.Hour)
	k.use()
	turn = k.wakes(k.claim("a", ann))
	if string(turn.State) != "s" {
		k.Fatalf("it wakes with the state %q", turn.State)
	}
	k.is(k.reply(ann, turn), state.Free)
	k.h.Advance(state.Retention - time.Hour)
	k.use()
	if string(k.state(ann)) != "s" {
		k.Fatalf("deleted before its time")
	}
	k.h.Advance(3 * time.Hour)
	k.use()
	if k.state(ann) != nil {
		k.Fatalf("left after its time: %q", k.state(ann))
	}
}

func whoComesBackLate(k *kit) {
	k.remember(ann, "1")
	k.h.Advance(state.Retention + 2*time.Hour)
	out := k.turn(k.accept(ann, "2"), "2")
	if out.State != nil || len(k.history(ann)) != 0 {
		k.Fatalf("it begins with %q and %d in the history", out.State, len(k.history(ann)))
	}
}

func oldHistoryIsNotShown(k *kit) {
	k.remember(ann, "1")
	k.h.Advance(state.HistoryTime / 2)
	k.remember(ann, "2")
	k.h.Advance(state.HistoryTime/2 - time.Minute)
	if all := k.history(ann); len(all) != 2 {
		k.Fatalf("%d entries, want 2", len(all))
	}
	k.h.Advance(2 * time.Minute)
	if all := k.history(ann); len(all) != 1 || string(all[0].Payload) != "2" {
		k.Fatalf("%d entries, want the young one", len(all))
	}
	if string(k.state(ann)) != "2" {
		k.Fatalf("the state went with the history")
	}
	k.remember(ann, "3")
	if all := k.history(ann); len(all) != 2 || string(all[1].Payload) != "3" {
		k.Fatalf("%d entries, want the young ones", len(all))
	}
}
