package flows

import (
	"cmp"
	"slices"

	"github.com/parley-chat/parley/flows/spec"
)

// lint warns of what is right and yet likely not meant, and hints at what channels make
// of it. It looks at bots without
// errors only.
func lint(b *Bot, r *spec.Report, compilers []*compiler) {
	lintTriggers(b, r)
	forms, unsure := formsOfFlows(b, compilers), map[*Flow][]string{}
	lacks := &lacking{}
	for _, c := range compilers {
		if len(c.flow.returns) > 0 {
			unsure[c.flow] = newAssigner(c, newGraph(c)).unsure(c.flow.returns)
		}
	}
	for _, c := range compilers {
		a := newAssigner(c, newGraph(c))
		lintUnreachable(c, a.g)
		lintLoops(c, a.g)
		lintUnset(c, a)
		lintReturns(c, a, unsure)
		lintSwitches(c)
		lintLabels(c, forms[c.flow])
		lintLength(c, forms[c.flow])
		lintOptions(c, forms[c.flow], lacks)
		lintMedia(c, forms[c.flow], lacks)
		lintCards(c, forms[c.flow], lacks)
		lintWindow(c, a.g, forms[c.flow])
	}
	lacks.report(r, channelForms(b))
}

// A graph says which steps of a flow may follow each other.
type graph struct {
	flow   *Flow
	drafts map[*step]*draft
	steps  []*step // in the order of the file
}

// An edge is a way from one step to another. answered says that the step did
// what it does before.
type edge struct {
	from, to *step
	answered bool
}

func newGraph(c *compiler) *graph {
	g := &graph{flow: c.flow, drafts: map[*step]*draft{}}
	for _, d := range c.drafts {
		g.drafts[d.step] = d
		g.steps = append(g.steps, d.step)
	}
	g.sort(g.steps)
	return g
}

// sort puts steps in the order of the file.
func (g *graph) sort(steps []*step) {
	slices.SortStableFunc(steps, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.pos.Line, b.pos.Line), cmp.Compare(a.pos.Column, b.pos.Column))
	})
}

// edges are the ways out of a step.
func (g *graph) edges(s *step) []edge {
	d := g.drafts[s]
	var out []edge
	add := func(to *step, answered bool) {
		if to != nil {
			out = append(out, edge{s, to, answered})
		}
	}
	for _, t := range d.targets {
		add(g.at(t), slices.Contains(d.answers, t))
	}
	for _, b := range d.blocks {
		if !slices.ContainsFunc(d.targets, func(t *target) bool { return t.step == b.first }) {
			add(b.first, false)
		}
	}
	if s.verb == "restart" {
		add(g.flow.first, false)
	}
	if !d.leaves {
		add(s.next, s.cond == nil)
	}
	return out
}

// at is where a target leads within the flow.
func (g *graph) at(t *target) *step {
	if t.move == "restart" {
		return g.flow.first
	}
	return t.step
}

// reached finds every step that can be come to from some steps.
func (g *graph) reached(from ...*step) map[*step]bool {
	seen := map[*step]bool{}
	for len(from) > 0 {
		s := from[0]
		from = from[1:]
		if s == nil || seen[s] {
			continue
		}
		seen[s] = true
		for _, e := range g.edges(s) {
			from = append(from, e.to)
		}
	}
	return seen
}

// roots are where a flow is entered: its first step, its on_error, and the
// steps that conversations are moved to.
func (g *graph) roots() []*step {
	roots := []*step{g.flow.first}
	if t := g.flow.onError; t != nil {
		roots = append(roots, g.at(t))
	}
	for _, id := range g.flow.moved {
		roots = append(roots, g.flow.steps[id])
	}
	return roots
}
