package statetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/state"
)

func indexes() []behaviour {
	return []behaviour{
		{"OldestFirst", clock, oldestFirst},
		{"NextIsAfterNow", clock, nextIsAfterNow},
		{"EndOfALeaseIsDue", clock, endOfALeaseIsDue},
		{"BusyConversationKeepsItsPlace", clock, busyConversationKeepsItsPlace},
		{"NothingIsDueWhenAllIsDone", nothing, nothingIsDue},
		{"BacklogCountsWhatIsDue", clock, backlogCounts},
	}
}

func readers() []behaviour {
	return []behaviour{
		{"UnknownConversationIsEmpty", nothing, unknownConversationIsEmpty},
		{"HistoryHasBothSides", clock, historyHasBothSides},
		{"HistoryIsCapped", nothing, historyIsCapped},
		{"HistoryIsReadInPages", nothing, historyIsReadInPages},
		{"StatusOnlyRises", nothing, statusOnlyRises},
		{"StatusOfAnUnknownMessage", nothing, statusOfAnUnknownMessage},
		{"DeadLettersAreReadInPages", nothing, deadLettersAreReadInPages},
	}
}

// due expects what Due lists.
func (k *kit) due(limit int, want ...state.Conv) (all []state.Due, next time.Time) {
	k.Helper()
	all, next, err := k.s.Due(k.ctx, limit)
	if err != nil {
		k.Fatalf("Due: %v", err)
	}
	var got []state.Conv
	for _, d := range all {
		got = append(got, d.Conv)
	}
	if !slices.Equal(got, want) {
		k.Fatalf("due are %q, want %q", got, want)
	}
	return all, next
}

func oldestFirst(k *kit) {
	names := []state.Conv{longName(), dana, ann}
	for _, name := range names {
		k.put(name, "1")
		k.h.Advance(time.Second)
	}
	all, next := k.due(10, names...)
	if d := all[1].At.Sub(all[0].At); d != time.Second || !next.IsZero() {
		k.Fatalf("%s apart, next %s", d, next)
	}
	k.due(2, names[:2]...)
	k.due(0)
}

func nextIsAfterNow(k *kit) {
	now := k.s.now()
	k.sleep("1", time.Hour)
	k.put(dana, "1")
	if _, next := k.due(0); !next.Equal(now.Add(time.Hour)) {
		k.Fatalf("next at %s, want %s", next, now.Add(time.Hour))
	}
	k.h.Advance(time.Hour)
	if _, next := k.due(10, dana, ann); !next.IsZero() {
		k.Fatalf("next at %s, want none", next)
	}
}

func endOfALeaseIsDue(k *kit) {
	held := k.accept(ann, "1")
	if _, next := k.due(10); !next.Equal(held.Now.Add(held.Left)) {
		k.Fatalf("next at %s, want the end of the lease at %s", next, held.Now.Add(held.Left))
	}
	k.h.Advance(state.LeaseTime)
	k.due(10, ann)
}

func busyConversationKeepsItsPlace(k *kit) {
	k.put(ann, "1")
	k.h.Advance(time.Second)
	k.put(dana, "1")
	k.h.Advance(time.Second)
	k.put(ann, "2")
	k.due(10, ann, dana)
}

func nothingIsDue(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "a"), "a", 1, false)
	k.is(k.sent(ann, send), state.Free)
	if _, next := k.due(10); !next.IsZero() {
		k.Fatalf("next at %s, want none", next)
	}
}

func backlogCounts(k *kit) {
	backlog := func(limit, want int) {
		k.Helper()
		if n, err := k.s.Backlog(k.ctx, limit); err != nil || n != want {
			k.Fatalf("a backlog of %d, %v; want %d of at most %d", n, err, want, limit)
		}
	}
	backlog(10, 0)
	k.accept("chat/main/held", "1")
	k.sleep("1", time.Hour)
	backlog(10, 0)
	for i := range 5 {
		k.put(state.NewConv("chat", "main", fmt.Sprint(i)), "1")
	}
	backlog(10, 5)
	backlog(3, 3)
	backlog(0, 0)
	k.h.Advance(time.Hour)
	backlog(10, 7)
}

func unknownConversationIsEmpty(k *kit) {
	if b := k.state(ann); b != nil {
		k.Fatalf("a state: %q", b)
	}
	if all := k.history(ann); len(all) != 0 {
		k.Fatalf("a history: %v", all)
	}
	if all := k.letters(); len(all) != 0 {
		k.Fatalf("dead letters: %v", all)
	}
}

