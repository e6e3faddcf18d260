package expression

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

func (c *checker) unary(n *ast.UnaryNode) checked {
	v := c.check(n.Node)
	if v.typ.Kind == invalid {
		return v
	}
	want, ok := "a condition", v.typ.Kind == Bool
	if n.Operator == "-" || n.Operator == "+" {
		want, ok = "a number", v.typ.isNumber()
	}
	if !ok {
		return c.report(n, CodeType, "", "%s needs %s; this is %s", n.Operator, want, describe(v.typ))
	}
	return c.copy(n, &ast.UnaryNode{Operator: n.Operator, Node: v.node}, Type{Kind: v.typ.Kind})
}

// copy puts a rewritten node at the place of the one that it replaces. Nodes are
// never changed, since the parser may use one twice.
func (c *checker) copy(at, n ast.Node, t Type) checked {
	n.SetLocation(at.Location())
	return typed(n, t)
}

func (c *checker) binary(n *ast.BinaryNode) checked {
	if n.Operator == "??" {
		return c.coalesce(n)
	}
	if n.Operator == ".." {
		return c.numbers(n)
	}
	if out, ok := c.nilCheck(n); ok {
		return out
	}
	c.expectTexts(n)
	l, r := c.check(n.Left), c.check(n.Right)
	if l.typ.Kind == invalid || r.typ.Kind == invalid {
		return checked{n, Of(invalid)}
	}
	switch n.Operator {
	case "and", "&&", "or", "||":
		return c.logic(n, l, r)
	case "==", "!=":
		return c.equality(n, l, r)
	case "<", ">", "<=", ">=":
		return c.order(n, l, r)
	case "in":
		return c.in(n, l, r)
	case "matches":
		return c.matches(n, l, r)
	case "contains", "startsWith", "endsWith":
		return c.within(n, l, r)
	}
	return c.arithmetic(n, l, r)
}

// nilCheck rejects x == nil, which other languages write for unset.
func (c *checker) nilCheck(n *ast.BinaryNode) (checked, bool) {
	operand := n.Left
	_, left := n.Left.(*ast.NilNode)
	_, right := n.Right.(*ast.NilNode)
	if left {
		operand = n.Right
	}
	if !left && !right || n.Operator != "==" && n.Operator != "!=" {
		return checked{}, false
	}
	not := "not "
	if n.Operator == "!=" {
		not = ""
	}
	return c.report(n, CodeForbidden, fmt.Sprintf("Write %sfilled(%s).", not, c.text(operand)),
		"nothing here is ever nil"), true
}

func (c *checker) logic(n *ast.BinaryNode, l, r checked) checked {
	for i, v := range []checked{l, r} {
		if v.typ.Kind != Bool {
			side := []ast.Node{n.Left, n.Right}[i]
			fix := ""
			if p := c.path(side); p != nil {
				fix = fmt.Sprintf("Write filled(%s) to ask whether it has a value.", p.name)
			} else if _, ok := side.(*ast.StringNode); ok {
				fix = "Write the comparison in full on both sides: x == \"a\" or x == \"b\"."
			}
			return c.report(side, CodeType, fix, "%s joins conditions; this is %s", n.Operator, describe(v.typ))
		}
	}
	return c.rebuild(n, l, r, Of(Bool))
}

func (c *checker) rebuild(n *ast.BinaryNode, l, r checked, t Type) checked {
	return c.copy(n, &ast.BinaryNode{Operator: n.Operator, Left: l.node, Right: r.node}, t)
}

