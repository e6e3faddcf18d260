package spec

import "strings"

// A ShapeKind is a form that a value may have.
type ShapeKind int

// The shapes of values.
const (
	Any       ShapeKind = iota // whatever the author writes, also nothing
	Text                       // a text, with ${ } inside
	Expr                       // an expression, without ${ }
	Ident                      // an id in lower_snake
	Name                       // a plain text that is not empty and computes nothing
	Int                        // a whole number
	Number                     // a number
	Bool                       // true or false
	Duration                   // 90s, 15m, 2h, 2d, 1w, 1h30m
	Enum                       // one of Values
	Date                       // 2026-03-04
	Steps                      // a list of steps
	Target                     // a step id, a move, or a list of steps
	TypeSpec                   // the type of a variable, with "= default" or without
	Value                      // a plain value of any form, with ${ } inside
	Empty                      // nothing: the key says all
	ListOf                     // a list whose elements are Of
	OneOrList                  // Of, or a list of them
	MapOf                      // a map from names to Of
	Nested                     // a map with the keys of Table
	OneOf                      // any of Shapes, the first that fits by its form
)

// A Shape is the form of a value. The zero Shape takes anything.
type Shape struct {
	Kind ShapeKind
	// Of is what ListOf, OneOrList and MapOf hold.
	Of *Shape
	// Table has the keys of a Nested.
	Table *Table
	// Values are those of an Enum.
	Values []string
	// Instead are the words that other languages have for a value of an Enum, and
	// that value. They are refused; the report says which word is meant.
	Instead map[string]string
	// Shapes are those of a OneOf.
	Shapes []Shape
}

// A Field is a key of a map and what is known of it.
type Field struct {
	Name     string
	Shape    Shape
	Required bool
	// Default is what holds when the key is missing, for the reference.
	Default string
	// Doc is one or two sentences in Markdown.
	Doc string
	// Example is a value as it would be written after the key.
	Example string
	// Keys are some of the keys that a pattern stands for, for the reference.
	Keys []string
	// Secret keeps the value out of what is printed.
	Secret bool
	// Refuse may report a value in words of its own before its form is checked;
	// it returns true when it did. Refuse itself may be nil.
	Refuse func(r *Report, n *Node) bool
}

// A Table describes the keys of a map. It is only read, so one may be shared.
type Table struct {
	// Name is what messages and headings call the map, such as "ask".
	Name string
	// Doc says what it is for, in Markdown.
	Doc    string
	Fields []Field
	// Example is YAML, shown in the reference.
	Example string
	// Open allows keys that no field names.
	Open bool
	// Extra returns the field of a key that Fields does not name, such as on_404;
	// nil when the key is unknown. Extra itself may be nil.
	Extra func(key string) *Field
	// Instead are keys that other languages have, and the key that is meant.
	Instead map[string]string
	// Unknown may report a key that is no field in words of its own; it returns
	// false to leave that to Decode. Unknown itself may be nil.
	Unknown func(r *Report, p Pair) bool
	// Patterns describe the keys of Extra to the schema and the reference: the
	// Name of each is a regular expression for the whole key.
	Patterns []Field
}

// field finds the description of a key; nil when it is unknown.
func (t *Table) field(key string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == key {
			return &t.Fields[i]
		}
	}
	if t.Extra != nil {
		return t.Extra(key)
	}
	return nil
}

// names lists the keys of the fields.
func (t *Table) names() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

// String names the form as the reference does.
func (s Shape) String() string {
	switch s.Kind {
	case Enum:
		return orList(s.Values)
	case ListOf:
		return "list of " + s.Of.inner()
	case OneOrList:
		return s.Of.inner() + " or list of " + s.Of.inner()
	case MapOf:
		return "map of " + s.Of.inner()
	case Nested:
		if s.Table.Name == "" {
			return "map"
		}
		return s.Table.Name
	case OneOf:
		var forms []string
		for _, one := range s.Shapes {
			if one.Kind == OneOrList {
				forms = append(forms, one.Of.inner(), "list of "+one.Of.inner())
			} else {
				forms = append(forms, one.String())
			}
		}
		return orList(forms)
	}
	return s.Kind.String()
}

// inner is String for the form of what another one holds.
func (s Shape) inner() string {
	if form := s.String(); !strings.Contains(form, " or ") || s.Kind == Bool {
		return form
	}
	return "(" + s.String() + ")"
}

// String names a kind as the reference does.
func (k ShapeKind) String() string {
	names := [...]string{
		Any: "anything", Text: "text", Expr: "expression", Ident: "id", Name: "name", Int: "whole number",
		Number: "number", Bool: "true or false", Duration: "duration", Enum: "word", Date: "date", Steps: "list of steps",
		Target: "step id or list of steps", TypeSpec: "type", Value: "value", Empty: "nothing", ListOf: "list",
		OneOrList: "one or a list", MapOf: "map", Nested: "map", OneOf: "one of several",
	}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// orList joins words as in "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
