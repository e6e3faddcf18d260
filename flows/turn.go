package flows

import (
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
)

// An Input is all that a turn depends on.
type Input struct {
	// State of the conversation as the turn before left it; nil for a new one.
	State []byte
	// Event came in. It is nil when a wake time came.
	Event *channels.Event
	// Channel, Account and Conversation say where, also for a wake time.
	Channel, Account, Conversation string
	// Now and Seed are the clock and the chance of the whole turn.
	Now  time.Time
	Seed uint64
	// Explain makes the trace say why every flow did or did not take the event,
	// with the value of every part of every condition. It changes no outcome.
	Explain bool
	// Results are those of the requests that the turn made so far, in order. A
	// turn that needs another one says so in Output.Request.
	Results []CallResult
}

// An Output is what a turn leaves behind. When Request is set the turn is not
// over: Replies so far may leave, then the request is made and the turn runs
// again with its result. It comes to the same point, since it is pure.
type Output struct {
	// State replaces the state.
	State []byte
	// Replies in order.
	Replies []channels.Reply
	// Wake is when the conversation wants its next turn; zero for never.
	Wake time.Time
	// Cancel drops what is queued and not yet on its way: a person took over, or
	// the contact opted out.
	Cancel bool
	// Secret is true when the event answered a secret question: its text enters
	// no history, log or page.
	Secret bool
	// LastIn is when the person last wrote; channels with a window count from it.
	LastIn time.Time
	// Handoff is set when the turn gave the conversation to a team.
	Handoff *Handoff
	// Tracked are the analytics events of the turn.
	Tracked []Tracked
	// Request is the call that the turn waits for.
	Request *Call
	// Trace says what happened and why.
	Trace *Trace
}

// A Handoff tells a team that a conversation is theirs.
type Handoff struct {
	Team string   `json:"team"`
	Note string   `json:"note,omitempty"`
	Tags []string `json:"tags,omitempty"`
}

// Tracked is an analytics event.
type Tracked struct {
	Name string         `json:"name"`
	Data map[string]any `json:"data,omitempty"`
}

// A Call is a request for I/O: exactly one of HTTP and Do is set.
type Call struct {
	// Key names the call within the turn: step, visit and attempt.
	Key string
	// Fingerprint is equal for equal requests; a journaled result counts only
	// for the same one.
	Fingerprint string
	// IdempotencyKey is sent along, so that a repeat after a crash does nothing
	// twice. It is empty for a `do`.
	IdempotencyKey string
	Timeout        time.Duration
	HTTP           *HTTPCall
	Do             *DoCall
}

// An HTTPCall is an `http` step with all texts filled in.
type HTTPCall struct {
	Method string
	URL    string
	Header map[string]string
	// Body is nil, JSON or a form; the header says which.
	Body []byte
	// Retry is how often a network error, 429 or 5xx is tried again.
	Retry int
	// Returns is the type of the answer that the flow reads; no type when it reads
	// none.
	Returns expression.Type
}

// Reads reports whether the flow reads the answer.
func (c *HTTPCall) Reads() bool { return c.Returns.Kind != "" }

// Narrow leaves of an answer what the flow reads, so that it fits the journal.
// One that does not fit the type stays as it is: the turn says what is wrong.
func (c *HTTPCall) Narrow(body json.RawMessage) json.RawMessage {
	v, err := decodeJSON(body, c.Returns)
	if err != nil {
		return body
	}
	narrow, err := json.Marshal(c.Returns.Encode(v))
	if err != nil {
		return body
	}
	return narrow
}

// A DoCall is a `do` step: the name of a handler and its arguments as JSON.
type DoCall struct {
	Handler string
	With    json.RawMessage
}

// A CallResult is what became of a Call. It is journaled as it is.
type CallResult struct {
	Key         string `json:"key"`
	Fingerprint string `json:"fingerprint"`
	// Status is the HTTP status; 0 when there was no answer.
	Status int `json:"status,omitempty"`
	// Body is the JSON answer, or the result of the handler.
	Body json.RawMessage `json:"body,omitempty"`
	// Error says why there is no usable answer: a kind (network, timeout,
	// too_large, not_json, refused, handler, unknown_handler, busy) and a text.
	Error     string `json:"error,omitempty"`
	ErrorText string `json:"error_text,omitempty"`
}

// A Trace records a turn for people: what was offered to whom and why, the
// steps that ran, the variables that changed.
type Trace struct {
	// Event is the kind of event, Text what was written (empty when secret).
	Event string `json:"event"`
	Text  string `json:"text,omitempty"`
	// Taken says who took the event: opt_out, owner, option, command, answer,
	// interrupt, invalid, flow, fallback, wait, timer, none.
	Taken string `json:"taken"`
	// Offers are the candidates in the order in which they were asked.
	Offers []Offer `json:"offers,omitempty"`
	// Steps that ran, in order.
	Steps []TraceStep `json:"steps,omitempty"`
	// Problems that changed the outcome: failed expressions, limits. They may
	// quote what a person wrote.
	Problems []string `json:"problems,omitempty"`
	// Failures are the problems that somebody should look at, without their text.
	Failures []Failure `json:"failures,omitempty"`
}

// An Offer is one candidate for a message.
type Offer struct {
	// To names the candidate: "flow refund", "question order_no", "command agent".
	To string `json:"to"`
	// Stage is its place in the order, 1 to 9, as the reference numbers them.
	Stage int  `json:"stage"`
	Taken bool `json:"taken"`
	// Why says, in words, why it took the message or not.
	Why string `json:"why"`
}

// A TraceStep is a step that ran.
type TraceStep struct {
	Flow string `json:"flow"`
	// Step is its id, or its verb and line.
	Step string `json:"step"`
	Line int    `json:"line"`
	// Note says what it did, in a few words.
	Note string `json:"note,omitempty"`
}
