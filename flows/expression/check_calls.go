package expression

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// call checks f(a, b) and a | f(b).
func (c *checker) call(n *ast.CallNode) checked {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.method(n)
	}
	f := c.scope.functions[callee.Value]
	if f == nil {
		c.arguments(n)
		return c.unknownFunction(callee, callee.Value)
	}
	if f.special != nil {
		return f.special(c, n)
	}
	args, ok := c.arguments(n)
	if !ok {
		return checked{n, Of(invalid)}
	}
	sig, ok := f.match(args)
	if !ok {
		return c.badArguments(n, f, args)
	}
	if f.literals != nil && !f.literals(c, n) {
		return checked{n, Of(invalid)}
	}
	nodes := make([]ast.Node, len(args))
	for i, a := range args {
		nodes[i] = c.convert(a, sig.param(i).typ).node
	}
	name, call, result := f.name, f.call, sig.result
	if f.bind != nil {
		types := typesOf(args)
		call, result = f.bind(types)
		for _, t := range types {
			name += ":" + t.String()
		}
	}
	return c.compute(n, name, result, call, nodes...)
}

func typesOf(args []checked) []Type {
	types := make([]Type, len(args))
	for i, a := range args {
		types[i] = a.typ
	}
	return types
}

// arguments checks all of them, so that every mistake is found.
func (c *checker) arguments(n *ast.CallNode) ([]checked, bool) {
	args := make([]checked, len(n.Arguments))
	ok := true
	for i, a := range n.Arguments {
		args[i] = c.check(a)
		ok = ok && args[i].typ.Kind != invalid
	}
	return args, ok
}

// method rejects x.upper(), which is how other languages write upper(x).
func (c *checker) method(n *ast.CallNode) checked {
	fix := ""
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if name, ok := fieldName(m); ok {
			fix = c.methodFix(n, c.text(m.Node), name)
		}
	}
	return c.report(n, CodeForbidden, fix, "values have no methods")
}

// methodFix writes a method of another language as what flows have.
func (c *checker) methodFix(n *ast.CallNode, on, name string) string {
	if f := functionFor(name); f != "" {
		return fmt.Sprintf("Write %s(%s).", f, on)
	}
	if op := map[string]string{"includes": "contains", "contains": "contains", "startsWith": "startsWith", "endsWith": "endsWith", "equals": "=="}[name]; op != "" && len(n.Arguments) == 1 {
		return fmt.Sprintf("Write %s %s %s.", on, op, c.text(n.Arguments[0]))
	}
	if c.scope.functions[name] != nil || isClosure(name) {
		return fmt.Sprintf("Write %s | %s( … ).", on, name)
	}
	return ""
}

// functionFor is the function for a method of another language that takes
// nothing; empty when there is none.
func functionFor(method string) string {
	switch method {
	case "toString", "String", "toLocaleString":
		return "string"
	case "toUpperCase", "toUpper", "upcase":
		return "upper"
	case "toLowerCase", "toLower", "downcase":
		return "lower"
	case "length", "size":
		return "len"
	case "strip", "trim":
		return "trim"
	case "isEmpty":
		return "not filled"
	}
	return ""
}

func (c *checker) unknownFunction(callee ast.Node, name string) checked {
	loc := callee.Location()
	if hint := forbidden(name); hint != "" {
		return c.reportAt(callee, loc.From, loc.To, CodeForbidden, hint, "%s() is not for flows", name)
	}
	if _, ok := c.scope.Lookup(name); ok {
		return c.reportAt(callee, loc.From, loc.To, CodeFunction, fmt.Sprintf("Write %s without brackets.", name),
			"%s is a variable, not a function", name)
	}
	names := append(slices.Collect(maps.Keys(c.scope.functions)), closures()...)
	slices.Sort(names)
	return c.reportAt(callee, loc.From, loc.To, CodeFunction, didYouMean(name, names), "there is no function %s()", name)
}

func (c *checker) badArguments(n *ast.CallNode, f *function, args []checked) checked {
	var ways []string
	for _, sig := range f.sigs {
		ways = append(ways, sig.text(f.name))
	}
	fix := "Write " + strings.Join(ways, ", or ") + "."
	for _, sig := range f.sigs {
		if !sig.accepts(len(args)) {
			continue
		}
		for i, a := range args {
			if p := sig.param(i); !p.takes(a.typ) {
				return c.report(n.Arguments[i], CodeArguments, fix, "%s() wants %s as its %s value; this is %s",
					f.name, describe(p.typ), ordinal(i), describe(a.typ))
			}
		}
	}
	return c.report(n, CodeArguments, fix, "%s() does not take %d values", f.name, len(args))
}

