package flows

import (
	"cmp"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// handoff is the step that gives the conversation to a person. It is a state,
// not a message: nothing follows its text until the person gives it back.
type handoff struct {
	team      string
	text      *expression.Template
	closed    *expression.Template
	note      *expression.Template
	tags      []string
	hours     string
	timeout   time.Duration
	onTimeout *target
	onReturn  *target
}

func handoffVerb() *verb {
	text := spec.Shape{Kind: spec.Text}
	fields := append([]spec.Field{
		{Name: "handoff", Shape: spec.Shape{Kind: spec.Name}, Required: true, Doc: "The team.", Example: "support"},
		{Name: "text", Shape: text, Doc: "What the person is told.", Example: "A colleague will answer here."},
		{Name: "closed", Shape: text, Doc: "What is said instead while the team's schedule is closed.", Example: "We are closed and answer when we open."},
		{Name: "note", Shape: text, Doc: "What the team is told.", Example: "Order ${ order_no }"},
		{Name: "tags", Shape: spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}, Doc: "Words to sort by.", Example: "[refund]"},
		{Name: "hours", Shape: spec.Shape{Kind: spec.Name}, Doc: "The schedule; the one with the team's name unless given.", Example: "support"},
		{Name: "timeout", Shape: spec.Shape{Kind: spec.Duration}, Doc: "How long to wait while nobody of the team has written.", Example: "2h"},
		{Name: "on_timeout", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go then; without it comes the next step, as when the conversation is given back.", Example: "leave_note"},
		{Name: "on_return", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go when the person gives the conversation back; then comes the next step.", Example: "bye"},
		onErrorField(),
	}, commonFields()...)
	table := &spec.Table{Name: "handoff", Doc: "Gives the conversation to a team. The bot is silent until it is given back: by `POST /events`, or by the platform if somebody there took it.", Fields: fields,
		Example: "- handoff: support\n  text: A colleague will answer here.\n  closed: We are closed (${ hours_text(\"support\") }).\n  note: Order ${ order_no }\n"}
	return &verb{name: "handoff", table: table, draft: draftHandoff}
}

func draftHandoff(c *compiler, d *draft) op {
	v := d.v
	o := &handoff{team: v.Text("handoff"), hours: v.Text("hours")}
	d.step.id = "handoff." + o.team
	o.timeout, _ = v.Duration("timeout")
	for _, n := range v.List("tags") {
		o.tags = append(o.tags, n.Text())
	}
	o.onTimeout, o.onReturn = c.targetAt(d, "on_timeout"), c.targetAt(d, "on_return")
	c.needsTimeout(v)
	d.rests = true
	d.finish = func() {
		o.text, o.closed, o.note = c.text(c.scope, v.Node("text")), c.text(c.scope, v.Node("closed")), c.text(c.scope, v.Node("note"))
		o.finishHours(c, v)
	}
	return o
}

// finishHours finds the schedule that says when the team is there.
func (o *handoff) finishHours(c *compiler, v *spec.Values) {
	named := v.Given("hours")
	o.hours = cmp.Or(o.hours, o.team)
	_, ok := c.b.schedules[o.hours]
	switch {
	case ok || c.broken["schedules"]:
	case v.Has("hours"):
		c.r.Error(v.Node("hours").Pos(), "E218", c.scheduleFix(o.hours), "there is no schedule %q", o.hours)
	case v.Given("closed") && !named:
		c.r.Error(v.KeyPos("closed"), "E218", c.scheduleFix(o.team), "there is no schedule %q that says when the team is closed", o.team)
	}
}

func (c *compiler) scheduleFix(name string) string {
	names := make([]string, 0, len(c.b.schedules))
	for n := range c.b.schedules {
		names = append(names, n)
	}
	if fix := didYouMean(name, names); fix != "" {
		return fix
	}
	return "Add it under `schedules:` in bot.yaml."
}

func (o *handoff) run(t *turn, s *step) outcome {
	r := t.run
	text := o.text
	if hours := t.b.schedules[o.hours]; hours != nil && o.closed != nil && !hours.Open(t.now) {
		text = o.closed
	}
	at := rest{Kind: restHandoff}
	if o.timeout > 0 {
		at.Until = t.now.Add(o.timeout)
	}
	if !t.rest(r, s, at) {
		return outcome{kind: over}
	}
	r.changedWorld()
	t.say(channels.Reply{Text: t.render(text)})
	t.note("to " + o.team)
	t.c.Open = append(t.c.Open, r)
	t.c.Owner, t.c.Holder = o.team, holderFlow
	t.out.Handoff = &Handoff{Team: o.team, Note: t.render(o.note), Tags: o.tags}
	return outcome{kind: rested}
}
