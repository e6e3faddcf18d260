package statetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/state"
)

func journals() []behaviour {
	return []behaviour{
		{"EntriesAreHandedOutAfterACrash", clock, entriesSurviveACrash},
		{"EntryReplacesOneOfItsKey", nothing, entryReplacesOneOfItsKey},
		{"EntriesSurviveAFailWithADelay", clock, entriesSurviveAFail},
		{"EntriesGoWithTheirTurn", nothing, entriesGoWithTheirTurn},
		{"RowsLeaveWithinTheTurn", nothing, rowsLeaveWithinTheTurn},
		{"RowsAreNotTakenTwice", clock, rowsAreNotTakenTwice},
		{"WithoutRowsItProceeds", nothing, withoutRowsItProceeds},
		{"RowsWaitBehindOlderOnes", clock, rowsWaitBehindOlderOnes},
		{"DeathAfterARowCountsBoth", clock, deathAfterARowCountsBoth},
		{"RefusesWhatIsTooLarge", nothing, journalRefusesWhatIsTooLarge},
		{"RefusesMoreRowsThanFit", nothing, journalRefusesTooManyRows},
	}
}

func entries(pairs ...string) []state.JournalEntry {
	var all []state.JournalEntry
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, state.JournalEntry{Key: pairs[i], Payload: []byte(pairs[i+1])})
	}
	return all
}

// has expects the journal of a turn.
func (k *kit) has(turn state.HandOut, pairs ...string) {
	k.Helper()
	var got []string
	for _, e := range turn.Journal {
		got = append(got, e.Key, string(e.Payload))
	}
	if fmt.Sprint(got) != fmt.Sprint(pairs) {
		k.Fatalf("the journal has %v, want %v", got, pairs)
	}
}

func entriesSurviveACrash(k *kit) {
	turn := k.accept(ann, "1")
	k.has(turn)
	k.is(k.journal(ann, turn, entries("b", "1", "a", "2")), state.Proceed)
	k.is(k.journal(ann, turn, entries("c", "")), state.Proceed)
	k.h.Advance(state.LeaseTime)
	turn = k.turn(k.claim("b", ann), "1")
	k.has(turn, "b", "1", "a", "2", "c", "")
	k.is(k.journal(ann, turn, entries("d", "4")), state.Proceed)
	k.is(k.release(ann, turn), state.Free)
	k.has(k.turn(k.claim("c", ann), "1"), "b", "1", "a", "2", "c", "", "d", "4")
}

func entryReplacesOneOfItsKey(k *kit) {
	turn := k.accept(ann, "1")
	k.journal(ann, turn, entries("a", "old", "b", "kept"))
	k.journal(ann, turn, entries("a", "new, and longer", "c", "1", "c", "2"))
	k.is(k.release(ann, turn), state.Free)
	k.has(k.claim("a", ann), "a", "new, and longer", "b", "kept", "c", "2")
}

func entriesSurviveAFail(k *kit) {
	turn := k.accept(ann, "1")
	k.journal(ann, turn, entries("a", "1"))
	k.is(k.fail(ann, turn, time.Second), state.Free)
	k.h.Advance(time.Second)
	k.has(k.turn(k.claim("a", ann), "1"), "a", "1")
}

func entriesGoWithTheirTurn(k *kit) {
	turn := k.accept(ann, "1", "2", "3")
	k.journal(ann, turn, entries("a", "1"))
	turn = k.turn(k.reply(ann, turn), "2")
	k.has(turn)
	k.journal(ann, turn, entries("a", "2"))
	k.has(k.turn(k.fail(ann, turn, 0), "3"))
}

func rowsLeaveWithinTheTurn(k *kit) {
	turn := k.accept(ann, "1", "2")
	out := k.send(k.journal(ann, turn, entries("a", "1"), "one moment"), "one moment", 1, false)
	out = k.is(k.sent(ann, out), state.Proceed)
	if out.Token != turn.Token {
		k.Fatalf("proceed as %v instead of %v", out.Token, turn.Token)
	}
	out = k.send(k.journal(ann, turn, nil, "one moment", "still", "there"), "still", 1, false)
	out = k.send(k.sent(ann, out), "there", 1, false)
	k.is(k.sent(ann, out), state.Proceed)
	out = k.reply(ann, turn, "one moment", "still", "there", "done")
	k.turn(k.sent(ann, k.send(out, "done", 1, false)), "2")
}

