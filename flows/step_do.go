package flows

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// do is the step that calls a handler written in Go.
type do struct {
	handler HandlerInfo
	with    map[string]value
	save    string
	timeout time.Duration
}

func doVerb() *verb {
	fields := append([]spec.Field{
		{Name: "do", Shape: spec.Shape{Kind: spec.Name}, Required: true, Doc: "The handler.", Example: "check_stock"},
		{Name: "with", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Value}}, Doc: "Its arguments.", Example: "{sku: \"${ line.sku }\"}"},
		{Name: "save", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The variable that gets its result.", Example: "stock"},
		{Name: "timeout", Shape: spec.Shape{Kind: spec.Duration}, Default: "10s", Doc: "How long it may take, up to 30s.", Example: "4s"},
		onErrorField(),
	}, commonFields()...)
	table := &spec.Table{Name: "do", Doc: "Calls a handler written in Go.", Fields: fields, Example: "- do: check_stock\n  with:\n    sku: ${ line.sku }\n  save: stock\n"}
	return &verb{name: "do", table: table, draft: draftDo}
}

func draftDo(c *compiler, d *draft) op {
	v := d.v
	o := &do{save: v.Text("save"), with: map[string]value{}, timeout: 10 * time.Second}
	if dur, ok := v.Duration("timeout"); ok {
		c.atMost(v.Node("timeout"), dur, 30*time.Second)
		o.timeout = dur
	}
	n := v.Node("do")
	if n == nil {
		return o
	}
	d.step.id = "do." + n.Text()
	d.rests = true
	h, ok := c.b.handlers[n.Text()]
	if !ok {
		fix := didYouMean(n.Text(), slices.Collect(maps.Keys(c.b.handlers)))
		if fix == "" {
			fix = "Register it with the bot in Go."
		}
		c.r.Error(n.Pos(), "E223", fix, "there is no handler %q", n.Text())
		c.gives(d, "save", brokenType())
		return o
	}
	o.handler = h
	switch {
	case h.Returns.Kind != "":
		c.gives(d, "save", h.Returns)
	case o.save != "":
		c.r.Error(v.Node("save").Pos(), "E243", "Leave `save` out.", "the handler %s returns nothing", h.Name)
		c.gives(d, "save", brokenType())
	}
	d.finish = func() { o.finish(c, v) }
	return o
}

func (o *do) finish(c *compiler, v *spec.Values) {
	scope := c.secretScope()
	given := c.compileWith(v, scope, o.handler.With, "the handler "+o.handler.Name, "argument")
	maps.Copy(o.with, given)
	for _, f := range o.handler.With.Fields {
		if _, ok := given[f.Name]; !ok && !f.Type.Maybe && v.Has("with") == v.Given("with") {
			c.r.Error(v.Node("do").Pos(), "E209", fmt.Sprintf("Add `with: {%s: …}`.", f.Name), "the handler %s needs the argument %q", o.handler.Name, f.Name)
		}
	}
}

func (o *do) run(t *turn, s *step) outcome {
	data, bad := o.arguments(t)
	if bad != nil {
		return *bad
	}
	result, ok := t.await(s, &Call{Timeout: o.timeout, Do: &DoCall{Handler: o.handler.Name, With: data}}, "")
	if !ok {
		return outcome{kind: pending}
	}
	if !o.handler.Read {
		t.run.changedWorld()
	}
	if result.Error != "" {
		return failure(result.Error, "%s", result.ErrorText)
	}
	if o.save != "" {
		v, err := decodeJSON(result.Body, o.handler.Returns)
		if err != nil {
			return failure("body", "the result does not fit: %v", err)
		}
		t.run.top().vars[o.save] = v
	}
	t.note("done")
	return goOn(s.next)
}

// arguments are those of the handler, as JSON; unset ones are left out.
func (o *do) arguments(t *turn) (json.RawMessage, *outcome) {
	secret := t.bind("secret", t.b.secrets)
	defer secret.undo()
	with := make(map[string]any, len(o.with))
	for _, f := range o.handler.With.Fields {
		v, given := o.with[f.Name]
		if !given {
			continue
		}
		got, err := v.get(t.env())
		if err != nil {
			bad := failure("expression", "with %s: %v", f.Name, err)
			return nil, &bad
		}
		if !isSet(got) {
			continue
		}
		if got, err = f.Type.Coerce(got); err != nil {
			bad := failure("type", "with %s: %v", f.Name, err)
			return nil, &bad
		}
		with[f.Name] = f.Type.Encode(got)
	}
	data, err := json.Marshal(with)
	if err != nil {
		bad := failure("type", "with: %v", err)
		return nil, &bad
	}
	return data, nil
}

// decodeJSON reads JSON as a type, numbers exact.
func decodeJSON(data []byte, typ expression.Type) (any, error) {
	v, err := exactJSON(data)
	if err != nil {
		return nil, err
	}
	return typ.Coerce(v)
}
