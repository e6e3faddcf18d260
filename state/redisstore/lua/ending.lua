-- How a turn ends.

-- repeat_turn answers a commit or fail whose turn is not in hand.
local function repeat_turn(number, process, event)
  if not holds(number, process) then return ended(number, process, event <= h.lastEvent) end
  if event > h.doneEvent then return bare('lost') end
  return again()
end

-- end_turn closes the turn in hand; what becomes of its event follows.
local function end_turn()
  h.doneEvent = h.event
  h.turn, h.begun = false, false
end
