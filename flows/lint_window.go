package flows

import (
	"strconv"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// lintWindow warns of what is said after so long a wait that a channel takes templates
// only, where there is none: the platform refuses it. It looks at waits and timeouts of a
// fixed length, and as far as the next question, whose answer opens the window again.
func lintWindow(c *compiler, g *graph, forms []form) {
	for _, s := range g.steps {
		d := g.drafts[s]
		switch o := s.op.(type) {
		case *wait:
			if o.event != "" {
				c.refused(g, forms, d.v.KeyPos("timeout"), o.timeout, g.edges(s))
			} else {
				c.refused(g, forms, d.v.Node("wait").Pos(), o.after, g.edges(s))
			}
		case *ask:
			c.refusedReminders(forms, d)
			c.refused(g, forms, timeoutPos(d), o.timeout, g.unanswered(s, o.onTimeout, o.hasDefault))
		case *handoff:
			c.refused(g, forms, timeoutPos(d), o.timeout, g.unanswered(s, o.onTimeout, o.onTimeout == nil))
		}
	}
}

// timeoutPos is where a step says how long it waits for somebody.
func timeoutPos(d *draft) spec.Pos {
	for _, key := range []string{"timeout", "on_timeout"} {
		if d.v.Has(key) {
			return d.v.KeyPos(key)
		}
	}
	return d.step.pos
}

// unanswered are the ways out of a step when its timeout comes: where that leads, or on.
func (g *graph) unanswered(s *step, to *target, goesOn bool) []edge {
	switch {
	case to != nil && g.at(to) != nil:
		return []edge{{from: s, to: g.at(to)}}
	case to == nil && goesOn && s.next != nil:
		return []edge{{from: s, to: s.next}}
	}
	return nil
}

// closed says which channels take templates only after a time, of a message that has
// one or has none.
func closed(forms []form, after time.Duration, template bool) string {
	return byDetail(forms, func(f form) string {
		switch {
		case f.can.Window == 0 || after < f.can.Window-time.Minute || template && f.can.Template:
			return ""
		case f.can.Template:
			return "only templates are taken after " + expression.FormatDuration(f.can.Window)
		}
		return "nothing is taken after " + expression.FormatDuration(f.can.Window)
	})
}

// refused warns at a wait of what is said behind it.
func (c *compiler) refused(g *graph, forms []form, at spec.Pos, after time.Duration, ways []edge) {
	if after <= 0 || closed(forms, after, false) == "" {
		return
	}
	said := map[string][]string{}
	var order []string
	for _, s := range g.spoken(ways) {
		if why := closed(forms, after, templateOf(s) != nil); why != "" {
			if said[why] == nil {
				order = append(order, why)
			}
			said[why] = append(said[why], strconv.Itoa(s.pos.Line))
		}
	}
	for _, why := range order {
		c.r.Warn(at, "W308", "Add a `template:` there, or wait for a shorter time.", "after %s the platform refuses what is said in %s: %s",
			expression.FormatDuration(after), linesOf(said[why]), why)
	}
}

func linesOf(numbers []string) string {
	if len(numbers) == 1 {
		return "line " + numbers[0]
	}
	return "lines " + listed(numbers)
}

// spoken are the steps that say something on some ways, up to the first question of each,
// in the order of the file.
func (g *graph) spoken(ways []edge) []*step {
	seen := map[*step]bool{}
	var found []*step
	for len(ways) > 0 {
		s := ways[0].to
		ways = ways[1:]
		if s == nil || seen[s] {
			continue
		}
		seen[s] = true
		speaks, waits := false, false
		switch o := s.op.(type) {
		case *say:
			speaks = true
		case *ask:
			speaks, waits = true, true
		case *handoff:
			speaks, waits = o.text != nil, true
		}
		if speaks {
			found = append(found, s)
		}
		if !waits {
			ways = append(ways, g.edges(s)...)
		}
	}
	g.sort(found)
	return found
}

// templateOf is the template of what a step says.
func templateOf(s *step) *template {
	switch o := s.op.(type) {
	case *say:
		return o.message.template
	case *ask:
		return o.message.template
	}
	return nil
}

// refusedReminders warns of reminders, which have no templates.
func (c *compiler) refusedReminders(forms []form, d *draft) {
	for _, p := range d.v.Map("remind") {
		after, _ := spec.ParseDuration(p.Key.Text())
		if why := closed(forms, after, false); why != "" {
			c.r.Warn(p.Key.Pos(), "W308", "Remind earlier.", "the platform refuses this reminder: %s", why)
		}
	}
}
