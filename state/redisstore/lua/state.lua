-- The state of the conversation.

-- keep_state keeps a new state: a short one in the header, which is written anyway.
local function keep_state(new)
  state = new
  if #new <= MAX_HERE then
    if h.kept == APART or h.kept == UNKNOWN then call('DEL', STATE) end
    h.kept, h.stateSize, h.parked = HERE, #new, false
  else
    call('SET', STATE, struct.pack('>BBI8', STATE_MARK, 1, h.flows) .. new)
    h.kept, h.stateSize, h.parked = APART, 0, true
  end
end
