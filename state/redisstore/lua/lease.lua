-- How a free conversation is leased.

-- too_old tells whether the conversation has seen newer flows than these.
local function too_old(flows)
  if flows == 0 then return false end
  if h.kept == UNKNOWN then load_state() end
  return flows < h.flows
end

-- try_lease leases a conversation that is free if there is something to do now,
-- else it answers none. A wake time that came is an event from here on, whatever
-- waits before it.
local function try_lease(process, flows, none)
  local at = due()
  if at == 0 or at > now then return bare(none) end
  if too_old(flows) then return bare('newer') end
  wake_up()
  at = due()
  if at > now then return bare(none) end
  if not fresh then h.next = h.limit end -- a lease takes the newest number of the partition
  h.number, h.process, h.ends = numbers(1), process, now + LEASE
  return next_out()
end
