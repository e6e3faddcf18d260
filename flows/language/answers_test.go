package language

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

var update = flag.Bool("update", false, "rewrite what testdata expects")

// berlin is where the answers of testdata are given, on Monday 2 March 2026 at ten.
func berlin(t testing.TB) Locale {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return Locale{Zone: zone, Now: time.Date(2026, time.March, 2, 10, 0, 0, 0, zone)}
}

// parse runs the parser of that name, and returns its value as testdata has it: "-"
// when the text is refused.
func parse(name, text string, l Locale) string {
	var value any
	var ok bool
	switch name {
	case "int":
		value, ok = Int(text, l)
	case "number":
		var f float64
		f, ok = Number(text, l)
		value = strconv.FormatFloat(f, 'f', -1, 64)
	case "bool":
		value, ok = Bool(text, l)
	case "date":
		var t time.Time
		t, ok = Date(text, l)
		value = t.Format("2006-01-02")
	case "time":
		value, ok = Time(text, l)
	case "datetime":
		var t time.Time
		t, ok = Datetime(text, l)
		value = t.Format("2006-01-02 15:04")
	case "duration":
		value, ok = Duration(text, l)
	case "email":
		value, ok = Email(text)
	case "phone":
		value, ok = Phone(text, l)
	case "url":
		value, ok = URL(text)
	default:
		return "no such parser"
	}
	if !ok {
		return "-"
	}
	return fmt.Sprint(value)
}

// TestAnswersAreReadAsMeant runs testdata/*.txt. A line has a parser, a text and
// what it means, parted by " | "; a line with "locale" sets the language and,
// optionally, the country of those after it.
func TestAnswersAreReadAsMeant(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no answers in testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runAnswers(t, file) })
	}
}

func runAnswers(t *testing.T, file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := berlin(t)
	var out strings.Builder
	lines := bufio.NewScanner(strings.NewReader(string(content)))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		cells := strings.Split(line, " | ")
		switch {
		case len(cells) >= 2 && cells[0] == "locale":
			l.Language, l.Country = cells[1], ""
			if len(cells) > 2 {
				l.Country = cells[2]
			}
		case len(cells) == 3:
			got := parse(cells[0], cells[1], l)
			if got != cells[2] && !*update {
				t.Errorf("%s:%d: %s of %q is %s, want %s", file, n, cells[0], cells[1], got, cells[2])
			}
			line = cells[0] + " | " + cells[1] + " | " + got
		case line != "" && !strings.HasPrefix(line, "#"):
			t.Errorf("%s:%d: cannot read %q", file, n, line)
		}
		out.WriteString(line + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
