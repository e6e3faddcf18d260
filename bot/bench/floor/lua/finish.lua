-- Finish: the reply was sent; the next event, or the end of the lease.
--
-- KEYS  1 lease  2 inbox  3 state  4 outbox  5 leases of the partition
-- ARGV  1 process  2 conversation
-- Returns {'turn', event, state}, {'free'} or {'lost'}.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('DEL', KEYS[4])
local event = redis.call('LINDEX', KEYS[2], 0)
if event then return {'turn', event, redis.call('GET', KEYS[3])} end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[5], ARGV[2])
return {'free'}
