-- Dead letters: a stream, and an index of it by conversation: a sorted set of
-- marks, which sort by conversation, then time. Letters of the version before have
-- none.

-- letters makes the functions on dead letters. They are rarely needed, and each
-- function that a script makes costs time.
local function letters()
  local function mark_of(whose, id)
    local at, n = string.match(id, '^(%d+)-(%d+)$')
    return string.format('%s:%016.0f-%016.0f', redis.sha1hex(whose), at, n)
  end

  -- shelf_of returns the range of the marks of a conversation.
  local function shelf_of(whose)
    local hash = redis.sha1hex(whose)
    return '[' .. hash .. ':', '(' .. hash .. ';'
  end

  -- own_letters returns those of the conversation, oldest first, up to count of them.
  local function own_letters(count)
    local from, to = shelf_of(conv)
    local all = call('ZRANGEBYLEX', SHELF, from, to, 'LIMIT', '0', count)
    for i, mark in ipairs(all) do
      local at, n = string.match(mark, ':(%d+)-(%d+)$')
      local id = string.format('%.0f-%.0f', at, n)
      all[i] = call('XRANGE', DEAD, id, id)[1]
    end
    return all
  end

  -- letter_of returns the letter of an id, nil if there is none that is kept.
  local function letter_of(id)
    local letter = call('XRANGE', DEAD, id, id)[1]
    if letter and tonumber(string.match(id, '^%d+')) >= now - KEEP_LETTERS then return letter end
  end

  -- field returns one of a letter, nil if it has none of that name.
  local function field(letter, name)
    for i = 1, #letter[2], 2 do
      if letter[2][i] == name then return letter[2][i + 1] end
    end
  end

  -- remove_letter deletes a letter and returns the bytes of those that remain.
  local function remove_letter(letter)
    call('XDEL', DEAD, letter[1])
    call('ZREM', SHELF, mark_of(field(letter, 'conv'), letter[1]))
    return call('HINCRBY', NUMBERS, 'dead', 0 - #field(letter, 'payload')) -- not -0, which is no integer
  end

  -- evict lets letters go: the oldest of the conversation, if it has too many of its
  -- own, and then the oldest of all, if they are too many or too old.
  local function evict(bytes)
    local from, to = shelf_of(conv)
    for _ = 1, call('ZLEXCOUNT', SHELF, from, to) - MAX_LETTERS_EACH do
      bytes = remove_letter(own_letters('1')[1])
      evicted = evicted + 1
    end
    while call('XLEN', DEAD) > 1 do
      local crowded = call('XLEN', DEAD) > MAX_LETTERS or bytes > MAX_LETTER_BYTES
      local oldest = call('XRANGE', DEAD, '-', '+', 'COUNT', '1')[1]
      if not crowded and tonumber(string.match(oldest[1], '^%d+')) >= now - KEEP_LETTERS then return end
      bytes = remove_letter(oldest)
      if crowded then evicted = evicted + 1 end
    end
  end

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

  return {of = letter_of, field = field, own = own_letters, remove = remove_letter, set_aside = set_aside}
end

-- set_head_aside does so with the event at the head. Its payload is replaced by
-- another, if there is one.
local function set_head_aside(cause, other)
  local kind, _, at, was, payload = opened_event(first_event())
  remove_head()
  letters().set_aside('in', was, cause, other or payload, kind == WAKE, at)
end
