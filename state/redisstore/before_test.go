package redisstore

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// TestDataOfTheVersionBeforeGoesOn: testdata/before.json holds all keys of a store
// as the first version left it, at noon of the clock of the tests. Each conversation
// had one message and its reply; what is in the midst of it goes on.
func TestDataOfTheVersionBeforeGoesOn(t *testing.T) {
	r, clock := startServer(t), statetest.NewClock()
	restore(t, r, "testdata/before.json")
	s := newAudited(t, open(t, r.url(), Options{Now: clock.Now}))
	s.old = true
	ctx := t.Context()
	idle, turn, waits, wake, dead := state.Conv("chat/main/idle"), state.Conv("chat/main/turn"), state.Conv("chat/main/waits"), state.Conv("chat/main/wake"), state.Conv("chat/main/dead")
	expect := func(want state.HandOutKind) func(state.HandOut, error) state.HandOut {
		return func(out state.HandOut, err error) state.HandOut {
			t.Helper()
			if err != nil || out.Kind != want {
				t.Fatalf("got %s, %v; want %s", out.Kind, err, want)
			}
			if err := s.Audit(ctx); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	commit := func(conv state.Conv, out state.HandOut) (state.HandOut, error) {
		return s.Commit(ctx, conv, out.Token, out.Event.Number, state.Result{State: []byte("new"), History: []byte("in"), Flows: 3})
	}
	sent := func(conv state.Conv, out state.HandOut) (state.HandOut, error) {
		return s.Mark(ctx, conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent, MessageID: "m2", History: []byte("out")})
	}

	// Idle: known ids, state, history.
	if verdicts, _, err := s.Accept(ctx, idle, event("1"), caller("b")); err != nil || verdicts[0] != state.Duplicate {
		t.Fatalf("an id that was seen before: %v, %v", verdicts, err)
	}
	if rose, err := s.Status(ctx, idle, "m1", "read"); err != nil || !rose {
		t.Fatalf("the status of a message from before: %t, %v", rose, err)
	}
	out := accept(t, s, idle, "b", "2")
	if string(out.State) != `{"at":1}` {
		t.Fatalf("the state is %q", out.State)
	}
	expect(state.Free)(commit(idle, out))
	if all, err := s.History(ctx, idle, 0, 10); err != nil || len(all) != 3 || all[1].Status != "read" || all[2].Number <= all[1].Number {
		t.Fatalf("the history is %+v, %v", all, err)
	}
	if b, err := s.Load(ctx, turn); err != nil || string(b) != `{"at":1}` {
		t.Fatalf("the state is %q, %v", b, err)
	}

	// A turn in the hands of a process that is gone, with a journal and a row that
	// waits, and an event behind it.
	clock.Advance(state.LeaseTime)
	out = expect(state.Turn)(s.Claim(ctx, turn, state.Caller{Process: "b", Room: true, Flows: 3}))
	if out.Event.First != out.Event.Number || string(out.Event.Payload) != "2" || out.Deaths != 1 || out.Rows != 1 ||
		len(out.Journal) != 1 || string(out.State) != `{"at":1}` {
		t.Fatalf("the turn is %+v", out)
	}
	out = expect(state.Turn)(commit(turn, out))
	if string(out.Event.Payload) != "3" || out.Rows != 0 || out.Deaths != 0 || string(out.State) != "new" {
		t.Fatalf("the next turn is %+v", out)
	}
	expect(state.Free)(commit(turn, out))
	clock.Advance(time.Minute) // for the row
	if out := expect(state.Newer)(s.Claim(ctx, turn, state.Caller{Process: "b", Room: true, Flows: 2})); out.Token.Number != 0 {
		t.Fatalf("leased to older flows: %+v", out)
	}
	expect(state.Free)(sent(turn, expect(state.Send)(s.Claim(ctx, turn, caller("b")))))

	// Rows that wait, one of them unknown.
	out = expect(state.Send)(s.Claim(ctx, waits, caller("b")))
	if string(out.Row.Payload) != "a" || !out.Unknown || out.Attempt != 2 {
		t.Fatalf("the row is %+v", out)
	}
	expect(state.Free)(sent(waits, expect(state.Send)(sent(waits, out))))

	// A wake time.
	clock.Advance(time.Hour)
	if out = expect(state.Turn)(s.Claim(ctx, wake, caller("b"))); !out.Event.Wake || string(out.State) != `{"at":3}` {
		t.Fatalf("it wakes with %+v", out)
	}
	expect(state.Free)(commit(wake, out))
	retryOld(t, s, dead)
}

// retryOld puts the dead letters of the version before back, an event and a row,
// but one that is dropped, and erases the rest.
func retryOld(t *testing.T, s *audited, conv state.Conv) {
	t.Helper()
	ctx := t.Context()
	s.use(conv)
	all := letters(t, s.Store)
	slices.SortFunc(all, func(a, b state.Letter) int { return bytes.Compare(a.Payload, b.Payload) })
	if len(all) != 2 || string(all[0].Payload) != "2" || string(all[1].Payload) != "sorry" || all[0].Conv != conv {
		t.Fatalf("dead letters: %+v", all)
	}
	if err := s.Retry(ctx, all[0].ID); err != nil {
		t.Fatal(err)
	}
	out, err := s.Claim(ctx, conv, caller("b"))
	if err != nil || out.Kind != state.Turn || out.Event.First != all[0].Number || !out.Event.At.Equal(all[0].At) || string(out.Event.Payload) != "2" {
		t.Fatalf("the event came back as %+v, %v", out, err)
	}
	if err := s.Audit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(ctx, conv); err != nil {
		t.Fatal(err)
	}
	if all := letters(t, s.Store); len(all) != 0 {
		t.Fatalf("dead letters of what was forgotten: %+v", all)
	}
	if err := s.Audit(ctx); err != nil {
		t.Fatal(err)
	}
}

// restore gives a server the keys of a file: names and what DUMP says, in hex.
func restore(t *testing.T, r *server, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	c := r.client(t)
	for key, dump := range all {
		k, err := hex.DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		v, err := hex.DecodeString(dump)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Restore(t.Context(), string(k), 0, string(v)).Err(); err != nil {
			t.Fatal(err)
		}
	}
}
