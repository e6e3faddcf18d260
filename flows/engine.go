package flows

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
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

	rt      *expression.Runtime
	contact map[string]any
	session map[string]any
	event   map[string]any

	run     *run // the one that runs now
	steps   int
	used    int // results of in.Results taken so far
	call    *Call
	out     Output
	handled map[handling]bool
	first   string // whose last time first_in asks for
}

// handling is a failure that was led to a target. A second time in one turn it
// is led further, so that a failing remedy can't run for ever.
type handling struct {
	step   *step
	target *target
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
	t := &turn{b: b, in: in, now: in.Now, c: c, handled: map[handling]bool{}, out: Output{Trace: &Trace{Event: "wake", Taken: "none"}}}
	t.ch, _ = b.Channel(in.Channel)
	t.contact = decodeFields(c.Contact, b.contactTypes)
	if !c.LastIn.IsZero() && t.now.Sub(c.LastIn) > b.limits.Session {
		c.Session = nil
	}
	t.session = decodeFields(c.Session, b.sessionTypes)
	b.firstValues(t.contact, b.contact)
	b.firstValues(t.session, b.session)
	if in.Event != nil {
		t.out.Trace.Event, t.out.Trace.Text = string(in.Event.Kind), in.Event.Text
		t.know(in.Event.Sender)
	}
	t.rt = &expression.Runtime{
		Now: t.now, Zone: b.Zone, Language: b.Language, Schedules: b.schedules,
		Rand: rand.New(rand.NewPCG(in.Seed, 0)), Visits: t.visits, FirstIn: t.firstIn, Label: t.labelOf,
	}
	if name, _ := t.contact["zone"].(string); name != "" {
		if zone, err := time.LoadLocation(name); err == nil {
			t.rt.Zone = zone
		}
	}
	if lang, _ := t.contact["language"].(string); lang != "" {
		t.rt.Language = lang
	}
	t.event = map[string]any{"channel": in.Channel, "account": in.Account, "time": t.now}
	return t
}

// firstValues fills in what has a first value and is not set.
func (b *Bot) firstValues(vars map[string]any, fields []field) {
	for _, f := range fields {
		if f.first != nil && !isSet(vars[f.name]) {
			vars[f.name] = f.first
		}
	}
}

// know keeps what the platform says of the person, where nothing is known yet.
func (t *turn) know(s channels.Sender) {
	for name, v := range map[string]string{
		"id": s.ID, "name": s.Name, "first_name": s.FirstName, "last_name": s.LastName,
		"username": s.Username, "phone": s.Phone, "language": s.Language,
	} {
		if v != "" && !isSet(t.contact[name]) {
			t.contact[name] = v
		}
	}
}

// finish makes the output of a turn that is over.
func (t *turn) finish() (Output, error) {
	c := t.c
	t.forget()
	for _, list := range [][]*run{c.Open, c.Waiting, c.Ready} {
		for _, r := range list {
			r.encode()
		}
	}
	c.Contact = encodeFields(t.contact, t.b.contactTypes)
	c.Session = encodeFields(t.session, t.b.sessionTypes)
	data, err := json.Marshal(c)
	if err != nil {
		return Output{}, fmt.Errorf("encode the state: %w", err)
	}
	t.out.State, t.out.Wake, t.out.LastIn = data, t.nextWake(), c.LastIn
	return t.out, nil
}

// forget drops what is kept for a time only.
func (t *turn) forget() {
	for key, once := range t.c.Once {
		if t.now.Sub(once.At) > t.b.limits.Once {
			delete(t.c.Once, key)
		}
	}
}

// encode writes the variables of the frames that were in use.
func (r *run) encode() {
	for i := range r.Frames {
		f := &r.Frames[i]
		if f.vars != nil && f.flow != nil {
			f.Vars = encodeFields(f.vars, f.flow.types)
		}
	}
}

// say adds a reply.
func (t *turn) say(r channels.Reply) {
	if r.Text == "" && r.Media == nil && r.Location == nil && r.Contact == nil && r.Template == nil && len(r.Options) == 0 && len(r.Links) == 0 {
		return
	}
	t.out.Replies = append(t.out.Replies, r)
}

// sayText says one of the bot's own sentences.
func (t *turn) sayText(name string) {
	if tmpl := t.b.texts[name]; tmpl != nil {
		t.say(channels.Reply{Text: t.render(tmpl)})
	}
}

// env is what an expression of the run reads now.
func (t *turn) env() *expression.Env {
	env := &expression.Env{Runtime: t.rt}
	if t.run == nil || len(t.run.Frames) == 0 {
		env.Vars = t.common(map[string]any{})
		return env
	}
	f := t.run.top()
	if f.vars["contact"] == nil {
		t.common(f.vars)
	}
	f.vars["error"] = t.run.Error
	env.Vars = f.vars
	return env
}

