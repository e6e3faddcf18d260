package spec

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the diagnostics that are found into testdata")

// divider stands between the input of a case and what is expected of it.
const divider = "\n==== diagnostics\n"

// Every file under testdata/mistakes is a flow with one mistake, or with what
// looks like one and is none, followed by exactly the diagnostics that it must
// give.
func TestEveryMistakeIsReportedAtItsPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.txt")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d cases, %v; there must be 40 or more", len(files), err)
	}
	g := testGrammar()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := bytes.Cut(data, []byte(divider))
			var got strings.Builder
			for _, d := range g.load("f.yaml", input).Diagnostics() {
				fmt.Fprintf(&got, "%d:%d-%d %s %s\n", d.Line, d.Column, d.EndColumn, d.Code, d.sentence())
			}
			if *update {
				if err := os.WriteFile(file, []byte(string(input)+divider+got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got.String() != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
			}
		})
	}
}
