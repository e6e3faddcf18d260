package statetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/state"
)

func facts() []behaviour {
	return []behaviour{
		{"EarlyStatusCounts", nothing, earlyStatusCounts},
		{"EarlyStatusesComeInAnyOrder", nothing, earlyStatusesInAnyOrder},
		{"EarlyStatusCountsForAStaleToken", clock, earlyStatusForAStaleToken},
		{"EarlyStatusWithoutRowsIsNotKept", nothing, earlyStatusWithoutRows},
		{"EarlyStatusesGoWithTheRows", nothing, earlyStatusesGoWithTheRows},
		{"EarlyStatusesAreCapped", nothing, earlyStatusesAreCapped},
		{"LinkLeadsToTheConversation", nothing, linkLeads},
		{"LinkBringsWhatCameBefore", nothing, linkBringsWhatCameBefore},
		{"WhatComesBeforeALinkIsCapped", nothing, earlyOfALinkIsCapped},
		{"LinksAreForgotten", clock, linksAreForgotten},
	}
}

// early reports statuses of a message that is not known yet.
func (k *kit) early(id string, statuses ...string) {
	k.Helper()
	for _, status := range statuses {
		if rose, err := k.s.Status(k.ctx, ann, id, status); rose || err != nil {
			k.Fatalf("a status that came early: %t, %v", rose, err)
		}
	}
}

// last expects the status of the last message.
func (k *kit) last(id, status string) {
	k.Helper()
	all := k.history(ann)
	if e := all[len(all)-1]; e.MessageID != id || e.Status != status {
		k.Fatalf("%s is %q, want %s to be %q", e.MessageID, e.Status, id, status)
	}
}

func earlyStatusCounts(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a", "b"), "a", 1, false)
	k.early("m1", "delivered")
	k.early("m2", "read")
	send = k.send(k.twice(func() state.HandOut { return k.mark(ann, send, mailed("m1")) }), "b", 1, false)
	k.last("m1", "delivered")
	k.status("m1", "read", true, "read")
	k.is(k.mark(ann, send, mailed("m2")), state.Free)
	k.last("m2", "read")
}

func earlyStatusesInAnyOrder(k *kit) {
	for i, came := range [][]string{
		{"sent", "delivered", "read"}, {"read", "delivered", "sent"}, {"delivered", "read", "delivered"},
	} {
		id := fmt.Sprint("m", i)
		send := k.send(k.reply(ann, k.accept(ann, id), "a"), "a", 1, false)
		k.early(id, came...)
		k.is(k.mark(ann, send, mailed(id)), state.Free)
		k.last(id, "read")
	}
	send := k.send(k.reply(ann, k.accept(ann, "other"), "a"), "a", 1, false)
	k.early("m9", "new word", "sent")
	k.is(k.mark(ann, send, mailed("m9")), state.Free)
	k.last("m9", "sent")
}

func earlyStatusForAStaleToken(k *kit) {
	stale := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.h.Advance(state.LeaseTime)
	k.send(k.claim("b", ann), "a", 2, true)
	k.early("m1", "failed")
	k.is(k.mark(ann, stale, mailed("m1")), state.Lost)
	k.last("m1", "failed")
}

func earlyStatusWithoutRows(k *kit) {
	turn := k.accept(ann, "1")
	k.early("m1", "read")
	send := k.send(k.reply(ann, turn, "a"), "a", 1, false)
	k.is(k.mark(ann, send, mailed("m1")), state.Free)
	k.last("m1", "sent")
}

