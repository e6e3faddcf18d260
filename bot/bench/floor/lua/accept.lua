-- Accept: takes an event in, and leases a free conversation.
--
-- KEYS  1 lease  2 inbox  3 state  4 mark of the dedupe id  5 leases of the partition
-- ARGV  1 conversation  2 process  3 event  4 window in ms  5 lease in ms  6 its end
-- Returns {'duplicate'}, {'busy'} or {'turn', event, state}.
if not redis.call('SET', KEYS[4], '', 'NX', 'PX', ARGV[4]) then return {'duplicate'} end
redis.call('RPUSH', KEYS[2], ARGV[3])
if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'PX', ARGV[5]) then return {'busy'} end
redis.call('ZADD', KEYS[5], ARGV[6], ARGV[1])
return {'turn', ARGV[3], redis.call('GET', KEYS[3])}
