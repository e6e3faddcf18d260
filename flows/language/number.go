package language

import (
	"math"
	"strconv"
	"strings"
)

// Int reads a whole number out of an answer: "about 250 people", "twenty five",
// "1,200", or "1.200" where a dot groups digits. It refuses fractions, an answer
// with two different numbers, digits that are part of a code ("A-1234"), and what
// an int cannot hold.
func Int(text string, l Locale) (int, bool) {
	n, ok := read(text, l).onlyNumber()
	if !ok || !n.exact || int64(int(n.whole)) != n.whole {
		return 0, false
	}
	return int(n.whole), true
}

// Number reads a number out of an answer: what [Int] reads, and fractions such as
// "1.5", "1,5", "2½", "€ 30.50", "2.5k" or "two and a half". A single comma that
// cannot group digits is a decimal sign in every language, and so is a dot.
func Number(text string, l Locale) (float64, bool) {
	n, ok := read(text, l).onlyNumber()
	return n.value, ok
}

// A number is what was read, and how sure it is that a number was meant.
type number struct {
	value   float64
	whole   int64 // the same, when exact
	exact   bool  // it is whole, and small enough to be kept exactly
	literal bool  // in digits
	weak    bool  // a word that is often none: "one", "ein", "thousand"
}

func wholeNumber(n int64) number { return number{value: float64(n), whole: n, exact: true} }

// maxWhole is what numbers of words and of scales may not pass.
const maxWhole = 1e15

// times returns n multiplied.
func (n number) times(scale float64) number {
	n.value *= scale
	n.whole, n.exact = 0, false
	if r := math.Round(n.value); math.Abs(n.value-r) < 1e-6 && math.Abs(r) < maxWhole {
		n.value, n.whole, n.exact = r, int64(r), true
	}
	return n
}

// plus returns n with a fraction added.
func (n number) plus(fraction float64) number {
	n.value += fraction
	n.exact = false
	return n
}

// onlyNumber returns the number of the answer, when it is the only one.
func (a *answer) onlyNumber() (number, bool) {
	var found []number
	unknown, end := 0, -1
	for i := 0; i < len(a.items); {
		if n, next, ok := a.quantity(i); ok {
			if i == end && !n.literal && !found[len(found)-1].literal && n.value != found[len(found)-1].value {
				return number{}, false // "one two" is no number, though "one" is often a mere article
			}
			end = next
			found = append(found, n)
			i = next
			continue
		}
		it := a.items[i]
		if it.kind == digitsToken || it.has(halfClass) || it.has(notClass) || a.betweenDigits(i, "/:") {
			return number{}, false
		}
		if it.unknown() {
			unknown++
		}
		i++
	}
	strong := found[:0:0]
	for _, n := range found {
		if !n.weak {
			strong = append(strong, n)
		}
	}
	if len(strong) == 0 && unknown <= maxAside {
		strong = found
	}
	if len(strong) == 0 {
		return number{}, false
	}
	for _, n := range strong[1:] {
		if n.value != strong[0].value {
			return number{}, false
		}
	}
	return strong[0], true
}

// betweenDigits reports whether the item at i is one of marks, with digits on both
// sides and no space.
func (a *answer) betweenDigits(i int, marks string) bool {
	it, after := a.at(i), a.at(i+1)
	return it.kind == markToken && it.glued && strings.Contains(marks, it.text) &&
		a.at(i-1).kind == digitsToken && after.kind == digitsToken && after.glued
}

// quantity returns the number at i with the fraction that goes with it.
func (a *answer) quantity(i int) (n number, next int, ok bool) {
	it := a.at(i)
	if v, is := it.is(mixedClass); is {
		n, next = a.scaled(number{}.plus(float64(v)/100), i+1)
		return n, next, true
	}
	if v, is := it.is(leadsClass); is {
		return a.led(i+1, float64(v)/60)
	}
	if v, is := vulgar(it); is {
		return number{}.plus(v), i + 1, true
	}
	n, next, ok = a.number(i)
	if !ok {
		return number{}, i, false
	}
	if a.at(next).has(pointClass) {
		return a.pointed(n, next+1)
	}
	v, is := vulgar(a.at(next))
	if sixtieths, adds := a.at(next).is(addsClass); adds {
		v, is = float64(sixtieths)/60, true
	}
	if is {
		n = n.plus(v)
		n.weak = false
		n, next = a.scaled(n, next+1)
	}
	return n, next, true
}

