-- Journal: keeps results of the turn in hand and appends the rows that are new.
--
-- ARGV  3, 4 token  5 event  6 how many entries
--       7… key and payload of each entry, then all rows of the turn so far
-- Invariant: needs the fence and the event at the head. An entry keeps the
-- position of the first of its key; a row that was taken is not taken again.
if not handles(ARGV[3], ARGV[4], tonumber(ARGV[5])) then return finish(bare('lost')) end

local rows = 7 + 2 * tonumber(ARGV[6]) -- where they begin
local places, sizes = {}, {}           -- by key
local count, bytes = h.entries, h.entryBytes
for i = 7, rows - 1, 2 do
  local key, payload = ARGV[i], ARGV[i + 1]
  if not places[key] then
    local old = h.entries > 0 and call('HGET', JOURNAL, key)
    if old then
      places[key], sizes[key] = struct.unpack('>I4', old), #key + #old - 4
    else
      places[key], sizes[key] = count, 0
      count = count + 1
    end
  end
  bytes = bytes - sizes[key] + #key + #payload
  sizes[key] = #key + #payload
end
if bytes > MAX_JOURNAL then return {'too_large'} end
local fresh = math.max(#ARGV - rows + 1 - h.taken, 0)
if h.rows + fresh > MAX_ROWS then return {'full'} end

for i = 7, rows - 1, 2 do
  call('HSET', JOURNAL, ARGV[i], struct.pack('>I4', places[ARGV[i]]) .. ARGV[i + 1])
end
h.entries, h.entryBytes = count, bytes
if fresh > 0 then
  local n = append_rows(rows + h.taken)
  if h.taken == 0 then h.firstTaken = n end
  h.taken = h.taken + fresh
end
h.begun = true
return finish(next_out())
