-- Fail: ends a turn that could not be done: the event waits, or is set aside.
--
-- ARGV  3, 4 token  5 event  6 delay in microseconds, 0 for never again  7 cause
--       8 '1' if there is a payload in place of the event's  9 payload
--       10… rows, which are left alone with a delay
-- Invariant: needs the fence and the event at the head. An event leaves the inbox
-- for the dead letters only, and never for nothing.
local event, delay = tonumber(ARGV[5]), tonumber(ARGV[6])
if not handles(ARGV[3], ARGV[4], event) then
  return finish(repeats().turn(ARGV[3], ARGV[4], event))
end

if delay > 0 then
  h.fails = h.fails + 1
  h.waits = now + delay
  end_turn()
  return finish(next_out())
end

if h.rows + #ARGV - 9 > MAX_ROWS then return {'full'} end
append_rows(10)
end_turn()
set_head_aside(ARGV[7], ARGV[8] == '1' and ARGV[9])
return finish(next_out())
