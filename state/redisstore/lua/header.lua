-- The beginning of every script that moves a conversation: its header, loaded,
-- and how a script ends. LEASE, MAX_ROWS and the like are limits, written in as
-- numbers, and so are the fields of the header and the names of the keys: h.events is
-- h[24] when it runs, HEADER is KEYS[1]. Functions that a script does not use are left
-- out of it.
--
-- KEYS  1 HEADER  2 STATE  3 HISTORY  4 DUE, the work index  5 NUMBERS  6 INBOX
--       7 OUTBOX  8 JOURNAL  9 DEAD, the letters  10 SHELF, their index by conversation:
--       all of one partition, so of one slot; a script is given the first of them, up
--       to the last that it uses
-- ARGV  1 conversation  2 the time: see clock.lua
-- Returns a hand-out, see handout.lua, or {'full'} or {'too_large'} when it refuses.
-- Invariant: it refuses before it writes, and what wrote ends in finish, which
-- alone stores the header and its entry in the work index.
local conv = ARGV[1]

-- The header h; what it does not have is 0, '' or false. Times are microseconds.
--   number process ends turn begun  the lease; with the event at the head in hand;
--                                   and journaled since
--   doneEvent doneRow doneAttempt   what its holder finished last: a repeat is told
--                                   from a decision that the holder never made
--   events bytes event eventAt      the inbox, and its head; its time is 0 if unknown
--   waits deaths fails              of the event at the head
--   taken firstTaken                rows of its turn in the outbox or gone, and number
--                                   of the first
--   entries entryBytes              its journal
--   rows row                        the outbox, and its head
--   rowWaits attempt flying unknown of the row at the head
--   early                           statuses that came before their row was marked:
--                                   packed, each with its rank after the provider's id
--   wake score                      the wake time, and the entry in the work index
--   next limit                      numbers that were taken and not yet given out
--   flows                           the highest that it has seen; 0 if unknown
--   kept                            where the state is: UNKNOWN, NOWHERE, HERE, or in a
--                                   key of its own, APART
--   parked                          that key was told not to expire
--   tended                          when the history was last told when to expire
--   lastNumber lastProcess          the last lease that its holder saw end,
--   lastEvent lastRow lastAttempt   and what was finished under it
--   stateSize eventSize rowSize     of the texts that lie behind the fields: the state,
--                                   and the heads of inbox and outbox; 0 if one does not
-- It is stored behind its version: SHORT, when all that is not part of an ordinary
-- message is blank, or LONG. Each byte of a text that Lua sees costs a nanosecond, so
-- the texts behind the fields are cut out only when they are needed.
local stored = call('GET', HEADER)
local version = stored and string.byte(stored)
local h
local state, event_head, row_head -- those texts, once they are known
if version == SHORT then
  h = {RARE_BLANK, struct.unpack(SHORT_FORMAT, stored, 2)}
  h.turn, h.flying, h.parked = h.turn == 1, h.flying == 1, h.parked == 1
elseif version == LONG then
  h = {struct.unpack(LONG_FORMAT, stored, 2)}
  h.begun, h.unknown, h.turn, h.flying, h.parked = h.begun == 1, h.unknown == 1, h.turn == 1, h.flying == 1, h.parked == 1
else
  h = {HEADER_BLANK}
  if stored then -- of the versions before
    local was
    if version == OLD_SHORT or version == OLD_LONG then
      local values = {struct.unpack(version == OLD_SHORT and OLD_SHORT_FORMAT or OLD_LONG_FORMAT, stored, 2)}
      was = {}
      for i, field in ipairs(version == OLD_SHORT and {OLD_SHORT_NAMES} or {OLD_LONG_NAMES}) do was[field] = values[i] end
      for _, field in ipairs({'turn', 'flying', 'parked', 'begun', 'unknown'}) do was[field] = was[field] == 1 end
    elseif version == 1 then
      local values = {cmsgpack.unpack(stored)}
      was = {}
      for i, field in ipairs({ONE_NAMES}) do was[field] = values[i] end
    else
      was = cmsgpack.unpack(stored)
    end
    for field, place in pairs({PLACES}) do
      if was[field] ~= nil then h[place] = was[field] end
    end
    event_head = was.eventHead and was.eventHead ~= '' and was.eventHead or nil
    row_head = was.rowHead and was.rowHead ~= '' and was.rowHead or nil
    h.eventSize, h.rowSize = #(event_head or ''), #(row_head or '')
  end
