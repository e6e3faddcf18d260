package flows

// lintUnreachable warns of steps that nothing leads to: those behind an `end` or
// a `goto` that no `goto` names.
func lintUnreachable(c *compiler, g *graph) {
	reached := g.reached(g.roots()...)
	var walk func(b *block)
	walk = func(b *block) {
		before := true
		for _, d := range b.drafts {
			here := reached[d.step]
			if !here && before {
				c.r.Warn(d.step.pos, "W301", "Delete it, or give it an `id:` and a `goto` that leads here.", "this step is never reached")
			}
			before = here
			for _, inner := range d.blocks {
				if here {
					walk(inner)
				}
			}
		}
	}
	walk(c.body)
	if t := c.flow.onError; t != nil && c.byBlock[t] != nil {
		walk(c.byBlock[t])
	}
}
