-- Forget: erases a conversation and its dead letters.
--
-- Returns {'done'}.
-- Invariant: numbers go on, so that no token of it is given out again.
call('DEL', HEADER, STATE, INBOX, OUTBOX, JOURNAL, HISTORY)
call('ZREM', DUE, conv)
for _, letter in ipairs(own_letters('-1')) do remove_letter(letter) end

-- Letters of the version before are found by looking at all.
local last = '-'
while call('XLEN', DEAD) > call('ZCARD', SHELF) do
  local some = call('XRANGE', DEAD, last, '+', 'COUNT', '100')
  if #some == 0 then break end
  for _, letter in ipairs(some) do
    if field(letter, 'conv') == conv then remove_letter(letter) end
    last = '(' .. letter[1]
  end
end
return {'done'}
