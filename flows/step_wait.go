package flows

import (
	"slices"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// wait is the step that rests until a time or an event. It holds nobody up.
type wait struct {
	after     time.Duration
	until     *expression.Program
	event     string
	cond      *expression.Program
	timeout   time.Duration
	onTimeout *target
	save      string
	data      expression.Type
}

func waitTable() *spec.Table {
	return &spec.Table{Name: "what to wait for", Doc: "Exactly one of `until` and `event`.", Fields: []spec.Field{
		{Name: "until", Shape: spec.Shape{Kind: spec.Expr}, Doc: "A moment; a past one is over at once. A date is the beginning of the day where the contact is.", Example: "order.eta"},
		{Name: "event", Shape: spec.Shape{Kind: spec.Name}, Doc: "An event, one of your own or a kind.", Example: "refund_paid"},
		{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Doc: "Takes the event only when true; knows `event.data`.", Example: "event.data.reference == made.reference"},
	}}
}

func waitVerb() *verb {
	fields := append([]spec.Field{
		{Name: "wait", Required: true, Doc: "A duration, or a map with `until` or `event`.", Example: "10m",
			Shape: spec.Shape{Kind: spec.OneOf, Shapes: []spec.Shape{{Kind: spec.Duration}, {Kind: spec.Nested, Table: waitTable()}}}},
		{Name: "save", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The variable that gets the event's data.", Example: "paid"},
		{Name: "timeout", Shape: spec.Shape{Kind: spec.Duration}, Doc: "How long to wait for the event.", Example: "7d"},
		{Name: "on_timeout", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go then; without it the run ends silently.", Example: "not_paid"},
		onErrorField(),
	}, commonFields()...)
	table := &spec.Table{Name: "wait", Doc: "Rests until a time or an event. Other flows start meanwhile as if it were not there; the run goes on as soon as no question is open and no person owns the conversation. One run too many fails here (`limits.runs`).", Fields: fields,
		Example: "- wait: {event: refund_paid, if: event.data.reference == reference}\n  timeout: 7d\n  on_timeout:\n    - end\n"}
	return &verb{name: "wait", table: table, draft: draftWait}
}

func draftWait(c *compiler, d *draft) op {
	v := d.v
	o := &wait{save: v.Text("save")}
	n := v.Node("wait")
	if n == nil {
		return o
	}
	d.step.id = "wait"
	d.rests = true
	o.onTimeout = c.targetAt(d, "on_timeout")
	o.timeout, _ = v.Duration("timeout")
	if n.Kind() == spec.Scalar {
		o.after, _ = spec.ParseDuration(n.Text())
		c.onlyForEvents(v)
		return o
	}
	w := spec.Decoded(c.r, n)
	switch {
	case w.Given("until") && w.Given("event"):
		c.r.Error(w.KeyPos("event"), "E202", "Leave one of them out.", "a wait is for a moment or for an event, not both")
		c.gives(d, "save", brokenType())
		return o
	case !w.Has("until") && !w.Has("event"):
		if !w.Given("until") && !w.Given("event") {
			c.r.Error(n.Pos(), "E121", "Write `wait: 10m`, `wait: {until: …}` or `wait: {event: …}`.", "a wait is for a moment or for an event")
		}
		c.gives(d, "save", brokenType())
		return o
	case w.Has("until"):
		c.onlyForEvents(v)
		d.finish = func() { o.finishUntil(c, w) }
		return o
	}
	o.draftEvent(c, d, w)
	return o
}

// onlyForEvents: the keys of waits for events say nothing for others.
func (c *compiler) onlyForEvents(v *spec.Values) {
	for _, key := range []string{"save", "timeout", "on_timeout"} {
		if v.Has(key) {
			c.r.Error(v.KeyPos(key), "E120", "Leave it out.", "`%s` is for waits for an event", key)
			c.gives(&draft{v: v}, "save", brokenType())
		}
	}
}

func (o *wait) finishUntil(c *compiler, w *spec.Values) {
	o.until = c.expression(c.scope, w.Node("until"))
	if o.until != nil && o.until.Type().Kind != expression.Datetime && o.until.Type().Kind != expression.Date {
		c.r.Error(w.Node("until").Pos(), "E210", "Use a date or datetime, such as `today() + duration(\"24h\")`.", "`until` is a moment, but this is %s", o.until.Type())
	}
}

func (o *wait) draftEvent(c *compiler, d *draft, w *spec.Values) {
	o.event = w.Text("event")
	d.step.id = "wait." + o.event
	o.data = c.eventAt(w.Node("event"))
	c.gives(d, "save", o.data)
	c.needsTimeout(d.v)
	d.finish = func() {
		if cond := w.Node("if"); cond != nil {
			o.cond = c.condition(c.eventScope(c.scope, o.data), cond)
		}
	}
}

// needsTimeout: without `timeout` nothing leads to `on_timeout`.
func (c *compiler) needsTimeout(v *spec.Values) {
	if v.Given("on_timeout") && !v.Given("timeout") {
		c.r.Error(v.KeyPos("on_timeout"), "E121", "Add `timeout:`.", "there is no `timeout` that could lead here")
	}
}

func (o *wait) run(t *turn, s *step) outcome {
	r := t.run
	until := time.Time{}
	switch {
	case o.until != nil:
		v, err := o.until.Value(t.env())
		at, ok := v.(time.Time)
		if err != nil || !ok {
			return failure("expression", "until is not known")
		}
		if o.until.Type().Kind == expression.Date {
			at = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, t.rt.Zone)
		}
		if !at.After(t.now) {
			return goOn(s.next)
		}
		until = at
	case o.event != "":
		if o.timeout > 0 {
			until = t.now.Add(o.timeout)
		}
	default:
		until = t.now.Add(o.after)
	}
	if !t.roomToWait() {
		return failure("limit", "%d runs wait already", t.b.limits.Runs)
	}
	if !t.rest(r, s, rest{Kind: restWait, Until: until}) {
		return outcome{kind: over}
	}
	t.c.Waiting = append(t.c.Waiting, r)
	return outcome{kind: rested}
}

// roomToWait reports whether one more run may wait. Runs that wait where nothing
// can reach them any more make room.
func (t *turn) roomToWait() bool {
	if len(t.c.Waiting)+len(t.c.Ready) < t.b.limits.Runs {
		return true
	}
	t.c.Waiting = slices.DeleteFunc(t.c.Waiting, func(r *run) bool { return r.Rest.Until.IsZero() && t.locate(r) != "" })
	return len(t.c.Waiting)+len(t.c.Ready) < t.b.limits.Runs
}

// resume goes on when the wait is over.
func (o *wait) resume(t *turn, r *run, s *step) outcome {
	if r.Rest.Done == "timeout" {
		r.timedOut()
		if o.onTimeout == nil {
			return outcome{kind: over}
		}
		return t.goTo(r, s, o.onTimeout)
	}
	if o.save != "" && o.event != "" {
		data := map[string]any{}
		for _, f := range o.data.Fields {
			if v, err := f.Type.Coerce(r.Rest.Data[f.Name]); err == nil && isSet(v) {
				data[f.Name] = v
			}
		}
		r.top().vars[o.save] = data
	}
	return goOn(s.next)
}
