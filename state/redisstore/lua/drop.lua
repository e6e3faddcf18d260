-- Drop: deletes a dead letter.
--
-- ARGV  3 id in the stream
-- Returns {'done'} or {'not_found'}.
local dead = letters()
local letter = dead.of(ARGV[3])
if not letter or dead.field(letter, 'conv') ~= conv then return {'not_found'} end
dead.remove(letter)
return {'done'}
