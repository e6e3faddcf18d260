package language

import (
	"math"
	"time"
)

// maxDuration is the longest duration that is read.
const maxDuration = 100 * 365 * 24 * time.Hour

// Duration reads how long something takes: "2 hours", "an hour and a half",
// "90 min", "1h30", "3 days". A day is 24 hours. Months and years have no fixed
// length and are refused, and so are a bare number, a range, and more than a
// hundred years.
func Duration(text string, l Locale) (time.Duration, bool) {
	a := read(text, l)
	var found time.Duration
	for i := 0; i < len(a.items); {
		if d, next, ok := a.duration(i); ok {
			if found != 0 && found != d {
				return 0, false
			}
			found = d
			i = next
			continue
		}
		if it := a.items[i]; it.has(notClass) || a.stray(i) {
			return 0, false
		}
		i++
	}
	return found, found > 0
}

// stray reports whether the item at i, which no parser took, is a number that was
// meant to say something.
func (a *answer) stray(i int) bool {
	it := a.items[i]
	if it.kind == digitsToken {
		return true
	}
	v, is := it.is(numberClass)
	return is && v > 1 && len(it.meanings) == 1
}

// duration returns the parts of a duration at i, from large to small.
func (a *answer) duration(i int) (total time.Duration, next int, ok bool) {
	last := maxDuration + 1
	for next = i; ; {
		j := next
		if j > i {
			j = a.skip(j, andClass, fillerClass, plusClass)
		}
		d, unit, after, found := a.durationPart(j)
		if !found || unit >= last {
			return total, next, next > i
		}
		total += d
		next, last = after, unit
		if minutes, end, ok := a.minutesAfter(next); ok && unit == time.Hour {
			total += minutes
			next, last = end, time.Minute
		}
		if total > maxDuration {
			return 0, i, false
		}
	}
}

// minutesAfter returns the bare minutes behind hours, as in 1h30.
func (a *answer) minutesAfter(i int) (d time.Duration, next int, ok bool) {
	it := a.at(i)
	if it.kind != digitsToken || len(it.text) != 2 || it.text > "59" {
		return 0, i, false
	}
	if _, _, _, own := a.durationPart(i); own {
		return 0, i, false // they have a unit of their own
	}
	return time.Duration(it.text[0]-'0')*10*time.Minute + time.Duration(it.text[1]-'0')*time.Minute, i + 1, true
}

// durationPart returns an amount and its unit, the unit by itself, and the next
// index.
func (a *answer) durationPart(i int) (d, unit time.Duration, next int, ok bool) {
	amount, j, counted := a.amount(i)
	if !counted {
		amount, j = 1, i
	}
	unit, ok = a.unitAt(j, counted)
	if !ok || amount < 0 {
		return 0, 0, i, false
	}
	next = j + 1
	if v, is := a.at(next).is(addsClass); is { // an hour and a half
		amount += float64(v) / 60
		next++
	}
	seconds := math.Round(amount * unit.Seconds())
	if seconds > maxDuration.Seconds() {
		return 0, 0, i, false
	}
	return time.Duration(seconds) * time.Second, unit, next, true
}

// amount returns how many units are meant at i.
func (a *answer) amount(i int) (amount float64, next int, ok bool) {
	j := i
	if a.at(j).has(articleClass) {
		j++
	}
	if n, next, ok := a.quantity(j); ok {
		if n.value == 1 && !n.literal && a.at(next).has(halfClass) {
			return 0.5, next + 1, true // "eine halbe Stunde"
		}
		return n.value, next, true
	}
	part, is := a.at(j).is(halfClass)
	if !is {
		part, is = a.at(j).is(quarterClass)
	}
	if !is {
		return 1, j, j > i
	}
	if a.at(j + 1).has(articleClass) { // "half an hour"
		j++
	}
	return float64(part) / 100, j + 1, true
}

// unitAt returns the unit at i. What may stand alone needs no amount.
func (a *answer) unitAt(i int, counted bool) (time.Duration, bool) {
	it := a.at(i)
	if v, is := it.is(unitClass); is && counted {
		switch unit(v) {
		case secondUnit:
			return time.Second, true
		case minuteUnit:
			return time.Minute, true
		case hourUnit:
			return time.Hour, true
		case dayUnit:
			return 24 * time.Hour, true
		case weekUnit:
			return 7 * 24 * time.Hour, true
		}
		return 0, false
	}
	v, is := it.is(spanClass)
	return time.Duration(v) * time.Second, is
}
