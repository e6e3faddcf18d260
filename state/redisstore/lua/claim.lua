-- Claim: leases a conversation that is due. A lease that ran out is replaced.
--
-- ARGV  3 process  4 number of its flows
-- Invariant: a lease that has not ended stays as it is, and nothing changes for
-- older flows than the conversation has seen.
local process, flows = ARGV[3], tonumber(ARGV[4])
if h.number == 0 then return finish(try_lease(process, flows, 'early')) end
if h.ends > now then return finish(busy(process)) end
if too_old(flows) then return finish(bare('newer')) end

-- A turn in the hands of who is gone counts one death; an attempt is unknown.
cut()
local died = h.turn
end_lease(false)
if died then
  h.deaths = h.deaths + 1
  if h.deaths >= MAX_DEATHS then set_head_aside('its turn took the process down too often') end
end
return finish(try_lease(process, flows, 'free'))