func earlyStatusesGoWithTheRows(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.early("m2", "read")
	k.is(k.mark(ann, send, mailed("m1")), state.Free)
	send = k.send(k.reply(ann, k.accept(ann, "2"), "b"), "b", 1, false)
	k.is(k.mark(ann, send, mailed("m2")), state.Free)
	k.last("m2", "sent")
	send = k.send(k.reply(ann, k.accept(ann, "3"), "c"), "c", 1, false)
	k.early("m4", "read")
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Dead}), state.Free)
	send = k.send(k.reply(ann, k.accept(ann, "4"), "d"), "d", 1, false)
	k.is(k.mark(ann, send, mailed("m4")), state.Free)
	k.last("m4", "sent")
	turn := k.accept(ann, "5")
	k.is(k.sent(ann, k.send(k.journal(ann, turn, nil, "e"), "e", 1, false)), state.Proceed)
	k.early("m6", "read")
	send = k.send(k.reply(ann, turn, "e", "f"), "f", 1, false)
	k.is(k.mark(ann, send, mailed("m6")), state.Free)
	k.last("m6", "sent")
}

func earlyStatusesAreCapped(k *kit) {
	const over = state.MaxEarly + 8
	out := k.reply(ann, k.accept(ann, "1"), rows(over)...)
	for i := range over {
		k.early(fmt.Sprint("m", i), "delivered")
	}
	for i := range over {
		out = k.mark(ann, k.is(out, state.Send), mailed(fmt.Sprint("m", i)))
	}
	n := 0
	for _, e := range k.history(ann) {
		if e.Status == "delivered" {
			n++
		}
	}
	if n != state.MaxEarly {
		k.Fatalf("%d statuses that came early count, want %d", n, state.MaxEarly)
	}
}

// link links a message and expects the statuses that came before.
func (k *kit) link(id string, conv state.Conv, want ...string) {
	k.Helper()
	got, err := k.s.Link(k.ctx, "chat", id, conv)
	if err != nil || !slices.Equal(got, want) {
		k.Fatalf("Link of %s: %q, %v; want %q", id, got, err, want)
	}
}

// linked expects the conversation of a message.
func (k *kit) linked(id, status string, want state.Conv) {
	k.Helper()
	if got, err := k.s.Linked(k.ctx, "chat", id, status); err != nil || got != want {
		k.Fatalf("%s belongs to %q, %v; want %q", id, got, err, want)
	}
}

func linkLeads(k *kit) {
	k.link("m1", ann)
	k.linked("m1", "read", ann)
	k.linked("m1", "", ann)
	k.linked("m2", "", "")
	if got, err := k.s.Linked(k.ctx, "mail", "m1", ""); err != nil || got != "" {
		k.Fatalf("the message of another channel belongs to %q, %v", got, err)
	}
	k.link("m1", dana)
	k.linked("m1", "read", dana)
	k.link("m2", ann)
	if k.state(ann) != nil || len(k.history(ann)) != 0 {
		k.Fatalf("a link left something in the conversation")
	}
}

func linkBringsWhatCameBefore(k *kit) {
	for _, status := range []string{"sent", "read", "delivered", "read"} {
		k.linked("m1", status, "")
	}
	k.linked("m2", "failed", "")
	k.link("m1", ann, "sent", "read", "delivered", "read")
	k.link("m1", ann, "sent", "read", "delivered", "read")
	k.linked("m1", "read", ann)
	k.link("m1", ann, "sent", "read", "delivered", "read")
	k.link("m2", dana, "failed")
}

func earlyOfALinkIsCapped(k *kit) {
	for range state.MaxEarly + 8 {
		k.linked("m1", "sent", "")
	}
	got, err := k.s.Link(k.ctx, "chat", "m1", ann)
	if err != nil || len(got) != state.MaxEarly {
		k.Fatalf("%d statuses came before, %v; want %d", len(got), err, state.MaxEarly)
	}
}

func linksAreForgotten(k *kit) {
	k.link("m1", ann)
	k.linked("m2", "read", "")
	k.h.Advance(state.LinkTime - time.Minute)
	k.linked("m1", "", ann)
	k.link("m3", ann)
	k.h.Advance(2 * time.Minute)
	k.linked("m1", "", "")
	k.linked("m3", "", ann)
	k.link("m2", ann)
}
