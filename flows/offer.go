package flows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
)

// The stages in which a message is offered, as the reference numbers them.
const (
	stageOptOut     = 1
	stageOwner      = 2
	stageOption     = 3
	stageCommand    = 4
	stageAnswer     = 5
	stageInterrupt  = 6
	stageInvalid    = 7
	stageFlow       = 8
	stageFallback   = 9
	maxTextInVars   = 4096
	expiredAnswered = "the question is not open any more"
)

// take gives an event to whom it belongs.
func (t *turn) take(e *channels.Event) {
	t.describe(e)
	switch e.Kind {
	case channels.KindMessage, channels.KindChoice:
		t.c.LastIn = t.now
		t.message(e)
	case channels.KindAgent, channels.KindTakeOver, channels.KindAssigned:
		t.takeOver(e)
	case channels.KindGiveBack, channels.KindClosed:
		t.giveBack(e)
		t.happened(e)
	case channels.KindAdminSend:
		t.adminSend(e)
	case channels.KindOptOut:
		t.silence()
		t.happened(e)
	case channels.KindOptIn:
		t.contact["opted_out"] = false
		t.happened(e)
	default:
		t.happened(e)
	}
}

// describe makes event.* of an event.
func (t *turn) describe(e *channels.Event) {
	name := string(e.Kind)
	if e.Kind == channels.KindCustom {
		name = e.Name
	}
	t.event["kind"], t.event["name"], t.event["text"] = string(e.Kind), name, e.Text
	if !e.Time.IsZero() {
		t.event["time"] = e.Time
	}
	if e.Choice != nil {
		id, _, _ := strings.Cut(e.Choice.ID, tagMark)
		t.event["choice"] = id
	}
	if len(e.Media) > 0 {
		t.event["media"] = mediaValue(e.Media[0])
	}
	if e.Location != nil {
		t.event["location"] = locationValue(*e.Location)
	}
	t.event["data"] = t.eventData(e)
}

// eventData returns event.data as its declared types say.
func (t *turn) eventData(e *channels.Event) map[string]any {
	data := e.Data
	typ := expression.RecordOf()
	switch e.Kind {
	case channels.KindStatus:
		typ = statusData()
		if e.Status != nil {
			data = map[string]any{"state": e.Status.State, "message_id": e.Status.MessageID, "error": e.Status.Error}
		}
	case channels.KindCustom:
		typ = t.b.events[e.Name]
	}
	out := map[string]any{}
	for _, f := range typ.Fields {
		if v, err := f.Type.Coerce(data[f.Name]); err == nil && isSet(v) {
			out[f.Name] = v
		}
	}
	return out
}

// message offers a message, stage by stage, to who may take it.
func (t *turn) message(e *channels.Event) {
	text := t.typed(e)
	folded := language.Fold(text)
	stages := []func(e *channels.Event, text, folded string) bool{
		t.offerOptOut, t.offerOwner, t.offerOption, t.offerCommand,
		t.offerAnswer, t.offerInterrupt, t.offerInvalid, t.offerFlow,
	}
	for _, stage := range stages {
		if stage(e, text, folded) {
			return
		}
	}
}

// typed is the text of a message. A tap on a question that is not open counts
// as its label, typed.
func (t *turn) typed(e *channels.Event) string {
	text := e.Text
	if e.Choice != nil && text == "" {
		text = e.Choice.Title
	}
	if r := []rune(text); len(r) > maxTextInVars {
		text = string(r[:maxTextInVars])
	}
	return text
}

// offer traces one candidate.
func (t *turn) offer(stage int, taken bool, to, why string, args ...any) bool {
	if len(t.out.Trace.Offers) < 200 {
		t.out.Trace.Offers = append(t.out.Trace.Offers, Offer{To: to, Stage: stage, Taken: taken, Why: fmt.Sprintf(why, args...)})
	}
	return taken
}

func (t *turn) taken(by string) { t.out.Trace.Taken = by }

// offerOptOut: opt-out words, when they are the whole message, and the words
// that undo it.
func (t *turn) offerOptOut(_ *channels.Event, _, folded string) bool {
	out, _ := t.contact["opted_out"].(bool)
	switch {
	case slices.Contains(t.b.optOut, folded):
		t.silence()
		if !out {
			t.sayText("opted_out")
		}
	case out && slices.Contains(t.b.optIn, folded):
		t.contact["opted_out"] = false
		t.sayText("opted_in")
	default:
		return false
	}
	t.taken("opt_out")
	return t.offer(stageOptOut, true, "opt-out", "%q is the whole message", folded)
}

// silence ends everything that runs or waits; nothing is sent unasked from here.
func (t *turn) silence() {
	t.contact["opted_out"] = true
	t.c.Open, t.c.Waiting, t.c.Ready, t.c.Owner = nil, nil, nil, ""
	t.out.Cancel = true
}

