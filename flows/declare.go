package flows

import (
	"maps"
	"slices"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// brokenType is that of a name whose declaration was reported: nothing more is
// said of what reads it.
func brokenType() expression.Type { return expression.Of(expression.Broken) }

// fits reports whether a value of a type may be stored as another. What was
// reported fits everywhere.
func fits(want, got expression.Type) bool {
	return want.Kind == expression.Broken || want.Assignable(got)
}

// reserved are names that are always there and so can't be variables.
func reserved() []string {
	return []string{"contact", "session", "constants", "secret", "event", "error", "value", "item", "index", "env"}
}

// declare gives a variable its type, or reports that it has another one.
func (c *compiler) declare(name string, t expression.Type, at spec.Pos) {
	if name == "" {
		return
	}
	if slices.Contains(reserved(), name) {
		c.r.Error(at, "E207", "Choose another name.", "%q is a word of the language and can't be a variable", name)
		return
	}
	old, there := c.flow.types[name]
	switch {
	case !there || t.Kind == expression.Broken:
	case old.Kind == expression.Broken:
		return
	case c.returned[name] && fits(old, t):
		delete(c.returned, name) // the step knows more of it than `returns` does
	case old.String() != t.String():
		c.r.Error(at, "E206", "Use two names, or the same type.", "%s is %s here and %s in line %d", name, t, old, c.owners[name])
		return
	case t.Kind == expression.Choice || t.Kind == expression.Choices:
		t.IDs = bothIDs(old.IDs, t.IDs)
	}
	c.flow.types[name] = t
	if !there {
		c.owners[name] = at.Line
	}
	if c.scope != nil {
		c.scope.Declare(name, t)
	}
}

// bothIDs joins the options of two questions that fill one variable. None means
// that they are not known.
func bothIDs(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	both := slices.Clone(a)
	for _, id := range b {
		if !slices.Contains(both, id) {
			both = append(both, id)
		}
	}
	return both
}

// flowScope knows what the expressions of the flow may read.
func (c *compiler) flowScope() *expression.Scope {
	s := c.botScope().Inner()
	if !c.lost && len(c.salvaged) == 0 {
		s.DeclareSteps(slices.Sorted(maps.Keys(c.flow.steps))...)
	}
	for name, t := range c.flow.types {
		s.Declare(name, t)
	}
	return s
}

// botScope knows what every flow may read. All flows share it, once bot.yaml is
// read.
func (l *loader) botScope() *expression.Scope {
	if l.shared != nil {
		return l.shared
	}
	s := l.base.With("contact", l.unless("contact", recordOf(l.b.contact)))
	s.Declare("session", l.unless("session", recordOf(l.b.session)))
	s.Declare("constants", l.unless("constants", typeOfConstant(l.b.constants)))
	s.Declare("event", eventType(expression.RecordOf()))
	s.Declare("error", errorType())
	if !l.broken["schedules"] {
		s.DeclareSchedules(slices.Sorted(maps.Keys(l.b.schedules))...)
	}
	l.shared = s
	return s
}

// unless is the type of a section of bot.yaml, if it can be trusted.
func (l *loader) unless(section string, t expression.Type) expression.Type {
	if l.broken[section] {
		return brokenType()
	}
	return t
}

// secretScope is a scope that knows secret.*, for http and do.
func (c *compiler) secretScope() *expression.Scope {
	var fields []expression.Field
	for _, name := range slices.Sorted(maps.Keys(c.b.secrets)) {
		fields = append(fields, expression.Field{Name: name, Type: expression.Of(expression.Text)})
	}
	return c.scope.With("secret", c.unless("secrets", expression.RecordOf(fields...)))
}

// eventScope is a scope that knows the data of an event.
func (c *compiler) eventScope(s *expression.Scope, data expression.Type) *expression.Scope {
	return s.With("event", eventType(data))
}

// salvage keeps the words of a step that was left out: they may be names that it
// would have declared, or its id, so that what reads them or leads there is not
// reported as well.
func (c *compiler) salvage(n *spec.Node) {
	for _, item := range n.Items() {
		c.salvage(item)
	}
	for _, p := range n.Pairs() {
		c.salvage(p.Value)
	}
	if n.Kind() != spec.Scalar {
		return
	}
	for _, word := range wordPattern.FindAllString(n.Text(), -1) {
		c.salvaged[word] = true
	}
	if name := n.Text(); identPattern.MatchString(name) && !slices.Contains(reserved(), name) && c.flow.types[name].Kind == "" {
		c.declare(name, brokenType(), n.Pos())
	}
}

// missing reports whether a step is not there, and not among those that were left
// out.
func (c *compiler) missing(step string) bool {
	return c.flow.steps[step] == nil && !c.lost && !c.salvaged[step]
}
