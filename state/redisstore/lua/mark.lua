-- Mark: records what became of a row.
--
-- ARGV  3 packed: number of the token, row, attempt, delay in microseconds, 1 if there
--       is a history entry, rank of the status of a message that was sent, and process
--       of the token
--       4 the provider's id  5 history entry  6 outcome  7 cause
-- Invariant: 'sent' takes the row out whoever says it; all other outcomes need the
-- fence and the attempt in flight.
local number, row, attempt, delay, noted, rank, process = struct.unpack('>I8I8I8I8BBI4c0', ARGV[3])
local id, entry, outcome, cause = ARGV[4], ARGV[5], ARGV[6], ARGV[7]

-- sent takes the row out, and lets a status of its message that came early count.
local function sent()
  if noted == 1 then
    local rank, status = rank, 'sent'
    local all = h.early ~= '' and {cmsgpack.unpack(h.early)} or {}
    for i = 1, #all, 3 do
      if all[i] == id and all[i + 1] > rank then rank, status = all[i + 1], all[i + 2] end
    end
    record(OUT, now, rank, status, id, entry)
  end
  drop_row()
end

local tried = h.rows > 0 and h.row == row and attempt > 0 and attempt <= h.attempt
if tried and h.flying and attempt == h.attempt and holds(number, process) then
  if outcome == 'sent' then
    sent()
  elseif outcome == 'dead' then
    letters().set_aside('out', h.row, cause, string.sub(first_row(), ELEMENT_HEAD + 1), false, now)
    drop_row()
  else
    h.flying = false
    h.unknown = h.unknown or outcome ~= 'later'
    h.rowWaits = now + delay
  end
  h.doneRow, h.doneAttempt = row, attempt
  return finish(next_out())
end

-- A fact, whoever tells it: the row was taken by the provider.
if tried and outcome == 'sent' then sent() end
if not holds(number, process) then
  local covered = row < h.lastRow or row == h.lastRow and attempt <= h.lastAttempt
  return finish(repeats().ended(number, process, covered))
end
if h.rows == 0 or row < h.row or tried then return finish(repeats().again()) end
return finish(bare('lost'))
