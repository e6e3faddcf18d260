-- The ordinary Accept: one short event for a conversation where nothing waits, free or
-- leased. What is not ordinary is left to accept.lua, and nothing is written then.
--
-- KEYS  after those of the conversation: the mark of the event's dedupe id
-- ARGV  as for accept.lua
-- Returns a short hand-out, see short.go: the turn of the event, or that somebody holds
-- the lease; '' for accept.lua. The event was appended.
local flows, room, process = struct.unpack('>I8BI4c0', ARGV[3])
local window, payload = ARGV[4], ARGV[5]
if h.events > 0 then return '' end
local leased, n = h.number > 0, nil
if not leased then
  if room == 0 or h.rows > 0 or h.wake > 0 and h.wake <= now then return '' end
  load_state()
  if flows > 0 and flows < h.flows then return '' end
end
if call('SET', KEYS[MARKS + 1], now + window * 1000, 'NX', 'GET', 'PX', window) then return '' end

if leased then
  n = numbers(1)
else
  h.next = h.limit -- a lease takes the newest number of the partition
  n = numbers(2)
  h.number, h.process, h.ends, h.turn = n + 1, process, now + LEASE, true
end
h.event, h.eventAt, h.events, h.bytes, h.eventSize = n, now, 1, #payload, ELEMENT_HEAD + #payload
event_head = struct.pack('>BI8I8', EVENT, n, now)
local left = h.ends > now and h.ends - now or 0
if leased then
  local ours = h.process == process and h.number or 0
  return finish(struct.pack('>BI8I8I8', BUSY, ours, now, left), payload)
end
local reply = struct.pack('>BI8I8I8I8B', TURN, h.number, now, left, n, state and 1 or 0)
if state then reply = reply .. state end
return finish(reply, payload)
