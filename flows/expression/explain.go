package expression

import (
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// A Part is a part of a condition: what stands between its and, or and not.
type Part struct {
	// Source as the author wrote it.
	Source string
	// Value of the part with those of what it reads: "false (seats = 3)", or why
	// there is none: "false (order.eta is unset)".
	Value string
	// OK is the outcome: true when the part holds.
	OK bool
}

// part is what Explain knows of a part before it runs.
type part struct {
	source string
	node   ast.Node
	reads  []*path
	code   *vm.Program
}

// Explain runs each part of a condition by itself, also those that Bool does not
// come to. The values of `secret` are not shown; callers keep away conditions on
// other things that no trace may hold. An expression that is no condition is one
// part.
func (p *Program) Explain(env *Env) []Part {
	p.explain.Do(func() {
		for i := range p.parts {
			// The whole compiled, so its parts do.
			p.parts[i].code, _ = assemble(p.parts[i].node, p.calls)
		}
	})
	out := make([]Part, len(p.parts))
	for i, part := range p.parts {
		out[i] = p.explainPart(part, env)
	}
	return out
}

func (p *Program) explainPart(part part, env *Env) Part {
	out := Part{Source: part.source}
	if part.code == nil {
		out.Value = "false"
		return out
	}
	v, err := execute(p.machines, part.code, env)
	if err != nil {
		out.Value = "false (" + err.Error() + ")"
		return out
	}
	var values []string
	for _, read := range part.reads {
		values = append(values, read.name+" = "+read.show(env))
	}
	out.OK, _ = v.(bool)
	out.Value = "false"
	if out.OK {
		out.Value = "true"
	} else if _, isBool := v.(bool); !isBool {
		out.Value = showValue(v, p.typ)
	}
	if len(values) > 0 {
		out.Value += " (" + strings.Join(values, ", ") + ")"
	}
	return out
}

func (p *path) show(env *Env) string {
	if p.keys[0] == "secret" {
		return "•••"
	}
	v, err := p.find(env)
	if err != nil {
		return "unset"
	}
	return showValue(v, p.typ)
}

// parts splits a condition at and, or and not. A not stays with a part that has
// no and or or of its own.
func (c *checker) parts(n ast.Node) []part {
	switch n := n.(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||":
			return append(c.parts(n.Left), c.parts(n.Right)...)
		}
	case *ast.UnaryNode:
		if inner := c.parts(n.Node); len(inner) > 1 {
			return inner
		}
	}
	p := part{source: c.text(n), node: c.check(n).node}
	seen := map[string]bool{}
	c.collect(n, func(read *path) {
		if !seen[read.name] {
			seen[read.name] = true
			p.reads = append(p.reads, read)
		}
	})
	return []part{p}
}

// collect finds what a node reads, in the order of the source.
func (c *checker) collect(n ast.Node, found func(*path)) {
	if n == nil {
		return
	}
	if p := c.path(n); p != nil {
		found(p)
		return
	}
	if call, ok := n.(*ast.CallNode); ok { // the name of a function is no read
		for _, a := range call.Arguments {
			c.collect(a, found)
		}
		return
	}
	for _, child := range children(n) {
		c.collect(child, found)
	}
}

// soleRead returns the path that the whole source is.
func (c *checker) soleRead(n ast.Node) (*path, bool) {
	p := c.path(n)
	return p, p != nil
}
