-- The ordinary Commit: of the only event there is, with a short state, rows of which
-- the first is short, and an entry for the history. What is not ordinary is left to
-- commit.lua, and nothing is written then.
--
-- ARGV  as for commit.lua
-- Returns a short hand-out, see short.go: the first row; '' for commit.lua.
local number, event, wake, flows, _, _, _, process = struct.unpack('>I8I8I8I8BBBI4c0', ARGV[3])
local count = #ARGV - 5
if version ~= SHORT or not h.turn or h.number ~= number or h.process ~= process or h.event ~= event or h.events > 1 or
  h.eventSize == 0 or h.eventAt == 0 or h.rows > 0 or count > MAX_ROWS or wake > 0 and wake <= now or
  h.kept ~= HERE and h.kept ~= NOWHERE then
  return ''
end
local n, at = numbers(count), h.eventAt
h.turn, h.doneEvent = false, h.event
h.events, h.eventSize, h.event, h.eventAt, h.bytes = 0, 0, 0, 0, 0
h.rows, h.row, h.rowSize = count, n, ELEMENT_HEAD + #ARGV[6]
for i = 2, count do
  call('RPUSH', OUTBOX, struct.pack('>BI8I8', ROW, n + i - 1, now) .. ARGV[5 + i])
end
h.attempt, h.flying = 1, true
state = ARGV[4]
h.wake, h.kept, h.stateSize = wake, HERE, #state
if flows > h.flows then h.flows = flows end
record(IN, at, 0, '', '', ARGV[5])
if h.ends < now + EXTEND then h.ends = now + LEASE end
row_head = struct.pack('>BI8I8', ROW, n, now)
return finish(struct.pack('>BI8I8I8I8', SEND, number, now, h.ends - now, n), nil, ARGV[6])
