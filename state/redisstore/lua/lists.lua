-- Inbox, outbox, history and dead letters. Each function keeps the header and the
-- list in agreement.

-- append_event puts an event at the end of the inbox.
local function append_event(kind, payload)
  local n = numbers(1)
  call('RPUSH', INBOX, element(kind, n, now, payload))
  if h.events == 0 then h.event = n end
  h.events = h.events + 1
  h.bytes = h.bytes + #payload
end

-- remove_head takes the event at the head out of the inbox, with its journal and
-- all that was counted for it, and returns it.
local function remove_head()
  local head = call('LPOP', INBOX)
  if not head then damaged(INBOX) end
  if h.entries > 0 then call('DEL', JOURNAL) end
  h.events = h.events - 1
  h.bytes = h.bytes - (#head - ELEMENT_HEAD)
  h.waits, h.deaths, h.fails = 0, 0, 0
  h.taken, h.firstTaken, h.entries, h.entryBytes = 0, 0, 0, 0
  h.event = 0
  if h.events > 0 then
    local _, n = opened(first(INBOX))
    h.event = n
  end
  return head
end

-- append_rows queues the rows from ARGV[from] on and returns the number of the
-- first, 0 for none.
local function append_rows(from)
  local count = #ARGV - from + 1
  if count <= 0 then return 0 end
  local n = numbers(count)
  if h.rows == 0 then h.row = n end
  for i = 0, count - 1 do
    call('RPUSH', OUTBOX, element(ROW, n + i, now, ARGV[from + i]))
  end
  h.rows = h.rows + count
  return n
end

-- next_row makes the row that is now at the head of the outbox the one that
-- leaves next.
local function next_row()
  h.rowWaits, h.attempt, h.flying, h.unknown = 0, 0, false, false
  h.row = 0
  if h.rows > 0 then
    local _, n = opened(first(OUTBOX))
    h.row = n
  end
end

-- drop_row takes the row at the head out of the outbox.
local function drop_row()
  call('LTRIM', OUTBOX, 1, -1) -- unlike LPOP, it does not copy the row
  h.rows = h.rows - 1
  next_row()
end

-- cancellable counts the rows that were queued before the turn in hand, save one
-- in flight. Rows leave from the head only: if one of the turn has left, none
-- from before is there.
local function cancellable()
  if h.rows == 0 then return 0 end
  local old = h.rows
  if h.taken > 0 then
    old = h.row < h.firstTaken and h.rows - h.taken or 0
  end
  if h.flying and old > 0 then old = old - 1 end
  return old
end

-- cancel drops that many rows.
local function cancel(count)
  if count == 0 then return end
  h.rows = h.rows - count
  if h.flying then
    local flying = first(OUTBOX)
    call('LTRIM', OUTBOX, count + 1, -1)
    call('LPUSH', OUTBOX, flying)
    return
  end
  call('LTRIM', OUTBOX, count, -1)
  next_row()
end

-- record appends an entry to the history and lets the oldest go: rank and status,
-- then the provider's id, before the payload.
local function record(direction, at, rank, status, id, payload)
  local entry = struct.pack('>BBc0I4c0', rank, #status, status, #id, id) .. payload
  local length = call('RPUSH', HISTORY, element(direction, numbers(1), at, entry))
  if length > MAX_HISTORY then call('LTRIM', HISTORY, -MAX_HISTORY, -1) end
end

-- trim_letters lets the oldest dead letters go, if they are too many or too old.
local function trim_letters(bytes)
  while call('XLEN', DEAD) > 1 do
    local oldest = call('XRANGE', DEAD, '-', '+', 'COUNT', 1)[1]
    local at = tonumber(string.match(oldest[1], '^%d+'))
    if call('XLEN', DEAD) <= MAX_LETTERS and bytes <= MAX_LETTER_BYTES and at >= now - KEEP_LETTERS then
      return
    end
    call('XDEL', DEAD, oldest[1])
    bytes = call('HINCRBY', NUMBERS, 'dead', -#oldest[2][10])
  end
end

-- set_aside writes a dead letter. Its id is its time, which does not go back, and
-- a number.
local function set_aside(direction, number, cause, payload)
  local at = now
  local last = call('XREVRANGE', DEAD, '+', '-', 'COUNT', 1)[1]
  if last then
    at = math.max(at, tonumber(string.match(last[1], '^%d+')))
  else
    call('HSET', NUMBERS, 'dead', 0)
  end
  call('XADD', DEAD, string.format('%.0f-%.0f', at, numbers(1)),
    'conv', conv, 'direction', direction, 'number', number, 'cause', cause, 'payload', payload)
  call('PEXPIRE', DEAD, KEEP_LETTERS / 1000)
  trim_letters(call('HINCRBY', NUMBERS, 'dead', #payload))
end

local function set_head_aside(cause)
  local number = h.event
  set_aside('in', number, cause, string.sub(remove_head(), ELEMENT_HEAD + 1))
end
