-- The beginning of every script that moves a conversation: its header, loaded,
-- and how a script ends. LEASE, MAX_ROWS and the like are limits, written in as numbers.
--
-- KEYS  1 header  2 state  3 inbox  4 outbox  5 journal  6 history
--       7 work index  8 numbers  9 dead letters: all of one partition, so of one slot
-- ARGV  1 conversation  2 the time in microseconds; empty: the clock of this server
-- Returns a hand-out, see below, or {'full'} or {'too_large'} when it refuses.
-- Invariant: it refuses before it writes, and what wrote ends in finish, which
-- alone stores the header and its entry in the work index.
local HEADER, STATE, INBOX, OUTBOX, JOURNAL, HISTORY, DUE, NUMBERS, DEAD = unpack(KEYS, 1, 9)
local conv = ARGV[1]
local call = redis.call

local now = tonumber(ARGV[2])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- The header h; what it does not have is 0, '' or false. Times are microseconds.
--   number process ends turn begun  the lease; with the event at the head in hand;
--                                   and journaled since
--   doneEvent doneRow doneAttempt   what its holder finished last: a repeat is told
--                                   from a decision that the holder never made
--   events bytes event              the inbox, and its head
--   waits deaths fails              of the event at the head
--   taken firstTaken                rows of its turn in the outbox or gone, and number
--                                   of the first
--   entries entryBytes              its journal
--   rows row                        the outbox, and its head
--   rowWaits attempt flying unknown of the row at the head
--   wake score                      the wake time, and the entry in the work index
--   lastNumber lastProcess          the last lease that its holder saw end,
--   lastEvent lastRow lastAttempt   and what was finished under it
local blank = {process = '', lastProcess = '', turn = false, begun = false, flying = false, unknown = false}
local stored = call('GET', HEADER)
local h = setmetatable(stored and cmsgpack.unpack(stored) or {}, {__index = function(_, field)
  local value = blank[field]
  if value == nil then return 0 end
  return value
end})

-- due is when somebody must look at the conversation, 0 for never. What can be
-- done now has been due since now, or since the earlier time that the index
-- already has, so that a busy conversation is not moved behind others.
local function due()
  if h.number > 0 then return h.ends end
  local ready = now
  if h.score > 0 and h.score < now then ready = h.score end
  local at = h.wake
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
-- that repeats are known.
local function finish(reply)
  local before = h.score
  h.score = due()
  if h.score > 0 and h.score ~= before then
    call('ZADD', DUE, h.score, conv)
  elseif h.score == 0 and before > 0 then
    call('ZREM', DUE, conv)
  end
  local idle = h.score == 0
  for field, value in pairs(h) do
    if value == 0 or value == false or value == '' then h[field] = nil end
  end
  if not stored and not next(h) then return reply end
  local packed = cmsgpack.pack(h)
  if packed == stored then return reply end
  if idle then
    call('SET', HEADER, packed, 'PX', KEEP_IDLE)
  else
    call('SET', HEADER, packed)
  end
  return reply
end

-- numbers takes the next numbers of the partition, for tokens, events, rows and
-- history entries alike, and returns the first.
local function numbers(count)
  return call('HINCRBY', NUMBERS, 'last', count) - count + 1
end

-- An element of a list: kind, number and time before the payload.
local function element(kind, number, at, payload)
  return struct.pack('>BI8I8', kind, number, at) .. payload
end

local function damaged(list)
  error({err = 'DAMAGED ' .. list .. ' is shorter than its header says'})
end

-- first returns the element at the head of a list that has one. A string costs
-- time by its length each time it comes into a script, so this is for need only.
local function first(list)
  local e = call('LINDEX', list, 0)
  if not e then damaged(list) end
  return e
end

-- opened returns kind, number and time of an element.
local function opened(e) return struct.unpack('>BI8I8', e) end

local function holds(number, process)
  return h.number > 0 and h.number == tonumber(number) and h.process == process
end

-- handles tells whether the token holds the lease with the turn of the event in
-- hand.
local function handles(number, process, event)
  return holds(number, process) and h.turn and h.event == event
end
