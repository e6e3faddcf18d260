package spec

import (
	"strings"
	"time"
)

// ParseDuration reads a duration as authors write it: whole numbers of w, d, h,
// m and s, each unit once and the largest first, such as 90s, 2d or 1h30m. A day
// has 24 hours. It is never negative.
func ParseDuration(s string) (time.Duration, bool) {
	units := []struct {
		name byte
		unit time.Duration
	}{{'w', 7 * 24 * time.Hour}, {'d', 24 * time.Hour}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}
	const longest = time.Duration(1<<63 - 1)
	var total time.Duration
	if s == "" {
		return 0, false
	}
	for s != "" {
		digits := 0
		var count time.Duration
		for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
			if count > longest/10-10 {
				return 0, false
			}
			count = count*10 + time.Duration(s[digits]-'0')
			digits++
		}
		if digits == 0 || digits == len(s) {
			return 0, false
		}
		for len(units) > 0 && units[0].name != s[digits] {
			units = units[1:]
		}
		if len(units) == 0 || count > (longest-total)/units[0].unit {
			return 0, false
		}
		total += count * units[0].unit
		units = units[1:]
		s = s[digits+1:]
	}
	return total, true
}

// durationFix guesses what was meant by something that is no duration.
func durationFix(s string) string {
	words := strings.NewReplacer(" ", "", "seconds", "s", "second", "s", "secs", "s", "sec", "s",
		"minutes", "m", "minute", "m", "mins", "m", "min", "m", "hours", "h", "hour", "h", "hrs", "h", "hr", "h",
		"days", "d", "day", "d", "weeks", "w", "week", "w", "and", "", ",", "")
	short := words.Replace(strings.ToLower(s))
	if _, ok := ParseDuration(short); ok {
		return "Write `" + short + "`."
	}
	if _, ok := ParseDuration(short + "s"); ok {
		return "Add the unit: " + short + "s for seconds, " + short + "m for minutes, " + short + "d for days."
	}
	return "Write it as 90s, 15m, 2h, 2d, 1w, or a sum such as 1h30m."
}
