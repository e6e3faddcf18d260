package state

import "context"

// A Level says how bad a finding is.
type Level string

// The levels of findings.
const (
	OK   Level = "ok"
	Warn Level = "warn" // it works, and may not keep what people expect
	Fail Level = "fail" // it does not work, or loses something
)

// A Finding is what somebody who looks after a store should know of it.
type Finding struct {
	Level Level `json:"level"`
	// What is the thing that was looked at, in a word or two; Text what was found,
	// without secrets.
	What string `json:"what"`
	Text string `json:"text"`
	// Fix is one line that mends it; empty when there is nothing to mend.
	Fix string `json:"fix,omitempty"`
}

// An Inspector is a store that knows something of the server or the disk below it.
// Inspect looks, and changes nothing.
type Inspector interface {
	Inspect(ctx context.Context) []Finding
}
