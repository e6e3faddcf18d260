package flows

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// A value is a plain value, one with ${ }, or a list or map of them. At most one
// of its parts is set.
type value struct {
	constant any
	template *expression.Template
	tree     *tree
}

// get computes the value. What is unset is nil.
func (v value) get(env *expression.Env) (any, error) {
	switch {
	case v.template != nil:
		return v.template.Value(env)
	case v.tree != nil:
		got, _, err := v.tree.fill(env)
		return got, err
	}
	return v.constant, nil
}

// compileValue reads a value that must fit a type. The result is coerced to it
// by whoever stores it.
func (c *compiler) compileValue(s *expression.Scope, n *spec.Node, want expression.Type, what string) value {
	switch {
	case want.Kind == expression.Broken:
		return c.anyValue(s, n)
	case n.Kind() == spec.Scalar:
		return c.scalarValue(s, n, want, what)
	case n.Kind() == spec.List && want.Kind == expression.List:
		return value{tree: c.listTree(s, n, *want.Elem, what)}
	case n.Kind() == spec.List && want.Kind == expression.Choices:
		return value{tree: c.listTree(s, n, expression.Type{Kind: expression.Choice, IDs: want.IDs}, what)}
	case n.Kind() == spec.Map && want.Kind == expression.Record:
		return value{tree: c.recordTree(s, n, want, what)}
	}
	c.r.Error(n.Pos(), "E210", "", "%s is %s", what, want)
	return value{}
}

// branch is a value within a list or a map.
func (c *compiler) branch(s *expression.Scope, n *spec.Node, want expression.Type, what string) *tree {
	v := c.compileValue(s, n, want, what)
	if v.tree != nil {
		return v.tree
	}
	if v.template == nil && v.constant != nil {
		v.constant = want.Encode(v.constant)
	}
	return &tree{leaf: &v}
}

func (c *compiler) listTree(s *expression.Scope, n *spec.Node, elem expression.Type, what string) *tree {
	t := &tree{list: []*tree{}}
	for _, item := range n.Items() {
		t.list = append(t.list, c.branch(s, item, elem, "an element of "+what))
	}
	return t
}

func (c *compiler) recordTree(s *expression.Scope, n *spec.Node, want expression.Type, what string) *tree {
	t := &tree{items: map[string]*tree{}}
	for _, p := range n.Pairs() {
		name := p.Key.Text()
		typ, ok := want.Field(name)
		if !ok {
			var names []string
			for _, f := range want.Fields {
				names = append(names, f.Name)
			}
			c.r.Error(p.Key.Pos(), "E225", didYouMean(name, names), "%s has no field %q", what, name)
			continue
		}
		t.names = append(t.names, name)
		t.items[name] = c.branch(s, p.Value, typ, fmt.Sprintf("%s.%s", what, name))
	}
	for _, f := range want.Fields {
		if n.Get(f.Name) == nil && !f.Type.Maybe {
			c.r.Error(n.Pos(), "E225", fmt.Sprintf("Add `%s:`.", f.Name), "%s needs the field %q", what, f.Name)
		}
	}
	return t
}

// scalarValue reads a text with ${ }, or a plain value of the type.
func (c *compiler) scalarValue(s *expression.Scope, n *spec.Node, want expression.Type, what string) value {
	if strings.Contains(n.Text(), "${") {
		t := c.text(s, n)
		if t != nil && !fits(want, t.Type()) {
			c.r.Error(n.Pos(), "E210", convertFix(want, t.Type()), "%s is %s, but this is %s", what, want, t.Type())
		}
		return value{template: t}
	}
	v, err := want.Parse(n.Text(), c.b.Zone)
	if err != nil {
		c.r.Error(n.Pos(), "E210", "", "%s is %s: %v", what, want, err)
	}
	return value{constant: v}
}

// convertFix says how to make one type of another.
func convertFix(want, got expression.Type) string {
	text := expression.Of(expression.Text)
	switch {
	case want.Kind == expression.Text && (got.Kind == expression.Int || got.Kind == expression.Number):
		return "Write string( … ) around it."
	case want.Kind == expression.Int && (got.Kind == expression.Number || text.Assignable(got)):
		return "Write int( … ) around it."
	case want.Kind == expression.Number && text.Assignable(got):
		return "Write float( … ) around it."
	}
	return ""
}

// anyValue compiles a value of any type: a text with ${ }, a plain value as YAML
// reads it, or a list or map of them.
func (c *compiler) anyValue(s *expression.Scope, n *spec.Node) value {
	switch {
	case n.Kind() == spec.List || n.Kind() == spec.Map:
		return value{tree: c.tree(s, n)}
	case strings.Contains(n.Text(), "${"):
		return value{template: c.text(s, n)}
	}
	return value{constant: plain(n)}
}

// text compiles a text and maps its problems into the file.
func (c *compiler) text(s *expression.Scope, n *spec.Node) *expression.Template {
	t := compileText(c.r, s, n)
	if t != nil {
		for _, p := range t.Parts() {
			c.reads(n, p.Program, p.From, p.To)
		}
	}
	return t
}

func compileText(r *spec.Report, s *expression.Scope, n *spec.Node) *expression.Template {
	if n == nil {
		return nil
	}
	t, problems := s.Text(n.Text())
	report(r, n, problems)
	return t
}

// condition compiles a condition.
func (c *compiler) condition(s *expression.Scope, n *spec.Node) *expression.Program {
	p, problems := s.Condition(n.Text())
	report(c.r, n, problems)
	c.reads(n, p, 0, utf8.RuneCountInString(n.Text()))
	return p
}

// expression compiles an expression of any type; nil when it was reported, or
// reads what was.
func (c *compiler) expression(s *expression.Scope, n *spec.Node) *expression.Program {
	p, problems := s.Value(n.Text())
	report(c.r, n, problems)
	c.reads(n, p, 0, utf8.RuneCountInString(n.Text()))
	return p
}

// report puts problems of an expression into the file.
func report(r *spec.Report, n *spec.Node, problems []expression.Problem) {
	for _, p := range problems {
		at := n.Pos()
		if p.To > p.From {
			at = n.At(p.From, p.To)
		}
		if p.Code == expression.CodeName && notHere(r, n, p, at) {
			continue
		}
		if p.Code == expression.CodeField && p.Fix == "" {
			p.Fix = declareFix(n, p)
		}
		r.Error(at, p.Code, p.Fix, "%s", p.Message)
	}
}

var sectionBefore = regexp.MustCompile(`\b(contact|session|constants|secret)\??\.$`)

// declareFix says where a field would be declared.
func declareFix(n *spec.Node, p expression.Problem) string {
	text := []rune(n.Text())
	m := sectionBefore.FindStringSubmatch(string(text[:min(p.From, len(text))]))
	switch {
	case m == nil:
		return ""
	case m[1] == "secret":
		return "Declare it under `secrets:` in bot.yaml."
	}
	return fmt.Sprintf("Declare it under `%s:` in bot.yaml.", m[1])
}

// notHere reports names that exist, but in other places only.
func notHere(r *spec.Report, n *spec.Node, p expression.Problem, at spec.Pos) bool {
	text := []rune(n.Text())
	switch name, _, _ := strings.Cut(string(text[p.From:min(p.To, len(text))]), "."); name {
	case "secret":
		r.Error(at, "E226", "", "secrets are for `http` and `do` alone, so that they are never shown")
	case "env":
		r.Error(at, "E219", "Make it a constant in bot.yaml: `constants: {name: ${ env.NAME }}`, and read constants.name here.", "variables of the environment are read in bot.yaml alone")
	default:
		return false
	}
	return true
}
