-- The history.

-- record appends an entry to the history: rank and status, then the provider's id,
-- before the payload. Readers see the last MAX_HISTORY, so a few more may lie there.
local function record(direction, at, rank, status, id, payload)
  local entry = struct.pack('>BI8I8BBc0I4c0', direction, numbers(1), at, rank, #status, status, #id, id) .. payload
  local length = call('RPUSH', HISTORY, entry)
  if length > MAX_HISTORY + SPARE_HISTORY then call('LTRIM', HISTORY, '-MAX_HISTORY', '-1') end
  if length > 1 and now - h.tended <= TEND then return end

  -- Not with each entry, but once in TEND: the history ends when its last entry is
  -- too old to be shown, and those that are too old go.
  h.tended = now
  call('PEXPIRE', HISTORY, 'HISTORY_END')
  if length == 1 and at > now - HISTORY_TIME then return end
  while true do
    local oldest = call('LINDEX', HISTORY, '0')
    if not oldest then return end -- also of an event that waited as long
    local _, _, at = struct.unpack('>BI8I8', oldest)
    if at > now - HISTORY_TIME then return end
    call('LPOP', HISTORY)
  end
end
