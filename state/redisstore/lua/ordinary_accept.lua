-- The ordinary Accept: one short event for a conversation where no other waits, free or
-- leased.
--
-- KEYS  after those of the conversation: the mark of the event's dedupe id
-- ARGV  as for accept.lua
-- Returns a short hand-out, see short.go: the turn of the event, or that somebody holds
-- the lease. The event was appended.
local flows, room, process = struct.unpack('>I8BI4c0', ARGV[3])
local window = ARGV[4]
payload = ARGV[5]
if h.events > 0 then return '' end
if not stored then
  if call('EXISTS', STATE) == 1 then return '' end -- of a version before, or the header is gone
  h.kept = NOWHERE
elseif h.kept ~= HERE and h.kept ~= NOWHERE then
  return ''
end
local leased, n = h.number > 0, nil
if not leased and
  (room == 0 or h.rows > 0 or h.wake > 0 and h.wake <= now or flows > 0 and flows < h.flows) then
  return ''
end
if call('SET', KEYS[MARKS + 1], now + window * 1000, 'NX', 'GET', 'PX', window) then return '' end

if h.stateSize > 0 then state = string.sub(stored, behind, event_at - 1) end
if h.rowSize > 0 then row = string.sub(stored, row_at) end
if leased then
  n = numbers(1)
  reply = struct.pack('>BI8I8I8', BUSY, h.process == process and h.number or 0, now, h.ends > now and h.ends - now or 0)
else
  h.next = h.limit -- a lease takes the newest number of the partition
  n = numbers(2)
  h.number, h.process, h.ends, h.turn = n + 1, process, now + LEASE, 1
  reply = struct.pack('>BI8I8I8I8B', TURN, h.number, now, LEASE, n, h.kept == HERE and 1 or 0) .. state
end
event = struct.pack('>BI8I8', EVENT, n, now)
h.event, h.eventAt, h.events, h.bytes, h.eventSize = n, now, 1, #payload, ELEMENT_HEAD + #payload
at = h.ends
