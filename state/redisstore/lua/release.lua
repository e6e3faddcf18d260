-- Release: gives the lease back. What is pending is due, an attempt in flight is
-- unknown.
--
-- ARGV  3, 4 token
-- Invariant: only the holder ends a lease.
if not holds(ARGV[3], ARGV[4]) then
  return finish(repeats().ended(ARGV[3], ARGV[4], true))
end
cut()
end_lease(true)
return finish(bare('free'))
