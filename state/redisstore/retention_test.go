package redisstore

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// ends expects that a key ends in about d; -1 is never.
func (s *audited) ends(t *testing.T, key string, d time.Duration) {
	t.Helper()
	got := s.client.PTTL(t.Context(), key).Val()
	if d < 0 && got != -1 || d >= 0 && (got > d || got < d-time.Minute) {
		t.Fatalf("%s ends in %s, want %s", key, got, d)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A stay is a conversation whose state lies in one place.
type stay struct {
	*audited
	state []byte
	held  []string // the keys that hold it
}

// stays calls the test with a state that lies in the header, and with one that does
// not.
func stays(t *testing.T, o Options, test func(t *testing.T, s stay)) {
	r := startServer(t)
	for name, size := range map[string]int{"here": maxHere, "apart": maxHere + 1} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Bot = name
			s := newAudited(t, open(t, r.url(), o))
			held := []string{s.keys.conversation(ann)[0]}
			if size > maxHere {
				held = append(held, s.keys.state(ann))
			}
			test(t, stay{s, bytes.Repeat([]byte("s"), size), held})
		})
	}
}

// stateEnds expects that the state ends in about d; -1 is never.
func (s stay) stateEnds(t *testing.T, d time.Duration) {
	t.Helper()
	for _, key := range s.held {
		s.ends(t, key, d)
	}
}

// result is of a turn that leaves the state and a history entry.
func (s stay) result(rows ...string) state.Result {
	r := state.Result{State: s.state, History: []byte("h")}
	for _, row := range rows {
		r.Rows = append(r.Rows, []byte(row))
	}
	return r
}
func TestIdleConversationEnds(t *testing.T) {
	stays(t, Options{}, func(t *testing.T, s stay) {
		ctx := t.Context()
		out := accept(t, s, ann, "a", "1")
		out, err := s.Commit(ctx, ann, out.Token, out.Event.Number, s.result("x"))
		if err != nil {
			t.Fatal(err)
		}
		s.stateEnds(t, -1)
		out, err = s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent, History: []byte("h")})
		if err != nil || out.Kind != state.Free {
			t.Fatalf("mark: %s, %v", out.Kind, err)
		}
		s.stateEnds(t, state.Retention)
		s.ends(t, s.keys.history(ann), state.HistoryTime+tendEach)

		// Long after, a turn is in hand: it has all the time there is.
		for _, key := range s.held {
			s.client.PExpire(ctx, key, time.Hour)
		}
		out = accept(t, s, ann, "a", "2")
		if !bytes.Equal(out.State, s.state) {
			t.Fatalf("the state is %q", out.State)
		}
		s.stateEnds(t, -1)
		if out, err := s.Fail(ctx, ann, out.Token, out.Event.Number, state.Failure{}); err != nil || out.Kind != state.Free {
			t.Fatalf("fail: %s, %v", out.Kind, err)
		}
		s.stateEnds(t, state.Retention)
	})
}

func TestWhatWaitsDoesNotEnd(t *testing.T) {
	clock := statetest.NewClock()
	stays(t, Options{Now: clock.Now, Retention: 500 * 24 * time.Hour, HistoryTime: time.Hour}, func(t *testing.T, s stay) {
		ctx := t.Context()
		do := func(out state.HandOut, err error) state.HandOut {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		// A wake time.
		out := accept(t, s, ann, "a", "1")
		r := s.result()
		r.Wake = clock.Now().Add(600 * 24 * time.Hour)
		do(s.Commit(ctx, ann, out.Token, out.Event.Number, r))
		s.stateEnds(t, -1)
		s.ends(t, s.keys.history(ann), time.Hour+tendEach)
		clock.Advance(600 * 24 * time.Hour)
		out = do(s.Claim(ctx, ann, caller("a")))
		s.stateEnds(t, -1)
		// A row.
		out = do(s.Commit(ctx, ann, out.Token, out.Event.Number, s.result("x")))
		if n := s.client.LLen(ctx, s.keys.history(ann)).Val(); n != 1 {
			t.Fatalf("%d entries lie in the history, want the young one", n)
		}
		do(s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Later, Delay: time.Hour}))
		s.stateEnds(t, -1)
		clock.Advance(time.Hour)
		out = do(s.Claim(ctx, ann, caller("a")))
		do(s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent}))
		s.stateEnds(t, 500*24*time.Hour)
		// An event.
		put(t, s.Store, ann, event("2")...)
		s.stateEnds(t, -1)
		clock.Advance(2 * time.Hour) // longer than its entry in the history is kept
		out = do(s.Claim(ctx, ann, caller("a")))
		do(s.Commit(ctx, ann, out.Token, out.Event.Number, state.Result{History: []byte("h")}))
		s.stateEnds(t, 500*24*time.Hour)
		if all, err := s.History(ctx, ann, 0, 10); err != nil || len(all) != 0 {
			t.Fatalf("the history is %v, %v", all, err)
		}
		if b, err := s.Load(ctx, ann); err != nil || !bytes.Equal(b, s.state) {
			t.Fatalf("the state is %q, %v", b, err)
		}
	})
}

