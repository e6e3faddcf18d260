package bot

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// manual is the handbook of operators.
func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestManualNamesCausesThatThereAre: each cause of the handbook is one that a store or
// the bot writes.
func TestManualNamesCausesThatThereAre(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../channels/errors.go", "../state/internal/rules/*.go", "../state/filestore/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v %v", pattern, names, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				code.Write(text)
			}
		}
	}
	_, table, found := strings.Cut(manual(t), "| cause |")
	table, _, _ = strings.Cut(table, "\n## ")
	causes := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1)
	if !found || len(causes) < 15 {
		t.Fatalf("the table has %d causes", len(causes))
	}
	for _, c := range causes {
		if !strings.Contains(code.String(), c[1]) {
			t.Errorf("nothing has the cause %q", c[1])
		}
	}
}

// TestManualKnowsTheEventsOfPrograms: their fields, their kinds, and an example that
// is taken.
func TestManualKnowsTheEventsOfPrograms(t *testing.T) {
	text := manual(t)
	for _, field := range postedFields() {
		if !regexp.MustCompile("(?m)^\\|[^|]*`" + field + "`[^|]*\\|").MatchString(text) {
			t.Errorf("there is no row for %s", field)
		}
	}
	for _, kind := range postedKinds() {
		if !strings.Contains(text, "`"+string(kind)+"`") {
			t.Errorf("the kind %s is not named", kind)
		}
	}
	example := regexp.MustCompile(`(?s)-d '(\{.*?\})'`).FindStringSubmatch(text)
	var fields map[string]any
	if example == nil || json.Unmarshal([]byte(example[1]), &fields) != nil {
		t.Fatalf("no example: %q", example)
	}
	for field := range fields {
		if !slices.Contains(postedFields(), field) {
			t.Errorf("the example has %s", field)
		}
	}
}

// TestManualShowsWhatReadyzAnswers, with the same fields.
func TestManualShowsWhatReadyzAnswers(t *testing.T) {
	var shown, given map[string]any
	example := regexp.MustCompile(`(?m)^\{"ready".*$`).FindString(manual(t))
	if err := json.Unmarshal([]byte(example), &shown); err != nil {
		t.Fatalf("%q: %v", example, err)
	}
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	answer := get(b, "/readyz")
	if err := json.Unmarshal(answer.Body.Bytes(), &given); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", answer.Code, answer.Body, err)
	}
	for field := range given {
		if _, there := shown[field]; !there {
			t.Errorf("/readyz has %s, the handbook has not", field)
		}
	}
	for field := range shown {
		if _, there := given[field]; !there {
			t.Errorf("the handbook has %s, /readyz has not", field)
		}
	}
}
