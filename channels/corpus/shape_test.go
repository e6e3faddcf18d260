package corpus

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"testing"
	"time"
)

// TestFreshIDsHaveTheFormOfTheOld, and nine characters that chance decides.
func TestFreshIDsHaveTheFormOfTheOld(t *testing.T) {
	for old, form := range map[string]string{
		"700124":                               `^[1-7][0-9]{8}$`,
		"7":                                    `^[1-7][0-9]{8}$`,
		"0":                                    `^1[0-9]{8}$`,
		"4912661846655238146":                  `^[1-4][0-9]{18}$`,
		"wamid.HBgLSAMPLE0001=":                `^wamid\.[A-Z]{2}[a-z][A-Z]{7}[0-9]{3}1=$`,
		"Ev00000001":                           `^[A-Z][a-z][0-9]{8}$`,
		"4382bfdwdsb323b2d9":                   `^[1-4][0-9]{3}[a-z]{7}[0-9]{3}[a-z][0-9][a-z][0-9]$`,
		"true_15550100017@c.us_3A":             `^true_15550100017@c\.us_[1-9A-Z0-9]{9}$`,
		"m-1":                                  `^m-[0-9]{9}$`,
		"7f1d2c3b-4a59-4687-b8c9-d0e1f2a3b4c5": `^[1-7]f?[0-9a-f-]+$`,
		"wamid.HBgLSENT=":                      `^wamid\.[A-Za-z0-9]{9,}T=$`,
		"a word":                               `[0-9]{9}$`,
	} {
		chance := rand.New(rand.NewPCG(1, 2))
		seen := map[string]bool{}
		for range 1000 {
			id := freshID(old, []string{"15550100017"}, chance)
			if !regexp.MustCompile(form).MatchString(id) {
				t.Fatalf("%s becomes %s, want %s", old, id, form)
			}
			seen[id] = true
		}
		if len(seen) < 999 {
			t.Errorf("%s: %d of 1000 ids are distinct", old, len(seen))
		}
	}
}

// TestTimesKeepTheirForm moves each by a day.
func TestTimesKeepTheirForm(t *testing.T) {
	near := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for was, want := range map[string]string{
		"1772445600": "^1772532000$", "1772445600123": "^1772532000123$", "1772445600123456": "^1772532000123456$",
		"1772445600.000200":             `^1772532000\.000207$`,
		"2026-03-02T10:00:00Z":          "^2026-03-03T10:00:00Z$",
		"2026-03-02T10:00:00.250Z":      `^2026-03-03T10:00:00\.250Z$`,
		"2026-03-02T12:00:00+02:00":     `^2026-03-03T12:00:00\+02:00$`,
		"2026-03-02T10:00:00+00:00":     `^2026-03-03T10:00:00\+00:00$`,
		"2026-03-02T10:00:00.000+0000":  `^2026-03-03T10:00:00\.000\+0000$`,
		"2026-03-02T12:00:00.000+0200":  `^2026-03-03T12:00:00\.000\+0200$`,
		"2026-03-02 10:00:00":           "^2026-03-03 10:00:00$",
		"2026-03-02T10:00:00.123456789": `^2026-03-03T10:00:00\.123456789$`,
		"5550100017":                    "", "17724456": "", "2017-03-13T19:19:14Z": "", "2026-03-02": "", "3.14": "", "": "", "text": "",
	} {
		at, clock := timeOf(was, near)
		switch {
		case clock == nil && want != "":
			t.Errorf("%s is no time", was)
		case clock != nil && want == "":
			t.Errorf("%s is a time", was)
		case clock != nil:
			if got := clock(at.Add(24*time.Hour), 7); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("%s becomes %s, want %s", was, got, want)
			}
		}
	}
}

// FuzzScan says that a payload whose scalars are written as they are is the same.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":"b\"c","d":[1,-2.5e3,{"é":"\u00e9"}],"e":{}}`, `"x"`, `7`, "a=b&c=%41+d&e", `{"a":`, "", "=&=", `{"\"":"<&>"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var edits []edit
		for _, s := range append(scan(body), objects(body)...) {
			if s.start < 0 || s.end > len(body) || s.start > s.end {
				t.Fatalf("%d to %d of %d", s.start, s.end, len(body))
			}
			if s.form == quoted {
				edits = append(edits, edit{s, s.text})
			}
		}
		with, ok := write(body, edits)
		if !ok {
			t.Fatal("not written")
		}
		if json.Valid(body) != json.Valid(with) && len(edits) > 0 {
			t.Errorf("%s becomes %s", body, with)
		}
	})
}
