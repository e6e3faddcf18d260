-- Dead letters: a stream, and an index of it by conversation: a sorted set of
-- marks, which sort by conversation, then time. Letters of the version before have
-- none.

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
  return call('HINCRBY', NUMBERS, 'dead', -#field(letter, 'payload'))
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
