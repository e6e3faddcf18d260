package language

import "strconv"

// A clockTime is a time of day as it was said.
type clockTime struct {
	minutes int  // since midnight, up to 24:00
	open    bool // as on a dial: five may be in the afternoon
	part    part
}

const (
	noonMinutes = 12 * 60
	dayMinutes  = 24 * 60
)

// resolve returns the minutes since midnight. A part of the day decides. Without
// one, what may be in the afternoon is: from one to seven, as few people make
// plans for the night.
func (c clockTime) resolve(p part) (int, bool) {
	m := c.minutes
	switch {
	case p == noPart && c.open && m < 7*60:
		return m + noonMinutes, true
	case p == noPart:
		return m, true
	case m >= 13*60:
		return m, p != morning
	case m >= noonMinutes && (p == morning || p == night):
		return m - noonMinutes, true
	case m >= noonMinutes || p == morning:
		return m, true
	case p == night && m < 6*60, p == midday && m >= 9*60:
		return m, true
	}
	return m + noonMinutes, true
}

// clock returns the time of day at i.
func (a *answer) clock(i int) (c clockTime, next int, ok bool) {
	for _, form := range []func(int) (clockTime, int, bool){
		a.moment, a.beforeHour, a.pastHour, a.digital, a.spoken,
	} {
		if c, next, ok = form(i); ok {
			break
		}
	}
	if !ok {
		return clockTime{}, i, false
	}
	if p, after, is := a.partBehind(next); is {
		c.part, next = p, after
	}
	if end := a.at(next); end.has(hourClass) && !end.has(unitClass) {
		next++
	}
	return c, next, true
}

// partBehind returns the part of the day at i. What names a day as well ("tonight")
// is left for the date.
func (a *answer) partBehind(i int) (p part, next int, ok bool) {
	it := a.at(i)
	if v, is := it.is(partAfterClass); is {
		return part(v), i + 1, true
	}
	if v, is := it.is(partClass); is {
		next = i + 1
		if it.has(dayClass) {
			return part(v), i, true
		}
		for a.mark(next, ".") && a.at(next).glued {
			next++
		}
		return part(v), next, true
	}
	return noPart, i, false
}

// moment reads noon and midnight.
func (a *answer) moment(i int) (clockTime, int, bool) {
	if a.at(i).has(atClass) && !a.at(i).has(momentClass) {
		i++
	}
	if a.at(i).text == "12" && a.at(i+1).has(momentClass) {
		i++ // "12 noon"
	}
	m, is := a.at(i).is(momentClass)
	if !is {
		return clockTime{}, i, false
	}
	if v, adds := a.at(i + 1).is(addsClass); adds {
		return clockTime{minutes: (m + v + dayMinutes) % dayMinutes}, i + 2, true
	}
	return clockTime{minutes: m}, i + 1, true
}

// beforeHour reads what is said before the hour it belongs to: "halb sechs",
// "साढ़े पाँच बजे".
func (a *answer) beforeHour(i int) (clockTime, int, bool) {
	if a.at(i).has(atClass) {
		i++
	}
	it := a.at(i)
	shift, is := it.is(leadsClass)
	if it.has(half6Class) {
		shift, is = -30, true
	} else if it.has(quarter6Class) {
		shift, is = -15, true
	}
	if !is {
		return clockTime{}, i, false
	}
	h, next, ok := a.dialHour(i + 1)
	if !ok || a.at(next).has(unitClass) && !a.at(next).has(hourClass) {
		return clockTime{}, i, false
	}
	return onDial(h, shift), next, true
}

// onDial returns an hour of the dial, and minutes from it.
func onDial(h, shift int) clockTime {
	return clockTime{minutes: (h*60 + shift + noonMinutes) % noonMinutes, open: true}.overNoon()
}

// overNoon takes what is left of twelve hours to the time around noon.
func (c clockTime) overNoon() clockTime {
	if c.minutes < 60 {
		c.minutes += noonMinutes
	}
	return c
}

// pastHour reads minutes past or to an hour: "half past five", "ten to six".
func (a *answer) pastHour(i int) (clockTime, int, bool) {
	if a.at(i).has(atClass) {
		i++
	}
	if a.at(i).has(articleClass) {
		i++
	}
	minutes, next, ok := a.dialMinutes(i)
	if !ok {
		return clockTime{}, i, false
	}
	sign := 0
	switch it := a.at(next); {
	case it.has(pastClass):
		sign = 1
	case it.has(toClass):
		sign = -1
	}
	h, end, ok := a.dialHour(next + 1)
	if sign == 0 || !ok || h > 12 {
		return clockTime{}, i, false
	}
	return onDial(h, sign*minutes), end, true
}

// dialMinutes reads how many minutes past or to an hour are meant. Bare numbers
// count only where a dial has marks: "9 to 5" is no time.
func (a *answer) dialMinutes(i int) (minutes, next int, ok bool) {
	it := a.at(i)
	if it.has(halfClass) {
		return 30, i + 1, true
	}
	if it.has(quarterClass) {
		return 15, i + 1, true
	}
	n, next, ok := a.number(i)
	if !ok || !n.exact || n.whole < 1 || n.whole > 59 {
		return 0, i, false
	}
	if v, is := a.at(next).is(unitClass); is && unit(v) == minuteUnit {
		return int(n.whole), next + 1, true
	}
	return int(n.whole), next, n.whole == 5 || n.whole == 10 || n.whole == 20 || n.whole == 25
}

