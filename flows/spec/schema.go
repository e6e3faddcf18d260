package spec

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A Verb is a kind of step.
type Verb struct {
	// Name is the key that makes a map this step.
	Name string
	// Table has all keys of the step, that of the verb among them.
	Table *Table
	// Bare allows the name alone, as in `- end`.
	Bare bool
}

// Schema writes a JSON Schema (2020-12) of a file whose document is root and
// whose steps are verbs. Editors complete keys with it and show their
// descriptions; it refuses unknown keys and wrong forms, and leaves what needs
// the whole bot to the loader.
func Schema(title string, root *Table, verbs []Verb) ([]byte, error) {
	g := schemaMaker{defs: map[string]any{}, names: map[*Table]string{}}
	out := g.object(root, "")
	out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	out["title"] = title
	if len(verbs) > 0 {
		g.steps(verbs)
	}
	out["$defs"] = g.defs
	var b strings.Builder
	if err := writeJSON(&b, out); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return []byte(b.String()), nil
}

// object is a part of a schema.
type object = map[string]any

// A schemaMaker collects the definitions of tables.
type schemaMaker struct {
	defs  map[string]any
	names map[*Table]string
}

// steps defines what a step is.
func (g *schemaMaker) steps(verbs []Verb) {
	var forms []any
	var bare []string
	for _, v := range verbs {
		form := g.object(v.Table, v.Name)
		if v.Bare {
			bare = append(bare, v.Name)
			properties := form["properties"].(object)
			properties[v.Name] = object{"anyOf": []any{object{"type": "null"}, properties[v.Name]}}
		}
		form["required"] = requiredOf(v.Table, v.Name)
		g.defs["step_"+v.Name] = form
		forms = append(forms, ref("step_"+v.Name))
	}
	if len(bare) > 0 {
		forms = append(forms, object{"enum": bare})
	}
	g.defs["step"] = object{"oneOf": forms}
	g.defs["steps"] = object{"type": "array", "items": ref("step")}
}

// requiredOf lists the keys that must be there.
func requiredOf(t *Table, verb string) []string {
	required := []string{}
	for _, f := range t.Fields {
		if f.Required || f.Name == verb {
			required = append(required, f.Name)
		}
	}
	return required
}

// ref points to a definition.
func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// object describes a map.
func (g *schemaMaker) object(t *Table, verb string) object {
	properties := object{}
	for _, f := range t.Fields {
		properties[f.Name] = g.field(f)
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": t.Open}
	if required := requiredOf(t, verb); len(required) > 0 {
		out["required"] = required
	}
	if t.Doc != "" {
		out["description"] = t.Doc
	}
	patterns := object{}
	for _, f := range t.Patterns {
		patterns["^"+f.Name+"$"] = g.field(f)
	}
	if len(patterns) > 0 {
		out["patternProperties"] = patterns
	} else if t.Extra != nil {
		out["additionalProperties"] = true
	}
	return out
}

// field describes a value and what is known of it.
func (g *schemaMaker) field(f Field) object {
	out := object{}
	for k, v := range g.shape(f.Shape) {
		out[k] = v
	}
	if f.Doc != "" {
		out["description"] = f.Doc
	}
	if f.Example != "" {
		out["examples"] = []any{sample(f.Shape, f.Example)}
	}
	if f.Default != "" {
		out["default"] = sample(f.Shape, f.Default)
	}
	return out
}

// scalar is what YAML tools take a text for: they read 1.10 as a number.
func scalar() object { return object{"type": []string{"string", "number", "boolean"}} }

// shape describes a form.
func (g *schemaMaker) shape(s Shape) object {
	switch s.Kind {
	case Text, Name:
		return scalar()
	case Expr:
		return object{"type": []string{"string", "boolean", "number"}}
	case Ident:
		return object{"type": "string", "pattern": identForm.String()}
	case Int:
		return object{"type": "integer"}
	case Number:
		return object{"type": "number"}
	case Bool:
		return object{"type": "boolean"}
	case Duration:
		return object{"type": "string", "minLength": 2, "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"}
	case Date:
		return object{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
	case Enum:
		return object{"enum": s.Values}
	case Steps:
		return ref("steps")
	case Target:
		return object{"anyOf": []any{object{"type": "string", "pattern": identForm.String()}, ref("steps")}}
	case TypeSpec:
		return object{"type": []string{"string", "array", "object"}}
	case Value:
		return object{"not": object{"type": "null"}}
	case Empty:
		return object{"type": "null"}
	case ListOf:
		return object{"type": "array", "items": g.shape(*s.Of)}
	case OneOrList:
		one := g.shape(*s.Of)
		return object{"anyOf": []any{one, object{"type": "array", "items": one}}}
	case MapOf:
		return object{"type": "object", "additionalProperties": g.shape(*s.Of)}
	case Nested:
		return g.table(s.Table)
	case OneOf:
		forms := make([]any, len(s.Shapes))
		for i, one := range s.Shapes {
			forms[i] = g.shape(one)
		}
		return object{"anyOf": forms}
	}
	return object{}
}

// table defines a table once and points to it; tables may hold themselves.
func (g *schemaMaker) table(t *Table) object {
	if name, known := g.names[t]; known {
		return ref(name)
	}
	base := "map"
	if id := identOf(t.Name); id != "" {
		base = id
	}
	name := base
	for i := 2; g.defs[name] != nil; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	g.names[t] = name
	g.defs[name] = object{} // taken, while its fields are described
	g.defs[name] = g.object(t, "")
	return ref(name)
}

// sample reads an example the way the field would.
func sample(s Shape, example string) any {
	switch s.Kind {
	case Text, Expr, Ident, Name, Duration, Date, Enum:
		return example
	}
	n := Parse(NewReport(), "example", []byte(example))
	if n == nil {
		return example
	}
	return n.plain()
}

// plain returns a node as JSON has it.
func (n *Node) plain() any {
	switch n.kind {
	case Null:
		return nil
	case List:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = item.plain()
		}
		return list
	case Map:
		out := object{}
		for _, p := range n.pairs {
			out[p.Key.text] = p.Value.plain()
		}
		return out
	}
	switch {
	case n.IsNumber():
		return json.Number(n.text)
	case n.IsBool():
		return n.text == "true"
	}
	return n.text
}