// with is env and one more name.
func (t *turn) with(name string, v any) *expression.Env {
	env := t.env()
	vars := make(map[string]any, len(env.Vars)+1)
	for k, old := range env.Vars {
		vars[k] = old
	}
	vars[name] = v
	return &expression.Env{Vars: vars, Runtime: t.rt}
}

func (t *turn) common(vars map[string]any) map[string]any {
	vars["contact"], vars["session"], vars["constants"], vars["event"] = t.contact, t.session, t.b.constants, t.event
	return vars
}

// render fills in a text. What fails in it is empty, and traced.
func (t *turn) render(tmpl *expression.Template) string {
	if tmpl == nil {
		return ""
	}
	return t.renderIn(tmpl, t.env())
}

func (t *turn) renderIn(tmpl *expression.Template, env *expression.Env) string {
	text, errs := tmpl.Text(env)
	for _, err := range errs {
		t.problem("a text: %v", err)
	}
	return text
}

// holds evaluates a condition; one that fails is false, and traced.
func (t *turn) holds(p *expression.Program, env *expression.Env) bool {
	if p == nil {
		return true
	}
	ok, err := p.Bool(env)
	if err != nil {
		t.problem("if %s: %v", p.Source(), err)
	}
	return ok
}

// problem traces what went wrong without ending the turn.
func (t *turn) problem(format string, args ...any) {
	if len(t.out.Trace.Problems) < 50 {
		t.out.Trace.Problems = append(t.out.Trace.Problems, fmt.Sprintf(format, args...))
	}
}

// note traces what a step did.
func (t *turn) note(format string, args ...any) {
	if n := len(t.out.Trace.Steps); n > 0 {
		t.out.Trace.Steps[n-1].Note = fmt.Sprintf(format, args...)
	}
}

// visits answers visits("step") for the run that runs.
func (t *turn) visits(name string) int {
	if t.run == nil || len(t.run.Frames) == 0 {
		return 0
	}
	return t.run.Visits[t.run.top().Flow+"/"+name]
}

// firstIn answers first_in("12h") for the step or flow that is asked.
func (t *turn) firstIn(d time.Duration) bool {
	last, ok := t.c.Seen[t.first]
	return !ok || t.now.Sub(last) >= d
}

// saw remembers that a step or flow with first_in ran.
func (t *turn) saw(key string) {
	if t.c.Seen == nil {
		t.c.Seen = map[string]time.Time{}
	}
	t.c.Seen[key] = t.now
}

// nextWake is the earliest time at which something is due.
func (t *turn) nextWake() time.Time {
	var next time.Time
	consider := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if r := t.c.top(); r != nil && !r.Rest.Paused {
		consider(r.Rest.Until)
		consider(t.nextReminder(r))
	}
	for _, r := range t.c.Waiting {
		consider(r.Rest.Until)
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

// serial returns the next number of the conversation.
func (t *turn) serial() int {
	t.c.Serial++
	return t.c.Serial
}

// start begins a run of a flow.
func (t *turn) start(f *Flow, params map[string]any) {
	if len(t.c.Open)+len(t.c.Waiting)+len(t.c.Ready) >= t.b.limits.Runs {
		t.problem("flow %s: limit of %d runs", f.ID, t.b.limits.Runs)
		t.sayText("apology")
		return
	}
	if r := t.c.top(); r != nil {
		r.Rest.Paused = true
	}
	r := &run{Number: t.serial(), Visits: map[string]int{}}
	r.Frames = []frame{t.b.frame(f, params)}
	t.proceed(r, f.first)
}

// frame makes a fresh frame of a flow.
func (b *Bot) frame(f *Flow, params map[string]any) frame {
	vars := make(map[string]any, len(f.types)+6)
	for _, p := range slices.Concat(f.params, f.vars) {
		if p.first != nil {
			vars[p.name] = p.first
		}
	}
	for name, v := range params {
		vars[name] = v
	}
	return frame{Flow: f.ID, flow: f, vars: vars}
}

// settle goes on with what had to stand back: the question under a digression
// that is over is asked again, and runs whose wait is over go on.
func (t *turn) settle() {
	for t.call == nil && t.c.Owner == "" {
		r := t.c.top()
		switch {
		case r != nil && r.Rest.Paused && r.Rest.Kind == restQuestion:
			t.askAgain(r)
			return
		case r != nil || len(t.c.Ready) == 0:
			return
		}
		r = t.c.Ready[0]
		t.c.Ready = t.c.Ready[1:]
		t.resume(r)
	}
}

// labelOf answers label(variable) with the label that was shown.
func (t *turn) labelOf(variable, id string) string {
	if t.run == nil || len(t.run.Frames) == 0 {
		return id
	}
	for _, s := range t.run.top().flow.all {
		if a, ok := s.op.(*ask); ok && a.name == variable {
			return cmp.Or(a.label(t, id), id)
		}
	}
	return id
}
