-- Register: numbers flows.
--
-- KEYS  1 the newest flows: number and digest; it does not expire
-- ARGV  1 digest
-- Returns the number.
-- Invariant: a number stands for one digest only.
local newest = call('HMGET', KEYS[1], 'number', 'digest')
if newest[1] and newest[2] == ARGV[1] then return tonumber(newest[1]) end
call('HSET', KEYS[1], 'digest', ARGV[1])
return call('HINCRBY', KEYS[1], 'number', '1')
