-- Leases and hand-outs.
--
-- A hand-out is {kind, number and process of the token, now, time left}, and then
--   turn: event, state or nil, journal as {key, entry, …}, rows taken, deaths, fails
--   send: row, attempt, 1 if an attempt before is unknown

local function bare(kind) return {kind, 0, '', now, 0} end

local function held(kind) return {kind, h.number, h.process, now, math.max(h.ends - now, 0)} end

local function busy(process)
  local out = held('busy')
  if h.process ~= process then out[2], out[3] = 0, '' end
  return out
end

local function extend()
  if h.ends < now + EXTEND then h.ends = now + LEASE end
end

local function hand_row()
  extend()
  local out = held('send')
  out[6], out[7], out[8] = first_row(), h.attempt, h.unknown and 1 or 0
  return out
end

local function hand_turn()
  extend()
  local out = held('turn')
  out[6], out[7] = first_event(), load_state()
  out[8] = h.entries > 0 and call('HGETALL', JOURNAL) or {}
  out[9], out[10], out[11] = h.taken, h.deaths, h.fails
  return out
end

-- wake_up turns a wake time that came into an event.
local function wake_up()
  if h.wake > 0 and h.wake <= now then
    h.wake = 0
    append_event(WAKE, now, '')
  end
end

-- end_lease frees the conversation and remembers whose it was, for repeats, if its
-- holder ends it.
local function end_lease(known)
  if known then
    h.lastNumber, h.lastProcess = h.number, h.process
    h.lastEvent, h.lastRow, h.lastAttempt = h.doneEvent, h.doneRow, h.doneAttempt
  end
  h.number, h.process, h.ends = 0, '', 0
  h.turn, h.begun = false, false
  h.doneEvent, h.doneRow, h.doneAttempt = 0, 0, 0
end

-- cut makes an attempt in flight unknown: the row waits no longer, the next
-- attempt may be a second copy.
local function cut()
  if h.flying then h.flying, h.unknown, h.rowWaits = false, true, 0 end
end

-- next_out hands out what comes next to the holder, rows before events, or ends
-- the lease. Within a turn it hands out rows only.
local function next_out()
  if not h.turn then wake_up() end
  if h.flying then return hand_row() end
  if h.rows > 0 and h.rowWaits <= now then
    h.attempt = h.attempt + 1
    h.flying, h.rowWaits = true, 0
    return hand_row()
  end
  if h.turn then
    extend()
    return held('proceed')
  end
  if h.events > 0 and h.waits <= now then
    h.turn, h.begun, h.waits = true, false, 0
    return hand_turn()
  end
  end_lease(true)
  return bare('free')
end