// pointed returns n with the fraction in words at i: "one point two five".
func (a *answer) pointed(n number, i int) (number, int, bool) {
	digits := ""
	next := i
	for len(digits) < maxGroups {
		d, after, ok := a.number(next)
		if !ok || !d.exact || d.whole < 0 {
			break
		}
		digits += strconv.FormatInt(d.whole, 10)
		next = after
	}
	fraction, err := strconv.ParseFloat("0."+digits, 64)
	if digits == "" || err != nil {
		return number{}, i, false
	}
	n = n.plus(fraction)
	n.weak = false
	n, next = a.scaled(n, next)
	return n, next, true
}

// led returns a number whose fraction was said before it: in Hindi three thousand
// and a half thousand begin with a word for "and a half".
func (a *answer) led(i int, fraction float64) (n number, next int, ok bool) {
	n, next = wholeNumber(1), i
	if it := a.at(i); it.kind == digitsToken {
		if n, next, ok = a.literal(i); !ok {
			return number{}, i, false
		}
	} else if v, is := it.is(numberClass); is {
		n, next = wholeNumber(int64(v)), i+1
	} else if !it.has(hundredClass) && !it.has(scaleClass) {
		return number{}, i, false
	}
	n, next = a.scaled(n.plus(fraction), next)
	return n, next, true
}

// scaled returns n times the hundreds and thousands at i.
func (a *answer) scaled(n number, i int) (number, int) {
	for math.Abs(n.value) < maxWhole {
		scale, is := a.at(i).is(scaleClass)
		if hundred, has := a.at(i).is(hundredClass); has {
			scale, is = hundred, true
		}
		if !is {
			break
		}
		n = n.times(float64(scale))
		i++
	}
	return n, i
}

// vulgar returns the value of a fraction in one character.
func vulgar(it item) (float64, bool) {
	switch it.text {
	case "½":
		return 0.5, true
	case "¼":
		return 0.25, true
	case "¾":
		return 0.75, true
	}
	return 0, false
}

// number returns the number in digits or words at i.
func (a *answer) number(i int) (n number, next int, ok bool) {
	j := i
	negative := a.at(j).has(minusClass)
	if negative {
		j++
	}
	if a.at(j).kind == digitsToken {
		n, next, ok = a.literal(j)
	} else {
		n, next, ok = a.wordNumber(j)
	}
	if !ok {
		return number{}, i, false
	}
	if n.literal {
		n, next = a.scaled(n, next)
	}
	if negative {
		n = n.negated()
	}
	return n, next, true
}

func (n number) negated() number {
	n.value, n.whole = -n.value, -n.whole
	n.weak = false
	return n
}

// wordNumber returns the number in words at i.
func (a *answer) wordNumber(i int) (n number, next int, ok bool) {
	var total, group int64
	lastScale := int64(math.MaxInt64)
	open := false // the group has words
	j := i
loop:
	for ; j < len(a.items); j++ {
		it := a.items[j]
		if it.has(andClass) && j > i && a.at(j+1).has(numberClass) && (group > 0 && group%100 == 0 || !open) {
			continue
		}
		if v, is := it.is(numberClass); is && (!open || fits(group, int64(v))) {
			group += int64(v)
			open = true
			continue
		}
		if it.has(hundredClass) && (!open || 0 < group && group < 100) {
			group = max(group, 1) * 100
			open = true
			continue
		}
		scale, is := it.is(scaleClass)
		switch {
		case !is || int64(scale) >= lastScale || open && group == 0:
			break loop
		case !open && len([]rune(it.text)) <= 2:
			break loop // "k" is a thousand only after a number
		}
		total += max(group, 1) * int64(scale)
		group, open, lastScale = 0, false, int64(scale)
	}
	if j == i || total+group >= maxWhole {
		return number{}, i, false
	}
	n = wholeNumber(total + group)
	n.weak = j == i+1 && (n.whole <= 1 || a.items[i].has(scaleClass))
	return n, j, true
}

// fits reports whether a word of value v can go on a group that has words: twenty
// five and two hundred ten are one number, five six and ten five are two.
func fits(group, v int64) bool {
	switch {
	case group == 0 || v == 0:
		return false
	case v < 10:
		return group%10 == 0 && group%100 != 10
	case v < 100:
		return group%100 == 0
	}
	return false
}
