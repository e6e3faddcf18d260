-- Retry: puts a dead letter back, at the end of the inbox or the outbox.
--
-- ARGV  3 id in the stream
-- Returns {'done'}, {'not_found'}, {'full'} or {'too_large'}.
-- Invariant: a letter goes only where what it holds waits again.
local dead = letters()
local letter = dead.of(ARGV[3])
if not letter or dead.field(letter, 'conv') ~= conv then return {'not_found'} end
local payload = dead.field(letter, 'payload')

if dead.field(letter, 'direction') == 'in' then
  local wake = dead.field(letter, 'wake') == '1'
  if wake then payload = '' end
  if #payload > MAX_EVENT then return {'too_large'} end
  if refusal(#payload) then return {'full'} end
  local at = dead.field(letter, 'when') or string.match(letter[1], '^%d+')
  append_event(wake and WAKE_AGAIN or EVENT_AGAIN, tonumber(at), payload, tonumber(dead.field(letter, 'number')))
else
  if h.rows >= MAX_ROWS then return {'full'} end
  local n = numbers(1)
  call('RPUSH', OUTBOX, element(ROW_AGAIN, n, now, payload))
  if h.rows == 0 then h.row = n end
  h.rows = h.rows + 1
end
dead.remove(letter)
return finish({'done'})
