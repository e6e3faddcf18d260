package expression

import (
	"github.com/expr-lang/expr/ast"
)

// coalesce is a ?? b. What may be unset is read so that it is nil then, which
// expr's own ?? understands.
func (c *checker) coalesce(n *ast.BinaryNode) checked {
	left := c.given(n.Left)
	right := c.check(n.Right)
	if left.typ.Kind == invalid || right.typ.Kind == invalid {
		return checked{n, Of(invalid)}
	}
	return c.either(n, left, right)
}

func (c *checker) either(n *ast.BinaryNode, left, right checked) checked {
	if bad, ok := c.optionCheck(n.Right, left.typ, right.typ); ok && right.typ.Kind == Choice {
		return bad
	}
	t, ok := unify(left.typ, right.typ)
	if !ok {
		return c.report(n, CodeType, "", "?? needs the same type on both sides; these are %s and %s",
			plainName(left.typ), plainName(right.typ))
	}
	left, right = c.convert(left, t), c.convert(right, t)
	return c.copy(n, &ast.BinaryNode{Operator: "??", Left: left.node, Right: right.node}, t)
}

// given reads what ?? and filled() look at: nil when it is unset.
func (c *checker) given(n ast.Node) checked {
	if chain, ok := n.(*ast.ChainNode); ok {
		return c.given(chain.Node)
	}
	if p := c.path(n); p != nil {
		if out := c.read(n, p); out.typ.Kind == invalid {
			return out
		}
		return c.compute(n, "$given:"+p.name, p.typ, p.given)
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return c.unknownName(n)
	case *ast.BinaryNode:
		if n.Operator == "??" {
			return c.givenEither(n)
		}
	case *ast.PointerNode:
		v := c.pointer(n)
		return c.compute(n, "$givenelement", v.typ, givenElement, v.node)
	case *ast.MemberNode:
		name, ok := fieldName(n)
		if !ok {
			break
		}
		base := c.check(n.Node)
		if base.typ.Kind == invalid {
			return base
		}
		t, ok := base.typ.Field(name)
		if !ok {
			return c.unknownField(n, base.typ, name)
		}
		m := &member{name: name, typ: t, zero: t.Zero()}
		return c.compute(n, "$givenfield:"+name+":"+t.String(), t, m.given, base.node)
	}
	c.check(n) // what is wrong within is worth knowing too
	return c.report(n, CodeUnset, "", "?? and filled() want a variable, such as order_no or order.eta")
}

func givenElement(_ *run, args []any) (any, error) { return orNil(args[0]), nil }

// givenEither is the left side of another ??: unset when both of its sides are.
func (c *checker) givenEither(n *ast.BinaryNode) checked {
	left := c.given(n.Left)
	right := c.check
	if c.path(n.Right) != nil {
		right = c.given
	}
	r := right(n.Right)
	if left.typ.Kind == invalid || r.typ.Kind == invalid {
		return checked{n, Of(invalid)}
	}
	return c.either(n, left, r)
}

// conditional is a ? b : c, or if a {b} else {c}.
func (c *checker) conditional(n *ast.ConditionalNode) checked {
	cond, a, b := c.check(n.Cond), c.check(n.Exp1), c.check(n.Exp2)
	if cond.typ.Kind != Bool && cond.typ.Kind != invalid {
		c.report(n.Cond, CodeType, "", "what stands before ? is a condition; this is %s", describe(cond.typ))
		cond.typ = Of(invalid)
	}
	if cond.typ.Kind == invalid || a.typ.Kind == invalid || b.typ.Kind == invalid {
		return checked{n, Of(invalid)}
	}
	t, ok := unify(a.typ, b.typ)
	if !ok {
		return c.report(n, CodeType, "", "both outcomes need the same type; these are %s and %s",
			plainName(a.typ), plainName(b.typ))
	}
	a, b = c.convert(a, t), c.convert(b, t)
	return c.copy(n, &ast.ConditionalNode{Ternary: n.Ternary, Cond: cond.node, Exp1: a.node, Exp2: b.node}, t)
}

