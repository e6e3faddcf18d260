-- Drop: deletes a dead letter.
--
-- ARGV  3 id in the stream
-- Returns {'done'} or {'not_found'}.
local letter = letter_of(ARGV[3])
if not letter or field(letter, 'conv') ~= conv then return {'not_found'} end
remove_letter(letter)
return {'done'}
