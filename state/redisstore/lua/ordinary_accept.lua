-- The ordinary Accept: one short event for a conversation where nothing waits, free or
-- leased. It does what follows would do, without the functions that follow, since
-- making them costs more than this. What is not ordinary goes on below.
local flows, room, process = struct.unpack('>I8BI4c0', ARGV[3])
local window, payload = ARGV[4], ARGV[5]
if #KEYS == 11 and window ~= '0' and #payload <= MAX_HEAD - ELEMENT_HEAD and h.events == 0 then
  local leased, out, n = h.number > 0, nil, nil
  if not leased and room == 1 and h.rows == 0 and (h.wake == 0 or h.wake > now) then
    load_state()
    if flows == 0 or flows >= h.flows then out = {'turn', 0, process, now, LEASE} end
  elseif leased then
    out = {'busy', 0, '', now, h.ends > now and h.ends - now or 0}
    if h.process == process then out[2], out[3] = h.number, process end
  end
  if out and not call('SET', KEYS[11], now + window * 1000, 'NX', 'GET', 'PX', window) then
    if leased then
      n = numbers(1)
    else
      h.next = h.limit -- a lease takes the newest number of the partition
      n = numbers(2)
      h.number, h.process, h.ends, h.turn = n + 1, process, now + LEASE, true
    end
    h.event, h.eventAt, h.events, h.bytes = n, now, 1, #payload
    h.eventHead = struct.pack('>BI8I8', EVENT, n, now) .. payload
    if not leased then
      if state and not h.parked and (SHORT_RETENTION or not stored) then h.parked = call('PERSIST', STATE) == 1 end
      out[2], out[6], out[7], out[8], out[9], out[10], out[11] = n + 1, h.eventHead, state, {}, 0, 0, 0
    end
    return finish({{'appended'}, out})
  end
end
