package language

import (
	"testing"
	"time"
)

func TestTimesLeftOutByClocksMoveForward(t *testing.T) {
	for _, c := range []struct{ zone, text, want string }{
		{"America/New_York", "2026-03-08 02:30", "2026-03-08T03:30:00-04:00"},
		{"America/New_York", "2026-03-08 01:59", "2026-03-08T01:59:00-05:00"},
		{"Europe/Berlin", "29.3.2026 02:00", "2026-03-29T03:00:00+02:00"},
		{"Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04T02:45:00+11:00"},
		{"Africa/Cairo", "2026-04-24 00:30", "2026-04-24T01:30:00+03:00"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := Datetime(c.text, Locale{Zone: zone, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, zone)})
		if !ok || got.Format(time.RFC3339) != c.want {
			t.Errorf("%s %q: %s, %v, want %s", c.zone, c.text, got.Format(time.RFC3339), ok, c.want)
		}
	}
}

func TestDayWithoutMidnightBeginsLater(t *testing.T) {
	zone, err := time.LoadLocation("Africa/Cairo") // clocks go forward at midnight
	if err != nil {
		t.Fatal(err)
	}
	got, ok := Date("24.4.2026", Locale{Zone: zone, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, zone)})
	if want := "2026-04-24T01:00:00+03:00"; !ok || got.Format(time.RFC3339) != want {
		t.Errorf("%s, %v, want %s", got.Format(time.RFC3339), ok, want)
	}
}

func TestTodayIsThatOfTheZone(t *testing.T) {
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		zone *time.Location
		want string
	}{{nil, "2026-03-03T00:00:00Z"}, {auckland, "2026-03-04T00:00:00+13:00"}} {
		got, ok := Date("tomorrow", Locale{Zone: c.zone, Now: now})
		if !ok || got.Format(time.RFC3339) != c.want {
			t.Errorf("in %v: %s, %v, want %s", c.zone, got.Format(time.RFC3339), ok, c.want)
		}
	}
}

func TestNextFridayDependsOnTheDay(t *testing.T) {
	for day, want := range map[int][2]string{ // of March 2026, the 2nd being a Monday
		2: {"03-06", "03-13"}, 5: {"03-06", "03-13"}, 6: {"03-13", "03-13"}, 7: {"03-13", "03-13"}, 8: {"03-13", "03-13"},
	} {
		l := Locale{Now: time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)}
		for i, text := range []string{"friday", "next friday"} {
			got, ok := Date(text, l)
			if !ok || got.Format("01-02") != want[i] {
				t.Errorf("%s on %s: %s, want %s", text, l.Now.Weekday(), got.Format("01-02"), want[i])
			}
		}
	}
}

func BenchmarkAnswers(b *testing.B) {
	l := berlin(b)
	for _, c := range []struct{ parser, text string }{
		{"int", "about 250 people"}, {"bool", "yes please"}, {"date", "next friday"}, {"datetime", "tomorrow at half past five"},
		{"email", "it's ann@example.com"}, {"phone", "+44 20 7946 0958"},
	} {
		b.Run(c.parser, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				parse(c.parser, c.text, l)
			}
		})
	}
}
