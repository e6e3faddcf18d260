package flows

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
)

// What expressions and texts of a turn read, and what the turn says and traces.

// maxReply bounds the text of one message, in bytes: far above what platforms
// show, far below what a store takes.
const maxReply = 16 << 10

// runtime answers the functions of expressions for a turn.
func (b *Bot) runtime(t *turn) expression.Runtime {
	t.chance.Seed(t.in.Seed, 0)
	t.rand = *rand.New(&t.chance)
	rt := expression.Runtime{Now: t.now, Zone: b.Zone, Language: b.Language, Schedules: b.schedules, Rand: &t.rand, Conversation: t}
	if name, _ := t.contact["zone"].(string); name != "" {
		rt.Zone = b.zoneOf(name)
	}
	if lang, _ := t.contact["language"].(string); lang != "" {
		rt.Language = lang
	}
	return rt
}

// zoneOf returns the time zone of a contact, that of the bot when there is none of
// the name. It remembers those that there are.
func (b *Bot) zoneOf(name string) *time.Location {
	if zone, ok := b.zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || zone == time.Local {
		return b.Zone
	}
	b.zones.Store(strings.Clone(name), zone) // name is a part of a whole state
	return zone
}

// env is what an expression of the run reads now. It is good until the next call.
func (t *turn) env() *expression.Env {
	if t.run != nil && len(t.run.Frames) > 0 && t.run.top().vars != nil {
		t.reads.Vars = t.run.top().vars
		return &t.reads
	}
	if t.outside == nil { // of a run, or in one whose flow is gone
		t.outside = map[string]any{}
	}
	t.reads.Vars = t.outside
	return &t.reads
}

// outer are the names that every expression may read.
func (t *turn) outer(name string) any {
	switch name {
	case "contact":
		return t.contact
	case "session":
		return t.session
	case "constants":
		return t.b.constants
	case "event":
		if t.event == nil {
			t.event = t.describe()
		}
		return t.event
	case "error":
		if t.run != nil && t.run.Error != nil {
			return t.run.Error.value()
		}
	}
	return nil
}

// A binding is a name that expressions read for a moment, such as `value`.
type binding struct {
	vars map[string]any
	name string
	old  any
	had  bool
}

// bind gives expressions of the run one more name, until undo is called.
func (t *turn) bind(name string, v any) binding {
	vars := t.env().Vars
	old, had := vars[name]
	vars[name] = v
	return binding{vars, name, old, had}
}

func (b binding) undo() {
	if b.had {
		b.vars[b.name] = b.old
		return
	}
	delete(b.vars, b.name)
}

// render fills in a text. What fails in it is empty, and traced.
func (t *turn) render(tmpl *expression.Template) string {
	if tmpl == nil {
		return ""
	}
	text, errs := tmpl.Text(t.env())
	for _, err := range errs {
		t.trouble("expression", "a text: %v", err)
	}
	return text
}

// holds evaluates a condition; one that fails is false, and traced.
func (t *turn) holds(p *expression.Program) bool {
	if p == nil {
		return true
	}
	ok, err := p.Bool(t.env())
	if err != nil {
		t.trouble("expression", "if %s: %v", p.Source(), err)
	}
	return ok
}

// Visits answers visits("step") for the run that runs.
func (t *turn) Visits(name string) int {
	if t.run == nil || len(t.run.Frames) == 0 {
		return 0
	}
	return t.run.Visits[t.run.top().Flow+"/"+name]
}

// FirstIn answers first_in("12h") for the step or flow that is asked.
func (t *turn) FirstIn(d time.Duration) bool {
	t.asked = true
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

// Label answers label(variable) with the label that people see for an id.
func (t *turn) Label(variable, id string) string {
	if t.run == nil || len(t.run.Frames) == 0 {
		return id
	}
	for _, s := range t.run.top().flow.all {
		a, ok := s.op.(*ask)
		if !ok || a.name != variable {
			continue
		}
		if o := a.option(id); o != nil {
			if label := t.render(o.label); label != "" {
				return label
			}
		}
	}
	return id
}

// say adds a reply.
func (t *turn) say(r channels.Reply) {
	if r.Text == "" && r.Media == nil && r.Location == nil && r.Contact == nil && r.Template == nil && len(r.Options) == 0 && len(r.Links) == 0 {
		return
	}
	if t.muted() {
		t.problem("not sent: the contact opted out")
		return
	}
	if len(r.Text) > maxReply {
		t.trouble("limit", "a text of %d bytes was cut", len(r.Text))
		r.Text = cut(r.Text, maxReply)
	}
	t.out.Replies = append(t.out.Replies, r)
}

// muted: who opted out hears nothing that they did not ask for.
func (t *turn) muted() bool {
	return t.unasked && t.optedOut()
}

// sayText says one of the bot's own sentences.
func (t *turn) sayText(name string) {
	if tmpl := t.b.texts[name]; tmpl != nil {
		t.say(channels.Reply{Text: t.render(tmpl)})
	}
}

// note traces what a step did.
func (t *turn) note(note string) {
	if n := len(t.out.Trace.Steps); n > 0 {
		t.out.Trace.Steps[n-1].Note = note
	}
}
