package spec

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// Whatever is parsed, nothing panics, and every place is in the file.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/mistakes/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		input, _, _ := bytes.Cut(data, []byte(divider))
		f.Add(input)
	}
	f.Add([]byte(fine))
	g := testGrammar()
	f.Fuzz(func(t *testing.T, src []byte) {
		r := NewReport()
		n := Parse(r, "f.yaml", src)
		if n == nil && !r.Failed() {
			t.Error("nothing was read and nothing reported")
		}
		if n != nil {
			g.decode(r, n)
			checkPlaces(t, n)
		}
		file := r.File("f.yaml")
		for _, d := range r.Diagnostics() {
			if d.Line == 0 {
				continue
			}
			width := utf8.RuneCountInString(file.Line(d.Line))
			if d.Line > file.Lines() || d.Column < 1 || d.Column > width+1 || d.EndColumn <= d.Column || d.EndColumn > width+2 {
				t.Errorf("%v-%d is outside of the file", d, d.EndColumn)
			}
		}
		var out bytes.Buffer
		for _, err := range []error{r.Text(&out, true), r.JSON(&out), r.SARIF(&out), r.GitHub(&out)} {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// checkPlaces checks every node and every rune of every text.
func checkPlaces(t *testing.T, n *Node) {
	inside := func(at Pos) {
		width := utf8.RuneCountInString(n.file.Line(at.Line))
		if at.Line < 1 || at.Line > n.file.Lines() || at.Column < 1 || at.Column > width+1 || at.Column+at.Length > width+2 {
			t.Errorf("%v+%d is outside of the file", at, at.Length)
		}
	}
	inside(n.Pos())
	count := utf8.RuneCountInString(n.Text())
	for i := -1; i <= min(count, 200); i++ {
		inside(n.At(i, i+1))
	}
	inside(n.At(0, count))
	for _, item := range n.Items() {
		checkPlaces(t, item)
	}
	for _, p := range n.Pairs() {
		checkPlaces(t, p.Key)
		checkPlaces(t, p.Value)
	}
}
