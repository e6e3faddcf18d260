-- Alive: keeps the list of processes that live.
--
-- KEYS  1 process -> until when, and the number of its flows
-- ARGV  1 process  2 the time: see clock.lua  3 number of its flows, 0 to leave
-- Returns the highest number of those that live.
local flows = tonumber(ARGV[3])
local newest = flows
local all = call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ends, number = cmsgpack.unpack(all[i + 1])
  if ends <= now then
    call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] and number > newest then
    newest = number
  end
end
if flows == 0 then
  call('HDEL', KEYS[1], ARGV[1])
else
  call('HSET', KEYS[1], ARGV[1], cmsgpack.pack(now + ALIVE_TIME, flows))
  call('PEXPIRE', KEYS[1], ALIVE_TIME / 1000 + SPARE_EXPIRY)
end
return newest
