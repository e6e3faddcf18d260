-- Claim: leases a conversation that is due. A lease that ran out is replaced.
--
-- ARGV  3 process
-- Invariant: a lease that has not ended stays as it is.
local gone = false
if h.number > 0 then
  if h.ends > now then return finish(busy(ARGV[3])) end
  abandon()
  gone = true
end
return finish(try_lease(ARGV[3]) or bare(gone and 'free' or 'early'))
