-- The ordinary Mark: the row in flight was sent. What is not ordinary is left to
-- mark.lua, and nothing is written then.
--
-- ARGV  as for mark.lua, up to the history entry
-- Returns a short hand-out, see short.go, when that was all; a hand-out when something
-- is next; '' for mark.lua.
local number, row, attempt, _, noted, rank, process = struct.unpack('>I8I8I8I8BBI4c0', ARGV[3])
if version ~= SHORT or not h.flying or h.turn or h.rowSize == 0 or h.row ~= row or h.attempt ~= attempt or
  h.number ~= number or h.process ~= process or h.wake > 0 and h.wake <= now or h.events > 1 or
  h.events == 1 and h.eventSize == 0 or h.kept ~= HERE and h.kept ~= NOWHERE then
  return ''
end
local next_row = h.rows > 1 and call('LPOP', OUTBOX)
if noted == 1 then record(OUT, now, rank, 'sent', ARGV[4], ARGV[5]) end
h.rows, h.rowSize, h.flying, h.row, h.attempt = h.rows - 1, 0, false, 0, 0
if h.rows == 0 and h.events == 0 then
  h.lastNumber, h.lastProcess, h.lastEvent, h.lastRow, h.lastAttempt = number, process, h.doneEvent, row, attempt
  h.number, h.process, h.ends, h.doneEvent, h.doneRow, h.doneAttempt = 0, '', 0, 0, 0, 0
  return finish(struct.pack('>BI8I8I8', FREE, 0, now, 0))
end
h.doneRow, h.doneAttempt = row, attempt
if h.ends < now + EXTEND then h.ends = now + LEASE end
if h.rows == 0 then
  h.turn = true
  return finish({'turn', number, process, now, h.ends - now, string.sub(stored, event_at, row_at - 1), load_state(), {}, 0, 0, 0})
end
local _, n = struct.unpack('>BI8', next_row)
h.row, h.rowSize, h.attempt, h.flying, row_head = n, #next_row, 1, true, next_row
return finish({'send', number, process, now, h.ends - now, next_row, 1, 0})
