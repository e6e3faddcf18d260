package filestore

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// version1 unpacks a data file that the first version wrote, at the time of
// statetest.NewClock: an idle conversation with a state, a history and the dead
// letters of a row, an event and a wake event; a turn in hand that has journaled,
// an event behind it; a row in flight, one behind it; a wake time in an hour.
func version1(t *testing.T) (dir string) {
	t.Helper()
	in, err := os.Open("testdata/version1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	write(t, filepath.Join(dir, dataFile), b)
	return dir
}

func by(process string) state.Caller { return state.Caller{Process: process, Room: true} }

// claim leases a conversation and expects what it gets.
func claim(t *testing.T, s *Store, conv state.Conv, kind state.HandOutKind, text string) state.HandOut {
	t.Helper()
	out, err := s.Claim(t.Context(), conv, by("new"))
	if err != nil || out.Kind != kind || string(out.Event.Payload)+string(out.Row.Payload) != text {
		t.Fatalf("%s: got %s %q%q, %v; want %s %q", conv, out.Kind, out.Event.Payload, out.Row.Payload, err, kind, text)
	}
	return out
}

func TestFirstVersionGoesOn(t *testing.T) {
	clock, dir := statetest.NewClock(), version1(t)
	s := open(t, dir, Options{Now: clock.Now})
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := claim(t, s, "chat/main/turn", state.Turn, "1")
	if out.Deaths != 1 || fmt.Sprint(out.Journal) != fmt.Sprint([]state.JournalEntry{{Key: "k", Payload: []byte("v")}}) || out.Event.First != out.Event.Number {
		t.Fatalf("the turn in hand is %+v", out)
	}
	out, err := s.Commit(t.Context(), "chat/main/turn", out.Token, out.Event.Number, state.Result{Flows: 7})
	if err != nil || string(out.Event.Payload) != "2" {
		t.Fatalf("the event behind it: %+v, %v", out, err)
	}
	if out := claim(t, s, "chat/main/row", state.Send, "flying"); !out.Unknown || out.Attempt != 2 {
		t.Fatalf("the row in flight is %+v", out)
	}
	clock.Advance(time.Hour)
	if out := claim(t, s, "chat/main/wake", state.Turn, ""); !out.Event.Wake || string(out.State) != "sleeps" {
		t.Fatalf("the wake time is %+v", out)
	}
	history, err := s.History(t.Context(), "chat/main/idle", 0, 10)
	if err != nil || len(history) != 2 || history[1].MessageID != "m1" {
		t.Fatalf("history: %+v, %v", history, err)
	}
	events := []state.NewEvent{{DedupeID: "1", Window: time.Hour}}
	if v, _, err := s.Accept(t.Context(), "chat/main/idle", events, by("new")); err != nil || v[0] != state.Duplicate {
		t.Fatalf("a dedupe id is %v, %v", v, err)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestOptionsAsBefore: who only mends something deletes nothing by other rules.
func TestOptionsAsBefore(t *testing.T) {
	clock, dir := statetest.NewClock(), t.TempDir()
	s := open(t, dir, Options{Now: clock.Now, Retention: 1000 * 24 * time.Hour})
	commitState(t, s, "chat/main/ann", "kept")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * state.Retention)
	s = open(t, dir, Options{Now: clock.Now, Retention: AsBefore, HistoryTime: AsBefore})
	commitState(t, s, "chat/main/ben", "new")
	if b, err := s.Load(t.Context(), "chat/main/ann"); err != nil || string(b) != "kept" {
		t.Fatalf("after an operator: %q, %v", b, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{Now: clock.Now})
	commitState(t, s, "chat/main/ben", "newer")
	if b, err := s.Load(t.Context(), "chat/main/ann"); err != nil || b != nil {
		t.Fatalf("by the usual rules: %q, %v", b, err)
	}
}

// commitState has a conversation go through a turn.
func commitState(t *testing.T, s *Store, conv state.Conv, data string) {
	t.Helper()
	caller := state.Caller{Process: "p", Room: true}
	_, h, err := s.Accept(t.Context(), conv, []state.NewEvent{{DedupeID: data, Payload: []byte("hi")}}, caller)
	if err != nil || h.Kind != state.Turn {
		t.Fatal(h.Kind, err)
	}
	if _, err := s.Commit(t.Context(), conv, h.Token, h.Event.Number, state.Result{State: []byte(data)}); err != nil {
		t.Fatal(err)
	}
}

func TestLettersOfTheFirstVersionArePutBack(t *testing.T) {
	clock, dir := statetest.NewClock(), version1(t)
	s := open(t, dir, Options{Now: clock.Now})
	letters, err := s.DeadLetters(t.Context(), "", 10)
	if err != nil || len(letters) != 3 || letters[0].Wake || letters[1].Wake || !letters[2].Wake {
		t.Fatalf("dead letters: %+v, %v", letters, err)
	}
	for _, l := range letters {
		if err := s.Retry(t.Context(), l.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
	const conv = "chat/main/idle"
	out := claim(t, s, conv, state.Send, "row 2")
	if out, err = s.Mark(t.Context(), conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent}); err != nil {
		t.Fatal(err)
	}
	if string(out.Event.Payload) != "2" || out.Event.First != letters[1].Number || string(out.State) != "idle state" {
		t.Fatalf("the event came back as %+v", out)
	}
	if out, err = s.Commit(t.Context(), conv, out.Token, out.Event.Number, state.Result{}); err != nil || !out.Event.Wake {
		t.Fatalf("the wake event came back as %+v, %v", out, err)
	}
}

func TestIdleConversationsOfTheFirstVersionAreDeletedInTime(t *testing.T) {
	clock, dir := statetest.NewClock(), version1(t)
	clock.Advance(24 * time.Hour)
	s := open(t, dir, Options{Now: clock.Now})
	clock.Advance(state.Retention + time.Hour)
	for i := range 3 {
		if err := offer(s, i); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := s.Load(t.Context(), "chat/main/idle"); err != nil || b != nil {
		t.Fatalf("left after its time: %q, %v", b, err)
	}
	if b, err := s.Load(t.Context(), "chat/main/wake"); err != nil || b == nil {
		t.Fatalf("what waits was deleted: %q, %v", b, err)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestUpgradeThatWasCutShortIsRepeated(t *testing.T) {
	clock, dir := statetest.NewClock(), version1(t)
	if err := open(t, dir, Options{Now: clock.Now}).Close(); err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, dataFile), func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("counters")).Delete([]byte("indexed"))
	})
	if err := open(t, dir, Options{Now: clock.Now}).Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestShorterRetentionHoldsForWhatIsThere: the indexes were made for a longer one.
func TestShorterRetentionHoldsForWhatIsThere(t *testing.T) {
	clock, dir := statetest.NewClock(), version1(t)
	if err := open(t, dir, Options{Now: clock.Now}).Close(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	s := open(t, dir, Options{Now: clock.Now, Retention: time.Hour, HistoryTime: time.Minute})
	if b, err := s.Load(t.Context(), "chat/main/idle"); err != nil || b != nil {
		t.Fatalf("left after its time: %q, %v", b, err)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
