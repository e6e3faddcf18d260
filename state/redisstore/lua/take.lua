-- Take: takes tokens from a bucket.
--
-- KEYS  1 tokens in it, and when
-- ARGV  2 the time: see clock.lua  3 tokens a second  4 burst  5 tokens to keep
--       6 how many are wanted
-- Returns how many it gave, and with none the microseconds until there is one.
-- Invariant: over any time it gives at most burst and what the rate brings. A clock
-- that goes back brings nothing. A bucket that expired was full.
local rate, burst, keep, want = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local tokens = burst
local stored = call('GET', KEYS[1])
if stored then
  local had, at = struct.unpack('>di8', stored)
  tokens = math.min(burst, had + math.max(now - at, 0) * rate / 1000000)
end
local given = math.max(math.min(math.floor(tokens - keep), want), 0)
tokens = tokens - given
local full = math.min(math.ceil((burst - tokens) / rate * 1000), LONGEST_EXPIRY)
call('SET', KEYS[1], struct.pack('>di8', tokens, now), 'PX', string.format('%.0f', full + SPARE_EXPIRY))
if given > 0 or want <= 0 then return {given, 0} end
local wait = math.min((keep + 1 - tokens) / rate * 1000000, LONGEST_EXPIRY * 1000)
return {0, math.max(math.ceil(wait), 1)}
