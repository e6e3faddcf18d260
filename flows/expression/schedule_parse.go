package expression

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	errDays = errors.New(`days are written like "mon-fri", "sat" or "mon,wed"`)
	errSpan = errors.New(`hours are written like "09:00-17:00"`)
)

// ParseDays reads days of the week: "mon-fri", "sat", "mon,wed". They come in
// the order written, each once.
func ParseDays(s string) ([]time.Weekday, error) {
	var days []time.Weekday
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, ok := parseDay(from)
		last := first
		if isRange && ok {
			last, ok = parseDay(to)
		}
		if !ok {
			return nil, errDays
		}
		for d := first; ; d = (d + 1) % 7 {
			if slices.Contains(days, d) {
				return nil, fmt.Errorf("%q names a day twice", s)
			}
			days = append(days, d)
			if d == last {
				break
			}
		}
	}
	return days, nil
}

// parseDay reads a day by its English name or at least three letters of it.
func parseDay(s string) (time.Weekday, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) < 3 {
		return 0, false
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.HasPrefix(strings.ToLower(d.String()), s) {
			return d, true
		}
	}
	return 0, false
}

// ParseSpan reads hours of a day: "09:00-17:00". They end at 24:00 at the
// latest, or, when the end is before the start, on the next day: "22:00-02:00".
func ParseSpan(s string) (Span, error) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return Span{}, errSpan
	}
	a, errFrom := parseClock(strings.TrimSpace(from))
	b, errTo := parseClock(strings.TrimSpace(to))
	if errFrom != nil || errTo != nil || a == minutesOfDay {
		return Span{}, errSpan
	}
	if a == b {
		return Span{}, fmt.Errorf("%q is no time at all; a whole day is 00:00-24:00", s)
	}
	if b < a {
		b += minutesOfDay
	}
	return Span{From: a, To: b}, nil
}

// parseClock reads "17:00" as minutes since midnight, 24:00 included.
func parseClock(s string) (int, error) {
	h, m, ok := strings.Cut(s, ":")
	if !ok || len(h) == 0 || len(h) > 2 || len(m) != 2 {
		return 0, errSpan
	}
	hour, errHour := strconv.ParseUint(h, 10, 8)
	minute, errMinute := strconv.ParseUint(m, 10, 8)
	total := int(hour)*60 + int(minute)
	if errHour != nil || errMinute != nil || minute > 59 || total > minutesOfDay {
		return 0, errSpan
	}
	return total, nil
}

// clock writes minutes since midnight as 17:00; those of the next day count from
// its midnight.
func clock(minute int) string {
	if minute > minutesOfDay {
		minute -= minutesOfDay
	}
	return fmt.Sprintf("%02d:%02d", minute/60, minute%60)
}
