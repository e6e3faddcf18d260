package spec

import (
	"fmt"
	"slices"
)

// An under is what the current line stands under, when that is a block of text
// and no key or list item has come since.
type under struct {
	block  bool
	indent int // of the first line of the text; 0 when there is none
	least  int // what it would have to be
	said   bool
}

// place finds the level of a key or a list mark; false when it is indented
// wrongly, which is reported.
func (s *scanner) place(at spot, list, first bool) bool {
	if s.lost = s.lost && (at.i > 0 || list); s.lost {
		s.open = false
		return true
	}
	popped := false
	var was []int
	for n := len(s.levels); n > 0 && s.levels[n-1].indent > at.i; n = len(s.levels) {
		was = append(was, s.levels[n-1].indent)
		s.levels, popped, s.open = s.levels[:n-1], true, false
	}
	n := len(s.levels)
	switch {
	case n == 0 && popped:
		s.wrongIndent(at, was)
		s.levels = []level{{at.i, list}}
		return true
	case n == 0 || (s.levels[n-1].indent < at.i && (s.open || !first)):
		s.levels = append(s.levels, level{at.i, list})
	case s.levels[n-1].indent < at.i:
		s.wrongIndent(at, append(was, s.levels[n-1].indent))
		return false
	case s.levels[n-1].list == list:
	case list && s.open: // a list may stand right below its key
		s.levels = append(s.levels, level{at.i, true})
	case !list && n > 1 && s.levels[n-2].indent == at.i:
		s.levels = s.levels[:n-1]
	case list:
		s.broken(at, 1, "E111", "Indent it like the items of its list, or delete the `-`.", "a list item stands among the keys of a map")
		return false
	default:
		s.broken(at, s.wordLength(at), "E111", "Begin it with `- `, or indent it to belong to the item above.", "a key stands among the items of a list")
		return false
	}
	s.open = false
	return true
}

// wrongIndent reports a line that is on no level.
func (s *scanner) wrongIndent(at spot, near []int) {
	if s.lost {
		return
	}
	for _, l := range s.levels {
		near = append(near, l.indent)
	}
	slices.Sort(near)
	near = slices.Compact(near)
	var below, above = -1, -1
	for _, indent := range near {
		if indent < at.i {
			below = indent
		} else if above < 0 && indent > at.i {
			above = indent
		}
	}
	fix := "Indent it like the lines that it belongs to."
	switch {
	case below >= 0 && above >= 0:
		fix = "Indent it by " + spaces(below) + " or " + spaces(above) + ", like the lines that it belongs to."
	case below >= 0:
		fix = "Indent it by " + spaces(below) + ", like the lines above."
	case above >= 0:
		fix = "Indent it by " + spaces(above) + ", like the lines above."
	}
	message := "this line is indented by " + spaces(at.i) + ", unlike any line that it could belong to"
	if at.i == 0 {
		message = "this line is not indented, and the lines above are"
	}
	s.broken(at, s.wordLength(at), "E111", fix, "%s", message)
}

// strangeIndent reports a tab or an odd space in an indentation. How deep the
// line was meant to be can't be known, so that of the lines that follow is not
// judged.
func (s *scanner) strangeIndent(at spot) int {
	row := s.row(at.line)
	end := skipSpace(row, at.i)
	if end == len(row) {
		return at.line + 1
	}
	s.broken(at, end-at.i, "E103", "Use spaces, two for each level.", "%s indents this line", spaceName(row[at.i]))
	s.lost = true
	at.i = end
	for row[at.i] == '-' && blankAt(row, at.i+1) {
		if at.i = skipBlank(row, at.i+1); at.i == len(row) {
			return at.line + 1
		}
	}
	next := 0
	if key, ok := s.key(at); ok {
		next = s.afterColon(key.colon, at.i)
	} else {
		next = s.value(at, at.i)
	}
	s.text = text{}
	return next
}

// shallow reports, once for a block, a line that was meant to be part of its
// text and is not indented deep enough.
func (s *scanner) shallow(at spot) {
	u := &s.under
	switch {
	case u.said:
		return
	case u.indent == 0:
		s.broken(at, len(s.row(at.line))-at.i, "E111", fmt.Sprintf("Indent it by %s or more.", spaces(u.least)), "the text of the key above is not indented deeper than the key")
	default:
		s.broken(at, len(s.row(at.line))-at.i, "E111", fmt.Sprintf("Indent it by %s or more.", spaces(u.indent)), "this line is indented less than the first line of its text")
	}
	u.said = true
}

// spaces writes a number of spaces in words.
func spaces(n int) string { return plural(n, "space") }
