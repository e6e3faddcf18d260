package redisstore

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// oldScripts write the header as versions before had it, with the state apart.
func oldScripts() map[string]string {
	const values = `
if h.kept == HERE then call('SET', STATE, struct.pack('>BBI8', STATE_MARK, 1, h.flows) .. load_state()) end
local function value(field)
  if field == 'version' then return 1 end
  if field == 'eventHead' then return h.eventSize > 0 and first_event() or '' end
  if field == 'rowHead' then return h.rowSize > 0 and first_row() or '' end
  return h[({PLACES})[field]]
end
`
	return map[string]string{
		"by place": values + `
local old, names = {}, {ONE_NAMES}
for i, field in ipairs(names) do old[i] = value(field) end
call('SET', HEADER, cmsgpack.pack(unpack(old, 1, #names)))
return version
`,
		"without a state": values + `
local names = version == SHORT and {OLD_SHORT_NAMES} or {OLD_LONG_NAMES}
local old = {version == SHORT and OLD_SHORT or OLD_LONG}
for _, field in ipairs(names) do
  local v = value(field)
  if type(v) == 'boolean' then v = v and 1 or 0 end
  if type(v) == 'string' then old[#old + 1] = #v end
  old[#old + 1] = v
end
local format = version == SHORT and OLD_SHORT_FORMAT or OLD_LONG_FORMAT
call('SET', HEADER, struct.pack('>B' .. string.sub(format, 2), unpack(old)))
return version
`,
	}
}

// TestHeadersOfVersionsBeforeGoOn: whatever a conversation is in the midst of, its
// header is put back to a version before, and it goes on.
func TestHeadersOfVersionsBeforeGoOn(t *testing.T) {
	for name, script := range oldScripts() {
		t.Run(name, func(t *testing.T) { goOn(t, script) })
	}
}

func goOn(t *testing.T, script string) {
	clock := statetest.NewClock()
	s := newAudited(t, open(t, startServer(t).url(), Options{Now: clock.Now}))
	ctx := t.Context()
	source, err := read("clock", "header", "conversation")
	if err == nil {
		source, err = fill(shake(source+script), limits(state.Retention, state.HistoryTime), false)
	}
	if err != nil {
		t.Fatal(err)
	}
	putBack := redis.NewScript(source)
	next := func(want state.HandOutKind, version int) func(state.HandOut, error) state.HandOut {
		return func(out state.HandOut, err error) state.HandOut {
			t.Helper()
			if err != nil || out.Kind != want {
				t.Fatalf("got %s, %v; want %s", out.Kind, err, want)
			}
			was, err := putBack.Run(ctx, s.client, s.keys.conversation(ann), string(ann), "1").Int()
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
