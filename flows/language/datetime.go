package language

import (
	"fmt"
	"strings"
	"time"
)

// Date reads a day and returns its midnight in the locale's zone: "tomorrow",
// "next friday", "in 3 days", "4 March", "March 4th 2026", "4.3.2026",
// "03/04/2026", "2026-03-04".
//
// A date without a year is the next one, today included; a bare weekday is never
// today; "next friday" is that of the next week, from Monday. In numbers with
// slashes the month comes first in the United States and in East Asia, else the
// day. A time of day beside the date is left aside. Days that do not exist, two
// different days, and numbers that are no part of the date are refused.
func Date(text string, l Locale) (time.Time, bool) {
	if t, _, ok := iso(text, l); ok {
		return dateOf(t).in(l.zone(), 0), true
	}
	d, ok := read(text, l).moments(false).date()
	if !ok {
		return time.Time{}, false
	}
	return d.in(l.zone(), 0), true
}

// Time reads a time of day and returns it as "17:00": "5pm", "17h30", "half past
// five", "noon", "at 5". An hour from one to six that was said without a part of
// the day is in the afternoon; in digits with minutes it is as written, but for
// languages where clocks have twelve hours. A date beside the time is left aside.
func Time(text string, l Locale) (string, bool) {
	if t, hasTime, ok := iso(text, l); ok && hasTime {
		return t.Format("15:04"), true
	}
	a := read(text, l)
	r := a.moments(true)
	if len(r.clocks) == 0 {
		if c, ok := a.bareHour(); ok {
			r = reading{clocks: []clockTime{c}}
		}
	}
	if len(r.clocks) == 0 && len(r.instants) == 1 && !r.refused {
		return r.instants[0].Format("15:04"), true
	}
	m, ok := r.time()
	if !ok || len(r.instants) > 0 {
		return "", false
	}
	return fmt.Sprintf("%02d:%02d", m/60%24, m%60), true
}

// Datetime reads a day with a time, and returns the moment in the locale's zone:
// "tomorrow 5pm", "friday at noon", "in 2 hours", "2026-03-04T17:00+01:00". A time
// alone is the next such time; a date alone is refused. Otherwise it reads as
// [Date] and [Time] do.
func Datetime(text string, l Locale) (time.Time, bool) {
	if t, hasTime, ok := iso(text, l); ok {
		return t, hasTime
	}
	a := read(text, l)
	r := a.moments(false)
	if len(r.instants) > 0 {
		alone := len(r.instants) == 1 && len(r.dates)+len(r.weekdays)+len(r.clocks) == 0 && !r.refused
		return r.instants[0], alone
	}
	if len(r.clocks) == 0 && len(r.dates)+len(r.weekdays) == 0 && !r.refused && a.has(nowClass) {
		return l.now(), true
	}
	m, ok := r.time()
	if !ok {
		return time.Time{}, false
	}
	if len(r.dates)+len(r.weekdays) == 0 {
		today := dateOf(l.now())
		if t := today.in(l.zone(), m); t.After(l.Now) {
			return t, true
		}
		return today.plus(1).in(l.zone(), m), true
	}
	d, ok := r.date()
	if !ok {
		return time.Time{}, false
	}
	return d.in(l.zone(), m), true
}

// date returns the one day that the reading says. A weekday beside a date must be
// the weekday of it.
func (r reading) date() (date, bool) {
	if r.refused || len(r.instants) > 0 || len(r.dates)+len(r.weekdays) == 0 {
		return date{}, false
	}
	var d date
	if len(r.dates) > 0 {
		d = r.dates[0]
	} else {
		d = r.weekdays[0].date
	}
	for _, other := range r.dates {
		if other != d {
			return date{}, false
		}
	}
	for _, w := range r.weekdays {
		if w.date != d && (!w.bare || w.weekday != d.utc().Weekday()) {
			return date{}, false
		}
	}
	return d, true
}

// time returns the one time of day that the reading says, in minutes.
func (r reading) time() (int, bool) {
	if r.refused || len(r.clocks) == 0 {
		return 0, false
	}
	said := noPart
	for _, p := range r.parts {
		if said != noPart && p != said {
			return 0, false
		}
		said = p
	}
	found := -1
	for _, c := range r.clocks {
		p := c.part
		if p == noPart {
			p = said
		}
		m, ok := c.resolve(p)
		if !ok || found >= 0 && found != m {
			return 0, false
		}
		found = m
	}
	return found, true
}

// bareHour reads an answer that is one number: "17", "five", "1730".
func (a *answer) bareHour() (clockTime, bool) {
	i := a.skip(0, fillerClass)
	c, next, ok := a.militaryHour(i)
	if !ok {
		var h int
		h, next, ok = a.dialHour(i)
		c = clockTime{minutes: h * 60, open: h <= 12 && !zeroLed(a.at(i))}
		if minutes, after, is := a.shift(next, true); ok && is {
			c.minutes, next = c.minutes+minutes, after // "five thirty"
		}
	}
	return c, ok && a.skip(next, fillerClass) == len(a.items)
}

// maxISO is how many runes may be a date in the form of ISO 8601.
const maxISO = 40

// isoForms are the forms of ISO 8601 that computers write and people paste.
var isoForms = []string{
	time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00",
	"2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z0700",
}

// isoLocal are the forms without an offset.
var isoLocal = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"}

// iso reads a whole text in the form of ISO 8601, and tells whether it has a time.
func iso(text string, l Locale) (t time.Time, hasTime, ok bool) {
	text = strings.ToUpper(strings.TrimSpace(firstRunes(text, maxISO)))
	if len(text) < len("2006-01-02T15:04") || text[4] != '-' {
		return time.Time{}, false, false
	}
	for _, form := range isoForms {
		if t, err := time.Parse(form, text); err == nil {
			t = t.In(l.zone())
			return t, true, dateOf(t).valid()
		}
	}
	for _, form := range isoLocal {
		if t, err := time.Parse(form, text); err == nil {
			d := dateOf(t)
			t = d.in(l.zone(), t.Hour()*60+t.Minute()).Add(time.Duration(t.Second()) * time.Second)
			return t, true, d.valid()
		}
	}
	return time.Time{}, false, false
}
