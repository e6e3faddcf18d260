package expression

import (
	"time"

	"github.com/expr-lang/expr/ast"
)

func timeFunctions() []*function {
	return []*function{
		{
			name: "now", text: "The date and time of the turn; it stands still within one.",
			sigs:    []signature{sig(Of(Datetime))},
			example: "now()", result: "4 March 2026 10:00",
			call: func(r *run, _ []any) (any, error) { return r.now(), nil },
		},
		{
			name: "today", text: "The date of the turn in the zone of the contact or bot.",
			sigs:    []signature{sig(Of(Date))},
			example: `today() + duration("1d")`, result: "5 March 2026",
			call: func(r *run, _ []any) (any, error) { return midnight(r.now()), nil },
		},
		{
			name: "date", text: "The date that is written as year-month-day, or that of a datetime.",
			sigs:    []signature{sig(Of(Date), arg("text", Text)), sig(Of(Date), arg("datetime", Datetime))},
			example: `date("2026-03-09") > today()`, result: "true",
			literals: literalOf(Date), call: dateCall,
		},
		{
			name: "datetime", text: "The date and time that a text has: RFC 3339, or local as 2026-03-04 17:00.",
			sigs:    []signature{sig(Of(Datetime), arg("text", Text))},
			example: `datetime("2026-03-04 17:00") - now()`, result: "7 hours",
			literals: literalOf(Datetime),
			call: func(r *run, args []any) (any, error) {
				t, err := parseDatetime(textArg(args, 0), r.env.Runtime.zone())
				if err != nil {
					return nil, failure("the text is no date and time")
				}
				return t, nil
			},
		},
		{
			name: "duration", text: "The duration that is written as 90s, 15m, 2h, 2d, 1w or a sum such as 1h30m.",
			sigs:    []signature{sig(Of(Duration), arg("text", Text))},
			example: `now() + duration("1h30m")`, result: "4 March 2026 11:30",
			literals: literalOf(Duration), call: durationCall,
		},
		{
			name: "at", text: "A time of day as a datetime, today or on a date.",
			sigs:    []signature{sig(Of(Datetime), arg("time", Text)), sig(Of(Datetime), arg("date", Datetime), arg("time", Text))},
			example: `now() < at("17:00")`, result: "true",
			literals: lastLiteralOf(Time), call: atCall,
		},
		{
			name: "day", text: "The day of the week, with the date when it is not within six days.",
			sigs:    []signature{sig(Of(Text), arg("date", Date)), sig(Of(Text), arg("datetime", Datetime))},
			example: `day(today() + duration("2d"))`, result: "Friday",
			bind: dayText,
		},
		{
			name: "when", text: "A date or datetime as people say it, seen from now.",
			sigs:    []signature{sig(Of(Text), arg("date", Date)), sig(Of(Text), arg("datetime", Datetime))},
			example: `when(next_open("support") + duration("1d"))`, result: "tomorrow at 10:00",
			bind: whenText,
		},
		{
			name: "minutes", text: "A duration in whole minutes, rounded up, with the word.",
			sigs:    []signature{sig(Of(Text), arg("duration", Duration))},
			example: `minutes(duration("5m"))`, result: "5 minutes",
			call: minutesCall,
		},
	}
}

// now is the time of the turn where the contact is.
func (r *run) now() time.Time { return r.env.Runtime.Now.In(r.env.Runtime.zone()) }

// literal returns the text that is written out at a node.
func literal(n ast.Node) (string, bool) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// literalOf checks that a first argument that is written out is of a kind.
func literalOf(k Kind) func(c *checker, n callNode) bool {
	return func(c *checker, n callNode) bool { return c.literalIs(n.Arguments[0], k) }
}

func lastLiteralOf(k Kind) func(c *checker, n callNode) bool {
	return func(c *checker, n callNode) bool { return c.literalIs(n.Arguments[len(n.Arguments)-1], k) }
}

func (c *checker) literalIs(n ast.Node, k Kind) bool {
	s, ok := literal(n)
	if !ok {
		return true
	}
	if _, err := Of(k).Parse(s, nil); err != nil {
		c.report(n, CodeReference, "", "%s", err)
		return false
	}
	return true
}

func dateCall(r *run, args []any) (any, error) {
	s, ok := args[0].(string)
	if !ok {
		return midnight(timeArg(args, 0).In(r.env.Runtime.zone())), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil, failure("the text is no date such as 2026-03-04")
	}
	return t, nil
}

func durationCall(_ *run, args []any) (any, error) {
	d, err := ParseDuration(textArg(args, 0))
	if err != nil {
		return nil, failure("the text is no duration such as 15m")
	}
	return d, nil
}

func atCall(r *run, args []any) (any, error) {
	day := r.now()
	if len(args) == 2 {
		day = timeArg(args, 0).In(day.Location())
	}
	minute, err := parseClock(textArg(args, len(args)-1))
	if err != nil {
		return nil, failure("the text is no time such as 17:00")
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, minute, 0, 0, day.Location()), nil
}

// calendar returns the day of a date or datetime, and how many days it is from
// today.
func (r *run) calendar(t time.Time, k Kind) (time.Time, int) {
	if k == Datetime {
		t = t.In(r.env.Runtime.zone())
	}
	date := midnight(t)
	return date, int(date.Sub(midnight(r.now())) / day)
}

func dayText(types []Type) (callFunc, Type) {
	return func(r *run, args []any) (any, error) {
		l := localeOf(r.env.Runtime.Language)
		date, days := r.calendar(timeArg(args, 0), types[0].Kind)
		name := l.days[date.Weekday()]
		if days < 0 || days > 6 {
			return name + " " + l.shortDate(date, r.now()), nil
		}
		return name, nil
	}, Of(Text)
}

func whenText(types []Type) (callFunc, Type) {
	kind := types[0].Kind
	return func(r *run, args []any) (any, error) {
		l := localeOf(r.env.Runtime.Language)
		t := timeArg(args, 0)
		date, days := r.calendar(t, kind)
		text := l.relativeDay(date, days, r.now())
		if kind == Datetime {
			text += l.at + t.In(r.env.Runtime.zone()).Format("15:04")
		}
		return text, nil
	}, Of(Text)
}

// relativeDay names a day as seen from today.
func (l *locale) relativeDay(date time.Time, days int, now time.Time) string {
	switch {
	case days == 0:
		return l.today
	case days == 1:
		return l.tomorrow
	case days == -1:
		return l.yesterday
	case days > 1 && days <= 6:
		return l.days[date.Weekday()]
	}
	return l.shortDate(date, now)
}

func minutesCall(r *run, args []any) (any, error) {
	d := durationArg(args, 0)
	if d < 0 {
		d = 0 // what is over takes no more minutes
	}
	n := uint64(d / time.Minute)
	if d%time.Minute != 0 {
		n++
	}
	return localeOf(r.env.Runtime.Language).count(n, 2), nil
}