// dialHour reads an hour up to 24, in digits without minutes or in words.
func (a *answer) dialHour(i int) (h, next int, ok bool) {
	if h, is := a.at(i).is(hourWordClass); is {
		return h, i + 1, true
	}
	it := a.at(i)
	if it.kind == digitsToken {
		h, err := strconv.Atoi(it.text)
		after := a.at(i + 1)
		glued := after.kind == markToken && after.glued && a.at(i+2).kind == digitsToken && a.at(i+2).glued
		return h, i + 1, err == nil && len(it.text) <= 2 && h <= 24 && !glued
	}
	n, next, ok := a.wordNumber(i)
	return int(n.whole), next, ok && 1 <= n.whole && n.whole <= 24
}

// digital reads hours and minutes in digits: "17:00", "5.30", "17h30", "17 Uhr 30".
func (a *answer) digital(i int) (clockTime, int, bool) {
	if a.at(i).has(atClass) {
		i = a.skip(i+1, atClass)
	}
	it := a.at(i)
	if it.kind != digitsToken || len(it.text) > 2 {
		return clockTime{}, i, false
	}
	h, _ := strconv.Atoi(it.text)
	mark := a.at(i + 1)
	point := mark.kind == markToken && mark.glued && (mark.text == ":" || mark.text == ".")
	m, next, ok := a.twoDigits(i + 2)
	if !ok || !(point && a.at(i+2).glued || mark.has(hourClass)) {
		return clockTime{}, i, false
	}
	if point && a.mark(next, ":") {
		seconds, end, ok := a.twoDigits(next + 1)
		if !ok || seconds > 59 {
			return clockTime{}, i, false
		}
		next = end
	}
	if after := a.at(next); after.kind == markToken && after.glued && a.at(next+1).kind == digitsToken {
		return clockTime{}, i, false // a date or a version
	}
	c := clockTime{minutes: h*60 + m, open: point && a.index.lex.clock12 && it.text[0] != '0' && h <= 12}
	return c, next, m < 60 && c.minutes <= dayMinutes
}

func (a *answer) twoDigits(i int) (v, next int, ok bool) {
	it := a.at(i)
	if it.kind != digitsToken || len(it.text) != 2 {
		return 0, i, false
	}
	v, err := strconv.Atoi(it.text)
	return v, i + 1, err == nil
}

// spoken reads an hour with something that says it is one ("at 5", "5 o'clock",
// "5pm"), and what goes with it ("et demie", "y diez").
func (a *answer) spoken(i int) (clockTime, int, bool) {
	said := false
	start := i
	if _, next, is := a.partBehind(i); is && next > i && a.at(i).has(partClass) {
		i, said = next, true
	}
	if a.at(i).has(atClass) {
		i, said = a.skip(i+1, atClass), true
	}
	c, next, ok := a.militaryHour(i)
	if !ok || !said {
		var h int
		if h, next, ok = a.dialHour(i); !ok {
			return clockTime{}, i, false
		}
		c = clockTime{minutes: h * 60, open: h <= 12 && !zeroLed(a.at(i))}
	}
	said = said || a.at(i).has(hourWordClass)
	if it := a.at(next); it.has(hourClass) {
		c.open = c.open && !(it.glued && len(it.text) == 1) // 5h is of a clock with 24
		next, said = next+1, true
	}
	shift, after, shifted := a.shift(next, said)
	if shifted {
		c.minutes, next = c.minutes+shift, after
	}
	if !said {
		_, _, said = a.partBehind(next)
	}
	if p, is := a.at(start).is(partClass); is && start < i {
		c.part = part(p)
	}
	return c, next, said && c.minutes <= dayMinutes
}

func zeroLed(it item) bool { return it.kind == digitsToken && it.text[0] == '0' }

// militaryHour reads hours and minutes in one number: "1730".
func (a *answer) militaryHour(i int) (clockTime, int, bool) {
	it := a.at(i)
	if it.kind != digitsToken || len(it.text) != 4 {
		return clockTime{}, i, false
	}
	v, _ := strconv.Atoi(it.text)
	return clockTime{minutes: v/100*60 + v%100}, i + 1, v%100 < 60 && v <= 2400
}

// shift reads the minutes that are said behind an hour.
func (a *answer) shift(i int, said bool) (minutes, next int, ok bool) {
	if v, is := a.at(i).is(addsClass); is {
		return v, i + 1, true
	}
	if !said {
		return 0, i, false
	}
	sign := 1
	switch it := a.at(i); {
	case it.has(lessClass):
		sign, i = -1, i+1
	case it.has(plusClass):
		i++
	}
	n, next, ok := a.number(i)
	if !ok || !n.exact || n.whole < 1 || n.whole > 59 || a.at(i).kind == digitsToken && a.at(i).glued {
		return 0, i, false
	}
	if v, is := a.at(next).is(unitClass); is && unit(v) == minuteUnit {
		next++
	}
	return sign * int(n.whole), next, true
}
