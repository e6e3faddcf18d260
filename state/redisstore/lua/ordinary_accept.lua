-- The ordinary Accept: one short event for a conversation where nothing waits, free or
-- leased. What is not ordinary is left to accept.lua, and nothing is written then.
--
-- KEYS  after those of the conversation: the mark of the event's dedupe id
-- ARGV  as for accept.lua
-- Returns what accept.lua does, but the number of the event in place of it, or {'again'}.
local flows, room, process = struct.unpack('>I8BI4c0', ARGV[3])
local window, payload = ARGV[4], ARGV[5]
if h.events > 0 then return {'again'} end
local out
if h.number > 0 then
  out = {'busy', 0, '', now, h.ends > now and h.ends - now or 0}
  if h.process == process then out[2], out[3] = h.number, process end
else
  if room == 0 or h.rows > 0 or h.wake > 0 and h.wake <= now then return {'again'} end
  out = {'turn', 0, process, now, LEASE, 0, load_state(), {}, 0, 0, 0}
  if flows > 0 and flows < h.flows then return {'again'} end
end
if call('SET', KEYS[MARKS + 1], now + window * 1000, 'NX', 'GET', 'PX', window) then return {'again'} end

local n
if h.number > 0 then
  n = numbers(1)
else
  h.next = h.limit -- a lease takes the newest number of the partition
  n = numbers(2)
  h.number, h.process, h.ends, h.turn = n + 1, process, now + LEASE, true
end
h.event, h.eventAt, h.events, h.bytes, h.eventSize = n, now, 1, #payload, ELEMENT_HEAD + #payload
event_head = struct.pack('>BI8I8', EVENT, n, now) .. payload
if out[6] then out[2], out[6] = n + 1, n end
return finish({{'appended'}, out})
