-- The beginning of every script.
--
-- ARGV  2 the time in microseconds; empty: the clock of this server
-- Numbers in calls are written as strings: Redis is slow to print a number of Lua.
local call = redis.call
local now = tonumber(ARGV[2])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end
