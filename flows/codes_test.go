package flows

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryCodeIsExplained: a code that a person sees can be looked up, and none
// is explained that no one ever sees.
func TestEveryCodeIsExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, d := range Codes() {
		if explained[d.Code] {
			t.Errorf("%s is explained twice", d.Code)
		}
		explained[d.Code] = true
		if d.Title == "" || d.Explanation == "" {
			t.Errorf("%s is not explained", d.Code)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range append(files, "envfile/envfile.go") {
		if file == "codes.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([EWH][0-9]{3})[" ]`).FindAllStringSubmatch(string(src), -1) {
			used[m[1]] = true
			if !explained[m[1]] {
				t.Errorf("%s uses %s, which is not explained", file, m[1])
			}
		}
	}
	for code := range explained {
		if regexp.MustCompile(`^([EW]2|W3|H4)`).MatchString(code) && !used[code] {
			t.Errorf("%s is explained and not used", code)
		}
	}
}

// TestEveryCodeHasABrokenBot: there is a case in testdata/broken for each code
// of this package that a folder alone can bring about.
func TestEveryCodeHasABrokenBot(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var reports strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, report, _ := strings.Cut(string(data), "-- report --")
		reports.WriteString(report)
	}
	for _, d := range Codes() {
		elsewhere := d.Code == "E229" || d.Code == "E244" // in Go, and with 5,001 steps: load_test.go
		if regexp.MustCompile(`^([EW]2|W3|H4)`).MatchString(d.Code) && !elsewhere && !strings.Contains(reports.String(), "  "+d.Code+"  ") {
			t.Errorf("no case in testdata/broken has %s", d.Code)
		}
	}
}
