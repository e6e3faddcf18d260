package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// checker walks over a syntax tree once. It finds the type of every node,
// reports what is wrong, and builds the tree that is compiled: reads become
// calls that know about unset values, functions get the run as a hidden first
// argument. expr's own checker is not used, since it stops at the first mistake
// and speaks of Go types.
type checker struct {
	scope    *Scope
	source   []rune
	problems []Problem
	// done remembers nodes: the parser puts x twice into 1 < x < 5.
	done  map[ast.Node]checked
	reads map[string]*path
	// loops are the elements of the closures around the node.
	loops []Type
	// texts are words that are compared with a text, and the ids that it may be.
	texts map[ast.Node][]string
	nodes int
	// calls are the functions that the compiled tree calls.
	calls map[string]*builtin.Function
}

// checked is a node to compile and its type.
type checked struct {
	node ast.Node
	typ  Type
}

// report adds a problem at a node and returns the type that silences others.
func (c *checker) report(n ast.Node, code, fix, format string, args ...any) checked {
	from, to := c.span(n)
	return c.reportAt(n, from, to, code, fix, format, args...)
}

func (c *checker) reportAt(n ast.Node, from, to int, code, fix, format string, args ...any) checked {
	c.problems = append(c.problems, Problem{
		From: from, To: to, Code: code, Message: fmt.Sprintf(format, args...), Fix: fix,
	})
	return checked{n, Of(invalid)}
}

// check finds the type of a node, once.
func (c *checker) check(n ast.Node) checked {
	if out, ok := c.done[n]; ok {
		return out
	}
	c.nodes++
	out := c.visit(n)
	c.done[n] = out
	return out
}

func (c *checker) visit(n ast.Node) checked {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.name(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.ChainNode: // ?. is a plain dot: what is missing reads as its zero
		return c.check(n.Node)
	case *ast.IntegerNode:
		return typed(n, Of(Int))
	case *ast.FloatNode:
		return typed(n, Of(Number))
	case *ast.BoolNode:
		return typed(n, Of(Bool))
	case *ast.StringNode:
		return typed(n, Of(Text))
	case *ast.NilNode:
		return c.report(n, CodeForbidden, `Write filled(name), or name ?? "…".`, "nothing here is ever nil")
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.MapNode:
		return c.record(n)
	case *ast.SliceNode:
		return c.slice(n)
	case *ast.CallNode:
		return c.call(n)
	case *ast.BuiltinNode:
		return c.closure(n)
	case *ast.PointerNode:
		return c.pointer(n)
	case *ast.VariableDeclaratorNode:
		return c.report(n, CodeForbidden, "Write the value out, or keep it with `set` before.", "let is not for flows")
	case *ast.SequenceNode:
		return c.report(n, CodeForbidden, "", "a flow expression is one expression, without ;")
	}
	return c.report(n, CodeForbidden, "", "this is not for flows")
}

// name reads a variable.
func (c *checker) name(n *ast.IdentifierNode) checked {
	if p := c.path(n); p != nil {
		return c.read(n, p)
	}
	return c.unknownName(n)
}

func (c *checker) unknownName(n *ast.IdentifierNode) checked {
	if c.scope.functions[n.Value] != nil || isClosure(n.Value) {
		return c.report(n, CodeName, fmt.Sprintf("Write %s( … ).", n.Value),
			"%s is a function and needs brackets", n.Value)
	}
	if op := operatorFor(n.Value); op != "" {
		return c.report(n, CodeName, fmt.Sprintf("Did you mean %q?", op), "%q is not known here", n.Value)
	}
	return c.report(n, CodeName, c.nameFix(n), "%q is not known here", n.Value)
}

// nameFix says what a name was likely meant to be: a text or an option without
// its quotes, else a name that is near.
func (c *checker) nameFix(n *ast.IdentifierNode) string {
	ids, compared := c.texts[n]
	switch near := didYouMean(n.Value, c.scope.Names()); {
	case slices.Contains(ids, n.Value), compared && near == "" && len(ids) == 0:
		return fmt.Sprintf("Put it in quotes: %q.", n.Value)
	case near == "" && len(ids) > 0:
		return "The options are " + strings.Join(ids, ", ") + ", each in quotes."
	default:
		return near
	}
}

