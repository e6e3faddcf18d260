package rules

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// turn handles one event of a conversation.
func turn(t *testing.T, s *Store, conv state.Conv) {
	t.Helper()
	_, out, err := s.Accept(t.Context(), conv, []state.NewEvent{{}}, state.Caller{Process: "a", Room: true})
	if err == nil && out.Kind == state.Turn {
		out, err = s.Commit(t.Context(), conv, out.Token, out.Event.Number, state.Result{State: []byte("s"), History: []byte("h")})
	}
	if err != nil || out.Kind != state.Free {
		t.Fatalf("%s, %v", out.Kind, err)
	}
}

// counted counts the writes to a table.
type counted struct {
	*plain
	table  Table
	writes int
}

func (c *counted) Put(t Table, key, value []byte) error {
	if t == c.table {
		c.writes++
	}
	return c.plain.Put(t, key, value)
}

func TestTurnsDoNotWriteWhenToLook(t *testing.T) {
	s, p, now := newStore()
	c := &counted{plain: p, table: Idle}
	s.backend = within{c}
	for range 100 {
		turn(t, s, conv)
		*now = now.Add(time.Hour)
	}
	if c.writes != 1 {
		t.Fatalf("100 turns wrote %d times when to look at the conversation", c.writes)
	}
}

// TestLooksAreFew: a conversation that is in use for years is looked at seldom,
// and never late.
func TestLooksAreFew(t *testing.T) {
	s, p, now := newStore()
	c := &counted{plain: p, table: Idle}
	s.backend = within{c}
	const step, steps = 12 * time.Hour, 1000
	for range steps {
		turn(t, s, conv)
		*now = now.Add(step)
		oldest, v := p.Seek(History, nil)
		if _, at, _, err := unseal(v); oldest == nil || err != nil || timeOf(at).Before(now.Add(-state.HistoryTime-step)) {
			t.Fatalf("the oldest entry is of %s at %s, %v", timeOf(at), now, err)
		}
	}
	if most := int(steps*step/state.HistoryTime) * state.MaxHistory; c.writes > most {
		t.Fatalf("it was looked at %d times", c.writes)
	}
}

func TestOldConversationsGoInPieces(t *testing.T) {
	s, p, now := newStore()
	for i := range 50 {
		turn(t, s, state.Conv(fmt.Sprint("chat/main/", i)))
	}
	*now = now.Add(state.HistoryTime + time.Hour)
	for turns := range 50/sweepEach + 1 {
		if got, most := len(p[History])-turns, 50-turns*sweepEach; got > most {
			t.Fatalf("%d old entries of the history, want at most %d", got, most)
		}
		turn(t, s, "chat/main/other")
		*now = now.Add(time.Second)
	}
	if len(p[States]) != 51 {
		t.Fatalf("%d states, want 51", len(p[States]))
	}
	*now = now.Add(state.Retention)
	for range 50 {
		turn(t, s, "chat/main/other")
	}
	if len(p[States]) != 1 || len(p[Headers]) != 1 || len(p[Idle]) != 1 {
		t.Fatalf("%d states, %d headers, %d looks are left", len(p[States]), len(p[Headers]), len(p[Idle]))
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// within is a backend whose transactions write to what counts.
type within struct{ c *counted }

func (w within) Update(_ context.Context, do func(Tx) error) error   { return do(w.c) }
func (w within) View(_ context.Context, do func(Reader) error) error { return do(w.c) }

func TestLettersThatGoAreTold(t *testing.T) {
	s, p, _ := newStore()
	var log bytes.Buffer
	s.options.Log = slog.New(slog.NewTextHandler(&log, nil))
	large := make([]byte, state.MaxEvent+1)
	accept(t, s, "first", 0, large)
	if log.Len() > 0 {
		t.Fatalf("told without need: %s", &log)
	}
	if err := p.Put(LettersOf, convKey(conv), binary.AppendUvarint(nil, state.MaxLettersEach)); err != nil {
		t.Fatal(err)
	}
	accept(t, s, "one more", 0, large)
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "count=1") || strings.Contains(log.String(), "ann") {
		t.Fatalf("told: %s", &log)
	}
	if len(p[Letters]) != 1 || p.Get(Letters, letterKey(1)) != nil {
		t.Fatalf("%d letters are kept, want the new one", len(p[Letters]))
	}
}

func TestBucketsThatAreFullAreForgotten(t *testing.T) {
	s, _, now := newStore()
	b := state.Bucket{Rate: 1, Burst: 5}
	for i := range 100 * fewBuckets {
		if _, err := s.Take(t.Context(), fmt.Sprint(i), b, 1); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(100 * time.Millisecond)
	}
	if n := len(s.shared.buckets); n > 2*fewBuckets {
		t.Fatalf("%d buckets are kept", n)
	}
}

func TestWhoLivesAndLeadsNoMoreIsForgotten(t *testing.T) {
	s, _, now := newStore()
	for i := range 1000 {
		name := fmt.Sprint(i)
		if _, err := s.Alive(t.Context(), name, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Lead(t.Context(), name, name, time.Second); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(time.Minute)
	}
	if len(s.shared.alive) > 1 || len(s.shared.leaders) > 1 {
		t.Fatalf("%d live, %d lead", len(s.shared.alive), len(s.shared.leaders))
	}
}

// TestHeaderOfTheFirstVersionIsRead builds one as that version did.
func TestHeaderOfTheFirstVersionIsRead(t *testing.T) {
	want := fullHeader()
	b := []byte{headerVersion1, flagTurn | flagBegun | flagInFlight | flagUnknown}
	numbers, stamps := want.numbers(), want.stamps()
	for _, n := range numbers[:numbersVersion1] {
		b = binary.AppendUvarint(b, *n)
	}
	for _, at := range stamps[:stampsVersion1] {
		b = binary.AppendUvarint(b, uint64(*at))
	}
	b = appendText(appendText(b, want.token.Process), want.last.token.Process)
	want.early, want.flows, want.turned, want.look = false, 0, 0, 0
	if got, err := decodeHeader(b); err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	b[1] |= flagEarly
	if _, err := decodeHeader(b); err == nil {
		t.Fatal("a flag that the first version did not have was taken")
	}
}
