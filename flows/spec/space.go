package spec

import (
	"fmt"
	"unicode"
)

// oddSpace reports whether a character looks like a space, or like nothing, and
// is none to YAML. Such spaces come along with copied text.
func oddSpace(c rune) bool {
	switch c {
	case ' ', '\t':
		return false
	case 0x200B, 0x2060: // of no width
		return true
	}
	return unicode.IsSpace(c)
}

// oddAt reports whether there is an odd space at i.
func oddAt(row []rune, i int) bool { return i < len(row) && oddSpace(row[i]) }

// skipSpace moves over spaces of all sorts.
func skipSpace(row []rune, i int) int {
	for i < len(row) && (row[i] == ' ' || row[i] == '\t' || oddSpace(row[i])) {
		i++
	}
	return i
}

// spaceName names white space that is no space to YAML.
func spaceName(c rune) string {
	switch c {
	case '\t':
		return "a tab"
	case '\u00a0':
		return "a no-break space"
	}
	return fmt.Sprintf("the special space U+%04X", c)
}

// A blur is an odd space where YAML wants one of its own.
type blur struct {
	i, length    int
	message, fix string
}

// blurAt finds the odd space that keeps what stands at i from being a key or a
// list item; false when there is none.
func blurAt(row []rune, i int) (blur, bool) {
	mark := before(row, i)
	if i < len(row) && row[i] == '-' {
		mark, i = '-', i+1
	}
	if oddAt(row, i) {
		b := blur{i, skipSpace(row, i) - i, spaceName(row[i]), "Use a space."}
		switch mark {
		case '-':
			b.message += " follows the `-`"
		case ':':
			b.message += " follows the colon"
		case 0:
			b.message, b.fix = b.message+" indents this line", "Use spaces, two for each level."
		default:
			return blur{}, false
		}
		return b, true
	}
	end := i // of a key
	for end < len(row) && keyRune(row[end]) {
		end++
	}
	switch {
	case end == i:
	case oddAt(row, end) && end+1 < len(row) && row[end+1] == ':':
		return blur{end, 1, spaceName(row[end]) + " stands before the colon", "Delete it."}, true
	case end < len(row) && row[end] == ':' && oddAt(row, end+1):
		return blur{end + 1, 1, spaceName(row[end+1]) + " follows the colon", "Use a space."}, true
	}
	return blur{}, false
}

// keyRune reports whether a character may be in a key without quotes.
func keyRune(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// before is the last character before i that is no space; 0 when there is none.
func before(row []rune, i int) rune {
	for i = min(i, len(row)) - 1; i >= 0 && (row[i] == ' ' || row[i] == '\t'); i-- {
	}
	if i < 0 {
		return 0
	}
	return row[i]
}

// blurred reports the odd space that made a key or a text of what was meant to
// be something else.
func (n *Node) blurred(r *Report) bool {
	if n.style != plain {
		return false
	}
	b, ok := blurAt(n.file.row(n.line), n.column-1)
	if ok {
		r.Error(n.file.Pos(n.line, b.i+1, b.length), "E103", b.fix, "%s", b.message)
	}
	return ok
}
