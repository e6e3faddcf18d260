-- The end of the ordinary scripts: stores the header and its entry in the work index, as
-- finish in header.lua does.
if at ~= h.score then
  h.score = at
  if at > 0 then call('ZADD', DUE, at, conv) else call('ZREM', DUE, conv) end
end
local packed = struct.pack(SHORT_PACK, SHORT, SHORT_VALUES) .. state .. event .. payload .. row .. message
if at > 0 then
  call('SET', HEADER, packed)
else
  call('SET', HEADER, packed, 'PX', 'RETENTION')
end
return reply
