-- Status: raises the status of a message that went out, or keeps it for a row that
-- waits.
--
-- ARGV  3 the provider's id  4 status  5 its rank  6 '1' if it may be kept
-- Returns 1 if it rose, else 0.
-- Invariant: the rank of an entry never falls, and nothing else of it changes.
local id, status, rank = ARGV[3], ARGV[4], tonumber(ARGV[5])

-- raise looks at some entries, those counted from the end; nil if it is not there.
local function raise(from, to)
  local entries = call('LRANGE', HISTORY, from, to)
  for i = #entries, 1, -1 do
    local direction, n, at, was, _, known, payload = struct.unpack('>BI8I8BBc0I4c0', entries[i])
    if direction == OUT and known == id then
      if rank <= was then return 0 end
      local raised = struct.pack('>BI8I8BBc0I4c0', OUT, n, at, rank, #status, status, #id, id)
      call('LSET', HISTORY, to - #entries + i, raised .. string.sub(entries[i], payload))
      return 1
    end
  end
end

-- keep keeps the status for the row of that id, the highest that came.
local function keep()
  local all = h.early ~= '' and {cmsgpack.unpack(h.early)} or {}
  local at = #all + 1
  for i = 1, #all, 3 do
    if all[i] == id then at = i end
  end
  if at > 3 * MAX_EARLY or all[at] and all[at + 1] >= rank then return end
  all[at], all[at + 1], all[at + 2] = id, rank, status
  h.early = cmsgpack.pack(unpack(all))
end

local rose = raise(-4, -1) or raise(-MAX_HISTORY - SPARE_HISTORY, -5)
if not rose and h.rows > 0 and ARGV[6] == '1' then keep() end
return finish(rose or 0)
