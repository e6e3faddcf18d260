-- Lead: makes a process the leader, unless another one is.
--
-- KEYS  1 who leads, and until when
-- ARGV  1 process  2 the time: see clock.lua  3 how long, in microseconds, 0 to
--       give up
-- Returns 1 if it leads now, else 0.
local leader = call('GET', KEYS[1])
if leader then
  local ends, process = cmsgpack.unpack(leader)
  if process ~= ARGV[1] and ends > now then return 0 end
end
local long = tonumber(ARGV[3])
if long == 0 then
  call('DEL', KEYS[1])
  return 0
end
call('SET', KEYS[1], cmsgpack.pack(now + long, ARGV[1]), 'PX', math.ceil(long / 1000) + SPARE_EXPIRY)
return 1
