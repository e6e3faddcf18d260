-- Linked: finds the conversation of a message, or keeps a status for its link.
--
-- KEYS  1 what is known of the message: see link.lua
-- ARGV  1 status, empty for none  2 the time: see clock.lua
-- Returns the conversation, '' if it is not known.
local all = {0, ''}
local known = call('GET', KEYS[1])
if known then
  local found = {cmsgpack.unpack(known)}
  if found[1] > now then all = found end
end
if all[2] ~= '' or ARGV[1] == '' or #all >= 2 + MAX_EARLY then return all[2] end
all[1], all[#all + 1] = now + LINK_TIME, ARGV[1]
call('SET', KEYS[1], cmsgpack.pack(unpack(all)), 'PX', LINK_TIME / 1000)
return ''