// array is [a, b].
func (c *checker) array(n *ast.ArrayNode) checked {
	elem := Of(nothing)
	values := make([]checked, len(n.Nodes))
	for i, e := range n.Nodes {
		values[i] = c.check(e)
		if values[i].typ.Kind == invalid {
			elem = Of(invalid)
		}
		if elem.Kind == invalid {
			continue
		}
		t, ok := unify(elem, values[i].typ)
		if !ok {
			c.report(e, CodeType, "", "the elements of a list have one type; this is %s among %s",
				plainName(values[i].typ), plainName(elem))
			t = Of(invalid)
		}
		elem = t
	}
	if elem.Kind == invalid {
		return checked{n, elem}
	}
	out := &ast.ArrayNode{Nodes: make([]ast.Node, len(values))}
	for i, v := range values {
		out.Nodes[i] = c.convert(v, elem).node
	}
	return c.copy(n, out, ListOf(elem))
}

// record is {a: 1, b: "x"}.
func (c *checker) record(n *ast.MapNode) checked {
	t := Of(Record)
	out := &ast.MapNode{}
	bad := false
	for _, p := range n.Pairs {
		pair, ok := p.(*ast.PairNode)
		if !ok {
			continue
		}
		key, ok := pair.Key.(*ast.StringNode)
		v := c.check(pair.Value)
		switch {
		case !ok:
			c.report(pair.Key, CodeForbidden, "", "the names of a record are fixed, they cannot be computed")
			bad = true
		case v.typ.Kind == invalid:
			bad = true
		default:
			if _, twice := t.Field(key.Value); twice {
				c.report(key, CodeSyntax, "", "%q is given twice", key.Value)
				bad = true
			}
			v.typ.Maybe = false
			t.Fields = append(t.Fields, Field{key.Value, v.typ})
			out.Pairs = append(out.Pairs, c.copy(pair, &ast.PairNode{
				Key: typed(key, Of(Text)).node, Value: v.node,
			}, Of(anyKind)).node)
		}
	}
	if bad {
		return checked{n, Of(invalid)}
	}
	return c.copy(n, out, t)
}

// slice is list[1:3] or text[1:3].
func (c *checker) slice(n *ast.SliceNode) checked {
	base := c.check(n.Node)
	args := []ast.Node{base.node}
	for _, bound := range []ast.Node{n.From, n.To} {
		if bound == nil {
			args = append(args, &ast.NilNode{})
			continue
		}
		v := c.check(bound)
		if v.typ.Kind != Int && v.typ.Kind != invalid {
			c.report(bound, CodeType, "", "the ends of [a:b] are whole numbers, not %s", describe(v.typ))
			base.typ = Of(invalid)
		}
		if v.typ.Kind == invalid {
			base.typ = Of(invalid)
		}
		args = append(args, v.node)
	}
	switch {
	case base.typ.Kind == invalid:
		return base
	case base.typ.isText():
		return c.compute(n, "$slicetext", Of(Text), sliceText, args...)
	case base.typ.isList():
		return c.compute(n, "$slice", base.typ, sliceList, args...)
	}
	return c.report(n, CodeType, "", "%s has no parts", describe(base.typ))
}

// numbers is 1..10, with fixed ends only: it is how a short source makes much
// work.
func (c *checker) numbers(n *ast.BinaryNode) checked {
	from, okFrom := integer(n.Left)
	to, okTo := integer(n.Right)
	switch {
	case !okFrom || !okTo:
		c.check(n.Left)
		c.check(n.Right)
		return c.report(n, CodeRange, "Write the numbers, as in 1..10.", "the ends of a range are fixed numbers")
	case to > from && uint(to)-uint(from) >= MaxList: // unsigned: the ends may be far apart
		return c.report(n, CodeRange, "", "a range has at most %d elements", MaxList)
	}
	list := []any{}
	for i := 0; from <= to && i <= to-from; i++ {
		list = append(list, from+i)
	}
	return c.copy(n, &ast.ConstantNode{Value: list}, ListOf(Of(Int)))
}

func integer(n ast.Node) (int, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return n.Value, true
	case *ast.UnaryNode:
		i, ok := n.Node.(*ast.IntegerNode)
		if ok && n.Operator == "-" {
			return -i.Value, true
		}
	}
	return 0, false
}
