package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A clock is how a payload writes a time. Where what follows the seconds makes it an id,
// the number of the payload does so. It is nil for what is no time.
type clock func(at time.Time, number int) string

// nearby is how far the times of a payload are from the one of its event.
const nearby = 60 * 24 * time.Hour

// timeOf reads a scalar that is a time near another.
func timeOf(s string, near time.Time) (time.Time, clock) {
	at, c := readTime(s)
	if c == nil || at.Sub(near).Abs() > nearby {
		return time.Time{}, nil
	}
	return at, c
}

// readTime knows Unix seconds, milliseconds and microseconds, seconds with a fraction,
// and RFC 3339.
func readTime(s string) (time.Time, clock) {
	whole, fraction, dotted := strings.Cut(s, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n > 0 {
		switch {
		case dotted && len(whole) == 10 && len(fraction) > 0 && len(fraction) <= 9 && strings.Trim(fraction, "0123456789") == "":
			return time.Unix(n, 0), func(at time.Time, number int) string {
				room := int(math.Pow10(len(fraction)))
				was, _ := strconv.Atoi(fraction) // digits
				return fmt.Sprintf("%d.%0*d", at.Unix(), len(fraction), (was+number)%room)
			}
		case dotted:
			return time.Time{}, nil
		case len(s) == 10:
			return time.Unix(n, 0), func(at time.Time, _ int) string { return strconv.FormatInt(at.Unix(), 10) }
		case len(s) == 13:
			return time.UnixMilli(n), func(at time.Time, _ int) string { return strconv.FormatInt(at.UnixMilli(), 10) }
		case len(s) == 16:
			return time.UnixMicro(n), func(at time.Time, _ int) string { return strconv.FormatInt(at.UnixMicro(), 10) }
		}
		return time.Time{}, nil
	}
	return readDate(s)
}

// readDate knows RFC 3339, and the forms that leave out its T, its colon or its zone.
func readDate(s string) (time.Time, clock) {
	if len(s) < 19 || s[4] != '-' {
		return time.Time{}, nil
	}
	for _, layout := range []string{
		"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
	} {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(s[19:], ".")
		n := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		fraction := ""
		if n > 0 {
			fraction = "." + strings.Repeat("0", n)
		}
		form := strings.Replace(layout, ".999999999", fraction, 1)
		if strings.HasSuffix(s, "+00:00") {
			form = strings.Replace(form, "Z07:00", "-07:00", 1)
		}
		if strings.HasSuffix(s, "+0000") {
			form = strings.Replace(form, "Z0700", "-0700", 1)
		}
		zone := at.Location()
		return at, func(at time.Time, _ int) string { return at.In(zone).Format(form) }
	}
	return time.Time{}, nil
}

func digits(n int, chance *rand.Rand) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + chance.IntN(10))
	}
	return string(b)
}

// shortest is how many characters of an id chance decides at least, so that no two are
// the same.
const shortest = 9

// freshID makes an id in the form of another: digits stay digits, hexadecimal stays
// hexadecimal, small letters small. What keep has stays, and so do words. One with
// little room gets longer.
func freshID(old string, keep []string, chance *rand.Rand) string {
	b := []byte(old)
	stays := kept(old, keep)
	few := room(old, stays, isDigit) >= shortest
	changed, last := 0, -1
	for i, c := range b {
		switch {
		case stays[i]:
		case isDigit(c):
			b[i] = byte('0' + chance.IntN(10))
			if i == 0 { // as a number it begins with no zero, and is no larger
				b[i] = byte('1' + chance.IntN(max(int(c-'0'), 1)))
			}
			changed, last = changed+1, i
		case few:
		case isLetter(c):
			b[i] = letterLike(c, isHex(old), chance)
			changed, last = changed+1, i
		}
	}
	if last < 0 { // a word
		return old[:max(len(old)-shortest, 0)] + digits(shortest, chance)
	}
	if changed >= shortest {
		return string(b)
	}
	return string(b[:last+1]) + digits(shortest-changed, chance) + string(b[last+1:])
}

// kept marks what does not change: what is listed, words of small letters, and padding
// with the character before, which has bits that must be zero.
func kept(id string, keep []string) []bool {
	stays := make([]bool, len(id))
	mark := func(from, to int) {
		for i := from; i < to; i++ {
			stays[i] = true
		}
	}
	for _, k := range keep {
		for at := 0; len(k) > 4; {
			i := strings.Index(id[at:], k)
			if i < 0 {
				break
			}
			mark(at+i, at+i+len(k))
			at += i + len(k)
		}
	}
	for i := 0; i < len(id); {
		end := i
		for end < len(id) && (isDigit(id[end]) || isLetter(id[end])) {
			end++
		}
		if word := id[i:end]; strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" && !isHex(id) {
			mark(i, end)
		}
		i = end + 1
	}
	if at := strings.IndexByte(id, '='); at > 0 {
		mark(at-1, at)
	}
	return stays
}

func room(id string, stays []bool, is func(byte) bool) int {
	n := 0
	for i := range len(id) {
		if !stays[i] && is(id[i]) {
			n++
		}
	}
	return n
}

func letterLike(c byte, hex bool, chance *rand.Rand) byte {
	size := 26
	if hex {
		size = 6
	}
	if c >= 'a' {
		return byte('a' + chance.IntN(size))
	}
	return byte('A' + chance.IntN(size))
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// isHex reports whether an id is of hexadecimal digits, such as a UUID.
func isHex(id string) bool {
	return len(id) >= 16 && strings.Trim(id, "0123456789abcdefABCDEF-") == ""
}
