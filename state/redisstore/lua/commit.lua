-- Commit: ends the turn of the event at the head of the inbox.
--
-- ARGV  3 packed: number of the token, event, wake time or 0, number of the flows,
--       1 if there is a state, to cancel, if there is a history entry, and process of
--       the token
--       4 state  5 history entry  6… all rows of the turn
-- Invariant: needs the fence and the event at the head. State, rows, wake time,
-- history and inbox change together or not at all.
local number, event, wake, flows, has, cancel, noted, process = struct.unpack('>I8I8I8I8BBBI4c0', ARGV[3])
if not handles(number, process, event) then
  return finish(repeats().turn(number, process, event))
end

-- Of a cancel, what is of this turn or in flight is kept.
local keep, same -- whether the row at the head stays
if cancel == 1 and h.rows > 0 then
  keep = {}
  local rows = call('LRANGE', OUTBOX, '0', '-1')
  if h.rowSize > 0 then table.insert(rows, 1, first_row()) end
  for i, row in ipairs(rows) do
    local kind, n = struct.unpack('>BI8', row)
    local mine = h.taken > 0 and kind == ROW and n >= h.firstTaken
    if mine or i == 1 and h.flying then keep[#keep + 1] = row end
  end
  same = keep[1] == rows[1]
end
local new = math.max(#ARGV - 5 - h.taken, 0)
if (keep and #keep or h.rows) + new > MAX_ROWS then return {'full'} end

if keep and #keep < h.rows then
  call('DEL', OUTBOX)
  if #keep > 0 then call('RPUSH', OUTBOX, unpack(keep)) end
  h.rows, h.rowSize, row_head = #keep, 0, nil
  if not same then next_row() end
end
append_rows(6 + h.taken)
local at = h.eventAt
if at == 0 then
  local _, _, when = opened_event(first_event())
  at = when
end
end_turn()
remove_head()
h.wake = wake
if flows > h.flows then h.flows = flows end
if has == 1 then keep_state(ARGV[4]) end
if noted == 1 then record(IN, at, 0, '', '', ARGV[5]) end
return finish(next_out())
