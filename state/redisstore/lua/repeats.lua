-- Answers to repeats, and to those who do not hold the lease.

-- repeats makes the functions for that. They are rarely needed, and each function
-- that a script makes costs time.
local function repeats()
  -- again answers the repeat of a decision of the holder.
  local function again()
    if h.turn and not h.begun and not h.flying then return hand_turn() end
    return next_out()
  end

  -- ended answers somebody who does not hold the lease: free, if this repeats what
  -- ended it.
  local function ended(number, process, repeated)
    if repeated and h.lastNumber > 0 and h.lastNumber == tonumber(number) and h.lastProcess == process then
      return bare('free')
    end
    return bare('lost')
  end

  -- turn answers a commit or fail whose turn is not in hand.
  local function turn(number, process, event)
    if not holds(number, process) then return ended(number, process, event <= h.lastEvent) end
    if event > h.doneEvent then return bare('lost') end
    return again()
  end

  return {again = again, ended = ended, turn = turn}
end