func ordinal(i int) string {
	if words := []string{"first", "second", "third"}; i < len(words) {
		return words[i]
	}
	return strconv.Itoa(i+1) + "th"
}

// closures are the functions that expr's parser knows to take a condition or
// value for each element.
func closures() []string {
	return []string{"all", "any", "count", "filter", "find", "map", "none", "one", "sortBy", "sum"}
}

// reserved reports whether expr's parser reads the name in its own way.
func reserved(name string) bool {
	i, ok := builtin.Index[name]
	return ok && builtin.Builtins[i].Predicate
}

func isClosure(name string) bool { return slices.Contains(closures(), name) }

// closure checks filter(list, .price > 3) and the like.
func (c *checker) closure(n *ast.BuiltinNode) checked {
	if !isClosure(n.Name) {
		return c.unknownFunction(n, n.Name)
	}
	if len(n.Arguments) == 0 {
		return c.report(n, CodeArguments, "", "%s() wants a list", n.Name)
	}
	list := c.check(n.Arguments[0])
	if list.typ.Kind == invalid {
		return list
	}
	elem, ok := list.typ.elem()
	if !ok {
		return c.report(n.Arguments[0], CodeArguments, "", "%s() wants a list; this is %s", n.Name, describe(list.typ))
	}
	if len(c.loops) >= MaxNesting {
		return c.report(n, CodeTooLarge, "Split the work over several steps.",
			"functions over lists may stand within each other %d deep", MaxNesting)
	}
	body, weight := checked{typ: elem}, 1
	if len(n.Arguments) > 1 {
		body, weight = c.body(n.Arguments[1], elem)
	}
	if body.typ.Kind == invalid {
		return body
	}
	return c.loop(n, list, elem, body, weight)
}

// body checks what is computed for each element, and counts its work.
func (c *checker) body(n ast.Node, elem Type) (checked, int) {
	inner := n
	if p, ok := n.(*ast.PredicateNode); ok {
		inner = p.Node
	}
	c.loops = append(c.loops, elem)
	before := c.nodes
	v := c.check(inner)
	c.loops = c.loops[:len(c.loops)-1]
	if v.typ.Kind != invalid {
		v.node = c.copy(n, &ast.PredicateNode{Node: v.node}, v.typ).node
	}
	return v, c.nodes - before + 1
}

// loop builds the node of a closure, whose list is paid for before it runs.
func (c *checker) loop(n *ast.BuiltinNode, list checked, elem Type, body checked, weight int) checked {
	at := n.Arguments[min(1, len(n.Arguments)-1)]
	var result Type
	switch n.Name {
	case "map":
		body.typ.Maybe = false
		result = ListOf(body.typ)
	case "sum":
		if !body.typ.isNumber() && body.typ.Kind != nothing {
			return c.report(at, CodeArguments, "", "sum() adds numbers; this is %s", describe(body.typ))
		}
		result = Of(body.typ.Kind)
	case "sortBy":
		if !body.typ.isText() && !body.typ.isNumber() && !body.typ.isMoment() && body.typ.Kind != Duration {
			return c.report(at, CodeArguments, "", "sortBy() cannot sort by %s", describe(body.typ))
		}
		result = list.typ
		weight += 8 // comparisons
	default:
		if body.typ.Kind != Bool && body.typ.Kind != nothing {
			return c.report(at, CodeArguments, "Write a condition on the element, such as .price > 3.",
				"%s() wants a condition for each element; this is %s", n.Name, describe(body.typ))
		}
		result = loopResult(n.Name, list.typ, elem)
	}
	paid := c.compute(n, fmt.Sprintf("$loop:%d", weight), list.typ, loopCall(weight), list.node)
	args := []ast.Node{paid.node}
	if len(n.Arguments) > 1 {
		args = append(args, body.node)
	}
	if len(n.Arguments) > 2 {
		order, ok := n.Arguments[2].(*ast.StringNode)
		if !ok || order.Value != "asc" && order.Value != "desc" {
			return c.report(n.Arguments[2], CodeArguments, "", `the order of sortBy() is "asc" or "desc"`)
		}
		args = append(args, order)
	}
	out := c.copy(n, &ast.BuiltinNode{Name: n.Name, Arguments: args}, result)
	switch {
	case n.Name == "find":
		return c.compute(n, "$found:"+elem.String(), elem, foundOr(elem), out.node)
	case n.Name == "sum" && result.Kind != Int: // that of an empty list is a whole 0
		return c.compute(n, "$number", Of(Number), toNumber, out.node)
	}
	return out
}

func loopResult(name string, list, elem Type) Type {
	switch name {
	case "filter":
		list.Maybe = false
		return list
	case "find":
		elem.Maybe = false
		return elem
	case "count":
		return Of(Int)
	}
	return Of(Bool)
}
