package expression

import (
	"slices"
	"sync"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// A Program is a compiled expression. It is immutable and safe for concurrent
// use.
type Program struct {
	source   string
	typ      Type
	reads    []string
	code     *vm.Program
	machines *sync.Pool
	calls    map[string]*builtin.Function
	parts    []part
	// bare is the path that is the whole expression, nil when it computes.
	bare *path
	// explain makes programs of the parts when somebody asks.
	explain sync.Once
}

// Type returns the type of the value.
func (p *Program) Type() Type { return p.typ }

// Reads returns the names that are read, sorted, as paths: "order.eta".
func (p *Program) Reads() []string { return slices.Clone(p.reads) }

// Source returns the expression without white space around it.
func (p *Program) Source() string { return p.source }

// Bool runs a condition. When it fails it is false, and the error says why in
// words for a trace.
func (p *Program) Bool(env *Env) (bool, error) {
	v, err := execute(p.machines, p.code, env)
	b, ok := v.(bool)
	if err == nil && !ok {
		err = errBad
	}
	return b, err
}

// Value runs the expression. A variable that is unset reads as its zero; one of
// a type without a zero is an error, in words for a trace. The value is the Go
// value of Type and may be shared: callers do not change it.
func (p *Program) Value(env *Env) (any, error) {
	if p.bare != nil {
		return p.bare.value(env) // most of what texts hold needs no machine
	}
	return execute(p.machines, p.code, env)
}

// unset reports whether the expression is a variable without a value.
func (p *Program) unset(env *Env) bool {
	if p.bare == nil {
		return false
	}
	v, err := p.bare.find(env)
	return v == nil && (err == nil || p.bare.place > 0)
}

// assemble makes bytecode of a checked tree. Expr's optimizer is left out: what
// it gains is little against its surprises with rewritten trees.
func assemble(root ast.Node, calls map[string]*builtin.Function) (*vm.Program, error) {
	config := &conf.Config{ShortCircuit: true, Functions: calls}
	return compiler.Compile(&parser.Tree{Node: root, Source: file.NewSource("")}, config)
}
