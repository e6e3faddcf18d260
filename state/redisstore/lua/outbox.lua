-- The outbox. It and the header are kept in agreement.

-- append_rows queues the rows from ARGV[from] on and returns the number of the
-- first, 0 for none.
local function append_rows(from)
  local count = #ARGV - from + 1
  if count <= 0 then return 0 end
  local n = numbers(count)
  local all = {}
  for i = 1, count do
    all[i] = element(ROW, n + i - 1, now, ARGV[from + i - 1])
  end
  local listed = 1
  if h.rows == 0 then
    h.row, row_head = n, all[1]
    if #row_head <= MAX_HEAD then
      h.rowSize = #row_head
      listed = 2
    end
  end
  if listed <= count then call('RPUSH', OUTBOX, unpack(all, listed)) end
  h.rows = h.rows + count
  return n
end

-- next_row makes the row that is now at the head of the outbox the one that
-- leaves next.
local function next_row()
  h.rowWaits, h.attempt, h.flying, h.unknown = 0, 0, false, false
  row_head, h.rowSize = nil, 0
  if h.rows == 0 then
    h.row = 0
    return
  end
  local _, n = struct.unpack('>BI8', first_row())
  h.row = n
end

-- drop_row takes the row at the head out of the outbox.
local function drop_row()
  h.rows = h.rows - 1
  if h.rowSize > 0 then
    h.rowSize = 0
  elseif h.rows == 0 then
    call('DEL', OUTBOX)
  else
    call('LTRIM', OUTBOX, '1', '-1') -- unlike LPOP, it does not copy the row
  end
  next_row()
end
