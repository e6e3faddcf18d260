package spec

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAtPointsIntoEveryStyleOfScalar(t *testing.T) {
	for name, c := range map[string]struct {
		src, find    string
		line, column int
		length       int
	}{
		"plain":                      {"a: b\ntext: one two", "two", 2, 11, 3},
		"plain after wide runes":     {"text: 你好é two", "two", 1, 11, 3},
		"plain over lines":           {"text: one\n  two\n\n  three", "three", 4, 3, 5},
		"plain across lines":         {"text: one\n  two", "one two", 1, 7, 3},
		"plain with odd spaces":      {"text: one   \n     two", "two", 2, 6, 3},
		"plain, a lone break":        {"text: one\n\n\n  two", "two", 4, 3, 3},
		"single quoted":              {"text: 'one two'", "two", 1, 12, 3},
		"single quoted, doubled":     {"text: 'it''s two'", "two", 1, 14, 3},
		"the doubled quote":          {"text: 'it''s two'", "'", 1, 10, 2},
		"single quoted over lines":   {"text: 'one\n  two'", "two", 2, 3, 3},
		"double quoted":              {`text: "one two"`, "two", 1, 12, 3},
		"double quoted, escape":      {`text: "\u00e9 \x41 two"`, "two", 1, 20, 3},
		"the escape":                 {`text: "one \u00e9"`, "é", 1, 12, 6},
		"escaped quote":              {`text: "say \"two\""`, "two", 1, 14, 3},
		"escaped break in value":     {`text: "one\ntwo"`, "two", 1, 13, 3},
		"escaped end of line":        {"text: \"one \\\n   two\"", "two", 2, 4, 3},
		"double quoted over lines":   {"text: \"one\n\n  two\"", "two", 3, 3, 3},
		"literal":                    {"text: |\n  one\n  two", "two", 3, 3, 3},
		"literal, indented more":     {"text: |\n  one\n    two x", "two", 3, 5, 3},
		"literal, with a first gap":  {"text: |\n\n  one two", "two", 3, 7, 3},
		"literal, explicit indent":   {"text: |2\n    one two", "two", 2, 9, 3},
		"literal, stripped":          {"text: |-\n  one\n\n  two", "two", 4, 3, 3},
		"literal with Windows lines": {"text: |\r\n  one\r\n  two\r\n", "two", 3, 3, 3},
		"literal in a list":          {"text:\n- |\n one two", "two", 3, 6, 3},
		"folded":                     {"text: >\n  one\n  two", "two", 3, 3, 3},
		"folded, indented more":      {"text: >\n  one\n    two\n  three", "three", 4, 3, 5},
		"inline":                     {`{a: b, text: one two}`, "two", 1, 18, 3},
		"behind a byte order mark":   {"\uFEFFtext: two", "two", 1, 7, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReport()
			n := Parse(r, "f.yaml", []byte(c.src)).Get("text")
			if n.Kind() == List {
				n = n.Items()[0]
			}
			before, _, found := strings.Cut(n.Text(), c.find)
			if !found {
				t.Fatalf("%q is not in %q (%v)", c.find, n.Text(), r.Diagnostics())
			}
			from := utf8.RuneCountInString(before)
			at := n.At(from, from+utf8.RuneCountInString(c.find))
			if at.Line != c.line || at.Column != c.column || at.Length != c.length {
				t.Errorf("%d:%d+%d, want %d:%d+%d", at.Line, at.Column, at.Length, c.line, c.column, c.length)
			}
		})
	}
}

func TestAtKeepsWithinTheText(t *testing.T) {
	n := Parse(NewReport(), "f.yaml", []byte("text: one two")).Get("text")
	for name, c := range map[string]struct{ from, to, column, length int }{
		"nothing given is the value": {0, 0, 7, 7},
		"before the text":            {-5, 3, 7, 3},
		"after the text":             {99, 120, 14, 1},
		"at its end":                 {7, 7, 14, 1},
		"beyond its end":             {4, 99, 11, 3},
		"backwards":                  {4, 2, 11, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if at := n.At(c.from, c.to); at.Column != c.column || at.Length != c.length {
				t.Errorf("column %d, length %d; want %d, %d", at.Column, at.Length, c.column, c.length)
			}
		})
	}
	if at := (*Node)(nil).At(1, 2); at != (Pos{}) {
		t.Errorf("a missing node is at %v", at)
	}
	empty := Parse(NewReport(), "f.yaml", []byte("text: ''")).Get("text")
	if at := empty.At(1, 2); at.Column != 7 || at.Length != 2 {
		t.Errorf("an empty text is at %d+%d", at.Column, at.Length)
	}
}

func TestNodesKnowTheirPlace(t *testing.T) {
	src := "a: 'x y'\nb:\n  - c: 1\n    d:\ne: |\n  text\nf: {g: h}\ni: [j]\nk: ~\n"
	n := Parse(NewReport(), "f.yaml", []byte(src))
	for name, c := range map[string]struct {
		node *Node
		want Pos
	}{
		"quoted, with its quotes":   {n.Get("a"), Pos{Line: 1, Column: 4, Length: 5}},
		"list, at its first mark":   {n.Get("b"), Pos{Line: 3, Column: 3, Length: 1}},
		"map, at its first key":     {n.Get("b").Items()[0], Pos{Line: 3, Column: 5, Length: 1}},
		"missing value, at its key": {n.Get("b").Items()[0].Get("d"), Pos{Line: 4, Column: 5, Length: 1}},
		"block, at its mark":        {n.Get("e"), Pos{Line: 5, Column: 4, Length: 1}},
		"inline map":                {n.Get("f"), Pos{Line: 7, Column: 4, Length: 1}},
		"inline list":               {n.Get("i"), Pos{Line: 8, Column: 4, Length: 1}},
		"null":                      {n.Get("k"), Pos{Line: 9, Column: 4, Length: 1}},
		"absent":                    {n.Get("z"), Pos{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.node.Pos()
			got.File = nil
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
	if n.Get("a").Key().Text() != "a" || n.Get("b").Items()[0].Key() != nil {
		t.Error("a value knows its key, an element has none")
	}
}

func TestEveryEscapeHasItsPlace(t *testing.T) {
	src := `"\0\a\b\t\n\v\f\r\e\ \"\'\\\N\_\L\P\x41\u00e9\U0001F600|"`
	r := NewReport()
	n := Parse(r, "f.yaml", []byte(src))
	count := utf8.RuneCountInString(n.Text())
	at := n.At(count-1, count)
	if r.Failed() || count != 21 || src[at.Column-1] != '|' {
		t.Errorf("%d runes, the last at column %d, %v", count, at.Column, r.Diagnostics())
	}
}