end
local behind = h[HEADER_FIELDS + 1] -- where those texts begin
local event_at = behind and behind + h.stateSize
local row_at = behind and event_at + h.eventSize

-- due is when somebody must look at the conversation, 0 for never. What can be
-- done now has been due since now, or since the earlier time that the index
-- already has, so that a busy conversation is not moved behind others.
local function due()
  if h.number > 0 then return h.ends end
  local at = h.wake
  if h.events == 0 and h.rows == 0 then return at end
  local ready = now
  if h.score > 0 and h.score < now then ready = h.score end
  if h.events > 0 then
    local waits = h.waits > now and h.waits or ready
    if at == 0 or waits < at then at = waits end
  end
  if h.rows > 0 then
    local waits = h.rowWaits > now and h.rowWaits or ready
    if at == 0 or waits < at then at = waits end
  end
  return at
end

-- finish ends a script. The header has no end while something waits, and lasts as
-- long as a state is kept when nothing does. A state apart ends with it. A reply that
-- let dead letters go says how many.
local evicted = 0 -- dead letters
local function finish(reply)
  if evicted > 0 then reply = {'evicted', evicted, reply} end
  if h.rows == 0 then h.early = '' end
  local before, at = h.score, due()
  if at ~= before then
    h.score = at
    if at > 0 then call('ZADD', DUE, at, conv) else call('ZREM', DUE, conv) end
  end
  if at == 0 and h.lastNumber == 0 and not stored then return reply end
  if (h.kept == APART or h.kept == UNKNOWN) and h.parked ~= (at > 0) then
    h.parked = at > 0
    if h.parked then call('PERSIST', STATE) else call('PEXPIRE', STATE, 'RETENTION') end
  end
  local text, event, row = '', '', ''
  if h.stateSize > 0 then text = state or string.sub(stored, behind, event_at - 1) end
  if h.eventSize > 0 then event = event_head or string.sub(stored, event_at, row_at - 1) end
  if h.rowSize > 0 then row = row_head or string.sub(stored, row_at) end
  local turn, flying, parked = h.turn and 1 or 0, h.flying and 1 or 0, h.parked and 1 or 0
  local packed
  if h.early == '' and not h.begun and not h.unknown and
    h.waits + h.deaths + h.fails + h.taken + h.entries + h.rowWaits == 0 then
    packed = struct.pack(SHORT_PACK, SHORT, #h.process, h.process, #h.lastProcess, h.lastProcess,
      turn, flying, parked, unpack(h, FIRST_NUMBER, HEADER_FIELDS)) .. text .. event .. row
  else
    packed = struct.pack(LONG_PACK, LONG, #h.early, h.early, h.waits, h.deaths, h.fails, h.taken, h.firstTaken,
      h.entries, h.entryBytes, h.rowWaits, h.begun and 1 or 0, h.unknown and 1 or 0, #h.process, h.process,
      #h.lastProcess, h.lastProcess, turn, flying, parked, unpack(h, FIRST_NUMBER, HEADER_FIELDS)) .. text .. event .. row
  end
  if packed == stored then return reply end
  if at == 0 then
    call('SET', HEADER, packed, 'PX', 'RETENTION')
  else
    call('SET', HEADER, packed)
  end
  return reply
end

-- load_state returns the state, or false. One that lies apart lies behind its mark,
-- whether there is one, and the flow number; the first version had no mark, and its
-- states cannot begin with it.
local function load_state()
  if state ~= nil then return state end
  if h.kept == HERE then
    state = h.stateSize > 0 and string.sub(stored, behind, event_at - 1) or ''
  elseif h.kept == NOWHERE then
    state = false
  else
    state = call('GET', STATE)
    h.kept = state and APART or NOWHERE
    if state and string.byte(state) == STATE_MARK then
      local _, has, flows, at = struct.unpack('>BBI8', state)
      if flows > h.flows then h.flows = flows end
      state = has == 1 and string.sub(state, at)
    end
  end
  return state
end
