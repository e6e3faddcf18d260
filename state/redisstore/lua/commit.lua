-- Commit: ends the turn of the event at the head of the inbox.
--
-- ARGV  3, 4 token  5 event  6 '1' if there is a state  7 state
--       8 wake time, 0 for none  9 '1' to cancel  10 '1' if there is a history entry
--       11 history entry  12… all rows of the turn
-- Invariant: needs the fence and the event at the head. State, rows, wake time,
-- history and inbox change together or not at all.
local event = tonumber(ARGV[5])
if not handles(ARGV[3], ARGV[4], event) then
  return finish(repeat_turn(ARGV[3], ARGV[4], event))
end

local dropped = ARGV[9] == '1' and cancellable() or 0
local fresh = math.max(#ARGV - 11 - h.taken, 0)
if h.rows - dropped + fresh > MAX_ROWS then return {'full'} end

cancel(dropped)
append_rows(12 + h.taken)
if ARGV[6] == '1' then call('SET', STATE, ARGV[7]) end
h.wake = tonumber(ARGV[8])
end_turn()
local _, _, at = opened(remove_head())
if ARGV[10] == '1' then record(IN, at, 0, '', '', ARGV[11]) end
return finish(next_out())
