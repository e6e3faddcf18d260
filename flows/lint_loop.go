package flows

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
)

// lintLoops warns of steps that lead back to themselves without waiting for
// anybody: such a loop ends at the limit of steps. One that counts, with a
// condition on what it sets, is fine.
func lintLoops(c *compiler, g *graph) {
	f := loopFinder{g: g, number: map[*step]int{}, low: map[*step]int{}, open: map[*step]bool{}}
	for _, s := range g.steps {
		if f.number[s] == 0 && !g.drafts[s].rests {
			f.visit(s)
		}
	}
	for _, loop := range f.loops {
		if g.counts(loop) {
			continue
		}
		g.sort(loop)
		c.r.Warn(loop[len(loop)-1].pos, "W303", "Ask or wait in between, or give it a condition that ends it.",
			"this leads back to line %d without waiting for anybody, again and again", loop[0].pos.Line)
	}
}

// A loopFinder finds the loops of steps that do not rest: the strongly connected
// components of the graph, by Tarjan's algorithm.
type loopFinder struct {
	g           *graph
	number, low map[*step]int
	open        map[*step]bool
	stack       []*step
	loops       [][]*step
}

func (f *loopFinder) visit(s *step) {
	f.number[s] = len(f.number) + 1
	f.low[s] = f.number[s]
	f.open[s] = true
	f.stack = append(f.stack, s)
	itself := false
	for _, e := range f.g.edges(s) {
		switch {
		case f.g.drafts[e.to].rests:
		case f.number[e.to] == 0:
			f.visit(e.to)
			f.low[s] = min(f.low[s], f.low[e.to])
		case f.open[e.to]:
			itself = itself || e.to == s
			f.low[s] = min(f.low[s], f.number[e.to])
		}
	}
	if f.low[s] != f.number[s] {
		return
	}
	i := slices.Index(f.stack, s)
	loop := slices.Clone(f.stack[i:])
	f.stack = f.stack[:i]
	for _, t := range loop {
		delete(f.open, t)
	}
	if len(loop) > 1 || itself {
		f.loops = append(f.loops, loop)
	}
}

// counts reports whether a condition of the loop depends on what the loop does.
func (g *graph) counts(loop []*step) bool {
	set := map[string]bool{}
	for _, s := range loop {
		for _, name := range g.drafts[s].fills {
			set[name] = true
		}
	}
	changes := func(p *expression.Program) bool {
		return p != nil && (strings.Contains(p.Source(), "visits(") || slices.ContainsFunc(p.Reads(), func(path string) bool {
			name, _, _ := strings.Cut(path, ".")
			return set[name] || set[path]
		}))
	}
	return slices.ContainsFunc(loop, func(s *step) bool {
		if b, ok := s.op.(*branch); ok && slices.ContainsFunc(b.arms, func(a arm) bool { return changes(a.cond) }) {
			return true
		}
		return changes(s.cond)
	})
}