// path returns the variable or field that a node names with dots alone, nil when
// it is none.
func (c *checker) path(n ast.Node) *path {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		t, ok := c.scope.Lookup(n.Value)
		if !ok {
			return nil
		}
		return &path{name: n.Value, keys: []string{n.Value}, typ: t}
	case *ast.ChainNode:
		return c.path(n.Node)
	case *ast.MemberNode:
		base := c.path(n.Node)
		name, ok := fieldName(n)
		if base == nil || !ok {
			return nil
		}
		t, ok := base.typ.Field(name)
		if !ok {
			return nil
		}
		place := base.place
		if base.typ.Kind == Location {
			place = len(base.keys)
		}
		return &path{name: base.name + "." + name, keys: append(slices.Clone(base.keys), name), typ: t, place: place}
	}
	return nil
}

// read makes the node that reads a path.
func (c *checker) read(n ast.Node, p *path) checked {
	c.reads[p.name] = p
	p.zero = p.typ.Zero()
	if p.typ.Kind == unknown {
		return c.report(n, CodeUntyped, "Declare the type where the value comes from.",
			"the type of %s is not known", p.name)
	}
	return c.compute(n, "$"+p.name, p.typ, p.read)
}

// fieldName returns the name after the dot, or within ["…"].
func fieldName(n *ast.MemberNode) (string, bool) {
	s, ok := n.Property.(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// member reads a field or an element.
func (c *checker) member(n *ast.MemberNode) checked {
	if p := c.path(n); p != nil {
		return c.read(n, p)
	}
	base := c.check(n.Node)
	if base.typ.Kind == invalid {
		return base
	}
	name, ok := fieldName(n)
	if !ok {
		return c.element(n, base)
	}
	t, ok := base.typ.Field(name)
	if !ok {
		return c.unknownField(n, base.typ, name)
	}
	m := &member{name: name, typ: t, zero: t.Zero()}
	return c.compute(n, "$field:"+name+":"+t.String(), t, m.read, base.node)
}

func (c *checker) unknownField(n *ast.MemberNode, base Type, name string) checked {
	from, to := c.span(n.Property)
	owner := "it"
	if p := c.path(n.Node); p != nil {
		owner = p.name
	}
	fields := base.fields()
	if len(fields) == 0 && base.Kind != Record {
		fix := ""
		if f := functionFor(name); f != "" {
			fix = fmt.Sprintf("Write %s(%s).", f, c.text(n.Node))
		} else if base.isList() {
			fix = fmt.Sprintf("Write first(%s).%s, or map(%s, .%s) for all.", owner, name, owner, name)
		}
		return c.reportAt(n, from, to, CodeField, fix, "%s is %s and has no fields", owner, describe(base))
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	fix := didYouMean(name, names)
	if fix == "" && len(names) > 0 {
		fix = "It has " + strings.Join(names, ", ") + "."
	}
	return c.reportAt(n, from, to, CodeField, fix, "%q is not a field of %s", name, owner)
}

// element reads list[0].
func (c *checker) element(n *ast.MemberNode, base checked) checked {
	index := c.check(n.Property)
	if index.typ.Kind == invalid {
		return index
	}
	elem, ok := base.typ.elem()
	switch {
	case !ok && base.typ.isText():
		return c.report(n, CodeType, "Write text[0:1] for a part of a text.", "a text has no elements")
	case !ok:
		return c.report(n, CodeType, "", "%s has no elements", describe(base.typ))
	case index.typ.Kind != Int:
		return c.report(n.Property, CodeType, "", "the place in a list is a whole number, not %s", describe(index.typ))
	}
	return c.compute(n, "$element:"+elem.String(), elem, elementOf(elem), base.node, index.node)
}

// pointer is # or the dot before .field in a closure.
func (c *checker) pointer(n *ast.PointerNode) checked {
	if n.Name != "" {
		return c.report(n, CodeForbidden, "", "#%s is not for flows; # is the element", n.Name)
	}
	if len(c.loops) == 0 {
		return c.report(n, CodeForbidden, "", "# only stands within filter(), map() and the like")
	}
	t := c.loops[len(c.loops)-1]
	if t.Kind == Date {
		return c.compute(n, "$day", t, dayOf, typed(n, t).node)
	}
	return typed(n, t)
}

// readNames returns what was read, sorted.
func (c *checker) readNames() []string { return slices.Sorted(maps.Keys(c.reads)) }
