package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/parley-chat/parley/state"
)

// audited is a store that checks itself, as far as it was used.
type audited struct {
	*Store
	audit *redis.Script
	old   bool // holds data of the version before
	mu    sync.Mutex
	convs map[state.Conv]bool
}

func newAudited(t testing.TB, s *Store) *audited {
	t.Helper()
	source, err := read("clock", "header", "conversation", "inbox")
	if err == nil {
		source, err = fill(shake(source+auditScript), limits(state.Retention, state.HistoryTime), false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &audited{Store: s, audit: redis.NewScript(source), convs: map[state.Conv]bool{}}
}

func (a *audited) use(conv state.Conv) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.convs[conv] = true
}

func (a *audited) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, caller state.Caller) ([]state.Verdict, state.HandOut, error) {
	a.use(conv)
	return a.Store.Accept(ctx, conv, events, caller)
}

func (a *audited) Claim(ctx context.Context, conv state.Conv, caller state.Caller) (state.HandOut, error) {
	a.use(conv)
	return a.Store.Claim(ctx, conv, caller)
}

// auditScript compares a header with everything that it counts, and returns what
// is wrong, and whether the conversation is in the index.
const auditScript = `
local wrong = {}
local function expect(what, got, want)
  if got ~= want then wrong[#wrong + 1] = what .. ' is ' .. tostring(got) .. ', want ' .. tostring(want) end
end
local function all(list, head)
  local elements = call('LRANGE', list, 0, -1)
  if head ~= '' then table.insert(elements, 1, head) end
  return elements
end
local function size(list, head)
  local bytes, last = 0, 0
  for _, e in ipairs(all(list, head)) do
    local _, n = struct.unpack('>BI8', e)
    if n <= last then wrong[#wrong + 1] = list .. ' is not in order' end
    if list == INBOX then
      local _, _, _, _, payload = opened_event(e)
      bytes = bytes + #payload
    end
    last = n
  end
  return bytes
end
local function headOf(list, head)
  local e = all(list, head)[1]
  if not e then return 0 end
  local _, n = struct.unpack('>BI8', e)
  return n
end
local event = h.eventSize > 0 and first_event() or ''
local row = h.rowSize > 0 and first_row() or ''
expect('events', #all(INBOX, event), h.events)
expect('bytes of the inbox', size(INBOX, event), h.bytes)
expect('head of the inbox', headOf(INBOX, event), h.event)
expect('rows', #all(OUTBOX, row), h.rows)
size(OUTBOX, row)
expect('head of the outbox', headOf(OUTBOX, row), h.row)
expect('entries', call('HLEN', JOURNAL), h.entries)
local bytes, journal = 0, call('HGETALL', JOURNAL)
for i = 1, #journal, 2 do bytes = bytes + #journal[i] + #journal[i + 1] - 4 end
expect('bytes of the journal', bytes, h.entryBytes)
size(HISTORY, '')
expect('a history that is too long', call('LLEN', HISTORY) > MAX_HISTORY + SPARE_HISTORY, false)
local score = call('ZSCORE', DUE, conv)
expect('entry in the index', score and tonumber(score) or 0, h.score)
local pending = h.number > 0 or h.events > 0 or h.rows > 0 or h.wake > 0
expect('an entry', h.score > 0, pending)
if h.number > 0 then expect('entry of a lease', h.score, h.ends) end
expect('a header without an end', stored and call('PTTL', HEADER) == -1 or false, pending)
expect('a lease without an end', (h.number > 0), h.ends > 0)
expect('a free conversation with work in hand', h.number == 0 and (h.turn or h.flying or h.process ~= ''), false)
local last = tonumber(call('HGET', NUMBERS, 'last') or '0')
expect('a counter that went back', last >= math.max(h.number, h.event, h.row, h.lastNumber, h.doneEvent), true)
expect('numbers that the partition did not give', h.limit <= last + 1 and h.next <= h.limit, true)
if h.kept == APART then expect('a state that does not end', call('PTTL', STATE) == -1, h.parked) end
if h.kept == HERE then expect('a state apart', call('EXISTS', STATE), 0) end
if h.number > 0 or pending then expect('an end of a state with work', call('PTTL', STATE) > 0, false) end
if ARGV[3] == '0' then expect('marks of dead letters', call('ZCARD', SHELF), call('XLEN', DEAD)) end
local dead = 0
for _, l in ipairs(call('XRANGE', DEAD, '-', '+')) do dead = dead + #l[2][10] end
expect('bytes of dead letters', tonumber(call('HGET', NUMBERS, 'dead') or '0'), dead)
return {wrong, call('ZCARD', DUE), score and 1 or 0}
`

// Audit checks every conversation that was used: see statetest.Auditor.
func (a *audited) Audit(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	indexed, known := map[uint8]int64{}, map[uint8]int64{}
	var wrong []error
	for conv := range a.convs {
		keys := a.keys.conversation(conv)
		answer, err := a.audit.Run(ctx, a.client, keys, string(conv), "1", bit(a.old)).Result()
		if err != nil {
			return err
		}
		r := newReply(answer)
		for _, text := range r.list() {
			wrong = append(wrong, fmt.Errorf("%s: %v", conv, text))
		}
		indexed[conv.Partition()] = r.number()
		known[conv.Partition()] += r.number()
	}
	for p, count := range indexed {
		if count != known[p] {
			wrong = append(wrong, fmt.Errorf("partition %d has %d entries in the index, of %d conversations with work", p, count, known[p]))
		}
	}
	return errors.Join(wrong...)
}
