package expression

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

type callNode = *ast.CallNode

// typed gives a node the Go type that expr's compiler picks its instructions by.
func typed(n ast.Node, t Type) checked {
	n.SetType(goType(t))
	return checked{n, t}
}

func goType(t Type) reflect.Type {
	switch {
	case t.isText():
		return reflect.TypeFor[string]()
	case t.isList():
		return reflect.TypeFor[[]any]()
	case t.isRecord():
		return reflect.TypeFor[map[string]any]()
	case t.isMoment():
		return reflect.TypeFor[time.Time]()
	}
	switch t.Kind {
	case Int:
		return reflect.TypeFor[int]()
	case Number:
		return reflect.TypeFor[float64]()
	case Bool:
		return reflect.TypeFor[bool]()
	case Duration:
		return reflect.TypeFor[time.Duration]()
	}
	return reflect.TypeFor[any]()
}

// compute makes a call of a Go function, with the run as its hidden first
// argument. Calls of one name share the function, so the name says all that the
// function depends on.
func (c *checker) compute(at ast.Node, name string, t Type, call callFunc, args ...ast.Node) checked {
	if c.calls[name] == nil {
		c.calls[name] = &builtin.Function{Name: name, Func: func(all ...any) (any, error) {
			return call(all[0].(*run), all[1:])
		}}
	}
	arguments := make([]ast.Node, 0, len(args)+1)
	arguments = append(arguments, &ast.IdentifierNode{Value: "$env"})
	n := &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: name},
		Arguments: append(arguments, args...),
	}
	n.SetLocation(at.Location())
	return typed(n, t)
}

// convert makes the value fit the type that unify or a parameter asks for.
func (c *checker) convert(v checked, to Type) checked {
	switch {
	case v.typ.Kind == Int && to.Kind == Number:
		if i, ok := v.node.(*ast.IntegerNode); ok {
			return typed(&ast.FloatNode{Value: float64(i.Value)}, to)
		}
		return c.compute(v.node, "$number", to, toNumber, v.node)
	case v.typ.Kind == Date && to.Kind == Datetime:
		return c.compute(v.node, "$midnight", to, toMidnight, v.node)
	case (v.typ.isList() || v.typ.Kind == Record) && v.typ.differs(to):
		from := v.typ
		return c.compute(v.node, "$as:"+from.String()+":"+to.String(), to, func(r *run, args []any) (any, error) {
			return r.as(args[0], from, to)
		}, v.node)
	}
	return v
}

// differs reports whether values of a type have to be converted to another one
// that holds them.
func (t Type) differs(to Type) bool {
	switch {
	case t.Kind == Int && to.Kind == Number, t.Kind == Date && to.Kind == Datetime:
		return true
	case t.isList() && to.isList():
		elem, _ := t.elem()
		want, _ := to.elem()
		return elem.differs(want)
	case t.Kind == Record && to.Kind == Record:
		return slices.ContainsFunc(t.Fields, func(f Field) bool {
			want, _ := to.Field(f.Name)
			return f.Type.differs(want)
		})
	}
	return false
}

// as converts the numbers and dates within a list or a record. What is unset
// stays unset.
func (r *run) as(v any, from, to Type) (any, error) {
	switch {
	case v == nil || !from.differs(to):
		return v, nil
	case from.Kind == Int:
		return toNumber(r, []any{v})
	case from.Kind == Date:
		return toMidnight(r, []any{v})
	}
	switch v := v.(type) {
	case []any:
		elem, _ := from.elem()
		want, _ := to.elem()
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = r.as(v[i], elem, want); err != nil {
				return nil, err
			}
		}
		return out, r.spend(len(v))
	case map[string]any:
		out := maps.Clone(v)
		for _, f := range from.Fields {
			want, _ := to.Field(f.Name)
			changed, err := r.as(v[f.Name], f.Type, want)
			if err != nil {
				return nil, err
			}
			if changed != nil {
				out[f.Name] = changed
			}
		}
		return out, r.spend(len(v))
	}
	return nil, errBad
}

func toNumber(_ *run, args []any) (any, error) {
	if i, ok := args[0].(int); ok {
		return float64(i), nil
	}
	return args[0], nil
}

// toMidnight puts a date into the zone of the turn; nil stays nil for ??.
func toMidnight(r *run, args []any) (any, error) {
	t, ok := args[0].(time.Time)
	if !ok {
		return args[0], nil
	}
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, r.env.Runtime.zone()), nil
}

func dayOf(_ *run, args []any) (any, error) { return adapt(args[0], Of(Date)) }

// span returns the runes that a node covers, brackets of calls included.
func (c *checker) span(n ast.Node) (from, to int) {
	from, to = len(c.source), 0
	c.widen(n, &from, &to)
	if from > to {
		return 0, 0
	}
	return balance(c.source, from, to)
}

// widen includes a node and all below it. The place of a ternary is the token
// after it, and an if has none.
func (c *checker) widen(n ast.Node, from, to *int) {
	if n == nil {
		return
	}
	if _, ok := n.(*ast.ConditionalNode); !ok {
		loc := n.Location()
		*from = min(*from, loc.From)
		*to = min(max(*to, loc.To), len(c.source))
	}
	for _, child := range children(n) {
		c.widen(child, from, to)
	}
}

func children(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return []ast.Node{n.Node}
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}
	case *ast.ChainNode:
		return []ast.Node{n.Node}
	case *ast.MemberNode:
		return []ast.Node{n.Node, n.Property}
	case *ast.SliceNode:
		return []ast.Node{n.Node, n.From, n.To}
	case *ast.CallNode:
		return append([]ast.Node{n.Callee}, n.Arguments...)
	case *ast.BuiltinNode:
		return n.Arguments
	case *ast.PredicateNode:
		return []ast.Node{n.Node}
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.ArrayNode:
		return n.Nodes
	case *ast.MapNode:
		return n.Pairs
	case *ast.PairNode:
		return []ast.Node{n.Key, n.Value}
	case *ast.VariableDeclaratorNode:
		return []ast.Node{n.Value, n.Expr}
	case *ast.SequenceNode:
		return n.Nodes
	}
	return nil
}

// balance widens a range until every bracket in it has its partner: the tree
// does not know where `len(items)` ends.
func balance(source []rune, from, to int) (int, int) {
	partner := brackets(source)
	for changed := true; changed; {
		changed = false
		for i := from; i < to; i++ {
			p, ok := partner[i]
			switch {
			case ok && p < from:
				from, changed = p, true
			case ok && p >= to:
				to, changed = p+1, true
			}
		}
		if !changed && to < len(source) && source[to] == '(' && to > from && isWord(source[to-1]) {
			if p, ok := partner[to]; ok {
				to, changed = p+1, true // today()
			}
		}
	}
	return from, to
}

// brackets pairs the brackets outside of quotes, both ways.
func brackets(source []rune) map[int]int {
	partner := map[int]int{}
	var open []int
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '"', '\'', '`':
			i = skipQuoted(source, i)
		case '(', '[', '{':
			open = append(open, i)
		case ')', ']', '}':
			if len(open) > 0 {
				start := open[len(open)-1]
				open = open[:len(open)-1]
				partner[start], partner[i] = i, start
			}
		}
	}
	return partner
}

// skipQuoted returns the place of the closing quote, or the last one when there
// is none.
func skipQuoted(source []rune, start int) int {
	quote := source[start]
	for i := start + 1; i < len(source); i++ {
		switch {
		case source[i] == '\\' && quote != '`':
			i++
		case source[i] == quote:
			return i
		}
	}
	return len(source) - 1
}

func isWord(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
