package expression

import (
	"slices"
	"strings"
	"time"
)

const minutesOfDay = 24 * 60

// A Schedule says when something is open. It is not changed after it was made.
type Schedule struct {
	// Zone is that of the hours; nil means UTC.
	Zone *time.Location
	// Week has the spans of each day, by time.Weekday.
	Week [7][]Span
	// Holidays are days without hours, such as "2026-12-25".
	Holidays map[string]bool
}

// A Span is a part of a day in minutes since midnight. To is exclusive; when it
// is above 1440 the span goes on into the next day and still belongs to its own.
type Span struct{ From, To int }

// Open reports whether t is within a span.
func (s *Schedule) Open(t time.Time) bool {
	t = t.In(s.zone())
	minute := t.Hour()*60 + t.Minute()
	yesterday := t.AddDate(0, 0, -1)
	return covers(s.spans(t), minute) || covers(s.spans(yesterday), minute+minutesOfDay)
}

// NextOpen returns t itself when it is open then, else when it opens next. It is
// false when nothing opens within 400 days.
func (s *Schedule) NextOpen(t time.Time) (time.Time, bool) {
	if s.Open(t) {
		return t, true
	}
	local := t.In(s.zone())
	var next time.Time
	for day := range 400 {
		date := local.AddDate(0, 0, day)
		for _, span := range s.spans(date) {
			y, m, d := date.Date()
			start := time.Date(y, m, d, 0, span.From, 0, 0, s.zone())
			if start.After(t) && (next.IsZero() || start.Before(next)) {
				next = start
			}
		}
		if !next.IsZero() {
			return next, true
		}
	}
	return time.Time{}, false
}

// HoursText writes the hours of the week in a language:
// "Mon-Fri 09:00-17:00, Sat 10:00-12:00 and 13:00-14:00".
func (s *Schedule) HoursText(language string) string {
	l := localeOf(language)
	var parts []string
	for i := 0; i < 7; {
		spans := s.Week[weekday(i)]
		last := i
		for last < 6 && slices.Equal(s.Week[weekday(last+1)], spans) {
			last++
		}
		if len(spans) > 0 {
			parts = append(parts, l.dayRange(weekday(i), weekday(last))+" "+spansText(spans, l.and))
		}
		i = last + 1
	}
	if len(parts) == 0 {
		return l.closed
	}
	return strings.Join(parts, ", ")
}

func (s *Schedule) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// spans are those of a day that is no holiday.
func (s *Schedule) spans(day time.Time) []Span {
	if s.Holidays[day.Format(time.DateOnly)] {
		return nil
	}
	return s.Week[day.Weekday()]
}

func covers(spans []Span, minute int) bool {
	for _, span := range spans {
		if span.From <= minute && minute < span.To {
			return true
		}
	}
	return false
}

// weekday counts from Monday, as people read a week.
func weekday(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

func spansText(spans []Span, and string) string {
	texts := make([]string, len(spans))
	for i, span := range spans {
		texts[i] = clock(span.From) + "-" + clock(span.To)
	}
	return strings.Join(texts, " "+and+" ")
}
