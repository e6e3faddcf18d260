-- The heads of the lists, and the fence.

-- An element of a list: kind, number and time before the payload.
local function element(kind, number, at, payload)
  return struct.pack('>BI8I8', kind, number, at) .. payload
end

local function damaged(list)
  error({err = 'DAMAGED ' .. list .. ' is shorter than its header says'})
end

-- The elements at the heads of inbox and outbox. They lie behind the header if they are
-- short and came when nothing was there, and are not in the list then, which saves
-- making and deleting it.
local function first_event()
  if not event_head and h.eventSize > 0 then event_head = string.sub(stored, event_at, row_at - 1) end
  event_head = event_head or call('LINDEX', INBOX, '0') or damaged(INBOX)
  return event_head
end

local function first_row()
  if not row_head and h.rowSize > 0 then row_head = string.sub(stored, row_at) end
  row_head = row_head or call('LINDEX', OUTBOX, '0') or damaged(OUTBOX)
  return row_head
end

local function holds(number, process)
  return h.number > 0 and h.number == tonumber(number) and h.process == process
end

-- handles tells whether the token holds the lease with the turn of the event in
-- hand.
local function handles(number, process, event)
  return h.turn and h.event == event and holds(number, process)
end
