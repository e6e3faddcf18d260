-- The ordinary Commit: the only event there is, with a state, one short row and an
-- entry for the history: see ordinary_accept.lua. What is not ordinary goes on below.
local number, event, wake, flows, has, cancel, noted, process = struct.unpack('>I8I8I8I8BBBI4c0', ARGV[3])
local body, entry, row = ARGV[4], ARGV[5], ARGV[6]
if #ARGV == 6 and version == SHORT and h.turn and h.number == number and h.process == process and
  h.event == event and h.events == 1 and h.eventHead ~= '' and h.eventAt > 0 and h.rows == 0 and
  has == 1 and noted == 1 and (wake == 0 or wake > now) and #row <= MAX_HEAD - ELEMENT_HEAD then
  local n, at = numbers(1), h.eventAt
  h.turn, h.doneEvent = false, h.event
  h.events, h.eventHead, h.event, h.eventAt, h.bytes = 0, '', 0, 0, 0
  h.rows, h.row, h.rowHead = 1, n, struct.pack('>BI8I8', ROW, n, now) .. row
  h.attempt, h.flying = 1, true
  h.wake, h.parked = wake, wake > 0
  if flows > h.flows then h.flows = flows end
  state = struct.pack('>BBI8', STATE_MARK, 1, h.flows) .. body
  if h.parked then
    call('SET', STATE, state)
  else
    call('SET', STATE, state, 'PX', 'RETENTION')
  end
  record(IN, at, 0, '', '', entry)
  if h.ends < now + EXTEND then h.ends = now + LEASE end
  return finish({'send', h.number, process, now, h.ends - now, h.rowHead, 1, 0})
end
