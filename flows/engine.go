package flows

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
)

// A turn is one event on its way through a conversation. It lives as long as
// one call of Bot.Turn and belongs to one goroutine.
type turn struct {
	b   *Bot
	in  Input
	now time.Time
	ch  ChannelSpec
	c   *conversation
	// unasked is true when the person did not write: who opted out hears nothing.
	unasked bool

	rt      expression.Runtime
	reads   expression.Env // what expressions read; made up by env
	outside map[string]any // the variables of those outside of a run: none, but for bindings
	contact map[string]any
	session map[string]any
	text    string         // event.text
	data    map[string]any // event.data
	event   map[string]any // event.*, nil until an expression reads it
	chance  rand.PCG
	rand    rand.Rand

	found   []candidate // by the text of the message, once looked is true
	looked  bool
	refused any // the answer that the open question refused

	run     *run  // the one that runs now
	at      *step // the one that runs now, nil between steps
	steps   int
	used    int // results of in.Results taken so far
	call    *Call
	out     Output
	handled map[handling]int
	first   string // whose last time first_in asks for
	asked   bool   // it did, so this time is kept
}

// Turn runs one turn. It is pure: equal inputs give equal outputs. An error says
// that the state can't be read or written; mistakes of flows are handled within.
func (b *Bot) Turn(in Input) (Output, error) {
	c, err := decodeConversation(in.State)
	if err != nil {
		return Output{}, err
	}
	t := b.newTurn(in, c)
	if in.Event == nil {
		t.wake()
	} else {
		t.take(in.Event)
	}
	t.settle()
	if t.call != nil {
		return Output{Replies: t.out.Replies, Request: t.call, Secret: t.out.Secret, LastIn: c.LastIn, Trace: t.out.Trace}, nil
	}
	return t.finish()
}

func (b *Bot) newTurn(in Input, c *conversation) *turn {
	t := &turn{b: b, in: in, now: in.Now, c: c, unasked: true, out: Output{Trace: &Trace{Event: "wake", Taken: "none"}}}
	t.ch, _ = b.Channel(in.Channel)
	t.contact = decodeFields(c.Contact, b.contactTypes, b.contact)
	if !c.LastIn.IsZero() && t.now.Sub(c.LastIn) > b.limits.Session {
		c.Session = nil
	}
	if c.Stored == nil {
		t.recall()
	}
	t.session = decodeFields(c.Session, b.sessionTypes, b.session)
	if in.Event != nil {
		t.out.Trace.Event = string(in.Event.Kind)
		t.know(in.Event)
	}
	t.rt = b.runtime(t)
	t.reads = expression.Env{Outer: t.outer, Runtime: &t.rt}
	return t
}

// know keeps what the platform says of the person: where nothing is known yet, and
// instead of what it said before. What a flow stored stays, and so does what is
// known when somebody else writes, as in a group. Of other events than the person's
// own, the sender may be anybody.
func (t *turn) know(e *channels.Event) {
	switch e.Kind {
	case channels.KindMessage, channels.KindChoice, channels.KindStarted, channels.KindReaction, channels.KindEdited, channels.KindDeleted,
		channels.KindCall, channels.KindOptIn, channels.KindOptOut:
	default:
		return
	}
	s := e.Sender
	if s.FirstName == "" {
		// Many platforms give one name only; people are greeted by its first word.
		s.FirstName, _, _ = strings.Cut(strings.TrimSpace(s.Name), " ")
	}
	if s.ID != "" && !isSet(t.contact["id"]) {
		t.contact["id"] = s.ID
	}
	id, _ := t.contact["id"].(string)
	for i, value := range [...]string{s.Name, s.FirstName, s.LastName, s.Username, s.Phone, s.Email, s.Language} {
		name := toldFields()[i]
		old, _ := t.contact[name].(string)
		switch {
		case value == old, value == "":
		case old == "":
			t.c.Stored = slices.DeleteFunc(t.c.Stored, func(n string) bool { return n == name })
			t.contact[name] = value
		case s.ID == id && !slices.Contains(t.c.Stored, name):
			t.contact[name] = value
		}
	}
}

// toldFields are the fields of the contact that platforms tell, and may tell anew.
func toldFields() [7]string {
	return [7]string{"name", "first_name", "last_name", "username", "phone", "email", "language"}
}

// recall takes what states of before knew of the contact for stored by flows: they
// do not say.
func (t *turn) recall() {
	t.c.Stored = []string{}
	for _, name := range toldFields() {
		if isSet(t.contact[name]) {
			t.stored("contact", name)
		}
	}
}

// stored notes that a flow gave a field of the contact a value.
func (t *turn) stored(scope, name string) {
	if scope != "contact" {
		return
	}
	if name == "opted_out" {
		t.c.Blocked = false
	}
	if told := toldFields(); slices.Contains(told[:], name) && !slices.Contains(t.c.Stored, name) {
		t.c.Stored = append(t.c.Stored, name)
	}
}

// start begins a run of a flow, on top of the one that is open.
func (t *turn) start(f *Flow, params map[string]any) {
	if r := t.c.top(); r != nil {
		r.Rest.Paused = true
	}
	t.proceed(t.newRun(f, params), f.first)
}

// newRun makes a run of a flow that has not begun.
func (t *turn) newRun(f *Flow, params map[string]any) *run {
	if slices.ContainsFunc(f.starts, func(s *start) bool { return usesFirstIn(s.cond) }) {
		t.saw(f.ID)
	}
	t.c.Serial++
	return &run{Number: t.c.Serial, Frames: []frame{t.b.frame(f, params)}}
}

// frame makes a fresh frame of a flow. A param that is given without a value has
// its first one.
func (b *Bot) frame(f *Flow, params map[string]any) frame {
	vars := decodeFields(nil, f.types, f.params, f.vars)
	for name, v := range params {
		if isSet(v) {
			vars[name] = v
		}
	}
	return frame{Flow: f.ID, flow: f, vars: vars}
}

// settle goes on with what had to stand back: the question under a digression
// that is over is asked again, and runs whose wait is over go on.
func (t *turn) settle() {
	for t.call == nil && t.c.Owner == "" {
		r := t.c.top()
		switch {
		case r != nil && r.Rest.Paused:
			t.askAgain(r)
		case r == nil && len(t.c.Ready) > 0 && t.steps < t.b.limits.Steps:
			next := t.c.Ready[0]
			t.c.Ready = t.c.Ready[1:]
			t.resume(next)
		default:
			return
		}
	}
}

// nextWake is the earliest time at which something is due.
func (t *turn) nextWake() time.Time {
	var next time.Time
	consider := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	top := t.c.top()
	if top != nil && !top.Rest.Paused {
		consider(top.Rest.Until)
		consider(t.nextReminder(top))
	}
	for _, r := range t.c.Waiting {
		consider(r.Rest.Until)
	}
	if top == nil && t.c.Owner == "" && len(t.c.Ready) > 0 {
		consider(t.now.Add(time.Second)) // the steps of this turn were used up
	}
	return next
}

// top returns the run that is open, nil when there is none.
func (c *conversation) top() *run {
	if len(c.Open) == 0 {
		return nil
	}
	return c.Open[len(c.Open)-1]
}

// pop takes the open run out.
func (c *conversation) pop() *run {
	r := c.top()
	c.Open = c.Open[:len(c.Open)-1]
	return r
}

// top returns the frame that runs.
func (r *run) top() *frame { return &r.Frames[len(r.Frames)-1] }
