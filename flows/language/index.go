package language

import (
	"strings"
	"time"
)

// A class is what a word can be in a number, date or time.
type class uint8

const (
	numberClass class = iota + 1 // value below 1000
	hundredClass
	scaleClass
	andClass
	minusClass
	pointClass
	articleClass
	mixedClass // hundredths
	halfClass
	quarterClass
	addsClass // minutes, after
	leadsClass
	monthClass
	monthWordClass
	weekdayClass
	dayWordClass
	ordinalClass
	suffixClass
	theDayClass
	dayClass // days from today
	nextClass
	comingClass
	thisClass
	lastClass
	nextWeekClass
	thisWeekClass
	aheadClass
	aheadAfterClass
	agoClass
	agoAfterClass
	unitClass
	spanClass // seconds
	atClass
	hourClass
	hourWordClass
	pastClass
	toClass
	plusClass
	lessClass
	half6Class
	quarter6Class
	momentClass
	nowClass
	zoneClass
	partClass
	partAfterClass
	fillerClass
	notClass
)

// A meaning is one of the things that a word can be.
type meaning struct {
	class class
	value int
	weak  bool
}

// An index finds the meanings of words and phrases in one language, and in English
// where the language has none of its own.
type index struct {
	lex     *lexicon
	phrases map[string][]meaning
	longest int // words in the longest phrase
	english *index

	verdicts       map[string]verdict
	longestVerdict int
}

func newIndex(lex *lexicon, english *index) *index {
	x := &index{lex: lex, phrases: map[string][]meaning{}, english: english}
	x.addNumbers()
	x.addDates()
	x.addTimes()
	x.addAnswers()
	return x
}

// add gives every form a meaning.
func (x *index) add(c class, value int, forms string) {
	if forms == "" {
		return
	}
	for form := range strings.SplitSeq(forms, "|") {
		form, weak := strings.CutSuffix(form, "?")
		var words []string
		for _, t := range scan(form) {
			if t.kind == wordToken {
				words = append(words, t.text)
			}
		}
		key := strings.Join(words, " ")
		x.phrases[key] = append(x.phrases[key], meaning{c, value, weak})
		x.longest = max(x.longest, len(words))
	}
}

func (x *index) addMap(c class, forms map[string]int) {
	for form, value := range forms {
		x.add(c, value, form)
	}
}

func (x *index) addList(c class, from int, forms []string) {
	for i, form := range forms {
		x.add(c, from+i, form)
	}
}

func (x *index) addNumbers() {
	lex := x.lex
	x.addList(numberClass, 0, lex.low)
	x.addMap(numberClass, lex.numbers)
	for i, forms := range lex.tens {
		ten := 20 + 10*i
		x.add(numberClass, ten, forms)
		for u := 1; u <= 9 && u < len(lex.low); u++ {
			units := lex.low[u]
			if special, ok := lex.afterTen[u]; ok {
				units = special
			}
			x.addJoined(ten+u, forms, units)
		}
	}
	x.add(hundredClass, 100, lex.hundred)
	x.addMap(scaleClass, lex.scales)
	x.add(andClass, 0, lex.and)
	x.add(minusClass, 0, lex.minus)
	x.add(pointClass, 0, lex.point)
	x.add(articleClass, 1, lex.article)
	x.addMap(mixedClass, lex.mixed)
	x.add(halfClass, 50, lex.half)
	x.add(quarterClass, 25, lex.quarter)
	x.addMap(addsClass, lex.adds)
	x.addMap(leadsClass, lex.leads)
}

// addJoined adds the numbers that forms of a ten make with forms of a unit.
func (x *index) addJoined(value int, tens, units string) {
	for ten := range strings.SplitSeq(tens, "|") {
		for u := range strings.SplitSeq(units, "|") {
			for _, join := range x.lex.joins {
				x.add(numberClass, value, strings.NewReplacer("T", ten, "U", u).Replace(join))
			}
		}
	}
}

func (x *index) addDates() {
	lex := x.lex
	x.addList(monthClass, 1, lex.months)
	x.add(monthWordClass, 0, lex.monthWord)
	x.addList(weekdayClass, 0, lex.weekdays)
	x.add(dayWordClass, 0, lex.dayWord)
	x.addList(ordinalClass, 1, lex.ordinals)
	x.add(suffixClass, 0, lex.suffixes)
	x.add(theDayClass, 0, lex.theDay)
	x.addMap(dayClass, lex.days)
	x.add(nextClass, 0, lex.next)
	x.add(comingClass, 0, lex.coming)
	x.add(thisClass, 0, lex.this)
	x.add(lastClass, 0, lex.last)
	x.add(nextWeekClass, 0, lex.nextWeek)
	x.add(thisWeekClass, 0, lex.thisWeek)
	x.add(aheadClass, 0, lex.ahead)
	x.add(aheadAfterClass, 0, lex.aheadAfter)
	x.add(agoClass, 0, lex.ago)
	x.add(agoAfterClass, 0, lex.agoAfter)
}

func (x *index) addTimes() {
	lex := x.lex
	for u, forms := range lex.units {
		x.add(unitClass, int(u), forms)
	}
	for form, length := range lex.spans {
		x.add(spanClass, int(length/time.Second), form)
	}
	x.add(atClass, 0, lex.at)
	x.add(hourClass, 0, lex.hour)
	x.addMap(hourWordClass, lex.hours)
	x.add(pastClass, 0, lex.past)
	x.add(toClass, 0, lex.to)
	x.add(plusClass, 0, lex.plus)
	x.add(lessClass, 0, lex.less)
	x.add(half6Class, 0, lex.half6)
	x.add(quarter6Class, 0, lex.quarter6)
	x.addMap(momentClass, lex.moments)
	x.add(nowClass, 0, lex.now)
	x.add(zoneClass, 0, lex.zones)
	for p, forms := range lex.parts {
		x.add(partClass, int(p), forms)
	}
	for p, forms := range lex.partsAfter {
		x.add(partAfterClass, int(p), forms)
	}
	for days, forms := range []map[string]part{lex.tonight, lex.tomorrow} {
		for form, p := range forms {
			x.add(dayClass, days, form)
			x.add(partClass, int(p), form)
		}
	}
	x.add(fillerClass, 0, lex.fillers)
	x.add(notClass, 0, lex.not)
}

// find returns the meanings of the longest phrase at the start of tokens, and of
// how many tokens it is. Hyphens and apostrophes between its words do not count.
func (x *index) find(tokens []token) ([]meaning, int) {
	var buf [96]byte
	key := buf[:0]
	var found []meaning
	length := 0
	for i, words := 0, 0; i < len(tokens) && words < x.longest; i++ {
		t := tokens[i]
		if t.kind == markToken && i > 0 && t.glued && (t.text == "-" || t.text == "'" || t.text == "." && len(tokens[i-1].text) == 1) {
			continue // inside "twenty-five", "d'ici", "p.m."
		}
		if t.kind != wordToken || len(key)+len(t.text) >= len(buf) {
			break
		}
		if words > 0 {
			key = append(key, ' ')
		}
		key = append(key, t.text...)
		words++
		if m, ok := x.phrases[string(key)]; ok {
			found, length = m, i+1
		}
	}
	if length == 0 && x.english != nil {
		return x.english.find(tokens)
	}
	return found, length
}
