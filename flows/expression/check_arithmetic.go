package expression

import (
	"github.com/expr-lang/expr/ast"
)

func (c *checker) arithmetic(n *ast.BinaryNode, l, r checked) checked {
	a, b, op := l.typ, r.typ, n.Operator
	switch {
	case a.isNumber() && b.isNumber():
		return c.numeric(n, l, r)
	case op == "+" && a.isText() && b.isText():
		return c.compute(n, "$concat", Of(Text), concatCall, l.node, r.node)
	case (op == "+" || op == "-") && a.Kind == Duration && b.Kind == Duration:
		return c.rebuild(n, l, r, Of(Duration))
	case (op == "+" || op == "-") && a.isMoment() && b.Kind == Duration:
		return c.shift(n, l, r)
	case op == "+" && a.Kind == Duration && b.isMoment():
		return c.shift(n, r, l)
	case op == "-" && a.isMoment() && b.isMoment():
		l, r = c.moments(l, r)
		return c.rebuild(n, l, r, Of(Duration))
	case op == "*" && a.Kind == Duration && b.isNumber():
		return c.compute(n, "$times", Of(Duration), timesCall, l.node, r.node)
	case op == "*" && a.isNumber() && b.Kind == Duration:
		return c.compute(n, "$times", Of(Duration), timesCall, r.node, l.node)
	}
	fix := ""
	if op == "+" && (a.isText() || b.isText()) {
		fix = `Write "…" + string(x), or use ${ } in a text.`
	}
	return c.report(n, CodeType, fix, "%s does not work on %s and %s", op, plainName(a), plainName(b))
}

func (c *checker) numeric(n *ast.BinaryNode, l, r checked) checked {
	t := Of(Number)
	switch n.Operator {
	case "/":
		return c.compute(n, "$divide", t, divideCall, l.node, r.node)
	case "%":
		if l.typ.Kind != Int || r.typ.Kind != Int {
			return c.report(n, CodeType, "", "%% needs two whole numbers")
		}
		return c.compute(n, "$modulo", Of(Int), moduloCall, l.node, r.node)
	case "**", "^":
		return c.rebuild(n, l, r, t)
	}
	if l.typ.Kind == Int && r.typ.Kind == Int {
		t = Of(Int)
	}
	return c.rebuild(n, l, r, t)
}

// shift adds a duration to a date or datetime. A date stays one when the
// duration is a fixed number of whole days.
func (c *checker) shift(n *ast.BinaryNode, moment, d checked) checked {
	if moment.typ.Kind == Date && !c.wholeDays(n.Left) && !c.wholeDays(n.Right) {
		moment = c.convert(moment, Of(Datetime))
	}
	name, call := "$later", laterCall(1)
	if n.Operator == "-" {
		name, call = "$earlier", laterCall(-1)
	}
	return c.compute(n, name, Type{Kind: moment.typ.Kind}, call, moment.node, d.node)
}

// wholeDays reports whether a node is duration("2d").
func (c *checker) wholeDays(n ast.Node) bool {
	call, ok := n.(*ast.CallNode)
	if !ok || len(call.Arguments) != 1 {
		return false
	}
	callee, ok := call.Callee.(*ast.IdentifierNode)
	lit, isText := call.Arguments[0].(*ast.StringNode)
	if !ok || !isText || callee.Value != "duration" {
		return false
	}
	d, err := ParseDuration(lit.Value)
	return err == nil && d%day == 0
}
