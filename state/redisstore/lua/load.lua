-- Load: tells the state, and writes nothing.
--
-- Returns {state}, or {false} if there is none.
return {load_state()}
