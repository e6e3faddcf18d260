-- Link: records the conversation of a message.
--
-- KEYS  1 what is known of the message: when it ends, its conversation, and the
--       statuses that came before it was known
-- ARGV  1 conversation  2 the time: see clock.lua
-- Returns the statuses that came before, to a repeat too.
-- Invariant: what came before is kept as long as the link.
local before = {}
local known = call('GET', KEYS[1])
if known then
  local all = {cmsgpack.unpack(known)}
  if all[1] > now then before = {unpack(all, 3)} end
end
call('SET', KEYS[1], cmsgpack.pack(now + LINK_TIME, ARGV[1], unpack(before)), 'PX', LINK_TIME / 1000)
return before
