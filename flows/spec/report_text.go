package spec

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// excerptWidth is how many runes of a long line an excerpt shows.
const excerptWidth = 120

// Text writes the report for people: a line for each diagnostic, the source line
// with a caret under the place, and a count at the end. With color it uses ANSI
// escapes; control characters of the source never reach the terminal.
func (r *Report) Text(w io.Writer, color bool) error {
	out := bufio.NewWriter(w)
	for _, d := range r.sorted() {
		p := palette{on: color}
		fmt.Fprintf(out, "%s  %s  %s\n", p.bold(visible(r.shown(d).place())), p.severity(d.Severity, d.Code), visible(d.sentence()))
		r.excerpt(out, d, p)
	}
	fmt.Fprintln(out, r.summary())
	return out.Flush()
}

// excerpt writes the source line and the caret line, when there is a source.
func (r *Report) excerpt(w io.Writer, d Diagnostic, p palette) {
	file, ok := r.files[d.File]
	if !ok || d.Line < 1 || d.Line > file.Lines() {
		return
	}
	line := r.cover(place{d.File, d.Line}, file.row(d.Line))
	from := min(d.Column-1, len(line))
	to := min(max(d.EndColumn-1, from), len(line))
	line, from, to, cut := window(line, from, to)
	before, marked := string(line[:from]), string(line[from:to])
	fmt.Fprintf(w, "%5d | %s%s\n", d.Line, cut, visible(string(line)))
	caret := strings.Repeat("^", max(1, width(marked)))
	fmt.Fprintf(w, "      | %s%s%s\n", strings.Repeat(" ", width(cut)), blank(before), p.severity(d.Severity, caret))
}

// window narrows a long line to the part around the place.
func window(line []rune, from, to int) (part []rune, start, end int, cut string) {
	if len(line) <= excerptWidth {
		return line, from, to, ""
	}
	first := max(0, min(from-excerptWidth/3, len(line)-excerptWidth))
	last := min(first+excerptWidth, len(line))
	if first > 0 {
		cut = "…"
	}
	return line[first:last], from - first, min(to, last) - first, cut
}

// blank returns white space as wide as s. Tabs stay tabs, so that both lines
// move to the same stop.
func blank(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "\t") {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(strings.Repeat(" ", width(part)))
	}
	return b.String()
}

// width returns the number of terminal cells, where a tab counts as one.
func width(s string) int {
	return uniseg.StringWidth(strings.ReplaceAll(visible(s), "\t", " "))
}

// visible replaces control characters, which a terminal would obey.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// A palette writes ANSI colors when it is on.
type palette struct{ on bool }

func (p palette) paint(code, s string) string {
	if !p.on {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p palette) bold(s string) string { return p.paint("1", s) }

func (p palette) severity(severity Severity, s string) string {
	switch severity {
	case SeverityError:
		return p.paint("31", s)
	case SeverityHint:
		return p.paint("36", s)
	}
	return p.paint("33", s)
}
