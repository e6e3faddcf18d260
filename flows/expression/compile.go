package expression

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
)

// Condition compiles a source that has to be true or false. The program is nil
// when there are problems, or when it reads what is Broken.
func (s *Scope) Condition(src string) (*Program, []Problem) {
	p, problems := s.compile(src)
	if p != nil && p.typ.Kind != Bool {
		fix := ""
		if len(p.reads) == 1 && strings.TrimSpace(src) == p.reads[0] {
			fix = fmt.Sprintf("Write filled(%s) to ask whether it has a value.", p.reads[0])
		}
		return nil, []Problem{{
			To: len([]rune(src)), Code: CodeNotBool, Fix: fix,
			Message: "a condition has to be true or false; this is " + describe(p.typ),
		}}
	}
	return p, problems
}

// Value compiles a source of any type that is known. The program is nil when
// there are problems, or when it reads what is Broken.
func (s *Scope) Value(src string) (*Program, []Problem) { return s.compile(src) }

// compile returns a program or at least one problem; neither when it reads what
// is Broken.
func (s *Scope) compile(src string) (*Program, []Problem) {
	runes := []rune(src)
	if problem, ok := checkSource(src, runes); !ok {
		return nil, []Problem{problem}
	}
	tree, problem := s.parse(src, runes)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	c := &checker{
		scope: s, source: runes,
		done:  map[ast.Node]checked{},
		texts: map[ast.Node][]string{},
		reads: map[string]*path{},
		calls: map[string]*builtin.Function{},
	}
	root := c.check(tree.Node)
	if len(c.problems) > 0 {
		sortProblems(c.problems)
		return nil, c.problems
	}
	if root.typ.Kind == invalid {
		return nil, nil
	}
	p := &Program{
		source: strings.TrimSpace(src), typ: root.typ, reads: c.readNames(),
		machines: s.machines, calls: c.calls,
	}
	p.parts = c.parts(tree.Node)
	if bare, ok := c.soleRead(tree.Node); ok {
		p.bare = c.reads[bare.name]
	}
	var err error
	if p.code, err = assemble(root.node, c.calls); err != nil {
		return nil, []Problem{{To: len(runes), Code: CodeSyntax, Message: "this expression cannot be computed"}}
	}
	return p, nil
}

// checkSource finds what is wrong before anything is parsed.
func checkSource(src string, runes []rune) (Problem, bool) {
	switch {
	case strings.TrimSpace(src) == "":
		return Problem{To: len(runes), Code: CodeEmpty, Message: "there is no expression"}, false
	case len(runes) > MaxSource:
		return Problem{
			To: len(runes), Code: CodeTooLarge, Fix: "Split it over several steps.",
			Message: fmt.Sprintf("the expression has %d characters; %d are allowed", len(runes), MaxSource),
		}, false
	}
	return Problem{}, true
}

// disabledBuiltins turns off the functions of expr that are not written with a
// closure: ours have the same names where they do the same.
func disabledBuiltins() map[string]bool {
	off := make(map[string]bool, len(builtin.Builtins))
	for _, f := range builtin.Builtins {
		off[f.Name] = true
	}
	return off
}

// parse makes a syntax tree of expr's.
func (s *Scope) parse(src string, runes []rune) (tree *parser.Tree, problem *Problem) {
	defer func() {
		if recover() != nil { // the parser goes on after its first error
			tree, problem = nil, &Problem{To: len(runes), Code: CodeSyntax, Message: "this is not an expression"}
		}
	}()
	config := &conf.Config{MaxNodes: MaxNodes, Disabled: s.disabled}
	tree, err := parser.ParseWithConfig(src, config)
	if err != nil {
		p := syntaxProblem(err, runes)
		return nil, &p
	}
	return tree, nil
}
