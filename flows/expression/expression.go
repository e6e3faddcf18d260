// Package expression compiles and runs the conditions and texts of flows. It is
// the only place that knows expr-lang.
//
// A [Scope] declares the names that an expression may use and their types. It
// compiles sources to programs: [Scope.Condition], [Scope.Value] and
// [Scope.Text]. Every mistake is a [Problem] with the place in the source, so
// that a loader can point into the file. Programs are immutable and safe for
// concurrent use; running one reads no clock, no randomness and does no I/O but
// through the [Runtime] it is given.
//
// A name without a value reads as "", 0, false or an empty list. Only ?? and
// filled() see that it is unset. An unset date, datetime, duration or location
// makes what reads it fail: a condition is then false and a text empty.
package expression

import (
	"math/rand/v2"
	"time"
)

// The limits of expressions, in the source and at run time.
const (
	MaxSource  = 1000   // characters
	MaxNodes   = 200    // nodes of the syntax tree
	MaxNesting = 2      // closures within closures
	MaxList    = 200    // elements of a list that an expression sees
	MaxMemory  = 50_000 // units of expr's memory budget
)

// A Problem is a mistake in a source.
type Problem struct {
	// From and To are offsets in the source, in runes; To is exclusive. Both are
	// 0 when the whole source is meant.
	From, To int
	// Code is one of the codes of this package; see Codes.
	Code string
	// Message says what is wrong, for authors: no Go type names.
	Message string
	// Fix says how to mend it; empty when unknown.
	Fix string
}

// An Env holds the values that an expression reads.
type Env struct {
	// Vars has every declared name that has a value, as the Go value of its type:
	// string, int, float64, bool, time.Time, time.Duration, []any,
	// map[string]any. Names without a value are left out or nil.
	Vars map[string]any
	// Outer has the values of names that are not in Vars; nil when there are none.
	// It is asked for what is read alone, so it may make a value when it is asked.
	Outer func(name string) any
	// Runtime is what functions ask; never nil.
	Runtime *Runtime
}

// A Runtime answers the functions that depend on the turn. It is used by one
// turn at a time.
type Runtime struct {
	// Now is fixed within a turn.
	Now time.Time
	// Zone is that of the contact, or of the bot; never nil.
	Zone *time.Location
	// Language is a BCP 47 tag.
	Language string
	// Rand is seeded by the turn.
	Rand *rand.Rand
	// Conversation is that of the turn; nil where there is none.
	Conversation Conversation
	// Schedules are those of the bot, by name.
	Schedules map[string]*Schedule
}

// A Conversation is what functions ask about the one that they run in.
type Conversation interface {
	// Visits counts how often the run came to a step.
	Visits(step string) int
	// FirstIn reports whether the step or flow that runs has not run for this
	// contact for so long.
	FirstIn(d time.Duration) bool
	// Label returns the label of an option of the ask that fills the variable.
	Label(variable, id string) string
}
