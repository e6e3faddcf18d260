-- The ordinary Mark: the row in flight was sent.
--
-- ARGV  as for mark.lua, up to the history entry
-- Returns a short hand-out, see short.go, when that was all, and a hand-out when something
-- is next.
local number, sent, attempt, _, noted, rank, process = struct.unpack('>I8I8I8I8BBI4c0', ARGV[3])
if h.flying == 0 or h.turn == 1 or h.rowSize == 0 or h.row ~= sent or h.attempt ~= attempt or
  h.number ~= number or h.process ~= process or h.wake > 0 and h.wake <= now or h.events > 1 or
  h.events == 1 and h.eventSize == 0 or h.kept ~= HERE and h.kept ~= NOWHERE then
  return ''
end
local next_row = h.rows > 1 and call('LPOP', OUTBOX)
if noted == 1 then record(OUT, now, rank, 'sent', ARGV[4], ARGV[5]) end
if h.stateSize > 0 then state = string.sub(stored, behind, event_at - 1) end
h.rows, h.rowSize, h.flying, h.row, h.attempt = h.rows - 1, 0, 0, 0, 0
if h.rows == 0 and h.events == 0 then
  h.lastNumber, h.lastProcess, h.lastEvent, h.lastRow, h.lastAttempt = number, process, h.doneEvent, sent, attempt
  h.number, h.process, h.ends, h.doneEvent, h.doneRow, h.doneAttempt = 0, '', 0, 0, 0, 0
  reply = struct.pack('>BI8I8I8', FREE, 0, now, 0)
  at = h.wake
else
  h.doneRow, h.doneAttempt = sent, attempt
  if h.ends < now + EXTEND then h.ends = now + LEASE end
  at = h.ends
  if h.eventSize > 0 then event = string.sub(stored, event_at, row_at - 1) end
  if next_row then
    local _, n = struct.unpack('>BI8', next_row)
    row, h.row, h.rowSize, h.attempt, h.flying = next_row, n, #next_row, 1, 1
    reply = {'send', number, process, now, h.ends - now, row, 1, 0}
  else
    h.turn = 1
    reply = {'turn', number, process, now, h.ends - now, event, h.kept == HERE and state, {}, 0, 0, 0}
  end
end
