package flows

import (
	"strings"

	"github.com/parley-chat/parley/flows/spec"
)

// lintReturns warns of what a called flow returns and that is read though that
// flow can end without it, where a question of it ends the flow instead of
// asking on. The caller who writes ?? or filled() knows, and is not told.
func lintReturns(c *compiler, a *assigner, unsure map[*Flow][]string) {
	said := c.guarded()
	calls := c.calls(unsure)
	for _, r := range c.read {
		for _, path := range r.names {
			name, rest, _ := strings.Cut(path, ".")
			returned, _, _ := strings.Cut(rest, ".")
			from := calls[name+"."+returned]
			full := name + "." + returned
			if _, reached := a.known[r.d.step]; from == nil || !reached || said[name] || said[full] {
				continue
			}
			said[full] = true
			c.r.Warn(r.place(full), "W306", "Write "+full+" ?? … with a value to take then, or ask filled("+full+") before.",
				"%s may have no value here: the flow %s, called in line %d, can end without it", full, from.flow.ID, from.pos.Line)
		}
	}
}

// A called is a flow and where it is called.
type called struct {
	flow *Flow
	pos  spec.Pos
}

// calls finds the flows that may leave a part of what a call saves without a
// value, by the name of the part.
func (c *compiler) calls(unsure map[*Flow][]string) map[string]*called {
	found := map[string]*called{}
	for _, d := range c.drafts {
		o, ok := d.step.op.(*call)
		if !ok || o.save == "" {
			continue
		}
		for _, name := range unsure[o.flow] {
			found[o.save+"."+name] = &called{o.flow, d.step.pos}
		}
	}
	return found
}

// unsure are the fields of what a flow returns that have no value on some way to
// its end.
func (a *assigner) unsure(returns []field) []string {
	var names []string
	for _, f := range returns {
		if i, ok := a.index[f.name]; ok && a.ends != nil && !a.ends.has(i) {
			names = append(names, f.name)
		}
	}
	return names
}
