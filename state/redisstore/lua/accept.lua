-- Accept: takes events in, in order, and leases a free conversation.
--
-- KEYS  11… the mark of each event's dedupe id
-- ARGV  3 process  4 '1' if it has room  5 number of its flows
--       6… for each event its window in microseconds, in milliseconds, and its
--       payload
-- Returns {verdicts, hand-out}.
-- Invariant: a mark lasts from the first offer to the end of its window, and an
-- event is appended only with its mark.
local process = ARGV[3]

-- seen marks an id and tells whether it was known already.
local function seen(mark, window, expiry)
  local ends
  if expiry ~= '0' then
    ends = call('SET', mark, now + window, 'NX', 'GET', 'PX', expiry)
  else
    ends = call('GET', mark)
  end
  if not ends then return false end
  if tonumber(ends) > now then return true end
  if expiry ~= '0' then call('SET', mark, now + window, 'PX', expiry) end
  return false
end

local verdicts = {}
for i = 1, #KEYS - 10 do
  local at = 3 + 3 * i
  local payload = ARGV[at + 2]
  if seen(KEYS[10 + i], ARGV[at], ARGV[at + 1]) then
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
elseif ARGV[4] == '1' then
  out = try_lease(process, tonumber(ARGV[5]), 'free')
else
  out = bare('free')
end
return finish({verdicts, out})
