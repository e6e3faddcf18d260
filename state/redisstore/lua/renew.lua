-- Renew: the lease ends LEASE from now.
--
-- ARGV  3, 4 token
-- Invariant: only the holder's lease changes.
if not holds(ARGV[3], ARGV[4]) then return finish(bare('lost')) end
h.ends = now + LEASE
return finish(held('proceed'))
