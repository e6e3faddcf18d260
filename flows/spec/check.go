package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// Check reports whether a value has a form, and what is wrong in it. What names
// the value in messages, such as `"timeout"`. A value that was reported before
// is wrong without another word.
func Check(r *Report, n *Node, s Shape, what string) bool {
	return checker{r: r, title: what}.check(n, s)
}

// checkField is Check for the value of a key.
func checkField(r *Report, n *Node, key string, f *Field) bool {
	return checker{r: r, key: key, field: f}.check(n, f.Shape)
}

// A checker checks one value and what is in it.
type checker struct {
	r *Report
	// title is what messages call the value. Without it the value is that of a key, or
	// in as many lists as items says there.
	title, key string
	items      int
	// field is that of the key; nil when the key is in a map from names.
	field *Field
}

// what names the value in messages.
func (c checker) what() string {
	name := c.title
	if name == "" {
		name = strconv.Quote(c.key)
	}
	return strings.Repeat("an item of ", c.items) + name
}

// example shows the key with a good value; empty when there is none.
func (c checker) example() string {
	if c.field == nil || c.field.Example == "" || strings.Contains(c.field.Example, "\n") {
		return ""
	}
	return fmt.Sprintf("`%s: %s`", c.key, c.field.Example)
}

func (c checker) check(n *Node, s Shape) bool {
	switch {
	case n == nil || n.broken:
		return false
	case s.Kind == Any:
		return true
	case n.kind == Null && s.Kind == Empty:
		return true
	case n.kind == Null:
		return c.null(n, s)
	case !fits(n, s):
		return c.fail(wrongForm(c.r, n, s, c.what(), c.example()))
	}
	switch s.Kind {
	case ListOf, OneOrList:
		return c.list(n, s)
	case MapOf:
		return c.entries(n, s)
	case Nested:
		Decode(c.r, n, s.Table)
		return true
	case OneOf:
		return c.oneOf(n, s)
	}
	if n.kind == Scalar {
		return c.scalar(n, s)
	}
	if s.Kind == Steps || s.Kind == Target {
		c.steps(n)
	}
	return true
}

// steps reports items that can't be a step, and marks them as reported; what a
// step must look like is the caller's to say.
func (c checker) steps(n *Node) {
	for _, item := range n.items {
		switch {
		case item.broken:
		case item.kind == Null:
			item.broken = true
			c.r.Error(item.Pos(), "E123", "Write a step behind the `-`, or delete the line.", "this step is empty")
		case item.kind == Scalar && lacksSpace(c.r, item):
			item.broken = true
		}
	}
}

// fail is false; it lets a check report and return at once.
func (c checker) fail(struct{}) bool { return false }

// fits reports whether a value has the outer form of a shape.
func fits(n *Node, s Shape) bool {
	switch s.Kind {
	case Any, Value:
		return n.kind != Null
	case Empty:
		return n.kind == Null
	case Steps, ListOf:
		return n.kind == List
	case Target:
		return n.kind == List || n.kind == Scalar
	case TypeSpec:
		return n.kind != Null
	case OneOrList:
		return n.kind == List || fits(n, *s.Of)
	case MapOf, Nested:
		return n.kind == Map
	case OneOf:
		for _, one := range s.Shapes {
			if fits(n, one) {
				return true
			}
		}
		return false
	}
	return n.kind == Scalar
}

// null reports a value that is missing.
func (c checker) null(n *Node, s Shape) bool {
	if s.Kind == OneOf {
		for _, one := range s.Shapes {
			if one.Kind == Any || one.Kind == Empty {
				return true
			}
		}
	}
	if n.text != "" {
		c.r.Error(n.Pos(), "E123", "Write "+quote(n.text)+" if the word is meant, else leave the key out.", "YAML reads %s as no value at all", n.text)
		return false
	}
	fix := "Write " + want(s) + " behind it, or leave it out."
	if s.Kind == Steps || s.Kind == ListOf || s.Kind == Nested || s.Kind == MapOf {
		fix = "What belongs to it begins on the next line, indented deeper; or leave it out."
	}
	c.r.Error(n.Pos(), "E123", fix, "%s has no value", c.what())
	return false
}

// list checks the elements of a list, or a single one.
func (c checker) list(n *Node, s Shape) bool {
	if n.kind != List {
		return c.check(n, *s.Of)
	}
	if s.Kind == OneOrList && !fits(&Node{kind: Scalar}, *s.Of) && fits(n, *s.Of) {
		return c.check(n, *s.Of)
	}
	ok := true
	inner := checker{r: c.r, title: c.title, key: c.key, items: c.items + 1}
	for _, item := range n.items {
		ok = inner.check(item, *s.Of) && ok
	}
	return ok
}

// entries checks the values of a map.
func (c checker) entries(n *Node, s Shape) bool {
	ok := !n.broken
	for _, p := range n.pairs {
		ok = checker{r: c.r, key: p.Key.text}.check(p.Value, *s.Of) && ok
	}
	return ok
}

// oneOf checks against the only shape that fits by its form, else against each
// in turn; the errors are those of the last that fits.
func (c checker) oneOf(n *Node, s Shape) bool {
	var fitting []Shape
	for _, one := range s.Shapes {
		if fits(n, one) {
			fitting = append(fitting, one)
		}
	}
	for i, one := range fitting {
		if i == len(fitting)-1 {
			return c.check(n, one)
		}
		scratch := checker{r: NewReport(), title: c.title, key: c.key, items: c.items}
		if scratch.check(n, one) && !scratch.r.Failed() {
			return c.check(n, one)
		}
	}
	return false
}
