-- The ordinary Mark: the only row there is was sent, and one short event waits, or
-- none: see ordinary_accept.lua. What is not ordinary goes on below.
local number, row, attempt, delay, noted, rank, process = struct.unpack('>I8I8I8I8BBI4c0', ARGV[3])
local outcome, cause, id, entry = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
if version == SHORT and outcome == 'sent' and h.rows == 1 and h.flying and not h.turn and h.rowHead ~= '' and
  h.row == row and h.attempt == attempt and h.number == number and h.process == process and
  (h.wake == 0 or h.wake > now) and (h.events == 0 or h.events == 1 and h.eventHead ~= '') then
  if noted == 1 then record(OUT, now, rank, outcome, id, entry) end
  h.rows, h.rowHead, h.flying = 0, '', false
  if h.events == 0 then
    h.lastNumber, h.lastProcess, h.lastEvent, h.lastRow, h.lastAttempt = h.number, h.process, h.doneEvent, h.row, h.attempt
    h.number, h.process, h.ends, h.doneEvent, h.doneRow, h.doneAttempt, h.row, h.attempt = 0, '', 0, 0, 0, 0, 0, 0
    return finish({'free', 0, '', now, 0})
  end
  h.doneRow, h.doneAttempt, h.row, h.attempt, h.turn = h.row, h.attempt, 0, 0, true
  if h.ends < now + EXTEND then h.ends = now + LEASE end
  load_state()
  if SHORT_RETENTION and state and not h.parked then h.parked = call('PERSIST', STATE) == 1 end
  return finish({'turn', h.number, process, now, h.ends - now, h.eventHead, state, {}, 0, 0, 0})
end
