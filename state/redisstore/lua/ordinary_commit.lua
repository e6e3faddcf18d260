-- The ordinary Commit: of the only event there is, with a short state, rows of which
-- the first is short, and an entry for the history.
--
-- ARGV  as for commit.lua
-- Returns a short hand-out, see short.go: the first row.
local number, done, wake, flows, _, _, _, process = struct.unpack('>I8I8I8I8BBBI4c0', ARGV[3])
local count = #ARGV - 5
if h.turn == 0 or h.number ~= number or h.process ~= process or h.event ~= done or h.events > 1 or
  h.eventSize == 0 or h.eventAt == 0 or h.rows > 0 or count > MAX_ROWS or wake > 0 and wake <= now or
  h.kept ~= HERE and h.kept ~= NOWHERE then
  return ''
end
local n = numbers(count)
state, message = ARGV[4], ARGV[6]
row = struct.pack('>BI8I8', ROW, n, now)
for i = 2, count do
  call('RPUSH', OUTBOX, struct.pack('>BI8I8', ROW, n + i - 1, now) .. ARGV[5 + i])
end
record(IN, h.eventAt, 0, '', '', ARGV[5])
h.turn, h.doneEvent, h.events, h.eventSize, h.event, h.eventAt, h.bytes = 0, done, 0, 0, 0, 0, 0
h.rows, h.row, h.rowSize, h.attempt, h.flying = count, n, ELEMENT_HEAD + #message, 1, 1
h.wake, h.kept, h.stateSize = wake, HERE, #state
if flows > h.flows then h.flows = flows end
if h.ends < now + EXTEND then h.ends = now + LEASE end
reply = struct.pack('>BI8I8I8I8', SEND, number, now, h.ends - now, n)
at = h.ends
