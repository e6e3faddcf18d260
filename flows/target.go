package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// target reads a step id, a move or a list of steps. d is nil for those of the
// flow itself.
func (c *compiler) target(d *draft, n *spec.Node) *target {
	t := &target{pos: n.Pos()}
	c.targets = append(c.targets, t)
	if d != nil {
		d.targets = append(d.targets, t)
	}
	if n.Kind() == spec.Scalar {
		t.name = n.Text()
		return t
	}
	before := len(c.flow.all)
	b := c.block(n)
	c.byBlock[t], t.inside = b, c.flow.all[before:]
	if d != nil {
		d.blocks = append(d.blocks, b)
	}
	return t
}

// targetAt reads the target under a key; nil when there is none.
func (c *compiler) targetAt(d *draft, key string) *target {
	if n := d.v.Node(key); n != nil {
		return c.target(d, n)
	}
	return nil
}

// resolve finds the step of a target.
func (c *compiler) resolve(t *target) {
	if b := c.byBlock[t]; b != nil {
		t.step = b.first
		return
	}
	if isMove(t.name) {
		t.move = t.name
		return
	}
	if s, ok := c.flow.steps[t.name]; ok {
		t.step = s
		return
	}
	if !c.missing(t.name) {
		return // the step was reported
	}
	fix := c.suggestStep(t.name)
	if _, ok := c.b.flows[t.name]; ok {
		fix = fmt.Sprintf("%s is a flow: `call: %s` runs it.", t.name, t.name)
	}
	c.r.Error(t.pos, "E204", fix, "there is no step %q in this flow", t.name)
}

func (c *compiler) suggestStep(name string) string {
	names := append(slices.Collect(maps.Keys(c.flow.steps)), moves()...)
	slices.Sort(names)
	if s := language.Suggest(name, names); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	fix := fmt.Sprintf("Add `id: %s` to the step that is meant.", name)
	named := slices.DeleteFunc(names, func(s string) bool { return isMove(s) || strings.Contains(s, ".") || s == "wait" })
	if len(named) > 0 && len(named) <= 8 {
		fix += " Named steps: " + strings.Join(named, ", ") + "."
	}
	return fix
}

// moves are the words that lead somewhere without naming a step.
func moves() []string { return []string{"back", "cancel", "end", "repeat", "restart"} }

func isMove(s string) bool { return slices.Contains(moves(), s) }
