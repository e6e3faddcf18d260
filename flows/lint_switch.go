package flows

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
)

// comparison is a condition that compares a variable with an id.
var comparison = regexp.MustCompile(`^([a-z][a-z0-9_]*)\s*==\s*"([^"]*)"$`)

// lintSwitches warns of a `switch` that compares one choice with its options,
// and leaves some of them out.
func lintSwitches(c *compiler) {
	for _, d := range c.drafts {
		b, ok := d.step.op.(*branch)
		if !ok || d.step.verb != "switch" {
			continue
		}
		name, ids := b.compares()
		typ := c.flow.types[name]
		if typ.Kind != expression.Choice {
			continue
		}
		missing := slices.DeleteFunc(slices.Clone(typ.IDs), func(id string) bool { return slices.Contains(ids, id) })
		if len(missing) > 0 {
			c.r.Warn(d.v.KeyPos("switch"), "W307", "Add an arm for it, or an `else`.", "there is no arm for %s %s", name, strings.Join(missing, ", "))
		}
	}
}

// compares returns the variable that every arm compares, and with what; no name
// when an arm does something else.
func (b *branch) compares() (name string, ids []string) {
	for _, a := range b.arms {
		if a.cond == nil {
			return "", nil
		}
		for _, part := range strings.Split(a.cond.Source(), " or ") {
			m := comparison.FindStringSubmatch(strings.TrimSpace(part))
			if m == nil || name != "" && m[1] != name {
				return "", nil
			}
			name, ids = m[1], append(ids, m[2])
		}
	}
	return name, ids
}
