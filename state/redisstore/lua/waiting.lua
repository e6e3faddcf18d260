-- Waiting: counts what waits in a conversation, and tells when the first of it came.
-- It writes nothing.
--
-- Returns events, rows, the time of the event at the head and that of the row; 0 for
-- none.
local event_at, row_at = 0, 0
if h.events > 0 then
  local _, _, at = struct.unpack('>BI8I8', first_event())
  event_at = at
end
if h.rows > 0 then
  local _, _, at = struct.unpack('>BI8I8', first_row())
  row_at = at
end
return {h.events, h.rows, event_at, row_at}
