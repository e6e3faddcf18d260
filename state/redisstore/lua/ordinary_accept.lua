-- The ordinary Accept: one short event for a conversation where nothing waits, free or
-- leased. It does what follows would do, without the functions that follow, since
-- making them costs more than this. What is not ordinary goes on below.
local _, _, holder, room, own, window, expiry, payload = unpack(ARGV, 1, 8)
if #KEYS == 11 and expiry ~= '0' and #payload <= MAX_HEAD - ELEMENT_HEAD and h.events == 0 then
  local leased, out, n = h.number > 0, nil, nil
  if not leased and room == '1' and h.rows == 0 and (h.wake == 0 or h.wake > now) then
    load_state()
    local flows = tonumber(own)
    if flows == 0 or flows >= h.flows then out = {'turn', 0, holder, now, LEASE} end
  elseif leased then
    out = {'busy', 0, '', now, h.ends > now and h.ends - now or 0}
    if h.process == holder then out[2], out[3] = h.number, holder end
  end
  if out and not call('SET', KEYS[11], now + window, 'NX', 'GET', 'PX', expiry) then
    if leased then
      n = numbers(1)
    else
      h.next = h.limit -- a lease takes the newest number of the partition
      n = numbers(2)
      h.number, h.process, h.ends, h.turn = n + 1, holder, now + LEASE, true
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
