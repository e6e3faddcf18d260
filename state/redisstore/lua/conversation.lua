-- The beginning of every script that moves a conversation: its header, loaded,
-- and how a script ends. The limits (LEASE, MAX_ROWS and others) come before it.
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

-- What the header says where it says nothing. Times are microseconds, 0 is none.
local none = {
  -- the lease, and what its holder finished last: a repeat is told from a decision
  -- that was never made by it
  number = 0, process = '', ends = 0, turn = false, begun = false,
  doneEvent = 0, doneRow = 0, doneAttempt = 0,
  -- the inbox; what follows event belongs to the event at its head
  events = 0, bytes = 0, event = 0, waits = 0, deaths = 0, fails = 0,
  taken = 0, firstTaken = 0, -- rows of the turn that the outbox took, number of the first
  entries = 0, entryBytes = 0, -- the journal
  -- the outbox; what follows row belongs to the row at its head
  rows = 0, row = 0, rowWaits = 0, attempt = 0, flying = false, unknown = false,
  wake = 0,
  score = 0, -- the entry in the work index
  -- the last lease that its holder saw end
  lastNumber = 0, lastProcess = '', lastEvent = 0, lastRow = 0, lastAttempt = 0,
}

local stored = call('GET', HEADER)
local h = setmetatable(stored and cmsgpack.unpack(stored) or {}, {__index = none})

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
    if value == none[field] then h[field] = nil end
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

-- first returns the element at the head of a list that has one.
local function first(list)
  local e = call('LINDEX', list, 0)
  if not e then error({err = 'DAMAGED ' .. list .. ' is shorter than its header says'}) end
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
