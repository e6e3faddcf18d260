package flows

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/language"
)

// The stages in which a message is offered, as the reference numbers them.
const (
	stageOptOut    = 1
	stageOwner     = 2
	stageOption    = 3
	stageCommand   = 4
	stageAnswer    = 5
	stageInterrupt = 6
	stageInvalid   = 7
	stageFlow      = 8
	stageFallback  = 9
)

// StageName names a stage of an [Offer]; empty when there is no such stage.
func StageName(stage int) string {
	switch stage {
	case stageOptOut:
		return "opt-out"
	case stageOwner:
		return "owner"
	case stageOption:
		return "option"
	case stageCommand:
		return "command"
	case stageAnswer:
		return "answer"
	case stageInterrupt:
		return "interrupt"
	case stageInvalid:
		return "invalid"
	case stageFlow:
		return "flow"
	case stageFallback:
		return "fallback"
	}
	return ""
}

// heard is a message as the stages look at it.
type heard struct {
	e *channels.Event
	// text is what was written, folded how options and commands compare it.
	text, folded string
}

// message offers a message, stage by stage, to who may take it. What comes in
// while a secret question is open is secret, unless somebody takes it before the
// question may.
func (t *turn) message(e *channels.Event) {
	text := typed(e)
	m := t.pressed(heard{e: e, text: text, folded: language.Fold(text)})
	if r := t.c.top(); r != nil && r.Rest.Secret {
		t.out.Secret = true
	} else {
		t.out.Trace.Text = m.text
	}
	switch {
	case t.offerOptOut(m):
	case t.offerOwner(m):
	case t.offerOption(m):
	case t.offerCommand(m):
	case t.offerAnswer(m):
	case t.offerInterrupt(m):
	case t.offerInvalid(m):
	case t.offerFlow(m):
	}
}

// pressed makes the number of a button its label: where buttons are shown as
// numbered text, that is how they are tapped. What a person of the team or an
// open question is told stays as it is, and so do opt-out words.
func (t *turn) pressed(m heard) heard {
	buttons := t.c.Buttons
	t.c.Buttons = nil
	n := position(m.folded)
	if n < 1 || n > len(buttons) || m.e.Choice != nil || t.c.Owner != "" || slices.Contains(t.b.optOut, m.folded) {
		return m
	}
	if r, _ := t.question(); r != nil {
		return m
	}
	m.text = buttons[n-1]
	m.folded = language.Fold(m.text)
	t.reword(m.text)
	return m
}

// open shows a message that is no answer to the secret question.
func (t *turn) open(m heard) { t.out.Secret, t.out.Trace.Text = false, m.text }

// candidates are the flows that the message could start, the best first.
func (t *turn) candidates(m heard) []candidate {
	if !t.looked {
		t.found, t.looked = t.b.triggers.message(m.text), true
	}
	return t.found
}

// offerOptOut: opt-out words, when they are the whole message, and the words
// that undo it.
func (t *turn) offerOptOut(m heard) bool {
	out := t.optedOut()
	switch {
	case slices.Contains(t.b.optOut, m.folded):
		t.silence()
		t.c.Blocked = false
		if !out {
			t.sayText("opted_out")
		}
	case out && slices.Contains(t.b.optIn, m.folded):
		t.contact["opted_out"] = false
		t.sayText("opted_in")
	default:
		return false
	}
	t.open(m)
	t.taken("opt_out")
	return t.offer(stageOptOut, true, "opt-out", quote(strings.TrimSpace(m.text))+" is the whole message")
}

// offerOwner: what is written while a person owns the conversation is for them.
func (t *turn) offerOwner(m heard) bool {
	if t.c.Owner == "" {
		return false
	}
	t.open(m)
	t.taken("owner")
	return t.offer(stageOwner, true, "person "+t.c.Owner, "a person owns the conversation")
}

// question returns the open question, nil when there is none. One whose step
// changed or is gone since it was asked has no answer: see upgrade.
func (t *turn) question() (*run, *ask) {
	r := t.c.top()
	if r == nil || r.Rest.Kind != restQuestion {
		return nil, nil
	}
	t.run = r
	if t.locate(r) != "" || r.top().at.fingerprint != r.Rest.Mark {
		return r, nil
	}
	a, _ := r.top().at.op.(*ask)
	return r, a
}

// offerOption: the message is exactly one of the options of the open question.
func (t *turn) offerOption(m heard) bool {
	r, a := t.question()
	if a == nil || len(r.Rest.Options) == 0 {
		return false
	}
	o, why := a.exact(r, m)
	if o == nil {
		return t.offer(stageOption, false, questionName(r), why)
	}
	v, refused := a.chosen(r, o)
	if refused == "" {
		refused = a.refuses(t, &v)
	}
	if refused != "" {
		return t.offer(stageOption, false, questionName(r), why+", but "+refused)
	}
	t.taken("option")
	t.offer(stageOption, true, questionName(r), why)
	t.answered(r, a, v)
	return true
}

