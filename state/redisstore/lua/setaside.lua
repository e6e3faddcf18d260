-- What becomes a dead letter.

-- new_id returns the id of the next letter: its time, and that of the server, which
-- differ in tests, and neither goes back. An id that was given out is not given out
-- again, even if its letter is gone.
local function new_id()
  local time = call('TIME')
  local at, order = now, time[1] * 1000000 + time[2]
  if call('EXISTS', DEAD) == 0 then
    call('HSET', NUMBERS, 'dead', '0') -- they may have expired
    call('DEL', SHELF)
  else
    local info = call('XINFO', 'STREAM', DEAD)
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then
        local last, after = string.match(info[i + 1], '^(%d+)-(%d+)$')
        at = math.max(at, tonumber(last))
        if at == tonumber(last) then order = math.max(order, after + 1) end
      end
    end
  end
  return string.format('%.0f-%.0f', at, order)
end

-- set_aside writes a dead letter. when is the time of an event.
local function set_aside(direction, number, cause, payload, wake, when)
  local id = new_id()
  call('XADD', DEAD, id, 'conv', conv, 'direction', direction, 'number', number, 'cause', cause,
    'payload', payload, 'wake', wake and '1' or '0', 'when', when)
  call('ZADD', SHELF, '0', mark_of(conv, id))
  call('PEXPIRE', DEAD, KEEP_LETTERS / 1000)
  call('PEXPIRE', SHELF, KEEP_LETTERS / 1000)
  evict(call('HINCRBY', NUMBERS, 'dead', #payload))
end

-- set_head_aside does so with the event at the head. Its payload is replaced by
-- another, if there is one.
local function set_head_aside(cause, other)
  local kind, _, at, was, payload = opened_event(first(INBOX))
  remove_head()
  set_aside('in', was, cause, other or payload, kind == WAKE, at)
end
