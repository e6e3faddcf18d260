package flows

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// A reading place is an expression of a step: the names it reads and where it
// stands in its value.
type readAt struct {
	d        *draft
	n        *spec.Node
	from, to int
	names    []string
}

// reads notes what a step reads, for lintUnset.
func (c *compiler) reads(n *spec.Node, p *expression.Program, from, to int) {
	if p != nil && c.current != nil {
		c.read = append(c.read, readAt{c.current, n, from, to, p.Reads()})
	}
}

// lintUnset warns of variables that a step fills and that another reads though
// it can be come to without that step. Who writes ?? or filled() anywhere in the
// flow knows, and is not told.
func lintUnset(c *compiler, a *assigner) {
	said := c.guarded()
	for _, r := range c.read {
		for _, path := range r.names {
			name, _, _ := strings.Cut(path, ".")
			i, filled := a.index[name]
			set, reached := a.known[r.d.step]
			if !filled || !reached || said[name] || set.has(i) || !c.filledByStep(name) {
				continue
			}
			said[name] = true
			c.r.Warn(r.place(name), "W306", "Write "+name+" ?? … with a value to take then, or ask filled("+name+") before.",
				"%s may have no value here: line %d fills it, but there is a way here around it", name, c.owners[name])
		}
	}
}

// place is where a name stands in an expression.
func (r readAt) place(name string) spec.Pos {
	text := []rune(r.n.Text())
	part := string(text[r.from:min(r.to, len(text))])
	m := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).FindStringIndex(part)
	if m == nil {
		return r.n.Pos()
	}
	at := r.from + len([]rune(part[:m[0]]))
	return r.n.At(at, at+len([]rune(name)))
}

// filledByStep reports whether a variable has a value only when a step gave it
// one: those of params, vars and returns are empty on purpose.
func (c *compiler) filledByStep(name string) bool {
	return !named(c.flow.returns, name) && c.filledOrReturned(name)
}

// filledOrReturned is filledByStep for what the flow returns as well, where a
// step gives it its type and not `set` alone.
func (c *compiler) filledOrReturned(name string) bool {
	_, variable := c.flow.types[name]
	return variable && !c.returned[name] && !named(c.flow.params, name) && !named(c.flow.vars, name)
}

// named reports whether a field has a name.
func named(fields []field, name string) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
}

var guardForm = regexp.MustCompile(`\bfilled\(\s*([a-z][a-z0-9_]*)|\b([a-z][a-z0-9_]*)(?:\??\.\w+)*\s*(?:\?\?|[!=]=\s*"")`)

// guarded are the variables of which the flow asks anywhere whether they have a
// value.
func (c *compiler) guarded() map[string]bool {
	names, seen := map[string]bool{}, map[*spec.Node]bool{}
	for _, r := range c.read {
		if seen[r.n] {
			continue // a text is read once for each of its parts
		}
		seen[r.n] = true
		for _, m := range guardForm.FindAllStringSubmatch(r.n.Text(), -1) {
			names[m[1]+m[2]] = true
		}
	}
	return names
}

// bits are a set of variables.
type bits []uint64

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// An assigner finds for every step which variables have a value, whichever way
// it was come to. Steps that are never reached are left out.
type assigner struct {
	g     *graph
	index map[string]int
	known map[*step]bits
	left  []*step
	// ends is what is known wherever the flow ends and a caller goes on; nil when
	// it never does.
	ends bits
}

func newAssigner(c *compiler, g *graph) *assigner {
	a := &assigner{g: g, index: map[string]int{}, known: map[*step]bits{}}
	for _, d := range c.drafts {
		for _, name := range d.fills {
			if _, there := a.index[name]; !there && c.filledOrReturned(name) {
				a.index[name] = len(a.index)
			}
		}
	}
	a.run()
	return a
}

func (a *assigner) run() {
	none := make(bits, len(a.index)/64+1)
	a.come(a.g.flow.first, none)
	for _, id := range a.g.flow.moved {
		a.come(a.g.flow.steps[id], none)
	}
	for len(a.left) > 0 {
		s := a.left[0]
		a.left = a.left[1:]
		before, after := a.known[s], slices.Clone(a.known[s])
		for _, name := range a.g.drafts[s].fills {
			if i, ok := a.index[name]; ok {
				after[i/64] |= 1 << (i % 64)
			}
		}
		for _, e := range a.g.edges(s) {
			if e.answered {
				a.come(e.to, after)
			} else {
				a.come(e.to, before)
			}
		}
		a.end(s, before, after)
		if t := a.g.flow.onError; t != nil && a.g.drafts[s].fails() {
			a.come(a.g.at(t), before)
			if t.move == "end" {
				a.meet(before)
			}
		}
	}
}

// end keeps what is known where a step ends the flow.
func (a *assigner) end(s *step, before, after bits) {
	d := a.g.drafts[s]
	for _, t := range d.targets {
		switch {
		case t.move == "end" && slices.Contains(d.answers, t):
			a.meet(after)
		case t.move == "end":
			a.meet(before)
		}
	}
	if s.verb == "end" {
		a.meet(before)
	} else if !d.leaves && s.next == nil {
		a.meet(after)
		if s.cond != nil {
			a.meet(before)
		}
	}
}

// meet joins what is known on one more way out.
func (a *assigner) meet(with bits) {
	if a.ends == nil {
		a.ends = slices.Clone(with)
		return
	}
	for i := range a.ends {
		a.ends[i] &= with[i]
	}
}

// come keeps what is known on every way to a step.
func (a *assigner) come(to *step, with bits) {
	if to == nil {
		return
	}
	old, been := a.known[to]
	both := slices.Clone(with)
	if been {
		for i := range both {
			both[i] &= old[i]
		}
		if slices.Equal(both, old) {
			return
		}
	}
	a.known[to] = both
	a.left = append(a.left, to)
}

// fails reports whether a step may fail and has no on_error of its own.
func (d *draft) fails() bool {
	switch d.step.verb {
	case "http", "do", "call":
		return d.step.onError == nil
	case "ask":
		return d.step.onError == nil && !d.v.Has("on_fail") && !d.v.Has("default")
	}
	return false
}