func historyHasBothSides(k *kit) {
	turn := k.accept(ann, "1")
	k.h.Advance(time.Second)
	send := k.commit(ann, turn, state.Result{Rows: payloads("x"), History: []byte("hello")})
	k.h.Advance(time.Second)
	k.is(k.mark(ann, send, mailed("m1")), state.Free)
	all := k.history(ann)
	if len(all) != 2 {
		k.Fatalf("%d entries, want 2", len(all))
	}
	in, out := all[0], all[1]
	if in.Direction != state.In || string(in.Payload) != "hello" || in.MessageID != "" || in.Status != "" || !in.At.Equal(turn.Event.At) {
		k.Fatalf("what came in: %+v", in)
	}
	if out.Direction != state.Out || string(out.Payload) != "said m1" || out.MessageID != "m1" || out.Status != "sent" || !out.At.Equal(turn.Now.Add(2*time.Second)) {
		k.Fatalf("what went out: %+v", out)
	}
	if out.Number <= in.Number {
		k.Fatalf("number %d after %d", out.Number, in.Number)
	}
}

// talk commits n turns with a history entry each.
func (k *kit) talk(n int) {
	k.Helper()
	for i := range n {
		k.is(k.commit(ann, k.accept(ann, fmt.Sprint(i)), state.Result{History: []byte(fmt.Sprint(i))}), state.Free)
	}
}

func historyIsCapped(k *kit) {
	k.talk(state.MaxHistory + 3)
	all := k.history(ann)
	if len(all) != state.MaxHistory || string(all[0].Payload) != "3" {
		k.Fatalf("%d entries from %q on, want %d from \"3\" on", len(all), all[0].Payload, state.MaxHistory)
	}
}

func historyIsReadInPages(k *kit) {
	k.talk(7)
	var got []string
	after := uint64(0)
	for {
		page, err := k.s.History(k.ctx, ann, after, 3)
		if err != nil {
			k.Fatalf("History: %v", err)
		}
		if len(page) == 0 {
			break
		}
		if len(page) > 3 {
			k.Fatalf("a page of %d entries, want at most 3", len(page))
		}
		for _, e := range page {
			got = append(got, string(e.Payload))
			after = e.Number
		}
	}
	if want := []string{"0", "1", "2", "3", "4", "5", "6"}; !slices.Equal(got, want) {
		k.Fatalf("read %v, want %v", got, want)
	}
}

// status reports a status and expects whether it rose and what it is then.
func (k *kit) status(id, status string, rises bool, then string) {
	k.Helper()
	rose, err := k.s.Status(k.ctx, ann, id, status)
	if err != nil {
		k.Fatalf("Status: %v", err)
	}
	all := k.history(ann)
	if got := all[len(all)-1].Status; rose != rises || got != then {
		k.Fatalf("%s: rose %t to %q, want %t to %q", status, rose, got, rises, then)
	}
}

func statusOnlyRises(k *kit) {
	send := k.send(k.reply(ann, k.accept(ann, "1"), "x"), "x", 1, false)
	k.is(k.mark(ann, send, mailed("m1")), state.Free)
	k.status("m1", "sent", false, "sent")
	k.status("m1", "read", true, "read")
	k.status("m1", "delivered", false, "read")
	k.status("m1", "read", false, "read")
	k.status("m1", "new word", false, "read")
	k.status("m1", "failed", true, "failed")
	if e := k.history(ann)[0]; string(e.Payload) != "said m1" || e.MessageID != "m1" || e.Direction != state.Out {
		k.Fatalf("a status changed more than the status: %+v", e)
	}
}

func statusOfAnUnknownMessage(k *kit) {
	turn := k.accept(ann, "1")
	send := k.commit(ann, turn, state.Result{Rows: payloads("x"), History: []byte("hello")})
	k.is(k.mark(ann, send, state.Outcome{Kind: state.Sent, History: []byte("said")}), state.Free)
	k.status("m1", "read", false, "sent")
	k.status("", "read", false, "sent")
	if rose, err := k.s.Status(k.ctx, dana, "m1", "read"); rose || err != nil {
		k.Fatalf("a status for a conversation that is not known: %t, %v", rose, err)
	}
}

func deadLettersAreReadInPages(k *kit) {
	for i := range 7 {
		k.is(k.fail(ann, k.accept(ann, fmt.Sprint(i)), 0), state.Free)
	}
	var got []string
	after := ""
	for {
		page, err := k.s.DeadLetters(k.ctx, after, 3)
		if err != nil {
			k.Fatalf("DeadLetters: %v", err)
		}
		if len(page) == 0 {
			break
		}
		if len(page) > 3 {
			k.Fatalf("a page of %d, want at most 3", len(page))
		}
		for _, l := range page {
			if l.ID <= after {
				k.Fatalf("id %q after %q", l.ID, after)
			}
			got = append(got, string(l.Payload))
			after = l.ID
		}
	}
	if want := []string{"0", "1", "2", "3", "4", "5", "6"}; !slices.Equal(got, want) {
		k.Fatalf("read %v, want %v", got, want)
	}
}
