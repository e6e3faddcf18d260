package spec

import (
	"strconv"
	"unicode/utf8"
)

// A unit is where one rune of a scalar's text stands in the file. An escape such
// as \u00e9 is one unit of several columns.
type unit struct {
	line, column, length int
}

// At maps the runes from..to of Text back into the file; to is exclusive. What
// spans lines ends with its first line, and offsets outside of the text are
// moved to its ends. At(0, 0) is the place of the whole value, and so is every
// place in a text that can't be mapped.
func (n *Node) At(from, to int) Pos {
	if n == nil || n.kind != Scalar || (from <= 0 && to <= 0) {
		return n.Pos()
	}
	units, ok := n.units()
	if !ok || len(units) == 0 {
		return n.Pos()
	}
	if from >= len(units) {
		last := units[len(units)-1]
		end := len(n.file.row(last.line)) + 1
		return n.file.Pos(last.line, min(last.column+last.length, end), 1)
	}
	from = max(from, 0)
	first := units[from]
	end := first.column + first.length
	for _, u := range units[from:max(from, min(to, len(units)))] {
		if u.line != first.line {
			break
		}
		end = u.column + u.length
	}
	return n.file.Pos(first.line, first.column, end-first.column)
}

// units finds every rune of the text in the file; false when the source does
// not read as expected, which leaves the place of the value.
func (n *Node) units() ([]unit, bool) {
	if n.style == literal {
		return n.literalUnits(), true
	}
	units := make([]unit, 0, len(n.text))
	if !n.walk(func(u unit) { units = append(units, u) }) {
		return nil, false
	}
	return units, true
}

// walk calls f with the place of every rune of a text that is not literal, and
// reports whether it came to the end.
func (n *Node) walk(f func(unit)) bool {
	w := walker{file: n.file, style: n.style, line: n.line, column: n.column}
	switch n.style {
	case singleQuoted, doubleQuoted:
		w.column++
	case folded:
		w.line, w.column = n.line+1, 1
	}
	for _, r := range n.text {
		u, ok := w.find(r)
		if !ok {
			return false
		}
		f(u)
	}
	return true
}

// literalUnits pairs the lines of the text with those below the |: each is the
// end of its source line.
func (n *Node) literalUnits() []unit {
	units := make([]unit, 0, len(n.text))
	line := n.line + 1
	start := 0
	for i := 0; i <= len(n.text); i++ {
		if i < len(n.text) && n.text[i] != '\n' {
			continue
		}
		count := utf8.RuneCountInString(n.text[start:i])
		column := len(n.file.row(line)) - count + 1
		for k := range count {
			units = append(units, unit{line, max(1, column+k), 1})
		}
		if i < len(n.text) {
			units = append(units, unit{line, max(1, column+count), 1})
		}
		line++
		start = i + 1
	}
	return units
}

// A walker follows a text through its source. YAML turns breaks and the white
// space around them into a space or into breaks, so white space is matched
// loosely and everything else exactly.
type walker struct {
	file         *File
	style        style
	line, column int // next to read
}

// find returns the place of the next rune of the text.
func (w *walker) find(r rune) (unit, bool) {
	if got, u, ok := w.peek(); ok && got == r {
		w.column += u.length
		return u, true
	}
	if r == ' ' || r == '\n' {
		return unit{w.line, w.column, 0}, true // a fold: it stays before the white space that it is made of
	}
	if !w.skipSpace() {
		return unit{}, false
	}
	got, u, ok := w.peek()
	if !ok || got != r {
		return unit{}, false
	}
	w.column += u.length
	return u, true
}

// skipSpace moves over white space, breaks, and a break that is escaped.
func (w *walker) skipSpace() bool {
	for {
		row, i := w.file.row(w.line), w.column-1
		switch {
		case i >= len(row), w.style == doubleQuoted && i == len(row)-1 && row[i] == '\\':
			if w.line >= w.file.Lines() {
				return false
			}
			w.line, w.column = w.line+1, 1
		case row[i] == ' ' || row[i] == '\t':
			w.column++
		default:
			return true
		}
	}
}

// peek reads one rune of the text from the source, undoing escapes.
func (w *walker) peek() (rune, unit, bool) {
	row, i := w.file.row(w.line), w.column-1
	if i >= len(row) {
		return 0, unit{}, false
	}
	r, length := row[i], 1
	switch {
	case w.style == singleQuoted && r == '\'' && i+1 < len(row) && row[i+1] == '\'':
		length = 2
	case w.style == doubleQuoted && r == '\\':
		r, length = escape(row[i:])
	}
	return r, unit{w.line, w.column, length}, length > 0
}

// escape reads an escape of a double quoted text; length 0 when it is none.
func escape(s []rune) (r rune, length int) {
	if len(s) < 2 {
		return 0, 0
	}
	digits := 0
	switch s[1] {
	case '0':
		return 0, 2
	case 'a':
		return '\a', 2
	case 'b':
		return '\b', 2
	case 't', '\t':
		return '\t', 2
	case 'n':
		return '\n', 2
	case 'v':
		return '\v', 2
	case 'f':
		return '\f', 2
	case 'r':
		return '\r', 2
	case 'e':
		return 0x1b, 2
	case ' ', '"', '\\', '\'':
		return s[1], 2
	case 'N':
		return 0x85, 2
	case '_':
		return 0xa0, 2
	case 'L':
		return 0x2028, 2
	case 'P':
		return 0x2029, 2
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return 0, 0
	}
	if len(s) < 2+digits {
		return 0, 0
	}
	v, err := strconv.ParseUint(string(s[2:2+digits]), 16, 32)
	if err != nil {
		return 0, 0
	}
	return rune(v), 2 + digits
}