// TestStateMovesBetweenItsPlaces: it grows and shrinks, and lies in one place.
func TestStateMovesBetweenItsPlaces(t *testing.T) {
	s := newAudited(t, open(t, startServer(t).url(), Options{}))
	last := []byte(nil)
	for i, size := range []int{1, maxHere + 1, maxHere + 2, 0, maxHere, maxHere + 1, 5} {
		out := accept(t, s, ann, "a", fmt.Sprint(i))
		if !bytes.Equal(out.State, last) || (out.State == nil) != (last == nil) {
			t.Fatalf("the state has %d bytes, want %d", len(out.State), len(last))
		}
		last = bytes.Repeat([]byte{byte(i)}, size)
		r := state.Result{State: last, History: []byte("h"), Rows: [][]byte{[]byte("x"), []byte("y")}}
		out, err := s.Commit(t.Context(), ann, out.Token, out.Event.Number, r)
		for err == nil && out.Kind == state.Send {
			out, err = s.Mark(t.Context(), ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent})
		}
		if err != nil || out.Kind != state.Free {
			t.Fatalf("%s, %v", out.Kind, err)
		}
		if b, err := s.Load(t.Context(), ann); err != nil || !bytes.Equal(b, last) || b == nil {
			t.Fatalf("the state has %d bytes, %v", len(b), err)
		}
		if n := s.client.Exists(t.Context(), s.keys.state(ann)).Val(); (n == 1) != (size > maxHere) {
			t.Fatalf("with %d bytes, %d keys hold the state alone", size, n)
		}
		if err := s.Audit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestShortRetention(t *testing.T) {
	if _, err := Open(t.Context(), "redis://127.0.0.1:1", Options{Retention: time.Minute}); err == nil || !strings.Contains(err.Error(), "retention") {
		t.Fatalf("a retention of a minute: %v", err)
	}
	stays(t, Options{Retention: 24 * time.Hour}, func(t *testing.T, s stay) {
		for _, id := range []string{"1", "2"} {
			out := accept(t, s, ann, "a", id)
			if id == "2" { // whose process may be gone over a weekend
				s.stateEnds(t, -1)
			}
			if _, err := s.Commit(t.Context(), ann, out.Token, out.Event.Number, s.result()); err != nil {
				t.Fatal(err)
			}
			s.stateEnds(t, 24*time.Hour)
			s.ends(t, s.keys.history(ann), 24*time.Hour+tendEach)
		}
	})
}

// TestWhatNobodyNeedsEnds uses everything: only counters are kept for ever.
func TestWhatNobodyNeedsEnds(t *testing.T) {
	s := open(t, startServer(t).url(), Options{})
	ctx := t.Context()
	out := accept(t, s, ann, "a", "1")
	_, err := s.Commit(ctx, ann, out.Token, out.Event.Number, state.Result{State: make([]byte, maxHere+1), History: []byte("h")})
	put(t, s, ann, large("2"))
	check := func(e error) {
		t.Helper()
		if e != nil {
			t.Fatal(e)
		}
	}
	check(err)
	_, err = s.Link(ctx, "chat", "m1", ann)
	check(err)
	_, err = s.Linked(ctx, "chat", "m2", "read")
	check(err)
	_, err = s.Register(ctx, "digest")
	check(err)
	_, err = s.Alive(ctx, "a", 1)
	check(err)
	_, err = s.Lead(ctx, "job", "a", time.Minute)
	check(err)
	_, err = s.Take(ctx, "chat", state.Bucket{Rate: 1e-300, Burst: 5}, 3)
	check(err)
	kept := 0
	keys := s.client.Keys(ctx, "*").Val()
	for _, key := range keys {
		if s.client.PTTL(ctx, key).Val() >= 0 {
			continue
		}
		if kept++; key != s.keys.shared("flows") && key != s.keys.conversation(ann)[4] {
			t.Errorf("%s does not end", key)
		}
	}
	if kept != 2 || len(keys) != 13 {
		t.Errorf("%d of %d keys do not end: %q", kept, len(keys), keys)
	}
}

func TestDroppedLettersAreLogged(t *testing.T) {
	var log bytes.Buffer
	s := open(t, startServer(t).url(), Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	var events []state.NewEvent
	for range state.MaxLettersEach + 3 {
		events = append(events, large(""))
	}
	for len(events) > 0 {
		n := min(len(events), 100)
		put(t, s, ann, events[:n]...)
		events = events[n:]
	}
	if n := strings.Count(log.String(), "level=WARN"); n == 0 || !strings.Contains(log.String(), "count=") {
		t.Fatalf("logged: %s", log.String())
	}
}

// TestLetterWithoutPayload: its size is zero, which Lua can make negative.
func TestLetterWithoutPayload(t *testing.T) {
	s := newAudited(t, open(t, startServer(t).url(), Options{}))
	ctx := t.Context()
	for _, mend := range []func(id string) error{
		func(id string) error { return s.Drop(ctx, id) },
		func(id string) error { return s.Retry(ctx, id) },
		func(string) error { return s.Forget(ctx, ann) },
	} {
		_, out, err := s.Accept(ctx, ann, []state.NewEvent{{}}, caller("a"))
		if err != nil || out.Kind != state.Turn {
			t.Fatalf("accept: %s, %v", out.Kind, err)
		}
		if _, err := s.Fail(ctx, ann, out.Token, out.Event.Number, state.Failure{}); err != nil {
			t.Fatal(err)
		}
		if err := mend(letters(t, s.Store)[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Audit(ctx); err != nil {
			t.Fatal(err)
		}
		if all := letters(t, s.Store); len(all) != 0 {
			t.Fatalf("%d dead letters are left", len(all))
		}
		if err := s.Forget(ctx, ann); err != nil {
			t.Fatal(err)
		}
	}
}
