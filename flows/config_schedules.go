package flows

import (
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// schedules reads the opening hours.
func (l *configLoader) schedules() {
	l.b.schedules = map[string]*expression.Schedule{}
	for _, p := range l.v.Map("schedules") {
		v := spec.Decode(l.r, p.Value, scheduleTable())
		s := &expression.Schedule{Zone: l.b.Zone, Holidays: map[string]bool{}}
		if z := v.Node("zone"); z != nil {
			s.Zone = l.zone(z)
		}
		for _, h := range v.List("holidays") {
			s.Holidays[h.Text()] = true
		}
		seen := map[time.Weekday]int{}
		for _, day := range v.Map("hours") {
			l.hours(s, day, seen)
		}
		l.b.schedules[p.Key.Text()] = s
	}
}

// hours reads the hours of some days. seen has the line of each day that has
// hours already.
func (l *configLoader) hours(s *expression.Schedule, day spec.Pair, seen map[time.Weekday]int) {
	days, err := expression.ParseDays(day.Key.Text())
	if err != nil {
		l.r.Error(day.Key.Pos(), "E232", "", "%v", err)
		return
	}
	for _, d := range days {
		if line, twice := seen[d]; twice {
			l.r.Error(day.Key.Pos(), "E232", "Write all hours of a day into one list.", "%s has hours already in line %d", d, line)
			return
		}
		seen[d] = day.Key.Pos().Line
	}
	for _, n := range nodesOf(day.Value) {
		span, err := expression.ParseSpan(n.Text())
		if err != nil {
			l.r.Error(n.Pos(), "E232", "", "%v", err)
			continue
		}
		for _, d := range days {
			s.Week[d] = append(s.Week[d], span)
		}
	}
}
