package expression

import (
	"fmt"
	"testing"
	"time"
)

// testSchedule is open on weekdays, twice on Saturdays, and in the night from
// Sunday to Monday.
func testSchedule() *Schedule {
	s := &Schedule{Zone: berlin(), Holidays: map[string]bool{"2026-03-05": true}}
	for d := time.Monday; d <= time.Friday; d++ {
		s.Week[d] = []Span{{9 * 60, 17 * 60}}
	}
	s.Week[time.Saturday] = []Span{{600, 720}, {780, 840}}
	s.Week[time.Sunday] = []Span{{22 * 60, 26 * 60}}
	return s
}

func TestScheduleOpenAndNextOpen(t *testing.T) {
	for _, tt := range []struct{ at, next string }{ // local; "" is open
		{"2026-03-04 08:59", "2026-03-04 09:00"},
		{"2026-03-04 09:00", ""},
		{"2026-03-04 16:59", ""},
		{"2026-03-04 17:00", "2026-03-06 09:00"}, // the 5th is a holiday
		{"2026-03-05 12:00", "2026-03-06 09:00"},
		{"2026-03-07 12:30", "2026-03-07 13:00"},
		{"2026-03-08 12:00", "2026-03-08 22:00"},
		{"2026-03-09 01:59", ""}, // still the night of Sunday
		{"2026-03-09 02:00", "2026-03-09 09:00"},
	} {
		s := testSchedule()
		at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, berlin())
		if err != nil {
			t.Fatal(err)
		}
		at = at.UTC() // the zone of the question does not matter
		if got := s.Open(at); got != (tt.next == "") {
			t.Errorf("%s: open is %v", tt.at, got)
		}
		next, ok := s.NextOpen(at)
		got := next.In(berlin()).Format("2006-01-02 15:04")
		if tt.next == "" {
			tt.next = tt.at
		}
		if !ok || got != tt.next {
			t.Errorf("%s: opens %s, want %s", tt.at, got, tt.next)
		}
	}
	if _, ok := new(Schedule).NextOpen(time.Now()); ok {
		t.Error("a schedule without hours opens")
	}
}

func TestScheduleHoursText(t *testing.T) {
	want := "Mon-Fri 09:00-17:00, Sat 10:00-12:00 and 13:00-14:00, Sun 22:00-02:00"
	if got := testSchedule().HoursText("en"); got != want {
		t.Errorf("got %s", got)
	}
	if got := new(Schedule).HoursText("de"); got != "geschlossen" {
		t.Errorf("got %s", got)
	}
	s := &Schedule{}
	s.Week[time.Monday] = []Span{{0, 1440}}
	if got := s.HoursText("en"); got != "Mon 00:00-24:00" {
		t.Errorf("got %s", got)
	}
}

func TestParseDaysAndSpans(t *testing.T) {
	for src, want := range map[string]string{
		"mon-fri": "[Monday Tuesday Wednesday Thursday Friday]", "sat": "[Saturday]", "mon,wed": "[Monday Wednesday]",
		"fri-mon": "[Friday Saturday Sunday Monday]", "Tuesday, thurs": "[Tuesday Thursday]",
	} {
		days, err := ParseDays(src)
		if err != nil || fmt.Sprint(days) != want {
			t.Errorf("%s: %v %v", src, days, err)
		}
	}
	for _, src := range []string{"", "mo", "xyz", "mon-", "mon,mon", "mon-wed,tue", "mon fri"} {
		if days, err := ParseDays(src); err == nil {
			t.Errorf("%q is %v", src, days)
		}
	}
	for src, want := range map[string]Span{
		"09:00-17:00": {540, 1020}, "9:00 - 17:30": {540, 1050}, "00:00-24:00": {0, 1440}, "22:00-02:00": {1320, 1560},
	} {
		span, err := ParseSpan(src)
		if err != nil || span != want {
			t.Errorf("%s: %v %v", src, span, err)
		}
	}
	for _, src := range []string{"", "09:00", "9-17", "09:00-09:00", "09:60-10:00", "25:00-26:00", "24:00-25:00", "09:00-17:000"} {
		if span, err := ParseSpan(src); err == nil {
			t.Errorf("%q is %v", src, span)
		}
	}
}
