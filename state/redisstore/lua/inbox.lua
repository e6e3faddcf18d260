-- The inbox. It and the header are kept in agreement.

-- append_event puts an event at the end of the inbox. One that comes back from the
-- dead letters has the number it had at first after its time.
local function append_event(kind, at, payload, was)
  local n = numbers(1)
  local e
  if was then
    e = struct.pack('>BI8I8I8', kind, n, at, was) .. payload
  else
    e = element(kind, n, at, payload)
  end
  if h.events > 0 then
    call('RPUSH', INBOX, e)
  else
    h.event, h.eventAt, event_head = n, at, e
    if #e <= MAX_HEAD then
      h.eventSize = #e
    else
      call('RPUSH', INBOX, e)
    end
  end
  h.events = h.events + 1
  h.bytes = h.bytes + #payload
end

-- opened_event returns kind, number, time and first number of an event, and its
-- payload.
local function opened_event(e)
  local kind, n, at = struct.unpack('>BI8I8', e)
  if kind == EVENT or kind == WAKE then return kind, n, at, n, string.sub(e, ELEMENT_HEAD + 1) end
  local was = struct.unpack('>I8', e, ELEMENT_HEAD + 1)
  return kind == WAKE_AGAIN and WAKE or EVENT, n, at, was, string.sub(e, ELEMENT_HEAD + 9)
end

-- refusal is why an event of that size cannot be appended, nil if it can.
local function refusal(size)
  if size > MAX_EVENT then return string.format('the event is over %d bytes', MAX_EVENT) end
  if h.events >= MAX_EVENTS then return string.format('the inbox is full: over %d events', MAX_EVENTS) end
  if h.bytes + size > MAX_INBOX then return string.format('the inbox is full: over %d bytes', MAX_INBOX) end
end

-- remove_head takes the event at the head out of the inbox, with its journal and
-- all that was counted for it.
local function remove_head()
  if h.entries > 0 then call('DEL', JOURNAL) end
  h.events = h.events - 1
  h.waits, h.deaths, h.fails = 0, 0, 0
  h.taken, h.firstTaken, h.entries, h.entryBytes = 0, 0, 0, 0
  if h.events == 0 then
    if h.eventSize == 0 then call('DEL', INBOX) end
    event_head, h.eventSize = nil, 0
    h.event, h.eventAt, h.bytes = 0, 0, 0
    return
  end
  local _, _, _, _, payload = opened_event(first_event())
  h.bytes = h.bytes - #payload
  if h.eventSize == 0 then call('LTRIM', INBOX, '1', '-1') end
  event_head, h.eventSize = nil, 0
  local _, n, at = opened_event(first_event())
  h.event, h.eventAt = n, at
end
