package expression

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The units of durations that authors write, from the largest.
const (
	day  = 24 * time.Hour
	week = 7 * day
)

var errDuration = errors.New("a duration is written like 90s, 15m, 2h, 2d, 1w or 1h30m")

// ParseDuration reads a duration as authors write it: 90s, 15m, 2h, 2d, 1w, and
// sums such as 1h30m. It is more than zero; a day has 24 hours.
func ParseDuration(s string) (time.Duration, error) {
	var total time.Duration
	rest := strings.TrimSpace(s)
	if rest == "" {
		return 0, errDuration
	}
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || digits == len(rest) {
			return 0, errDuration
		}
		unit, ok := unitOf(rest[digits])
		if !ok {
			return 0, errDuration
		}
		if n > int64((math.MaxInt64-total)/unit) {
			return 0, fmt.Errorf("%s is too long", s)
		}
		total += time.Duration(n) * unit
		rest = rest[digits+1:]
	}
	if total == 0 {
		return 0, errors.New("a duration is more than zero")
	}
	return total, nil
}

func unitOf(letter byte) (time.Duration, bool) {
	switch letter {
	case 's':
		return time.Second, true
	case 'm':
		return time.Minute, true
	case 'h':
		return time.Hour, true
	case 'd':
		return day, true
	case 'w':
		return week, true
	}
	return 0, false
}

// FormatDuration writes a duration as authors do, so that [ParseDuration] reads
// it back. What is below a second is cut; a negative one begins with a minus.
func FormatDuration(d time.Duration) string {
	d = d.Truncate(time.Second)
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	left := uint64(d)
	if d < 0 {
		b.WriteByte('-')
		left = -left // right even for the least duration
	}
	for _, u := range []struct {
		unit   time.Duration
		letter byte
	}{{week, 'w'}, {day, 'd'}, {time.Hour, 'h'}, {time.Minute, 'm'}, {time.Second, 's'}} {
		if n := left / uint64(u.unit); n > 0 {
			b.WriteString(strconv.FormatUint(n, 10))
			b.WriteByte(u.letter)
			left %= uint64(u.unit)
		}
	}
	return b.String()
}

// readDuration reads a stored duration: Go's form, which is exact, or the
// author's.
func readDuration(s string) (time.Duration, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	return ParseDuration(s)
}