// offerAnswer: the message is a valid answer to the open question.
func (t *turn) offerAnswer(m heard) bool {
	r, a := t.question()
	if a == nil {
		return false
	}
	v, why := a.read(t, r, m)
	if why == "" {
		why = a.refuses(t, &v)
	}
	if why != "" {
		t.refused = v.value
		return t.offer(stageAnswer, false, questionName(r), why)
	}
	t.taken("answer")
	t.offer(stageAnswer, true, questionName(r), "a valid answer")
	t.answered(r, a, v)
	return true
}

// offerInterrupt: the flows that may cut in, by any start of theirs.
func (t *turn) offerInterrupt(m heard) bool {
	r, _ := t.question()
	if r == nil {
		return false
	}
	for _, c := range t.interruptions(r, m) {
		if t.mayInterrupt(r, c.start.flow) && t.tryStart(stageInterrupt, c) {
			t.taken("interrupt")
			return true
		}
	}
	return false
}

// interruptions are the candidates for a message while a question is open.
func (t *turn) interruptions(r *run, m heard) []candidate {
	if flow := t.b.flows[r.top().Flow]; flow == nil || len(flow.interrupts) == 0 {
		return nil // and most flows need not be looked for
	}
	return t.candidates(m)
}

// mayInterrupt reports whether a flow may cut in on the open run, and is not
// open itself.
func (t *turn) mayInterrupt(r *run, f *Flow) bool {
	flow := t.b.flows[r.top().Flow]
	if flow == nil || !slices.Contains(flow.interrupts, f.ID) {
		return false
	}
	for _, o := range t.c.Open {
		if slices.ContainsFunc(o.Frames, func(frame frame) bool { return frame.Flow == f.ID }) {
			return false
		}
	}
	return true
}

// offerInvalid: nobody else wants it, so the open question refuses it, or gives
// way with `yield: true`.
func (t *turn) offerInvalid(_ heard) bool {
	r, a := t.question()
	switch {
	case r == nil:
		return false
	case a == nil:
		t.taken("invalid")
		t.offer(stageInvalid, true, questionName(r), "the question changed since it was asked")
		t.upgrade(t.c.pop())
		return true
	case a.yield:
		t.c.pop()
		t.run = nil
		return t.offer(stageInvalid, false, questionName(r), "it yields: its run ends")
	}
	t.taken("invalid")
	t.offer(stageInvalid, true, questionName(r), "not a valid answer, and nobody else takes it")
	t.refuse(r, a)
	return true
}

// offerFlow: flows by priority, then the fallback.
func (t *turn) offerFlow(m heard) bool {
	candidates := t.candidates(m)
	for i, c := range candidates {
		if t.tryStart(stageFlow, c) {
			t.taken("flow")
			t.explainOthers(candidates, i+1)
			return true
		}
	}
	t.explainOthers(candidates, len(candidates))
	for _, s := range t.b.triggers.fallback {
		if t.tryStart(stageFallback, candidate{start: s, why: "the fallback"}) {
			t.taken("fallback")
			return true
		}
	}
	return false
}

// tryStart starts a flow if its channels and condition hold.
func (t *turn) tryStart(stage int, c candidate) bool {
	to := "flow " + c.start.flow.ID
	params, why := t.mayStart(c)
	if why == "" && len(t.c.Open) >= t.b.limits.Runs {
		t.trouble("limit", "%s: limit of %d runs", to, t.b.limits.Runs)
		why = c.why + " fits, but too many runs are open"
	}
	if why != "" {
		return t.offer(stage, false, to, why)
	}
	t.offer(stage, true, to, c.why+t.parts(c.start.cond))
	t.start(c.start.flow, params)
	return true
}

// mayStart returns the params of a flow, and why it can't start; empty when it
// can.
func (t *turn) mayStart(c candidate) (params map[string]any, why string) {
	if !c.start.on(t.ch) {
		return nil, c.why + " fits, but not the channel " + t.ch.Name
	}
	run, at := t.run, t.at
	defer func() { t.run, t.at = run, at }()
	t.run, t.at, t.first = nil, nil, c.start.flow.ID
	if !t.holds(c.start.cond) {
		return nil, c.why + " fits, but not its condition" + t.parts(c.start.cond)
	}
	params = map[string]any{}
	for _, p := range c.start.flow.params {
		if v, err := p.typ.Parse(c.params[p.name], t.rt.Zone); c.params[p.name] != "" && err == nil {
			params[p.name] = v
			continue
		}
		v, err := p.typ.Coerce(t.data[p.name])
		switch {
		case err == nil && isSet(v):
			params[p.name] = v
		case p.must:
			return nil, c.why + " fits, but nothing gives the param " + p.name
		}
	}
	return params, ""
}
