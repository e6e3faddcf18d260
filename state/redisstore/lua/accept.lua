-- Accept: takes events in, in order, and leases a free conversation.
--
-- KEYS  10… the mark of each event's dedupe id
-- ARGV  3 process  4 '1' if it has room
--       5… for each event its window in microseconds, and its payload
-- Returns {verdicts, hand-out}.
-- Invariant: a mark lasts from the first offer to the end of its window, and an
-- event is appended only with its mark.
local process, room = ARGV[3], ARGV[4] == '1'

-- seen marks an id and tells whether it was known already.
local function seen(mark, window)
  local ends
  if window > 0 then
    ends = call('SET', mark, now + window, 'NX', 'GET', 'PX', math.ceil(window / 1000))
  else
    ends = call('GET', mark)
  end
  if not ends then return false end
  if tonumber(ends) > now then return true end
  if window > 0 then call('SET', mark, now + window, 'PX', math.ceil(window / 1000)) end
  return false
end

-- refusal is why an event cannot be appended, nil if it can.
local function refusal(size)
  if size > MAX_EVENT then return string.format('the event is over %d bytes', MAX_EVENT) end
  if h.events >= MAX_EVENTS then return string.format('the inbox is full: over %d events', MAX_EVENTS) end
  if h.bytes + size > MAX_INBOX then return string.format('the inbox is full: over %d bytes', MAX_INBOX) end
end

local verdicts = {}
for i = 1, #KEYS - 9 do
  local window, payload = tonumber(ARGV[3 + 2 * i]), ARGV[4 + 2 * i]
  if seen(KEYS[9 + i], window) then
    verdicts[i] = 'duplicate'
  else
    local cause = refusal(#payload)
    if cause then
      set_aside('in', numbers(1), cause, payload)
      verdicts[i] = 'set_aside'
    else
      append_event(EVENT, payload)
      verdicts[i] = 'appended'
    end
  end
end

local out
if h.number > 0 then
  out = busy(process)
else
  out = room and try_lease(process) or bare('free')
end
return finish({verdicts, out})