// offerOwner: what is written while a person owns the conversation is for them.
func (t *turn) offerOwner(_ *channels.Event, _, _ string) bool {
	if t.c.Owner == "" {
		return false
	}
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
	if r.top().at == nil && t.locate(r) != "" {
		return r, nil
	}
	if r.top().at.fingerprint != r.Rest.Mark {
		return r, nil
	}
	a, _ := r.top().at.op.(*ask)
	return r, a
}

// offerOption: the message is exactly one of the options of the open question.
func (t *turn) offerOption(e *channels.Event, text, folded string) bool {
	r, a := t.question()
	if a == nil {
		return false
	}
	o, why := a.exact(r, e, folded)
	if o == nil {
		if len(r.Rest.Options) > 0 {
			t.offer(stageOption, false, "question "+r.top().Step, "%s", why)
		}
		return false
	}
	v := a.chosen(t, r, o)
	if why := a.refuses(t, r, &v); why != "" {
		return false
	}
	t.offer(stageOption, true, "question "+r.top().Step, "%s", why)
	t.taken("option")
	t.answered(r, a, v)
	return true
}

// offerAnswer: the message is a valid answer to the open question.
func (t *turn) offerAnswer(e *channels.Event, text, folded string) bool {
	r, a := t.question()
	if a == nil {
		return false
	}
	v, why := a.read(t, r, e, text, folded)
	if why == "" {
		why = a.refuses(t, r, &v)
	}
	if why != "" {
		return t.offer(stageAnswer, false, "question "+r.top().Step, "%s", why)
	}
	t.offer(stageAnswer, true, "question "+r.top().Step, "a valid answer")
	t.taken("answer")
	t.answered(r, a, v)
	return true
}

// offerInvalid: nobody else wants it, so the open question refuses it, or gives
// way with `yield: true`.
func (t *turn) offerInvalid(_ *channels.Event, _, _ string) bool {
	r, a := t.question()
	if r == nil {
		return false
	}
	step := r.top().Step
	if a == nil {
		t.taken("invalid")
		t.offer(stageInvalid, true, "question "+step, "the question changed since it was asked")
		t.upgrade(t.c.pop())
		return true
	}
	if a.yield {
		t.c.pop()
		return t.offer(stageInvalid, false, "question "+step, "it yields: its run ends")
	}
	t.taken("invalid")
	t.offer(stageInvalid, true, "question "+step, "not a valid answer, and nobody else takes it")
	t.refuse(r, a)
	return true
}

// offerInterrupt: the flows that may cut in, by any start of theirs.
func (t *turn) offerInterrupt(_ *channels.Event, text, _ string) bool {
	r, _ := t.question()
	if r == nil {
		return false
	}
	for _, c := range t.b.triggers.message(text) {
		if t.mayInterrupt(r, c.start.flow) && t.tryStart(stageInterrupt, c) {
			t.taken("interrupt")
			return true
		}
	}
	return false
}

// mayInterrupt reports whether a flow may cut in on the open run, and is not
// open itself.
func (t *turn) mayInterrupt(r *run, f *Flow) bool {
	flow := t.b.flows[r.top().Flow]
	if flow == nil || !slices.Contains(flow.interrupts, f.ID) {
		return false
	}
	return !slices.ContainsFunc(t.c.Open, func(o *run) bool { return o.Frames[0].Flow == f.ID })
}

// offerFlow: flows by priority, then the fallback.
func (t *turn) offerFlow(_ *channels.Event, text, _ string) bool {
	candidates := t.b.triggers.message(text)
	for _, c := range candidates {
		if t.tryStart(stageFlow, c) {
			t.taken("flow")
			return true
		}
	}
	if t.in.Explain {
		t.explainOthers(candidates)
	}
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
	if !c.start.on(t.ch) {
		return t.offer(stage, false, to, "%s fits, but not the channel %s", c.why, t.ch.Name)
	}
	run := t.run
	t.run, t.first = nil, c.start.flow.ID
	ok := t.holds(c.start.cond, t.env())
	if !ok {
		t.offer(stage, false, to, "%s fits, but not its condition%s", c.why, t.parts(c.start.cond))
		t.run = run
		return false
	}
	params, missing := t.params(c)
	if missing != "" {
		t.run = run
		return t.offer(stage, false, to, "%s fits, but nothing gives the param %s", c.why, missing)
	}
	if usesFirstIn(c.start.cond) {
		t.saw(c.start.flow.ID)
	}
	t.offer(stage, true, to, "%s%s", c.why, t.parts(c.start.cond))
	t.start(c.start.flow, params)
	return true
}

