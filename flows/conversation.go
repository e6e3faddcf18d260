package flows

import (
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/flows/expression"
)

// A conversation is the state between turns. What stores keep of it is written by
// stateWriter; the names of JSON are those of format 1, and of StateJSON.
type conversation struct {
	// Version of the JSON.
	Version int `json:"v"`
	// Contact and Session hold fields, encoded by their types.
	Contact map[string]any `json:"contact,omitempty"`
	Session map[string]any `json:"session,omitempty"`
	// LastIn is when the person last wrote.
	LastIn time.Time `json:"last_in,omitzero"`
	// Owner is empty for the bot, else the team (or "person") that took over.
	Owner string `json:"owner,omitempty"`
	// Holder is by whom the owner has it.
	Holder holder `json:"holder,omitempty"`
	// Blocked is true while the contact is opted out because the person blocked the bot.
	Blocked bool `json:"blocked,omitempty"`
	// Stored are the fields that platforms tell of contacts, but that flows stored.
	// It is nil in states that say nothing of it.
	Stored []string `json:"stored,omitzero"`
	// Runs that rest at a question or a handoff: each is a digression on the one
	// before; the last is the one that is open.
	Open []*run `json:"open,omitempty"`
	// Waiting are runs that rest at a wait; Ready those that go on as soon as no
	// question is open and no person owns the conversation.
	Waiting []*run `json:"waiting,omitempty"`
	Ready   []*run `json:"ready,omitempty"`
	// Buttons are the labels of the last say that had buttons, in order, until the
	// person writes, a question is asked or somebody of the team takes over.
	Buttons []string `json:"buttons,omitempty"`
	// Serial numbers questions and runs.
	Serial int `json:"serial,omitempty"`
	// Seen is when a step or a flow last ran, for first_in.
	Seen map[string]time.Time `json:"seen,omitempty"`
	// Once are the results of once_per keys.
	Once map[string]onceResult `json:"once,omitempty"`
}

// A holder is how a conversation came to its owner.
type holder string

const (
	holderPlatform holder = ""        // people or another bot there took it, or nobody knows
	holderFlow     holder = "flow"    // a handoff, or the person asked for somebody
	holderProgram  holder = "program" // an agent of a console, by an event that was posted
)

// onceResult is what a once_per call brought.
type onceResult struct {
	At     time.Time       `json:"at"`
	Status int             `json:"status,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// A run is a flow that was started, with all it calls.
type run struct {
	Number int     `json:"n"`
	Frames []frame `json:"frames"`
	// Visits counts how often the run came to a step: flow, "/", step.
	Visits map[string]int `json:"visits,omitempty"`
	// Answers are the frames from before the last answers, for back.
	Answers []snapshot `json:"answers,omitempty"`
	// Rest is what the run waits for.
	Rest rest `json:"rest"`
	// Error is error.*, from the last step that failed.
	Error *stepError `json:"error,omitempty"`
}

// A stepError is why a step failed; flows read it as error.*.
type stepError struct {
	Step   string `json:"step"`
	Kind   string `json:"kind"`
	Status int    `json:"status,omitempty"`
	Text   string `json:"text,omitempty"`
}

// value is error.* as expressions read it.
func (e *stepError) value() map[string]any {
	return map[string]any{"step": e.Step, "kind": e.Kind, "status": e.Status, "text": e.Text}
}

// A frame is one flow within a run. All but the last rest at a call.
type frame struct {
	Flow string `json:"flow"`
	Step string `json:"step,omitempty"`
	// Asked is the question that the flow asked last, for repeat.
	Asked string         `json:"asked,omitempty"`
	Vars  map[string]any `json:"vars,omitempty"`
	// vars are the decoded variables, and what else an expression reads.
	vars map[string]any
	flow *Flow
	// at is the step that Step names, once it was found.
	at *step
}

// A restKind is what a run waits for.
type restKind string

const (
	restQuestion restKind = "question"
	restHandoff  restKind = "handoff"
	restWait     restKind = "wait"
)

// A rest is the place where a run waits.
type rest struct {
	Kind restKind `json:"kind"`
	// Mark is the fingerprint of the step as it was.
	Mark string `json:"mark,omitempty"`
	// Tag tells taps on this question from those on others.
	Tag string `json:"tag,omitempty"`
	// Tries counts refused answers.
	Tries int `json:"tries,omitempty"`
	// Options as they were shown.
	Options []shown `json:"options,omitempty"`
	// Secret is true while what comes in may be a secret answer.
	Secret bool `json:"secret,omitempty"`
	// Since is when it was last asked; Until when it times out; Reminded how
	// many reminders were sent.
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Reminded int       `json:"reminded,omitempty"`
	// Paused stops the timers: a digression or a person is in between.
	Paused bool `json:"paused,omitempty"`
	// Done is what a wait brought: over or timeout, and the event's data.
	Done string         `json:"done,omitempty"`
	Data map[string]any `json:"data,omitempty"`
}

// shown is an option as the person saw it.
type shown struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Hint  string `json:"hint,omitempty"`
	// Item is the element that it stands for, when the options came from a list.
	Item any `json:"item,omitempty"`
}

// decodeFields turns stored values into those that expressions read. A value
// that does not fit its type is unset; so is what a record lacks. A field that
// was not stored has its first value.
func decodeFields(stored map[string]any, types map[string]expression.Type, fields ...[]field) map[string]any {
	vars := make(map[string]any, len(stored))
	for _, list := range fields {
		for _, f := range list {
			if _, was := stored[f.name]; !was && f.first != nil {
				vars[f.name] = f.first
			}
		}
	}
	for name, v := range stored {
		t, ok := types[name]
		if !ok || v == nil {
			continue
		}
		decoded, err := t.Coerce(v)
		if err != nil {
			decoded, err = lenient(t).Coerce(v)
		}
		if err == nil {
			vars[name] = decoded
		}
	}
	return vars
}

// lenient is the type without its demand that every field of a record is there:
// a flow may end before it has filled all that it returns.
func lenient(t expression.Type) expression.Type {
	t.Maybe = true
	if t.Elem != nil {
		elem := lenient(*t.Elem)
		t.Elem = &elem
	}
	fields := make([]expression.Field, len(t.Fields))
	for i, f := range t.Fields {
		fields[i] = expression.Field{Name: f.Name, Type: lenient(f.Type)}
	}
	t.Fields = fields
	return t
}

// encodeFields is the way back, into a map that is made when it is nil. Unset
// values are left out, but for fields with a first value: those are null, since
// they had one. What else the map holds stays.
func encodeFields(out, vars map[string]any, types map[string]expression.Type, fields ...[]field) map[string]any {
	for name, v := range vars {
		t, ok := types[name]
		if !ok || !isSet(v) {
			continue
		}
		if out == nil {
			out = make(map[string]any, len(vars))
		}
		out[name] = t.Encode(v)
	}
	for _, list := range fields {
		for _, f := range list {
			if f.first == nil || isSet(vars[f.name]) {
				continue
			}
			if out == nil {
				out = make(map[string]any, len(vars))
			}
			out[f.name] = nil
		}
	}
	return out
}

// isSet reports whether a value counts as set: nil and the empty text do not.
func isSet(v any) bool {
	return v != nil && v != ""
}

// fieldTypes indexes the types of fields.
func fieldTypes(fields []field) map[string]expression.Type {
	types := make(map[string]expression.Type, len(fields))
	for _, f := range fields {
		types[f.name] = f.typ
	}
	return types
}