func (c *checker) equality(n *ast.BinaryNode, l, r checked) checked {
	if bad, ok := c.optionCheck(n.Right, l.typ, r.typ); ok {
		return bad
	}
	if bad, ok := c.optionCheck(n.Left, r.typ, l.typ); ok {
		return bad
	}
	switch {
	case l.typ.isNumber() && r.typ.isNumber():
		return c.rebuild(n, l, r, Of(Bool))
	case l.typ.isMoment() && r.typ.isMoment():
		l, r = c.moments(l, r)
		return c.rebuild(n, l, r, Of(Bool))
	case !same(l.typ, r.typ):
		return c.mismatch(n, "compares", l, r)
	case l.typ.isList() || l.typ.isRecord() || l.typ.isText() && len(c.loops) > 0:
		out := c.compute(n, "$equal", Of(Bool), equalCall, l.node, r.node)
		if n.Operator == "!=" {
			return c.copy(n, &ast.UnaryNode{Operator: "not", Node: out.node}, Of(Bool))
		}
		return out
	}
	return c.rebuild(n, l, r, Of(Bool))
}

// moments makes both sides datetimes when one of them is.
func (c *checker) moments(l, r checked) (checked, checked) {
	if l.typ.Kind == r.typ.Kind {
		return l, r
	}
	return c.convert(l, Of(Datetime)), c.convert(r, Of(Datetime))
}

func (c *checker) order(n *ast.BinaryNode, l, r checked) checked {
	switch {
	case l.typ.isNumber() && r.typ.isNumber(),
		l.typ.Kind == Duration && r.typ.Kind == Duration:
		return c.rebuild(n, l, r, Of(Bool))
	case l.typ.isText() && r.typ.isText():
		if len(c.loops) > 0 {
			return c.compute(n, "$order:"+n.Operator, Of(Bool), orderTexts(n.Operator), l.node, r.node)
		}
		return c.rebuild(n, l, r, Of(Bool))
	case l.typ.isMoment() && r.typ.isMoment():
		l, r = c.moments(l, r)
		return c.rebuild(n, l, r, Of(Bool))
	}
	return c.mismatch(n, "compares", l, r)
}

// expectTexts notes the words that a comparison has beside a text: one that is
// no name was likely meant to be in quotes.
func (c *checker) expectTexts(n *ast.BinaryNode) {
	switch n.Operator {
	case "==", "!=", "in", "contains", "startsWith", "endsWith":
	default:
		return
	}
	for _, side := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		p := c.path(side[0])
		if p == nil || !p.typ.isText() && p.typ.Kind != Choices {
			continue
		}
		words := []ast.Node{side[1]}
		if array, ok := side[1].(*ast.ArrayNode); ok {
			words = array.Nodes
		}
		for _, word := range words {
			if _, ok := word.(*ast.IdentifierNode); ok {
				c.texts[word] = p.typ.IDs
			}
		}
	}
}

// mismatch reports operands that do not go together, with the way out where one
// is known.
func (c *checker) mismatch(n *ast.BinaryNode, verb string, l, r checked) checked {
	return c.report(n, CodeType, c.mismatchFix(n, l, r), "%s %s %s with %s",
		n.Operator, verb, plainName(l.typ), plainName(r.typ))
}

func (c *checker) mismatchFix(n *ast.BinaryNode, l, r checked) string {
	for _, side := range []struct {
		node  ast.Node
		other Type
	}{{n.Right, l.typ}, {n.Left, r.typ}} {
		lit, ok := side.node.(*ast.StringNode)
		if !ok {
			continue
		}
		if _, err := time.Parse(time.DateOnly, lit.Value); err == nil && side.other.isMoment() {
			return fmt.Sprintf("Write date(%q).", lit.Value)
		}
		if _, err := parseClock(lit.Value); err == nil && side.other.Kind == Datetime {
			return fmt.Sprintf("Write at(%q).", lit.Value)
		}
		if _, err := parseDatetime(lit.Value, time.UTC); err == nil && side.other.isMoment() {
			return fmt.Sprintf("Write datetime(%q).", lit.Value)
		}
		if _, err := ParseDuration(lit.Value); err == nil && side.other.Kind == Duration {
			return fmt.Sprintf("Write duration(%q).", lit.Value)
		}
		if _, err := Of(Number).Parse(lit.Value, nil); err == nil && side.other.isNumber() {
			return fmt.Sprintf("Write %s without quotes.", strings.TrimSpace(lit.Value))
		}
	}
	switch {
	case l.typ.isText() && r.typ.isNumber():
		return fmt.Sprintf("Write int(%s) to read the text as a number, or quote the number.", c.text(n.Left))
	case l.typ.isNumber() && r.typ.isText():
		return fmt.Sprintf("Write int(%s) to read the text as a number.", c.text(n.Right))
	}
	return ""
}

