package expression

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func scheduleFunctions() []*function {
	name := arg("schedule", Text)
	return []*function{
		{
			name: "open", text: "Whether a schedule of the bot is open now, or at a date and time.",
			sigs:    []signature{sig(Of(Bool), name), sig(Of(Bool), name, arg("datetime", Datetime))},
			example: `open("support") and not open("support", at("18:00"))`, result: "true",
			literals: scheduleLiteral,
			call:     scheduleCall(func(_ *run, s *Schedule, t time.Time) (any, error) { return s.Open(t), nil }),
		},
		{
			name: "next_open", text: "When a schedule is open next, from now or from a date and time on: that itself, if it is open then.",
			sigs:    []signature{sig(Of(Datetime), name), sig(Of(Datetime), name, arg("datetime", Datetime))},
			example: `when(next_open("support", at("18:00")))`, result: "tomorrow at 09:00",
			literals: scheduleLiteral,
			call: scheduleCall(func(_ *run, s *Schedule, t time.Time) (any, error) {
				t, ok := s.NextOpen(t)
				if !ok {
					return nil, failure("the schedule does not open again")
				}
				return t, nil
			}),
		},
		{
			name: "hours_text", text: "The opening hours of a schedule, for people.",
			sigs:    []signature{sig(Of(Text), name)},
			example: `hours_text("support")`, result: "Mon-Fri 09:00-17:00",
			literals: scheduleLiteral,
			call: scheduleCall(func(r *run, s *Schedule, _ time.Time) (any, error) {
				return s.HoursText(r.env.Runtime.Language), nil
			}),
		},
	}
}

func conversationFunctions() []*function {
	return []*function{
		{
			name: "filled", text: "Whether a variable has a value; an empty text or list is none.",
			sigs:    []signature{sig(Of(Bool), arg("variable", anyKind))},
			example: "filled(order_no)", result: "true",
			special: filledCheck,
		},
		{
			name: "label", text: "What people saw for the option that a choice holds; for choices a list.",
			sigs:    []signature{sig(Of(Text), arg("variable", Choice)), sig(ListOf(Of(Text)), arg("variable", Choices))},
			example: "label(topic)", result: "Billing and refunds",
			special: labelCheck,
		},
		{
			name: "visits", text: "How often the run came to a step.",
			sigs:    []signature{sig(Of(Int), arg("step", Text))},
			example: `visits("order_no") >= 3`, result: "false",
			literals: stepLiteral,
			call: func(r *run, args []any) (any, error) {
				if r.env.Runtime.Conversation == nil {
					return nil, failure("visits() is not known here")
				}
				return r.env.Runtime.Conversation.Visits(textArg(args, 0)), nil
			},
		},
		{
			name: "first_in", text: "Whether this step or flow has not run for this contact for so long.",
			sigs:    []signature{sig(Of(Bool), arg("duration", Text)), sig(Of(Bool), arg("duration", Duration))},
			example: `first_in("12h")`, result: "true",
			literals: literalOf(Duration), call: firstInCall,
		},
	}
}

// scheduleCall finds the schedule that a call names, and the time that it may
// name as well: without one it is now.
func scheduleCall(f func(r *run, s *Schedule, t time.Time) (any, error)) callFunc {
	return func(r *run, args []any) (any, error) {
		name := textArg(args, 0)
		s := r.env.Runtime.Schedules[name]
		if s == nil {
			return nil, failure(fmt.Sprintf("there is no schedule %q", name))
		}
		t := r.now()
		if len(args) > 1 {
			t = timeArg(args, 1)
		}
		return f(r, s, t)
	}
}

func scheduleLiteral(c *checker, n callNode) bool {
	return c.nameLiteral(n, "schedule", c.scope.schedules)
}

func stepLiteral(c *checker, n callNode) bool { return c.nameLiteral(n, "step", c.scope.steps) }

// nameLiteral checks that the argument is written out and one of the names.
func (c *checker) nameLiteral(n callNode, what string, names []string) bool {
	s, ok := literal(n.Arguments[0])
	if !ok {
		c.report(n.Arguments[0], CodeReference, "Write it in quotes.", "the name of a %s is fixed, it cannot be computed", what)
		return false
	}
	if names == nil || slices.Contains(names, s) {
		return true
	}
	fix := didYouMean(s, names)
	if fix == "" && len(names) > 0 && len(names) < 10 {
		fix = "There is " + strings.Join(names, ", ") + "."
	}
	c.report(n.Arguments[0], CodeReference, fix, "there is no %s %q", what, s)
	return false
}

func firstInCall(r *run, args []any) (any, error) {
	if _, isText := args[0].(string); isText {
		d, err := durationCall(r, args)
		if err != nil {
			return nil, err
		}
		args = []any{d}
	}
	if r.env.Runtime.Conversation == nil {
		return nil, failure("first_in() is not known here")
	}
	return r.env.Runtime.Conversation.FirstIn(durationArg(args, 0)), nil
}

// filledCheck looks at the variable itself, since its value cannot tell.
func filledCheck(c *checker, n callNode) checked {
	if len(n.Arguments) != 1 {
		c.arguments(n)
		return c.report(n, CodeArguments, "Write filled(variable).", "filled() does not take %d values", len(n.Arguments))
	}
	v := c.given(n.Arguments[0])
	if v.typ.Kind == invalid {
		return v
	}
	return c.compute(n, "$filled", Of(Bool), func(_ *run, args []any) (any, error) { return args[0] != nil, nil }, v.node)
}

// labelCheck hands the name of the variable to the run: the same id may have
// different labels in two questions.
func labelCheck(c *checker, n callNode) checked {
	if len(n.Arguments) != 1 {
		c.arguments(n)
		return c.report(n, CodeArguments, "Write label(variable).", "label() does not take %d values", len(n.Arguments))
	}
	v := c.check(n.Arguments[0])
	if v.typ.Kind == invalid {
		return v
	}
	p := c.path(n.Arguments[0])
	if p == nil || v.typ.Kind != Choice && v.typ.Kind != Choices {
		return c.report(n.Arguments[0], CodeArguments, "", "label() wants a variable that holds a choice")
	}
	if v.typ.Kind == Choices {
		return c.compute(n, "$labels:"+p.name, ListOf(Of(Text)), labelsCall(p.name), v.node)
	}
	return c.compute(n, "$label:"+p.name, Of(Text), labelCall(p.name), v.node)
}

func labelCall(variable string) callFunc {
	return func(r *run, args []any) (any, error) {
		id := textArg(args, 0)
		if id == "" || r.env.Runtime.Conversation == nil {
			return id, nil
		}
		return r.env.Runtime.Conversation.Label(variable, id), nil
	}
}

func labelsCall(variable string) callFunc {
	one := labelCall(variable)
	return func(r *run, args []any) (any, error) {
		ids := listArg(args, 0)
		labels := make([]any, len(ids))
		for i := range ids {
			label, err := one(r, ids[i:i+1])
			if err != nil {
				return nil, err
			}
			labels[i] = label
		}
		return labels, nil
	}
}
