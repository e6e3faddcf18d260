package flows

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/parley-chat/parley/flows/spec"
)

const plainFlow = "flow: hello\nstart: {words: hello}\nsteps:\n  - say: Hello!\n"

// FuzzLoad loads any bytes as a flow beside a good bot.yaml, and as a bot.yaml
// beside a good flow.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(data).Files {
			if strings.HasSuffix(part.Name, ".yaml") {
				f.Add(part.Data)
			}
		}
	}
	codes := map[string]bool{}
	for _, d := range Codes() {
		codes[d.Code] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, sources := range [][]source{
			{{"bot.yaml", []byte(plainBot)}, {"flows/a.yaml", data}},
			{{"bot.yaml", data}, {"flows/a.yaml", []byte(plainFlow)}},
		} {
			b, r := compile(&loader{r: spec.NewReport(), o: brokenOptions()}, sources)
			if (b == nil) != r.Failed() {
				t.Errorf("a bot is there: %v; the report has failed: %v", b != nil, r.Failed())
			}
			checkPlaces(t, r, sources, codes)
		}
	})
}

// checkPlaces: every diagnostic points into a file, has a code that is
// explained, and a sentence.
func checkPlaces(t *testing.T, r *spec.Report, sources []source, codes map[string]bool) {
	text(t, r)
	for _, d := range r.Diagnostics() {
		var lines []string
		for _, s := range sources {
			if s.name == d.File {
				lines = strings.Split(string(s.data), "\n")
			}
		}
		if lines == nil || d.Line < 0 || d.Line > len(lines) {
			t.Errorf("%s is outside of its file", d)
			continue
		}
		if d.Line > 0 && (d.Column < 1 || d.Column > utf8.RuneCountInString(lines[d.Line-1])+1 || d.EndColumn <= d.Column) {
			t.Errorf("%s, column %d to %d, is outside of %q", d, d.Column, d.EndColumn, lines[d.Line-1])
		}
		misformatted := strings.Contains(d.Message+d.Fix, "%!") && !strings.Contains(strings.Join(lines, ""), "%!")
		if !codes[d.Code] || d.Message == "" || misformatted {
			t.Errorf("not a good diagnostic: %s", d)
		}
	}
}
