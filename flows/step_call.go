package flows

import (
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// call is the step that runs another flow and comes back with its returns.
type call struct {
	flow *Flow
	with map[string]value
	save string
}

func callVerb() *verb {
	fields := append([]spec.Field{
		{Name: "call", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "The flow to run.", Example: "refund"},
		{Name: "with", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Value}}, Doc: "Its params; one that is unset has its first value.", Example: "{came_from: menu}"},
		{Name: "save", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The variable that gets its returns.", Example: "r"},
		onErrorField(),
	}, commonFields()...)
	table := &spec.Table{Name: "call", Doc: "Runs another flow and comes back with its `returns`.", Fields: fields,
		Example: "- call: refund\n  with:\n    came_from: menu\n  save: r\n- say: ${ r.made.reference }\n"}
	return &verb{name: "call", table: table, draft: func(c *compiler, d *draft) op {
		o := &call{save: d.v.Text("save"), with: map[string]value{}}
		n := d.v.Node("call")
		if n == nil {
			return o
		}
		d.step.id = "call." + n.Text()
		d.rests = true // at least, it may
		if o.flow = c.flowAt(n); o.flow == nil {
			c.gives(d, "save", brokenType())
			return o
		}
		c.gives(d, "save", recordOf(o.flow.returns))
		if o.save != "" && len(o.flow.returns) == 0 {
			c.r.Error(d.v.Node("save").Pos(), "E243", "Add `returns:` to it, or leave `save` out.", "the flow %s returns nothing", o.flow.ID)
		}
		d.finish = func() { o.finish(c, d) }
		return o
	}}
}

// refuseFile reports a flow that is named by its file. It is the Refuse of the
// verb's own key.
func (l *loader) refuseFile(r *spec.Report, n *spec.Node) bool {
	ext := path.Ext(n.Text())
	if ext != ".yaml" && ext != ".yml" {
		return false
	}
	fix := "Write what stands behind `flow:` in that file."
	id := strings.TrimSuffix(path.Base(n.Text()), ext)
	for _, f := range l.b.flows {
		if path.Base(f.File) == path.Base(n.Text()) {
			id = f.ID
		}
	}
	if l.b.flows[id] != nil {
		fix = "Write `" + id + "`."
	}
	r.Error(n.Pos(), "E208", fix, "`call` names a flow by its id, not by its file")
	return true
}

func (o *call) finish(c *compiler, d *draft) {
	given := c.compileWith(d.v, c.scope, recordOf(o.flow.params), "the flow "+o.flow.ID, "param")
	maps.Copy(o.with, given)
	for _, f := range o.flow.params {
		if _, ok := given[f.name]; f.must && !ok && d.v.Has("with") == d.v.Given("with") {
			c.r.Error(d.v.Node("call").Pos(), "E209", fmt.Sprintf("Add `with: {%s: …}`, or give it a first value in the flow.", f.name), "the flow %s needs the param %q", o.flow.ID, f.name)
		}
	}
}

// compileWith reads the values under `with`. One whose name was reported stands
// for the one that was meant.
func (c *compiler) compileWith(v *spec.Values, s *expression.Scope, want expression.Type, whose, what string) map[string]value {
	given := map[string]value{}
	var names []string
	for _, f := range want.Fields {
		names = append(names, f.Name)
	}
	for _, p := range v.Map("with") {
		name := p.Key.Text()
		typ, ok := want.Field(name)
		if !ok {
			given[language.Suggest(name, names)] = value{}
			c.r.Error(p.Key.Pos(), "E209", didYouMean(name, names), "%s has no %s %q", whose, what, name)
			continue
		}
		given[name] = c.compileValue(s, p.Value, typ, name)
	}
	return given
}

func (o *call) run(t *turn, s *step) outcome {
	r := t.run
	if len(r.Frames) >= t.b.limits.CallDepth {
		return failure("limit", "calls are %d deep", len(r.Frames))
	}
	params := make(map[string]any, len(o.with))
	for _, p := range o.flow.params {
		v, given := o.with[p.name]
		if !given {
			continue
		}
		got, err := v.get(t.env())
		if err != nil {
			return failure("expression", "with %s: %v", p.name, err)
		}
		if !isSet(got) {
			continue
		}
		if params[p.name], err = p.typ.Coerce(got); err != nil {
			return failure("type", "with %s: %v", p.name, err)
		}
	}
	f := r.top()
	f.Step, f.at = s.id, s
	r.Frames = append(r.Frames, t.b.frame(o.flow, params))
	return goOn(o.flow.first)
}