// params fills the params of a flow from what the pattern matched and from the
// data of the event.
func (t *turn) params(c candidate) (params map[string]any, missing string) {
	params = map[string]any{}
	data, _ := t.event["data"].(map[string]any)
	for _, p := range c.start.flow.params {
		if text, ok := c.params[p.name]; ok {
			if v, err := p.typ.Parse(text, t.rt.Zone); err == nil {
				params[p.name] = v
				continue
			}
		}
		if v, ok := data[p.name]; ok {
			params[p.name] = v
			continue
		}
		if p.must {
			return nil, p.name
		}
	}
	return params, ""
}

// parts writes the parts of a condition with their values, when asked to explain.
func (t *turn) parts(p *expression.Program) string {
	if p == nil || !t.in.Explain {
		return ""
	}
	var b strings.Builder
	for i, part := range p.Explain(t.env()) {
		sep := ", "
		if i == 0 {
			sep = " ("
		}
		fmt.Fprintf(&b, "%s%s is %s", sep, part.Source, part.Value)
	}
	if b.Len() > 0 {
		b.WriteString(")")
	}
	return b.String()
}

// explainOthers says of the flows that were not candidates why they were not.
func (t *turn) explainOthers(candidates []candidate) {
	for _, id := range t.b.ids {
		f := t.b.flows[id]
		if len(f.starts) == 0 || slices.ContainsFunc(candidates, func(c candidate) bool { return c.start.flow == f }) ||
			slices.ContainsFunc(f.starts, func(s *start) bool { return s.fallback }) {
			continue
		}
		t.offer(stageFlow, false, "flow "+id, "none of its words or patterns is in the message")
	}
}

// happened gives an event that is no message to the waits for it, and to the
// flows that start on it.
func (t *turn) happened(e *channels.Event) {
	name, _ := t.event["name"].(string)
	if out, _ := t.contact["opted_out"].(bool); out {
		return
	}
	for _, r := range slices.Clone(t.c.Waiting) {
		t.run = r
		if t.locate(r) != "" {
			continue
		}
		w, ok := r.top().at.op.(*wait)
		if ok && w.event == name && t.holds(w.cond, t.env()) {
			data, _ := t.event["data"].(map[string]any)
			t.offer(stageFlow, true, fmt.Sprintf("wait %s/%s", r.top().Flow, r.top().Step), "the event %s", name)
			t.taken("wait")
			t.ready(r, "over", encodeFields(data, dataTypes(t.b.events[name])))
		}
	}
	for _, c := range t.b.triggers.event(name) {
		if t.tryEvent(c) {
			t.taken("flow")
			return
		}
	}
}

// tryEvent starts a flow by an event: now, or once the open question and the
// person who owns the conversation are done.
func (t *turn) tryEvent(c candidate) bool {
	if t.c.top() == nil && t.c.Owner == "" {
		return t.tryStart(stageFlow, c)
	}
	if !c.start.on(t.ch) || !t.holds(c.start.cond, t.env()) {
		return false
	}
	params, missing := t.params(c)
	if missing != "" || len(t.c.Open)+len(t.c.Waiting)+len(t.c.Ready) >= t.b.limits.Runs {
		return false
	}
	r := &run{Number: t.serial(), Visits: map[string]int{}, Frames: []frame{t.b.frame(c.start.flow, params)}}
	t.c.Ready = append(t.c.Ready, r)
	return t.offer(stageFlow, true, "flow "+c.start.flow.ID, "%s; it goes on when the question that is open is answered", c.why)
}

// ready moves a run from the waits to those that go on as soon as they may.
func (t *turn) ready(r *run, done string, data map[string]any) {
	t.c.Waiting = slices.DeleteFunc(t.c.Waiting, func(o *run) bool { return o == r })
	r.Rest.Done, r.Rest.Data = done, data
	t.c.Ready = append(t.c.Ready, r)
}

// resume goes on with a run whose wait is over, or that has not begun.
func (t *turn) resume(r *run) {
	t.run = r
	if r.Rest.Kind == "" {
		if t.b.flows[r.Frames[0].Flow] != nil && t.decode(r) {
			t.proceed(r, r.top().flow.first)
		}
		return
	}
	if t.locate(r) != "" {
		t.upgrade(r)
		return
	}
	s := r.top().at
	w, ok := s.op.(*wait)
	if !ok {
		t.upgrade(r)
		return
	}
	o := w.resume(t, r, s)
	if o.kind == onward {
		t.proceed(r, o.step)
	}
}

func dataTypes(t expression.Type) map[string]expression.Type {
	types := map[string]expression.Type{}
	for _, f := range t.Fields {
		types[f.Name] = f.Type
	}
	return types
}

func mediaValue(m channels.Media) map[string]any {
	return map[string]any{"url": m.URL, "mime": m.MIME, "size": int(m.Size), "name": m.Name}
}

func locationValue(l channels.Location) map[string]any {
	return map[string]any{"latitude": l.Latitude, "longitude": l.Longitude, "name": l.Name, "address": l.Address}
}
