package statetest

import (
	"time"

	"github.com/parley-chat/parley/state"
)

func wakes() []behaviour {
	return []behaviour{
		{"WakeTimeBecomesAnEvent", clock, wakeTimeBecomesAnEvent},
		{"WakeTimeIsReplaced", clock, wakeTimeIsReplaced},
		{"WakeTimeIsCleared", clock, wakeTimeIsCleared},
		{"WakeTimeThatPassedComesAtOnce", nothing, wakeTimeThatPassed},
		{"WakeComesBehindWhatWaits", clock, wakeComesBehindWhatWaits},
		{"WakeBehindAFailedTurnWaits", clock, wakeBehindAFailedTurnWaits},
		{"WakeComesToTheHolder", clock, wakeComesToTheHolder},
		{"WakeTimeStaysWhileATurnFails", clock, wakeStaysWhileATurnFails},
		{"WakeEventCanBeSetAside", clock, wakeEventCanBeSetAside},
	}
}

// sleep commits the turn of a new event with a wake time.
func (k *kit) sleep(id string, d time.Duration) {
	k.Helper()
	turn := k.turn(k.accept(ann, id), id)
	k.is(k.commit(ann, turn, state.Result{Wake: turn.Now.Add(d)}), state.Free)
}

// wakes expects the turn of a wake event.
func (k *kit) wakes(out state.HandOut) state.HandOut {
	k.Helper()
	k.is(out, state.Turn)
	if !out.Event.Wake || len(out.Event.Payload) != 0 {
		k.Fatalf("got the turn of %q, want that of a wake event", out.Event.Payload)
	}
	return out
}

func wakeTimeBecomesAnEvent(k *kit) {
	k.sleep("1", time.Minute)
	k.h.Advance(time.Minute - time.Millisecond)
	k.is(k.claim("a", ann), state.Early)
	k.h.Advance(time.Millisecond)
	k.is(k.reply(ann, k.wakes(k.claim("a", ann))), state.Free)
	k.h.Advance(time.Hour)
	k.is(k.claim("a", ann), state.Early)
}

func wakeTimeIsReplaced(k *kit) {
	k.sleep("1", time.Minute)
	k.sleep("2", time.Hour)
	k.h.Advance(time.Minute)
	k.is(k.claim("a", ann), state.Early)
	k.h.Advance(time.Hour - time.Minute)
	k.is(k.reply(ann, k.wakes(k.claim("a", ann))), state.Free)
}

func wakeTimeIsCleared(k *kit) {
	k.sleep("1", time.Minute)
	k.is(k.reply(ann, k.accept(ann, "2")), state.Free)
	k.h.Advance(time.Minute)
	k.is(k.claim("a", ann), state.Early)
}

func wakeTimeThatPassed(k *kit) {
	turn := k.accept(ann, "1")
	out := k.commit(ann, turn, state.Result{Wake: turn.Now.Add(-time.Minute)})
	k.is(k.reply(ann, k.wakes(out)), state.Free)
}

func wakeComesBehindWhatWaits(k *kit) {
	k.sleep("1", time.Minute)
	k.put(ann, "2")
	k.h.Advance(time.Minute)
	out := k.turn(k.claim("a", ann), "2")
	k.put(ann, "3")
	k.turn(k.reply(ann, k.wakes(k.reply(ann, out))), "3")
}

func wakeBehindAFailedTurnWaits(k *kit) {
	k.sleep("1", time.Minute)
	k.is(k.fail(ann, k.turn(k.accept(ann, "2"), "2"), time.Hour), state.Free)
	k.h.Advance(time.Minute)
	k.is(k.claim("a", ann), state.Early)
	k.h.Advance(time.Hour)
	k.wakes(k.reply(ann, k.turn(k.claim("a", ann), "2")))
}

func wakeComesToTheHolder(k *kit) {
	turn := k.accept(ann, "1")
	send := k.send(k.commit(ann, turn, state.Result{Rows: payloads("a"), Wake: turn.Now.Add(time.Second)}), "a", 1, false)
	k.h.Advance(time.Second)
	k.wakes(k.sent(ann, send))
}

func wakeStaysWhileATurnFails(k *kit) {
	k.sleep("1", time.Minute)
	k.is(k.fail(ann, k.accept(ann, "2"), 0), state.Free)
	k.h.Advance(time.Minute)
	k.wakes(k.claim("a", ann))
}

func wakeEventCanBeSetAside(k *kit) {
	k.sleep("1", time.Minute)
	k.h.Advance(time.Minute)
	turn := k.wakes(k.claim("a", ann))
	k.is(k.fail(ann, turn, 0), state.Free)
	if all := k.letters(); len(all) != 1 || all[0].Number != turn.Event.Number || !all[0].Wake {
		k.Fatalf("dead letters: %+v", all)
	}
}
