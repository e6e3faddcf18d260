-- Commit: state and reply, before the reply is sent.
--
-- KEYS  1 lease  2 inbox  3 state  4 outbox
-- ARGV  1 process  2 state  3 row
-- Returns {'send', row} or {'lost'}.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('LPOP', KEYS[2])
redis.call('SET', KEYS[3], ARGV[2])
redis.call('SET', KEYS[4], ARGV[3])
return {'send', ARGV[3]}
