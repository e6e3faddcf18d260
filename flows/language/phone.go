package language

import (
	"strings"
)

// Phone reads a phone number and returns it as E.164 with a plus:
// "+44 20 7946 0958", "0044 20 7946 0958" and "+44 (0)20 7946 0958" are
// "+442079460958". A number without a country code needs the locale's country. It
// checks that the country code is known and the length plausible for it, not whether
// the number is in service. A text with two different numbers, or with other digits
// beside one ("ext. 5"), is refused.
func Phone(text string, l Locale) (string, bool) {
	found := ""
	tokens := scan(text)
	for i := 0; i < len(tokens); {
		if !startsPhone(tokens, i) {
			i++
			continue
		}
		digits, next := phoneDigits(tokens, i)
		number, ok := e164(digits, l)
		if !ok || found != "" && found != number {
			return "", false
		}
		found = number
		i = next
	}
	return found, found != ""
}

func startsPhone(tokens []token, i int) bool {
	return tokens[i].kind == digitsToken || tokens[i].text == "+" && i+1 < len(tokens) && tokens[i+1].kind != wordToken
}

// maxPhone is how many digits are collected: more than any number has with its
// prefixes.
const maxPhone = 24

// phoneDigits collects the digits of a number with the marks that people write
// between them, and leaves out the "(0)" after a country code.
func phoneDigits(tokens []token, i int) (digits string, next int) {
	var b strings.Builder
	marks := 0
	for next = i; next < len(tokens); next++ {
		t := tokens[next]
		switch {
		case t.kind == wordToken:
			return b.String(), next
		case t.kind == markToken:
			marks++
			if t.text == "+" && b.Len() > 0 || marks > 3 || !strings.Contains("+()-./–", t.text) {
				return b.String(), next
			}
			if t.text == "+" {
				b.WriteString(t.text)
			}
			continue
		}
		marks = 0
		international := strings.HasPrefix(b.String(), "+") || strings.HasPrefix(b.String(), "00")
		if t.text == "0" && international && tokens[next-1].text == "(" {
			continue
		}
		if b.Len()+len(t.text) > maxPhone {
			return "", next + 1
		}
		b.WriteString(t.text)
	}
	return b.String(), next
}

// e164 returns the number with its country code.
func e164(digits string, l Locale) (string, bool) {
	home, known := plans[strings.ToUpper(l.Country)]
	if number, ok := strings.CutPrefix(digits, "+"); ok {
		return international(number)
	}
	if number, ok := strings.CutPrefix(digits, home.exit); ok && home.exit != "" && len(number) > home.longest {
		return international(number)
	}
	if number, ok := strings.CutPrefix(digits, "00"); ok {
		return international(number)
	}
	if !known {
		return "", false
	}
	if number, ok := strings.CutPrefix(digits, home.trunk); ok && home.trunk != "" && home.fits(number) {
		return "+" + home.code + number, true
	}
	rest, coded := strings.CutPrefix(digits, home.code)
	coded = coded && home.fits(rest) // the plus was left out
	if coded && len(digits) >= longNumber {
		return "+" + digits, true
	}
	if home.fits(digits) && (home.trunk == "" || len(digits) >= home.bare()) {
		return "+" + home.code + digits, true
	}
	return "+" + digits, coded
}

// longNumber is how many digits are more likely to begin with a country code than
// to be a national number, where both could be.
const longNumber = 12

// international checks a number that begins with a country code.
func international(number string) (string, bool) {
	if len(number) < 8 || len(number) > 15 || number[0] == '0' {
		return "", false
	}
	for n := min(3, len(number)); n >= 1; n-- {
		plan, ok := codes[number[:n]]
		if !ok {
			continue
		}
		rest := number[n:]
		if plan.trunk == "0" && plan.fits(rest[1:]) && rest[0] == '0' {
			rest = rest[1:] // "+44 020 …"
		}
		if !plan.fits(rest) {
			return "", false
		}
		return "+" + number[:n] + rest, true
	}
	return "", false
}

// A plan is what is known of the phone numbers of a country.
type plan struct {
	code     string // country code
	trunk    string // before a national number when dialled at home
	exit     string // before a country code, where people know another than 00
	shortest int    // digits without the trunk prefix
	longest  int
}

// fits reports whether digits, without code and trunk prefix, can be a number of
// the plan.
func (p plan) fits(digits string) bool {
	if len(digits) < p.shortest || len(digits) > p.longest {
		return false
	}
	if p.code == "1" {
		return digits[0] >= '2' && digits[3] >= '2'
	}
	return p.trunk != "0" || digits[0] != '0'
}

// bare is how many digits a number without its trunk prefix must have not to be one
// that works in its own town only.
func (p plan) bare() int { return max(min(9, p.longest), p.shortest) }
