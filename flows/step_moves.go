package flows

import "github.com/parley-chat/parley/flows/spec"

// move is a step that leads somewhere: goto, back, repeat, restart, end, cancel.
type move struct {
	to *target
}

func (o *move) run(t *turn, s *step) outcome { return t.goTo(t.run, s, o.to) }

func gotoVerb() *verb {
	fields := append([]spec.Field{{Name: "goto", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "A step of this flow, at any depth, or a move.", Example: "order_no"}}, commonFields()...)
	table := &spec.Table{Name: "goto", Doc: "Goes on at a named step of the same flow.", Fields: fields, Example: "- goto: order_no\n  if: visits(\"order_no\") < 3\n"}
	return &verb{name: "goto", table: table, draft: func(c *compiler, d *draft) op {
		d.leaves = !d.v.Given("if")
		n := d.v.Node("goto")
		if n == nil {
			return &move{to: &target{move: "end"}}
		}
		return &move{to: c.target(d, n)}
	}}
}

// moveVerb is a move as a step of its own: `- end`.
func moveVerb(name, doc string) *verb {
	fields := append([]spec.Field{{Name: name, Shape: spec.Shape{Kind: spec.Empty}, Doc: "Takes no value."}}, commonFields()...)
	table := &spec.Table{Name: name, Doc: doc, Fields: fields, Example: "- " + name + "\n"}
	return &verb{name: name, table: table, draft: func(_ *compiler, d *draft) op {
		d.leaves = !d.v.Given("if")
		return &move{to: &target{move: name}}
	}}
}

func backVerb() *verb {
	return moveVerb("back", "Goes back to the question before, as if it had not been answered. Nothing goes behind a step that changed the world.")
}

func repeatVerb() *verb {
	return moveVerb("repeat", "Asks the question again that this flow asked last.")
}
func restartVerb() *verb {
	return moveVerb("restart", "Begins this flow anew, with the same params. session.* ends.")
}
func endVerb() *verb { return moveVerb("end", "Ends this flow; a caller goes on.") }
func cancelVerb() *verb {
	return moveVerb("cancel", "Ends the whole run, with all the flows that called this one.")
}
