-- The beginning of every script that moves a conversation: its header, loaded,
-- and how a script ends. LEASE, MAX_ROWS and the like are limits, written in as
-- numbers, and so are the fields of the header and the names of the keys: h.events is
-- h[24] when it runs, HEADER is KEYS[1]. Functions that a script does not use are left
-- out of it.
--
-- KEYS  1 HEADER  2 STATE  3 INBOX  4 OUTBOX  5 JOURNAL  6 HISTORY
--       7 DUE, the work index  8 NUMBERS  9 DEAD, the letters  10 SHELF, their index
--       by conversation: all of one partition, so of one slot
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
--   eventHead rowHead               the heads, if they lie here: see first_event
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
--   parked                          the state was told not to expire
--   tended                          when the history was last told when to expire
--   lastNumber lastProcess          the last lease that its holder saw end,
--   lastEvent lastRow lastAttempt   and what was finished under it
-- It is stored behind its version: SHORT, when all that is not part of an ordinary
-- message is blank, or LONG.
local stored = call('GET', HEADER)
local version = stored and string.byte(stored)
local h
if version == SHORT or version == LONG then
  if version == SHORT then
    h = {RARE_BLANK, struct.unpack(SHORT_FORMAT, stored, 2)}
  else
    h = {struct.unpack(LONG_FORMAT, stored, 2)}
    h.begun, h.unknown = h.begun == 1, h.unknown == 1
  end
  h.turn, h.flying, h.parked = h.turn == 1, h.flying == 1, h.parked == 1
else
  h = {HEADER_BLANK}
  if stored then -- of the versions before: its fields by place, or by name
    local old = version == 1 and {cmsgpack.unpack(stored)} or cmsgpack.unpack(stored)
    local places = {HEADER_PLACES}
    for i, field in ipairs({HEADER_NAMES}) do
      local value = old[version == 1 and places[i] or field]
      if value ~= nil then h[i] = value end
    end
  end
end

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

-- finish ends a script. The header of an idle conversation stays for a while, so
-- that repeats are known. A reply that let dead letters go says how many.
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
  -- A state outlasts the work that waits in its conversation, and ends in time when
  -- there is none. What is leased for a moment leaves it as it is.
  if at > 0 and h.number == 0 and not h.parked then
    h.parked = call('PERSIST', STATE) == 1
  elseif at == 0 and h.parked then
    h.parked = false
    call('PEXPIRE', STATE, 'RETENTION')
  end
  local turn, flying, parked = h.turn and 1 or 0, h.flying and 1 or 0, h.parked and 1 or 0
  local packed
  if h.early == '' and not h.begun and not h.unknown and
    h.waits + h.deaths + h.fails + h.taken + h.entries + h.rowWaits == 0 then
    packed = struct.pack(SHORT_PACK, SHORT, #h.process, h.process, #h.lastProcess, h.lastProcess,
      #h.eventHead, h.eventHead, #h.rowHead, h.rowHead, turn, flying, parked, unpack(h, FIRST_NUMBER, HEADER_FIELDS))
  else
    packed = struct.pack(LONG_PACK, LONG, #h.early, h.early, h.waits, h.deaths, h.fails, h.taken, h.firstTaken,
      h.entries, h.entryBytes, h.rowWaits, h.begun and 1 or 0, h.unknown and 1 or 0, #h.process, h.process,
      #h.lastProcess, h.lastProcess, #h.eventHead, h.eventHead, #h.rowHead, h.rowHead, turn, flying, parked,
      unpack(h, FIRST_NUMBER, HEADER_FIELDS))
  end
  if packed == stored then return reply end
  if at == 0 then
    call('SET', HEADER, packed, 'PX', 'KEEP_IDLE')
  else
    call('SET', HEADER, packed)
  end
  return reply
end

-- numbers takes the next numbers of the conversation, for events, rows and history
-- entries alike, and returns the first. They are of a block that the partition
-- gave, so that few scripts ask it.
local fresh = false
local function numbers(count)
  local n = h.next
  if n + count > h.limit then
    local block = count + BLOCK
    h.limit = call('HINCRBY', NUMBERS, 'last', block) + 1
    n = h.limit - block
    fresh = true
  end
  h.next = n + count
  return n
end

-- The state lies behind its mark, whether there is one, and the flow number. One
-- of the version before has no mark, and cannot begin with it.
local state
local function load_state()
  if state ~= nil then return state end
  state = call('GET', STATE)
  if state and string.byte(state) == STATE_MARK then
    local _, _, flows = struct.unpack('>BBI8', state)
    if flows > h.flows then h.flows = flows end
  end
  return state
end
