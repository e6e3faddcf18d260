package flows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// set is the step that writes variables.
type set struct {
	list []assignment
}

type assignment struct {
	scope  string // "", contact or session
	name   string
	typ    expression.Type
	append bool
	value  value
}

func setVerb() *verb {
	fields := append([]spec.Field{
		{Name: "set", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Value}}, Required: true, Doc: "Variables and their new values: `name`, `contact.name`, `session.name`; `name+` appends to a list.", Example: "{tries_left: \"${ tries_left - 1 }\"}"},
		onErrorField(),
	}, commonFields()...)
	table := &spec.Table{Name: "set", Doc: "Writes variables.", Fields: fields,
		Example: "- set:\n    tries_left: ${ tries_left - 1 }\n    contact.vip: true\n    items+: ${ line }\n"}
	return &verb{name: "set", table: table, draft: func(c *compiler, d *draft) op {
		o := &set{}
		d.finish = func() {
			for _, p := range d.v.Map("set") {
				if a, ok := c.assignment(p); ok {
					o.list = append(o.list, a)
					d.fills = append(d.fills, strings.TrimPrefix(a.scope+"."+a.name, "."))
				}
			}
		}
		return o
	}}
}

func (c *compiler) assignment(p spec.Pair) (assignment, bool) {
	a := assignment{}
	name, plus := strings.CutSuffix(p.Key.Text(), "+")
	a.append, a.name = plus, name
	if scope, field, ok := strings.Cut(name, "."); ok {
		a.scope, a.name = scope, field
	}
	var ok bool
	if c.broken[a.scope] {
		return a, false
	}
	switch a.scope {
	case "":
		a.typ, ok = c.flow.types[a.name]
	case "contact":
		a.typ, ok = fieldTypes(c.b.contact)[a.name]
	case "session":
		a.typ, ok = fieldTypes(c.b.session)[a.name]
	}
	if !ok {
		c.unknownVariable(a, p)
		return a, false
	}
	want := a.typ
	if a.append && a.typ.Kind != expression.Broken {
		if a.typ.Kind != expression.List {
			c.r.Error(p.Key.Pos(), "E210", "Leave the + out.", "%s is %s, not a list to append to", name, a.typ)
			return a, false
		}
		want = *a.typ.Elem
	}
	a.value = c.compileValue(c.scope, p.Value, want, name)
	return a, true
}

func (c *compiler) unknownVariable(a assignment, p spec.Pair) {
	var names []string
	fix := "Declare it under `vars:`."
	switch a.scope {
	case "":
		for name := range c.flow.types {
			names = append(names, name)
		}
	case "contact", "session":
		fix = fmt.Sprintf("Declare it under `%s:` in bot.yaml.", a.scope)
		for _, f := range map[string][]field{"contact": c.b.contact, "session": c.b.session}[a.scope] {
			names = append(names, a.scope+"."+f.name)
		}
	default:
		fix = "Write a variable, contact.NAME or session.NAME."
	}
	if better := didYouMean(strings.TrimSuffix(p.Key.Text(), "+"), names); strings.HasPrefix(better, "Did") {
		fix = better
	}
	c.r.Error(p.Key.Pos(), "E225", fix, "there is no variable %q", strings.TrimSuffix(p.Key.Text(), "+"))
}

// scoped are the variables, or the fields of the contact or the session.
func (t *turn) scoped(scope string) map[string]any {
	switch scope {
	case "contact":
		return t.contact
	case "session":
		return t.session
	}
	return t.run.top().vars
}

func (o *set) run(t *turn, s *step) outcome {
	for _, a := range o.list {
		v, err := a.value.get(t.env())
		if err != nil {
			return failure("expression", "set %s: %v", a.name, err)
		}
		want := a.typ
		if a.append {
			want = *a.typ.Elem
		}
		if isSet(v) {
			if v, err = want.Coerce(v); err != nil {
				return failure("type", "set %s: %v", a.name, err)
			}
		}
		vars := t.scoped(a.scope)
		t.stored(a.scope, a.name)
		if !a.append {
			vars[a.name] = v
			continue
		}
		list, _ := vars[a.name].([]any)
		if len(list) >= expression.MaxList {
			return failure("limit", "%s has %d elements already", a.name, len(list))
		}
		vars[a.name] = append(slices.Clone(list), v)
	}
	return goOn(s.next)
}
