package flows

import (
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// branch is the step that takes one of several ways: `if` and `switch`.
type branch struct {
	arms []arm
}

type arm struct {
	cond  *expression.Program // nil: else
	block *block
}

func ifVerb() *verb {
	steps := spec.Shape{Kind: spec.Steps}
	table := &spec.Table{Name: "if", Doc: "Branches: `then` when the condition holds, `else` when not.", Fields: []spec.Field{
		{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Required: true, Doc: "The condition.", Example: "seats > 200"},
		{Name: "then", Shape: steps, Required: true, Doc: "The steps when it holds."},
		{Name: "else", Shape: steps, Doc: "The steps when it does not."},
		{Name: "id", Shape: spec.Shape{Kind: spec.Ident}, Doc: "Names the step, for `goto` and for `first_in`.", Example: "large_team"},
	}, Example: "- if: seats > 200\n  then:\n    - say: That is a large team!\n  else:\n    - say: Fine.\n"}
	return &verb{name: "if", table: table, draft: func(c *compiler, d *draft) op {
		o := &branch{arms: []arm{{block: c.nested(d, d.v.Node("then"))}}}
		if n := d.v.Node("else"); n != nil {
			d.leaves = true
			o.arms = append(o.arms, arm{block: c.nested(d, n)})
		}
		d.finish = func() {
			if n := d.v.Node("if"); n != nil {
				o.arms[0].cond = c.condition(c.scope, n)
				c.needsID(d, o.arms[0].cond, n)
			}
		}
		return o
	}}
}

func switchVerb() *verb {
	armTable := &spec.Table{Name: "arm", Doc: "One way.", Fields: []spec.Field{
		{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Doc: "The condition.", Example: "topic == \"refund\""},
		{Name: "then", Shape: spec.Shape{Kind: spec.Steps}, Doc: "The steps when it holds."},
		{Name: "else", Shape: spec.Shape{Kind: spec.Steps}, Doc: "The steps when no arm before holds; only in the last arm."},
	}}
	fields := append([]spec.Field{{Name: "switch", Required: true, Shape: spec.Shape{Kind: spec.ListOf, Of: &spec.Shape{Kind: spec.Nested, Table: armTable}}, Doc: "Arms of `if` and `then`; the last may be `else`."}}, commonFields()...)
	table := &spec.Table{Name: "switch", Doc: "Takes the first arm whose condition holds.", Fields: fields,
		Example: "- switch:\n    - if: topic == \"refund\"\n      then:\n        - call: refund\n    - else:\n        - say: Let me see.\n"}
	return &verb{name: "switch", table: table, draft: draftSwitch}
}

func draftSwitch(c *compiler, d *draft) op {
	o := &branch{}
	var conds []*spec.Node // nil for else
	arms := d.v.List("switch")
	for i, n := range arms {
		v := spec.Decoded(c.r, n)
		if !c.isArm(n, v, i == len(arms)-1) {
			c.salvage(n)
			continue
		}
		steps := v.Node("then")
		if v.Has("else") {
			steps = v.Node("else")
			d.leaves = !d.v.Given("if")
		}
		o.arms, conds = append(o.arms, arm{block: c.nested(d, steps)}), append(conds, v.Node("if"))
	}
	d.finish = func() {
		for i, n := range conds {
			if n != nil {
				o.arms[i].cond = c.condition(c.scope, n)
				c.needsID(d, o.arms[i].cond, n)
			}
		}
	}
	return o
}

// isArm reports what is neither `if` and `then` nor, as the last arm, `else`.
func (c *compiler) isArm(n *spec.Node, v *spec.Values, last bool) bool {
	wrong := func(key string) bool { return v.Given(key) && !v.Has(key) } // and reported
	switch {
	case v.Has("else") && (v.Has("if") || v.Has("then")):
		c.r.Error(v.KeyPos("else"), "E202", "Make `else` an arm of its own, the last.", "an arm has `if` and `then`, or `else`")
	case v.Has("else") && !last:
		c.r.Error(v.KeyPos("else"), "E241", "Move it to the end.", "the arms after `else` are never taken")
	case v.Has("else"), v.Has("if") && v.Has("then"):
		return true
	case n.Broken(), wrong("if"), wrong("then"):
	default:
		c.r.Error(n.Pos(), "E121", "Write `if:` and `then:`, or `else:`.", "this arm is not whole")
	}
	return false
}

// needsID: first_in asks when its own step last ran, so the step has a name.
func (c *compiler) needsID(d *draft, p *expression.Program, n *spec.Node) {
	if usesFirstIn(p) && d.v.Text("id") == "" && d.step.id == "" {
		c.r.Error(n.Pos(), "E242", "Add an `id:` to the step.", "first_in() asks when this step last ran, and it has no name")
	}
}

// usesFirstIn reports whether a condition asks first_in().
func usesFirstIn(p *expression.Program) bool {
	return p != nil && strings.Contains(p.Source(), "first_in(")
}

func (o *branch) run(t *turn, s *step) outcome {
	for i, a := range o.arms {
		if a.cond != nil && !t.holds(a.cond) {
			continue
		}
		// Only the arm that asked first_in counts as a time that the step ran.
		t.asked = usesFirstIn(a.cond)
		t.note("arm " + strconv.Itoa(i+1))
		return goOn(a.block.first)
	}
	t.asked = false
	t.note("no arm")
	return goOn(s.next)
}

// sortReminders puts the earliest first.
func sortReminders(list []reminder) {
	slices.SortFunc(list, func(a, b reminder) int { return int(a.after - b.after) })
}
