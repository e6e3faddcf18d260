package language

import (
	"strconv"
	"time"
)

// A date is a day of the calendar, without a zone.
type date struct {
	year  int
	month time.Month
	day   int
}

// valid reports whether the calendar has the day.
func (d date) valid() bool {
	if d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 {
		return false
	}
	return dateOf(d.utc()) == d
}

func (d date) utc() time.Time { return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC) }

func (d date) plus(days int) date { return dateOf(d.utc().AddDate(0, 0, days)) }

// plusMonths returns the same day of another month, or the last day of a month that
// is too short.
func (d date) plusMonths(n int) date {
	first := time.Date(d.year, d.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return date{first.Year(), first.Month(), min(d.day, last)}
}

func (d date) before(e date) bool { return d.utc().Before(e.utc()) }

func dateOf(t time.Time) date { return date{t.Year(), t.Month(), t.Day()} }

// next returns the first day from today on that is d in any year.
func (d date) next(today date) (date, bool) {
	for d.year = today.year; d.year <= today.year+8; d.year++ {
		if d.valid() && !d.before(today) {
			return d, true
		}
	}
	return date{}, false
}

// in returns the moment at minutes since midnight of the day in a zone. A moment
// that is left out when clocks go forward is as much later as they go.
func (d date) in(zone *time.Location, minutes int) time.Time {
	t := time.Date(d.year, d.month, d.day, 0, minutes, 0, 0, zone)
	wall := time.Date(d.year, d.month, d.day, 0, minutes, 0, 0, time.UTC)
	if t.Hour() == wall.Hour() && t.Minute() == wall.Minute() {
		return t
	}
	_, before := time.Date(d.year, d.month, d.day-1, 0, minutes, 0, 0, zone).Zone()
	return wall.Add(-time.Duration(before) * time.Second).In(zone)
}

// today returns the day of the message.
func (a *answer) today() date { return dateOf(a.locale.now()) }

// calendar returns the date in digits, or with the name of a month, at i.
func (a *answer) calendar(i int) (d date, next int, ok bool) {
	for _, form := range []func(int) (date, int, bool){a.numeric, a.dayMonth, a.monthDay, a.ordinalDay} {
		if d, next, ok = form(i); ok && d.valid() {
			return d, next, true
		}
	}
	return date{}, i, false
}

// numeric reads a date of two or three numbers: "2026-03-04", "4.3.2026", "03/04".
func (a *answer) numeric(i int) (d date, next int, ok bool) {
	numbers, sep := a.numbers(i)
	if len(numbers) == 0 {
		return date{}, i, false
	}
	next = i + 2*len(numbers) - 1
	one, two := numbers[0], numbers[1]
	first, _ := strconv.Atoi(one)
	second, _ := strconv.Atoi(two)
	switch {
	case len(one) > 4 || len(one) == 3 || len(two) > 2 || a.goesOn(next):
		return date{}, i, false
	case len(numbers) == 3 && len(one) == 4:
		day, _ := strconv.Atoi(numbers[2])
		return date{first, time.Month(second), day}, next, len(numbers[2]) <= 2
	case len(one) == 4:
		return date{}, i, false
	case len(numbers) == 3:
		year := numbers[2]
		d = a.ordered(first, second, sep)
		d.year = a.century(year)
		return d, next, len(year) == 4 || len(year) == 2
	case sep == "-": // a range, such as 3-4
		return date{}, i, false
	}
	d, ok = a.ordered(first, second, sep).next(a.today())
	return d, next, ok
}

// numbers returns two or three numbers with the mark of dates between them, and
// the mark: those of "4/3", "4. 3. 2026".
func (a *answer) numbers(i int) (numbers []string, sep string) {
	one, mark, two := a.at(i), a.at(i+1), a.at(i+2)
	sep = mark.text
	switch {
	case one.kind != digitsToken || two.kind != digitsToken || mark.kind != markToken || !mark.glued,
		sep != "." && sep != "/" && sep != "-",
		!two.glued && sep != ".":
		return nil, ""
	}
	three := a.at(i + 4)
	if a.mark(i+3, sep) && a.at(i+3).glued && three.kind == digitsToken && (three.glued || sep == "." && len(three.text) == 4) {
		return []string{one.text, two.text, three.text}, sep
	}
	return []string{one.text, two.text}, sep
}

// goesOn reports whether more digits hang on the date that ends before i.
func (a *answer) goesOn(i int) bool {
	return a.at(i).kind == markToken && a.at(i).glued && a.at(i+1).kind == digitsToken && a.at(i+1).glued
}

// ordered tells day and month apart: by the order of the locale, unless there is no
// such month. Dots are of places where the day comes first.
func (a *answer) ordered(first, second int, sep string) date {
	if a.locale.monthFirst() && sep != "." && first <= 12 || second > 12 {
		first, second = second, first
	}
	return date{month: time.Month(second), day: first}
}

// century returns the year of four digits, or of two: at most 20 years ahead, else
// in the past.
func (a *answer) century(digits string) int {
	year, _ := strconv.Atoi(digits)
	if len(digits) == 4 {
		return year
	}
	now := a.today().year
	year += now / 100 * 100
	if year > now+20 {
		year -= 100
	}
	return year
}

// dayMonth reads "4 March", "4th of March 2026", "4. März", "ngày 4 tháng 3".
func (a *answer) dayMonth(i int) (d date, next int, ok bool) {
	day, next, ok := a.day(i)
	if !ok {
		return date{}, i, false
	}
	month, next, ok := a.month(a.skip(next, fillerClass))
	if !ok {
		return date{}, i, false
	}
	return a.withYear(date{month: month, day: day}, next)
}

// monthDay reads "March 4", "March 4th, 2026".
func (a *answer) monthDay(i int) (d date, next int, ok bool) {
	month, next, ok := a.month(i)
	if !ok {
		return date{}, i, false
	}
	day, next, ok := a.day(a.skip(next, fillerClass))
	if !ok || a.timeBehind(next) {
		return date{}, i, false
	}
	return a.withYear(date{month: month, day: day}, next)
}

// timeBehind reports whether the number that ends before i is the hour of a time.
func (a *answer) timeBehind(i int) bool {
	it := a.at(i)
	return it.has(partClass) && it.glued || it.has(hourClass) || a.goesOn(i)
}

// day reads a day of the month, in digits or words.
func (a *answer) day(i int) (day, next int, ok bool) {
	it := a.at(i)
	if it.kind == digitsToken {
		day, err := strconv.Atoi(it.text)
		next = i + 1
		if after := a.at(next); after.glued && (after.has(suffixClass) || after.text == "." && a.index.lex.dotted) && !a.goesOn(next) {
			next++
		}
		return day, next, err == nil && len(it.text) <= 2
	}
	if day, ok := it.is(ordinalClass); ok {
		return day, i + 1, true
	}
	n, next, ok := a.wordNumber(i)
	return int(n.whole), next, ok && n.whole <= 31
}

// month reads the name of a month, or its number after the word for one.
func (a *answer) month(i int) (m time.Month, next int, ok bool) {
	if v, is := a.at(i).is(monthClass); is {
		return time.Month(v), i + 1, true
	}
	if !a.at(i).has(monthWordClass) {
		return 0, i, false
	}
	h, next, ok := a.dialHour(i + 1) // a number from one on, in digits or words
	return time.Month(h), next, ok && h <= 12
}

// withYear reads the year behind a day and month; without one it is the next such
// day.
func (a *answer) withYear(d date, i int) (date, int, bool) {
	j := a.skip(i, fillerClass)
	if v, is := a.at(j).is(unitClass); is && unit(v) == yearUnit { // "năm 2026"
		j++
	}
	it := a.at(j)
	if it.kind == digitsToken && (len(it.text) == 4 || len(it.text) == 2 && (j+1 == len(a.items) || a.mark(j-1, "'"))) && !a.goesOn(j+1) {
		d.year = a.century(it.text)
		if v, is := a.at(j + 1).is(unitClass); is && unit(v) == yearUnit { // "2026 года"
			j++
		}
		return d, j + 1, true
	}
	d, ok := d.next(a.today())
	return d, i, ok
}

// ordinalDay reads the day of this or the next month that has it: "the 15th",
// "el 15".
func (a *answer) ordinalDay(i int) (d date, next int, ok bool) {
	said := a.at(i).has(theDayClass)
	if said {
		i++
	}
	day, next, ok := a.day(i)
	if after := a.at(next); !ok || a.at(i).kind != digitsToken || !said && next != i+2 ||
		a.timeBehind(next) || after.has(unitClass) {
		return date{}, i, false
	}
	if _, _, named := a.month(a.skip(next, fillerClass)); named {
		return date{}, i, false
	}
	today := a.today()
	for months := range 13 {
		d = date{today.year, today.month, 1}.plusMonths(months)
		d.day = day
		if d.valid() && !d.before(today) {
			return d, next, true
		}
	}
	return date{}, i, false
}
