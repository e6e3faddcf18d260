-- Forget: erases a conversation and its dead letters.
--
-- Returns {'done'}.
-- Invariant: numbers go on, so that no token of it is given out again.
call('DEL', HEADER, STATE, INBOX, OUTBOX, JOURNAL, HISTORY)
call('ZREM', DUE, conv)
local dead = letters()
for _, letter in ipairs(dead.own('-1')) do dead.remove(letter) end

-- Letters of the version before are found by looking at all.
local last = '-'
while call('XLEN', DEAD) > call('ZCARD', SHELF) do
  local some = call('XRANGE', DEAD, last, '+', 'COUNT', '100')
  if #some == 0 then break end
  for _, letter in ipairs(some) do
    if dead.field(letter, 'conv') == conv then dead.remove(letter) end
    last = '(' .. letter[1]
  end
end
return {'done'}
