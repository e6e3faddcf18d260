package redisstore

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// placedScript writes the header as version 1 had it: packed fields by place.
const placedScript = `
local old = {}
for i, place in ipairs({HEADER_PLACES}) do old[place] = h[i] end
old[1] = 1
call('SET', HEADER, cmsgpack.pack(unpack(old, 1, HEADER_FIELDS + 1)))
return string.byte(stored)
`

// TestHeadersOfVersionOneGoOn: whatever a conversation is in the midst of, its
// header is put back to the version before, and it goes on.
func TestHeadersOfVersionOneGoOn(t *testing.T) {
	clock := statetest.NewClock()
	s := newAudited(t, open(t, startServer(t).url(), Options{Now: clock.Now}))
	ctx := t.Context()
	source, err := read("clock", "header")
	if err == nil {
		source, err = fill(shake(source+placedScript), limits(state.Retention, state.HistoryTime))
	}
	if err != nil {
		t.Fatal(err)
	}
	place := redis.NewScript(source)
	next := func(want state.HandOutKind, version int) func(state.HandOut, error) state.HandOut {
		return func(out state.HandOut, err error) state.HandOut {
			t.Helper()
			if err != nil || out.Kind != want {
				t.Fatalf("got %s, %v; want %s", out.Kind, err, want)
			}
			was, err := place.Run(ctx, s.client, s.keys.conversation(ann), string(ann), "1").Int()
			if err != nil || was != version {
				t.Fatalf("the header was of version %d, %v; want %d", was, err, version)
			}
			return out
		}
	}
	audit := func() {
		t.Helper()
		if err := s.Audit(ctx); err != nil {
			t.Fatal(err)
		}
	}

	_, out, err := s.Accept(ctx, ann, event("1"), caller("a"))
	out = next(state.Turn, headerShort)(out, err)
	_, busy, err := s.Accept(ctx, ann, event("2"), caller("a"))
	next(state.Busy, headerShort)(busy, err)
	audit()
	r := state.Result{State: []byte("at"), Rows: [][]byte{[]byte("row")}, History: []byte("in"), Flows: 3}
	out = next(state.Send, headerShort)(s.Commit(ctx, ann, out.Token, out.Event.Number, r))
	o := state.Outcome{Kind: state.Unknown, Delay: time.Second}
	out = next(state.Turn, headerLong)(s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, o))
	audit()
	entries := []state.JournalEntry{{Key: "k", Payload: []byte("result")}}
	next(state.Proceed, headerLong)(s.Journal(ctx, ann, out.Token, out.Event.Number, entries, [][]byte{[]byte("first")}))
	next(state.Free, headerLong)(s.Fail(ctx, ann, out.Token, out.Event.Number, state.Failure{Delay: time.Minute}))
	audit()
	clock.Advance(time.Minute)
	out = next(state.Send, headerLong)(s.Claim(ctx, ann, caller("b")))
	if string(out.Row.Payload) != "row" || !out.Unknown || out.Attempt != 2 {
		t.Fatalf("the row is %+v", out)
	}
	o = state.Outcome{Kind: state.Sent, MessageID: "m1", History: []byte("out")}
	out = next(state.Send, headerLong)(s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, o))
	out = next(state.Turn, headerLong)(s.Mark(ctx, ann, out.Token, out.Row.Number, out.Attempt, o))
	if out.Fails != 1 || out.Rows != 1 || len(out.Journal) != 1 || string(out.State) != "at" || string(out.Event.Payload) != "2" {
		t.Fatalf("the turn is %+v", out)
	}
	next(state.Free, headerShort)(s.Commit(ctx, ann, out.Token, out.Event.Number, state.Result{Rows: [][]byte{[]byte("first")}}))
	next(state.Free, headerShort)(s.Release(ctx, ann, out.Token))
}
