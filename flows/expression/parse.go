package expression

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads a plain YAML value as this type: "3", "true", "2026-03-04",
// "15m". A datetime without an offset is in the zone (nil means UTC). Errors are
// for authors.
func (t Type) Parse(s string, zone *time.Location) (any, error) {
	trimmed := strings.TrimSpace(s)
	switch t.Kind {
	case Text, Phone:
		return s, nil
	case Int:
		n, err := strconv.Atoi(trimmed)
		return orError(n, err, "%q is not a whole number", s)
	case Number:
		n, err := strconv.ParseFloat(trimmed, 64)
		if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
			err = strconv.ErrRange
		}
		return orError(n, err, "%q is not a number", s)
	case Bool:
		if trimmed != "true" && trimmed != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", s)
		}
		return trimmed == "true", nil
	case Date:
		d, err := time.Parse(time.DateOnly, trimmed)
		return orError(d, err, "%q is not a date such as 2026-03-04", s)
	case Datetime:
		d, err := parseDatetime(trimmed, zone)
		return orError(d, err, "%q is not a date and time such as 2026-03-04 17:00", s)
	case Time:
		m, err := parseClock(trimmed)
		if err != nil || m >= minutesOfDay {
			return nil, fmt.Errorf("%q is not a time such as 17:00", s)
		}
		return clock(m), nil
	case Duration:
		d, err := ParseDuration(trimmed)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", s, err)
		}
		return d, nil
	case Email:
		if name, host, ok := strings.Cut(trimmed, "@"); !ok || name == "" || host == "" {
			return nil, fmt.Errorf("%q is not an email address", s)
		}
		return trimmed, nil
	case URL:
		return parseURL(trimmed)
	}
	return t.parseComposite(s, trimmed)
}

func (t Type) parseComposite(s, trimmed string) (any, error) {
	switch t.Kind {
	case Choice:
		if len(t.IDs) > 0 && !slices.Contains(t.IDs, trimmed) {
			return nil, fmt.Errorf("%q is not one of the options: %s", s, strings.Join(t.IDs, ", "))
		}
		return trimmed, nil
	case Choices:
		list := []any{}
		elem, _ := t.elem()
		for part := range strings.SplitSeq(trimmed, ",") {
			id, err := elem.Parse(part, nil)
			if err != nil {
				return nil, err
			}
			list = append(list, id)
		}
		return list, nil
	case Location:
		return parseLocation(s, trimmed)
	case Image, File, Audio, Video:
		address, err := parseURL(trimmed)
		if err != nil {
			return nil, err
		}
		return map[string]any{"url": address}, nil
	}
	return nil, fmt.Errorf("%s cannot be written as plain text; write ${ }", describe(t))
}

func orError(v any, err error, format, s string) (any, error) {
	if err != nil {
		return nil, fmt.Errorf(format, s)
	}
	return v, nil
}

// parseDatetime reads RFC 3339, or a local date and time.
func parseDatetime(s string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	for _, layout := range []string{
		"2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05", time.DateOnly,
	} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("no date and time")
}

func parseURL(s string) (any, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not an address such as https://example.com", s)
	}
	return s, nil
}

func parseLocation(s, trimmed string) (any, error) {
	a, b, ok := strings.Cut(trimmed, ",")
	lat, errLat := strconv.ParseFloat(strings.TrimSpace(a), 64)
	long, errLong := strconv.ParseFloat(strings.TrimSpace(b), 64)
	if !ok || errLat != nil || errLong != nil || !(math.Abs(lat) <= 90) || !(math.Abs(long) <= 180) {
		return nil, fmt.Errorf("%q is not a place such as 52.52, 13.40", s)
	}
	return map[string]any{"latitude": lat, "longitude": long}, nil
}

// sample is a value of the type, for messages.
func (t Type) sample() string {
	switch t.Kind {
	case Date:
		return "2026-03-04"
	case Datetime:
		return "2026-03-04T17:00:00Z"
	case Duration:
		return "15m"
	}
	return ""
}
