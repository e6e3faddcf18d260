-- Accept: takes events in, in order, and leases a free conversation.
--
-- KEYS  after those of the conversation: the mark of each event's dedupe id
-- ARGV  3 packed: number of the flows of the process, 1 if it has room, process
--       4… for each event its window in milliseconds, and its payload
-- Returns {verdicts, hand-out}.
-- Invariant: a mark lasts from the first offer to the end of its window, and an
-- event is appended only with its mark.
local flows, room, process = struct.unpack('>I8BI4c0', ARGV[3])

-- seen marks an id and tells whether it was known already.
local function seen(mark, window)
  local ends
  if window ~= '0' then
    ends = call('SET', mark, now + window * 1000, 'NX', 'GET', 'PX', window)
  else
    ends = call('GET', mark)
  end
  if not ends then return false end
  if tonumber(ends) > now then return true end
  if window ~= '0' then call('SET', mark, now + window * 1000, 'PX', window) end
  return false
end

local verdicts = {}
for i = 1, #KEYS - MARKS do
  local payload = ARGV[3 + 2 * i]
  if seen(KEYS[MARKS + i], ARGV[2 + 2 * i]) then
    verdicts[i] = 'duplicate'
  else
    local cause = refusal(#payload)
    if cause then
      letters().set_aside('in', numbers(1), cause, payload, false, now)
      verdicts[i] = 'set_aside'
    else
      append_event(EVENT, now, payload)
      verdicts[i] = 'appended'
    end
  end
end

local out
if h.number > 0 then
  out = busy(process)
elseif room == 1 then
  out = try_lease(process, flows, 'free')
else
  out = bare('free')
end
return finish({verdicts, out})
