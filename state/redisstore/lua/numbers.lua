-- numbers takes the next numbers of the conversation, for events, rows and history
-- entries alike, and returns the first. They are of a block that the partition
-- gave, so that few scripts ask it.
local fresh = false
local function numbers(count)
  local n = h.next
  if n + count > h.limit then
    local block = count + BLOCK
    h.limit = call('HINCRBY', NUMBERS, 'last', block) + 1
    n = h.limit - block
    fresh = true
  end
  h.next = n + count
  return n
end
