package flows

import (
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds the problems of a trace.
const maxProblems = 50

// A Failure says where something of a turn failed, and how, in words of the bot
// folder and of Parley alone. Nothing in it was written by a person, so logs may
// have it.
type Failure struct {
	// Flow, Step and Line are those of a [TraceStep], as near as they are known:
	// Step is empty and Line 0 where a start of the flow failed, and only the verb
	// where the step is known by an address.
	Flow string `json:"flow,omitempty"`
	Step string `json:"step,omitempty"`
	Line int    `json:"line,omitempty"`
	// Kind is error.kind of a step that failed; of what went wrong without
	// failing a step it is expression, limit, type, or gone, for a flow or step
	// that a conversation waited in and that is not there any more.
	Kind string `json:"kind"`
	// Status is the HTTP status that failed the step, else 0.
	Status int `json:"status,omitempty"`
}

// trouble traces what went wrong without ending the turn: a Failure for logs, and
// a text, which may quote what a person wrote, for whoever looks at the trace.
func (t *turn) trouble(kind, format string, args ...any) {
	t.fails(t.where(kind))
	t.problem(format, args...)
}

// fails traces a failure, the same one once.
func (t *turn) fails(f Failure) {
	if list := t.out.Trace.Failures; len(list) < maxProblems && !slices.Contains(list, f) {
		t.out.Trace.Failures = append(list, f)
	}
}

// problem traces, for people, what changed the outcome of the turn.
func (t *turn) problem(format string, args ...any) {
	if len(t.out.Trace.Problems) < maxProblems {
		t.out.Trace.Problems = append(t.out.Trace.Problems, fmt.Sprintf(format, args...))
	}
}

// where is the place that the turn is at: the step that runs, else where the run
// waited, else the flow whose start is looked at.
func (t *turn) where(kind string) Failure {
	if t.at != nil {
		return placeOf(t.at, kind)
	}
	if t.run != nil && len(t.run.Frames) > 0 {
		if f := t.run.top(); f.at != nil {
			return placeOf(f.at, kind)
		}
		return Failure{Flow: t.run.top().Flow, Step: t.run.top().Step, Kind: kind}
	}
	flow, _, _ := strings.Cut(t.first, "/")
	return Failure{Flow: flow, Kind: kind}
}

func placeOf(s *step, kind string) Failure {
	f := Failure{Flow: s.flow.ID, Step: s.label(), Line: s.pos.Line, Kind: kind}
	if s.address != "" {
		f.Step = s.verb // the address of a call is not for logs
	}
	return f
}
