-- The beginning of the ordinary scripts: the header, if it is a short one or there is
-- none. Its fields are locals here, since that is fast: h.events is h_events when it
-- runs, and flags are 0 or 1. There are no functions where it can be helped, and no text
-- is cut out or put together that need not be: see short_end.lua. What is not ordinary is
-- left to the script itself by the answer '', and nothing is written then.
--
-- KEYS, ARGV  as for header.lua
local conv = ARGV[1]
local stored = call('GET', HEADER)
local SHORT_LOCALS, behind = SHORT_BLANKS
if stored then
  if string.byte(stored) ~= SHORT then return '' end
  SHORT_LOCALS, behind = struct.unpack(SHORT_FORMAT, stored, 2)
end
local event_at = behind and behind + h.stateSize
local row_at = behind and event_at + h.eventSize
-- What the scripts decide: the answer, when somebody must look at the conversation, 0 for
-- never, and the texts behind the header: the state, and elements in two parts.
local reply, at
local state, event, payload, row, message = '', '', '', '', ''
