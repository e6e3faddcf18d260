package redisstore

import (
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// TestCancelKeepsTheWaitOfTheRowAtTheHead: a cancel drops what came back from the
// dead letters behind a row of the turn that waits. That row goes on waiting, and its
// attempts go on counting.
func TestCancelKeepsTheWaitOfTheRowAtTheHead(t *testing.T) {
	clock := statetest.NewClock()
	s := newAudited(t, open(t, startServer(t).url(), Options{Now: clock.Now}))
	ctx := t.Context()
	turn := accept(t, s, ann, "a", "1")
	rows := [][]byte{[]byte("one"), []byte("two")}
	out, err := s.Journal(ctx, ann, turn.Token, turn.Event.Number, nil, rows)
	if err == nil {
		out, err = s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Dead, Cause: "refused"})
	}
	if err == nil {
		out, err = s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Later, Delay: time.Second})
	}
	if err != nil || out.Kind != state.Proceed {
		t.Fatalf("got %s, %v", out.Kind, err)
	}
	if err := s.Retry(ctx, letters(t, s.Store)[0].ID); err != nil {
		t.Fatal(err)
	}
	out, err = s.Commit(ctx, ann, turn.Token, turn.Event.Number, state.Result{Rows: rows, Cancel: true})
	if err != nil || out.Kind != state.Free {
		t.Fatalf("got %s of %q, %v; want to wait", out.Kind, out.Row.Payload, err)
	}
	if err := s.Audit(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	out, err = s.Claim(ctx, ann, caller("a"))
	if err != nil || out.Kind != state.Send || string(out.Row.Payload) != "two" || out.Attempt != 2 {
		t.Fatalf("got %s of %q, attempt %d, %v", out.Kind, out.Row.Payload, out.Attempt, err)
	}
}