func rowsAreNotTakenTwice(k *kit) {
	turn := k.accept(ann, "1")
	k.sent(ann, k.send(k.journal(ann, turn, nil, "a"), "a", 1, false))
	k.send(k.journal(ann, turn, nil, "a", "b"), "b", 1, false)
	k.h.Advance(state.LeaseTime)
	out := k.send(k.claim("b", ann), "b", 2, true)
	turn = k.turn(k.sent(ann, out), "1")
	if turn.Rows != 2 {
		k.Fatalf("%d rows of the turn are taken, want 2", turn.Rows)
	}
	k.is(k.journal(ann, turn, nil, "a"), state.Proceed)
	k.is(k.journal(ann, turn, nil, "a", "b"), state.Proceed)
	out = k.reply(ann, turn, "a", "b", "c")
	k.is(k.sent(ann, k.send(out, "c", 1, false)), state.Free)
	if out := k.turn(k.accept(ann, "2"), "2"); out.Rows != 0 {
		k.Fatalf("%d rows of the turn before", out.Rows)
	}
}

func withoutRowsItProceeds(k *kit) {
	turn := k.accept(ann, "1", "2")
	if out := k.is(k.journal(ann, turn, nil), state.Proceed); out.Token != turn.Token || out.Left != state.LeaseTime {
		k.Fatalf("proceed as %v with %s left", out.Token, out.Left)
	}
	k.turn(k.reply(ann, turn), "2")
}

func rowsWaitBehindOlderOnes(k *kit) {
	k.queue("1", "old")
	turn := k.turn(k.accept(ann, "2"), "2")
	k.is(k.journal(ann, turn, nil, "new"), state.Proceed)
	k.h.Advance(time.Minute)
	out := k.send(k.journal(ann, turn, nil, "new"), "old", 2, false)
	k.send(k.sent(ann, out), "new", 1, false)
}

func deathAfterARowCountsBoth(k *kit) {
	turn := k.accept(ann, "1")
	k.send(k.journal(ann, turn, nil, "a"), "a", 1, false)
	k.h.Advance(state.LeaseTime)
	out := k.turn(k.sent(ann, k.send(k.claim("b", ann), "a", 2, true)), "1")
	if out.Deaths != 1 {
		k.Fatalf("%d deaths, want 1", out.Deaths)
	}
}

func journalRefusesWhatIsTooLarge(k *kit) {
	turn := k.accept(ann, "1")
	most := state.JournalEntry{Key: "k", Payload: make([]byte, state.MaxJournalEntry)}
	over := state.JournalEntry{Key: "k", Payload: make([]byte, state.MaxJournalEntry+1)}
	var many []state.JournalEntry
	for i := range state.MaxJournal/state.MaxJournalEntry + 1 {
		many = append(many, state.JournalEntry{Key: fmt.Sprint(i), Payload: most.Payload})
	}
	for _, tried := range []struct {
		entries []state.JournalEntry
		rows    [][]byte
	}{
		{entries: []state.JournalEntry{over}},
		{entries: many},
		{entries: entries("a", "1"), rows: [][]byte{make([]byte, state.MaxRow+1)}},
	} {
		_, err := k.s.Journal(k.ctx, ann, turn.Token, turn.Event.Number, tried.entries, tried.rows)
		if !errors.Is(err, state.ErrTooLarge) {
			k.Fatalf("got %v, want %v", err, state.ErrTooLarge)
		}
	}
	k.is(k.journal(ann, turn, []state.JournalEntry{most}), state.Proceed)
	k.is(k.release(ann, turn), state.Free)
	if out := k.claim("a", ann); len(out.Journal) != 1 {
		k.Fatalf("%d entries, want the one that was not refused", len(out.Journal))
	}
}

func journalRefusesTooManyRows(k *kit) {
	turn := k.accept(ann, "1")
	_, err := k.s.Journal(k.ctx, ann, turn.Token, turn.Event.Number, entries("a", "1"), payloads(rows(state.MaxOutboxRows+1)...))
	if !errors.Is(err, state.ErrFull) {
		k.Fatalf("got %v, want %v", err, state.ErrFull)
	}
	k.is(k.release(ann, turn), state.Free)
	turn = k.turn(k.claim("a", ann), "1")
	if k.has(turn); turn.Rows != 0 {
		k.Fatalf("a refused journal took %d rows", turn.Rows)
	}
}