// optionCheck reports a choice that is compared with an id it does not have.
func (c *checker) optionCheck(lit ast.Node, choice, other Type) (checked, bool) {
	s, ok := lit.(*ast.StringNode)
	if !ok || choice.Kind != Choice || len(choice.IDs) == 0 || !other.isText() ||
		s.Value == "" || slices.Contains(choice.IDs, s.Value) {
		return checked{}, false
	}
	fix := didYouMean(s.Value, choice.IDs)
	if fix == "" {
		fix = "The options are " + strings.Join(choice.IDs, ", ") + "."
	}
	return c.report(lit, CodeOption, fix, "%q is not one of the options", s.Value), true
}

func (c *checker) in(n *ast.BinaryNode, l, r checked) checked {
	elem, ok := r.typ.elem()
	if !ok {
		fix := ""
		if l.typ.isText() && r.typ.isText() {
			fix = fmt.Sprintf("Write %s contains %s.", c.text(n.Right), c.text(n.Left))
		}
		return c.report(n, CodeType, fix, "in looks into a list; this is %s", describe(r.typ))
	}
	if array, ok := n.Right.(*ast.ArrayNode); ok {
		for _, option := range array.Nodes {
			if bad, ok := c.optionCheck(option, l.typ, Of(Text)); ok {
				return bad
			}
		}
	}
	if bad, ok := c.optionCheck(n.Left, elem, l.typ); ok {
		return bad
	}
	switch {
	case l.typ.isNumber() && elem.isNumber():
	case l.typ.isMoment() && elem.isMoment() && l.typ.Kind == elem.Kind:
	case !same(l.typ, elem):
		return c.report(n, CodeType, "", "in looks for %s in a list of %s", describe(l.typ), plainName(elem))
	}
	return c.compute(n, "$in", Of(Bool), inCall, l.node, r.node)
}

func (c *checker) matches(n *ast.BinaryNode, l, r checked) checked {
	pattern, ok := n.Right.(*ast.StringNode)
	switch {
	case !l.typ.isText() || !r.typ.isText():
		return c.mismatch(n, "tries", l, r)
	case !ok:
		return c.report(n.Right, CodePattern, "Write the pattern in quotes.", "a pattern is fixed, it cannot be computed")
	}
	re, weight, err := compilePattern(pattern.Value)
	if err != nil {
		return c.report(n.Right, CodePattern, "", "not a pattern: %s", err)
	}
	return c.compute(n, "$matches:"+pattern.Value, Of(Bool), matchesCall(re, weight), l.node)
}

// compilePattern also returns how much work a byte of text may be, in sixteenths
// of a unit.
func compilePattern(pattern string) (*regexp.Regexp, int, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, 0, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, 0, err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, 0, err
	}
	return re, 2 * len(prog.Inst), nil
}

func (c *checker) within(n *ast.BinaryNode, l, r checked) checked {
	if l.typ.isList() {
		return c.report(n, CodeType, fmt.Sprintf("Write %s in %s.", c.text(n.Right), c.text(n.Left)),
			"%s looks into a text; this is a list", n.Operator)
	}
	if !l.typ.isText() || !r.typ.isText() {
		return c.report(n, CodeType, "", "%s needs two texts; these are %s and %s",
			n.Operator, plainName(l.typ), plainName(r.typ))
	}
	return c.compute(n, "$"+n.Operator, Of(Bool), withinCall(n.Operator), l.node, r.node)
}

// text is the source of a node.
func (c *checker) text(n ast.Node) string {
	from, to := c.span(n)
	return string(c.source[from:to])
}
