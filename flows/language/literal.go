package language

import (
	"strconv"
	"strings"
)

// maxGroups is how many groups of digits are taken for one number.
const maxGroups = 16

// literal returns the number in digits at i. It refuses digits that belong to a
// code, a date or a version.
func (a *answer) literal(i int) (n number, next int, ok bool) {
	negative, ok := a.sign(i)
	if !ok {
		return number{}, i, false
	}
	parts, seps := []string{a.items[i].text}, ""
	next = i + 1
	if point := a.at(i - 1); point.text == "." && a.items[i].glued && !point.glued {
		parts, seps = []string{"0", a.items[i].text}, "٫" // ".5"
	}
	for len(parts) < maxGroups {
		mark, after := a.at(next), a.at(next+1)
		if mark.kind == markToken && mark.glued && strings.Contains(".,'٫٬", mark.text) &&
			after.kind == digitsToken && after.glued {
			parts, seps = append(parts, after.text), seps+mark.text
			next += 2
			continue
		}
		if a.groupedBySpace(mark, parts, seps) {
			parts, seps = append(parts, mark.text), seps+" "
			next++
			continue
		}
		break
	}
	if len(parts) == maxGroups {
		return number{}, i, false
	}
	whole, fraction, ok := placeValue(parts, []rune(seps), a.locale.comma())
	if !ok {
		return number{}, i, false
	}
	n, ok = parseDigits(whole, fraction)
	if negative {
		n = n.negated()
	}
	n.literal = true
	return n, next, ok
}

// sign reports whether the digits at i are negative. Digits right behind letters
// are a code, which is not ok, unless the letters are of a script without spaces
// or a currency.
func (a *answer) sign(i int) (negative, ok bool) {
	it, before := a.items[i], a.at(i-1)
	if !it.glued {
		return false, true
	}
	if before.kind == wordToken {
		return false, len(before.meanings) > 0 || isDense(before.text) || currencies[before.text]
	}
	if before.text == "-" {
		if !before.glued {
			return true, true
		}
		return false, a.at(i-2).kind != wordToken
	}
	return false, true
}

// currencies are written right before the digits.
var currencies = map[string]bool{
	"eur": true, "usd": true, "gbp": true, "chf": true, "inr": true, "ngn": true, "kes": true, "zar": true, "brl": true,
	"rs": true, "rm": true, "rp": true, "kr": true, "zl": true, "tl": true, "n": true, "php": true, "ksh": true,
	"us": true, "r": true,
}

// groupedBySpace reports whether it is the next three digits of a number such as
// "1 200", where the language writes them so.
func (a *answer) groupedBySpace(it item, parts []string, seps string) bool {
	return a.index.lex.spaced && it.kind == digitsToken && !it.glued && len(it.text) == 3 &&
		len(parts[0]) <= 3 && strings.Trim(seps, " ") == ""
}

// placeValue tells which marks between digits group them and which is the decimal
// sign.
func placeValue(parts []string, seps []rune, comma bool) (whole, fraction string, ok bool) {
	if len(seps) == 0 {
		return parts[0], "", true
	}
	last := seps[len(seps)-1]
	decimal := last == '٫'
	if last == '.' || last == ',' {
		groups := (last == ',') != comma
		first, end := parts[0], parts[len(parts)-1]
		switch {
		case len(seps) == 1:
			decimal = !(groups && len(end) == 3 && len(first) <= 3 && first[0] != '0')
		case seps[0] != last:
			decimal = true
		}
	}
	if decimal {
		fraction = parts[len(parts)-1]
		parts, seps = parts[:len(parts)-1], seps[:len(seps)-1]
	}
	for _, sep := range seps {
		if sep != seps[0] || decimal && sep == last {
			return "", "", false
		}
	}
	return strings.Join(parts, ""), fraction, len(parts) == 1 || grouped(parts)
}

// grouped reports whether digits are in groups of three, or as in India of two
// before the last three.
func grouped(parts []string) bool {
	if len(parts[0]) > 3 || len(parts[len(parts)-1]) != 3 {
		return false
	}
	size := len(parts[1])
	for _, part := range parts[1 : len(parts)-1] {
		if len(part) != size {
			return false
		}
	}
	return size == 3 || size == 2 && len(parts[0]) <= 2
}

// maxDigits is the longest number in digits that is read.
const maxDigits = 300

// parseDigits makes a number of digits before and after the decimal sign.
func parseDigits(whole, fraction string) (number, bool) {
	if len(whole)+len(fraction) > maxDigits {
		return number{}, false
	}
	value, err := strconv.ParseFloat(whole+"."+fraction, 64)
	if err != nil {
		return number{}, false
	}
	n := number{value: value}
	if strings.Trim(fraction, "0") == "" {
		if exact, err := strconv.ParseInt(whole, 10, 64); err == nil {
			n.whole, n.exact = exact, true
		}
	}
	return n, true
}
