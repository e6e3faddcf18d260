package language

import "time"

// A reading is what an answer says about a moment: which days, which times of day.
type reading struct {
	dates    []date
	weekdays []weekdayDate
	clocks   []clockTime
	parts    []part
	instants []time.Time // what is so many hours and minutes from now
	refused  bool        // it also says what no parser understood
}

// A weekdayDate is a date that was said by its weekday.
type weekdayDate struct {
	weekday time.Weekday
	date    date
	bare    bool // which one was not said
}

// moments reads all there is about days and times. What could be both a date and a
// time is a time if timesFirst.
func (a *answer) moments(timesFirst bool) reading {
	var r reading
	week := a.weekSaid()
	for i := 0; i < len(a.items) && !r.refused; {
		start := i
		next, ok := a.relative(i, &r)
		if !ok && timesFirst {
			next, ok = a.addClock(i, &r)
		}
		if !ok {
			next, ok = a.addDate(i, &r, week)
		}
		if !ok && !timesFirst {
			next, ok = a.addClock(i, &r)
		}
		if !ok {
			next = i + 1
			it := a.items[i]
			v, is := it.is(unitClass)
			r.refused = a.stray(i) || it.has(notClass) || is && unit(v) >= weekUnit || a.looseMonth(i) || it.has(zoneClass)
			if p, is := it.is(partClass); is {
				r.parts = append(r.parts, part(p))
			}
		} else if p, is := a.items[start].is(partClass); is && a.items[start].has(dayClass) {
			r.parts = append(r.parts, part(p)) // "tonight"
		}
		i = next
	}
	return r
}

// looseMonth reports whether the item at i is a month with a number that was no day
// of it.
func (a *answer) looseMonth(i int) bool {
	return a.items[i].has(monthClass) &&
		(a.at(i-1).kind == digitsToken || a.at(a.skip(i+1, fillerClass)).kind == digitsToken)
}

func (a *answer) addClock(i int, r *reading) (next int, ok bool) {
	c, next, ok := a.clock(i)
	if ok {
		r.clocks = append(r.clocks, c)
	}
	return next, ok
}

func (a *answer) addDate(i int, r *reading, week weekSaid) (next int, ok bool) {
	if d, next, ok := a.calendar(i); ok {
		r.dates = append(r.dates, d)
		return next, true
	}
	if d, next, ok := a.weekday(i, week); ok {
		r.weekdays = append(r.weekdays, d)
		return next, true
	}
	if days, is := a.at(i).is(dayClass); is {
		r.dates = append(r.dates, a.today().plus(days))
		return i + 1, true
	}
	return i, false
}

// A weekSaid is the week that an answer names apart from its weekday.
type weekSaid int

const (
	anyWeek weekSaid = iota
	thisWeek
	nextWeek
)

func (a *answer) weekSaid() weekSaid {
	switch {
	case a.has(nextWeekClass):
		return nextWeek
	case a.has(thisWeekClass):
		return thisWeek
	}
	return anyWeek
}

// weekday reads a weekday with what says which one: "friday", "next friday",
// "viernes que viene", "thứ 6 tuần sau".
func (a *answer) weekday(i int, week weekSaid) (w weekdayDate, next int, ok bool) {
	j := i
	which := a.which(j)
	if which != 0 {
		j = a.skip(j+1, fillerClass)
	}
	v, next, ok := a.weekdayName(j)
	if !ok {
		return weekdayDate{}, i, false
	}
	if which == 0 {
		if which = a.which(next); which != 0 {
			next++
		}
	}
	today := a.today()
	wanted := time.Weekday(v)
	now := today.utc().Weekday()
	ahead := (v - int(now) + 7) % 7
	monday := today.plus(-(int(now) + 6) % 7)
	sinceMonday := (v + 6) % 7
	d := today.plus(ahead)
	switch {
	case which == nextClass, which == 0 && week == nextWeek:
		d = monday.plus(7 + sinceMonday)
	case which == 0 && week == thisWeek:
		d = monday.plus(sinceMonday)
	case which == lastClass:
		d = today.plus(ahead - 7)
	case which != thisClass && ahead == 0:
		d = today.plus(7) // who means today says so
	}
	return weekdayDate{wanted, d, which == 0 && week == anyWeek}, next, true
}

// which returns what the item at i says about a weekday, or 0.
func (a *answer) which(i int) class {
	it := a.at(i)
	for _, c := range []class{nextWeekClass, thisWeekClass, comingClass, nextClass, thisClass, lastClass} {
		if !it.has(c) {
			continue
		}
		if c == nextWeekClass || c == thisWeekClass {
			return 0 // the whole answer is asked for these
		}
		return c
	}
	return 0
}

// weekdayName reads a weekday, or its number after the word for one, Monday being 2.
func (a *answer) weekdayName(i int) (v, next int, ok bool) {
	if v, is := a.at(i).is(weekdayClass); is {
		return v, i + 1, true
	}
	digits := a.at(i + 1)
	if a.at(i).has(dayWordClass) && digits.kind == digitsToken && len(digits.text) == 1 &&
		"2" <= digits.text && digits.text <= "7" {
		return int(digits.text[0] - '1'), i + 2, true
	}
	return 0, i, false
}

// maxAway is how many days away a date is that was said by its distance.
const maxAway = 200 * 366

// relative reads a distance from now: "in 3 days", "2 weeks ago", "in an hour".
func (a *answer) relative(i int, r *reading) (next int, ok bool) {
	it := a.at(i)
	ahead, ago := it.has(aheadClass), it.has(agoClass)
	start := i
	if ahead || ago {
		start++
	}
	amount, u, next, ok := a.distance(start)
	if !ok {
		return i, false
	}
	after := a.at(next)
	switch {
	case ahead && after.has(aheadAfterClass):
		next++
	case ahead || ago:
	case after.has(aheadAfterClass):
		next++
	case after.has(agoAfterClass):
		ago = true
		next++
	default:
		return i, false // how long, not when
	}
	if ago {
		amount = -amount
	}
	return next, a.addRelative(u, amount, r)
}

// distance reads an amount of days, weeks, months or years, or a duration in
// seconds.
func (a *answer) distance(i int) (amount float64, u unit, next int, ok bool) {
	amount, k, ok := a.amount(i)
	if v, is := a.at(k).is(unitClass); ok && is && unit(v) >= dayUnit {
		return amount, unit(v), k + 1, true
	}
	d, next, ok := a.duration(i)
	if !ok {
		return 0, 0, i, false
	}
	if d%(24*time.Hour) == 0 {
		return float64(d / (24 * time.Hour)), dayUnit, next, true
	}
	return d.Seconds(), secondUnit, next, true
}

// addRelative adds the date or moment that is amount units away.
func (a *answer) addRelative(u unit, amount float64, r *reading) bool {
	if u < dayUnit {
		r.instants = append(r.instants, a.locale.now().Add(time.Duration(amount)*time.Second))
		return true
	}
	n := int(amount)
	if float64(n) != amount || n > maxAway || n < -maxAway {
		return false
	}
	today := a.today()
	switch u {
	case dayUnit:
		today = today.plus(n)
	case weekUnit:
		today = today.plus(7 * n)
	case monthUnit:
		today = today.plusMonths(n)
	case yearUnit:
		today = today.plusMonths(12 * n)
	}
	if today.year < 1 || today.year > 9999 {
		return false
	}
	r.dates = append(r.dates, today)
	return true
}
