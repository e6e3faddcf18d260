-- How a turn ends.

-- end_turn closes the turn in hand; what becomes of its event follows.
local function end_turn()
  h.doneEvent = h.event
  h.turn, h.begun = false, false
end
