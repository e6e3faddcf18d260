-- Status: raises the status of a message that went out.
--
-- KEYS  1 history
-- ARGV  1 the provider's id  2 status  3 its rank
-- Returns 1 if it rose, else 0.
-- Invariant: the rank of an entry never falls, and nothing else of it changes.
local all = redis.call('LRANGE', KEYS[1], 0, -1)
for i, entry in ipairs(all) do
  local direction, number, at, rank, status, id, payload = struct.unpack('>BI8I8BBc0I4c0', entry)
  if direction == OUT and id == ARGV[1] then
    if tonumber(ARGV[3]) <= rank then return 0 end
    local raised = struct.pack('>BI8I8BBc0I4c0', direction, number, at, tonumber(ARGV[3]), #ARGV[2], ARGV[2], #id, id)
    redis.call('LSET', KEYS[1], i - 1, raised .. string.sub(entry, payload))
    return 1
  end
end
return 0
