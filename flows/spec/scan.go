package spec

import (
	"regexp"
	"slices"
	"strings"
)

// A scanner reads a source the way its author does, line by line. YAML's parser
// stops at the first mistake and often names a line far from it; when it has
// refused a file, the scanner finds every mistake and its exact place. It says
// nothing about a file that is right.
type scanner struct {
	r    *Report
	file *File
	// breaking is set when a mistake was reported that makes YAML refuse the file,
	// rather than read it in another way than it was meant.
	breaking bool
	levels   []level
	open     bool // what came last may have a map or list below it
	text     text // the plain text that may go on in the next line
	// lost is set behind a line whose depth is not known: until the next key at the
	// margin, no indentation can be judged.
	lost  bool
	under under
	found map[int]bool // lines with a mistake
}

// A level is a map or list in block form that the current line is in.
type level struct {
	indent int
	list   bool
}

// A text is a plain value that continues on lines indented deeper than indent.
type text struct {
	going  bool
	start  spot
	indent int
	cut    bool // a comment has ended it
}

// A spot is a place while scanning; i counts runes from 0.
type spot struct{ line, i int }

func newScanner(r *Report, file *File) *scanner {
	return &scanner{r: r, file: file}
}

// row returns the runes of a line.
func (s *scanner) row(line int) []rune { return s.file.row(line) }

// trap reports a mistake that YAML would let pass.
func (s *scanner) trap(at spot, length int, code, fix, format string, args ...any) {
	if s.found == nil {
		s.found = map[int]bool{}
	}
	s.found[at.line] = true
	s.r.Error(s.file.Pos(at.line, at.i+1, length), code, fix, format, args...)
}

// broken reports a mistake that YAML stops at.
func (s *scanner) broken(at spot, length int, code, fix, format string, args ...any) {
	s.breaking = true
	s.trap(at, length, code, fix, format, args...)
}

// run scans the whole file.
func (s *scanner) run() {
	for line := 1; line <= s.file.Lines(); {
		line = s.line(line)
	}
}

// line scans a line with all that its value spans, and returns the next.
func (s *scanner) line(line int) int {
	row := s.row(line)
	i := indentOf(row)
	switch {
	case isDivider(row):
		s.levels, s.open, s.text = nil, false, text{}
		return line + 1
	case i == len(row):
		return line + 1
	case row[i] == '#':
		s.text.cut = s.text.going
		return line + 1
	case row[i] == '\t' && !s.goesOn(spot{line, i}):
		return s.strangeIndent(spot{line, i})
	case i == 0 && row[0] == '%' && len(s.levels) == 0:
		s.reserved(spot{line, 0})
		return line + 1
	case s.text.going && (i > s.text.indent || row[i] == '\t'):
		return s.continuation(spot{line, i})
	case oddSpace(row[i]):
		return s.strangeIndent(spot{line, i})
	}
	s.text = text{}
	return s.entry(spot{line, i})
}

// goesOn reports whether a line that a tab indents can only be more of the text
// above, which YAML allows.
func (s *scanner) goesOn(at spot) bool {
	row := s.row(at.line)
	at.i = skipSpace(row, at.i)
	_, isKey := s.key(at)
	return s.text.going && !isKey && !(at.i < len(row) && row[at.i] == '-' && blankAt(row, at.i+1))
}

// entry scans the marks of list items and then a key or a value.
func (s *scanner) entry(at spot) int {
	row := s.row(at.line)
	first, parent := true, -1
	for at.i < len(row) && row[at.i] == '-' && (blankAt(row, at.i+1) || oddAt(row, at.i+1)) {
		if !s.place(at, true, first) {
			return s.resync(at)
		}
		first, parent = false, at.i
		at = s.behindDash(at)
		s.open, s.under = true, under{}
	}
	if at.i >= len(row) || row[at.i] == '#' {
		return at.line + 1
	}
	if key, ok := s.entryKey(at); ok {
		s.under = under{}
		if !s.place(at, false, first) {
			return s.resync(at)
		}
		s.checkKey(at, key)
		return s.afterColon(key.colon, at.i)
	}
	if first && len(s.levels) > 0 && !s.open && !s.lost {
		return s.stray(at)
	}
	if first && len(s.levels) > 0 {
		parent = s.levels[len(s.levels)-1].indent
	}
	s.open = false
	return s.value(at, parent)
}

// behindDash reports what is no space behind a `-` and returns the spot of what
// follows.
func (s *scanner) behindDash(dash spot) spot {
	row := s.row(dash.line)
	at := dash
	for at.i++; at.i < len(row) && row[at.i] == ' '; at.i++ {
	}
	if at.i < len(row) && (row[at.i] == '\t' || oddSpace(row[at.i])) {
		s.broken(at, 1, "E103", "Use a space.", "%s follows the `-`", spaceName(row[at.i]))
		at.i = skipSpace(row, at.i)
	}
	return at
}

// entryKey finds a key that begins an entry, also one that an odd space keeps
// from being one, which is reported.
func (s *scanner) entryKey(at spot) (keyAt, bool) {
	row := s.row(at.line)
	if b, blurred := blurAt(row, at.i); blurred {
		s.broken(spot{at.line, b.i}, b.length, "E103", b.fix, "%s", b.message)
		if colon := slices.Index(row[at.i:], ':'); colon >= 0 {
			return keyAt{string(row[at.i : at.i+colon]), spot{at.line, at.i + colon}}, true
		}
	}
	return s.key(at)
}

// resync skips the structure of a line that was reported, but not its value.
func (s *scanner) resync(at spot) int {
	row := s.row(at.line)
	for at.i < len(row) && row[at.i] == '-' && blankAt(row, at.i+1) {
		at.i = skipBlank(row, at.i+1)
	}
	if at.i >= len(row) {
		s.open = true
		return at.line + 1
	}
	s.levels = append(s.levels, level{at.i, false})
	if key, ok := s.key(at); ok {
		return s.afterColon(key.colon, at.i)
	}
	return s.value(at, at.i)
}

// continuation scans a further line of a plain text.
func (s *scanner) continuation(at spot) int {
	row := s.row(at.line)
	switch key, isKey := s.key(at); {
	case isKey && identForm.MatchString(key.text):
		if m := missingSpace.FindStringSubmatch(s.restOf(s.text.start)); m != nil {
			s.noSpace(s.text.start, m)
		} else {
			s.wrongIndent(at, nil)
		}
		s.text = text{}
		return s.afterColon(key.colon, at.i)
	case isKey:
		s.colonInText(at, key.colon)
	case s.text.cut:
		s.broken(at, len(row)-at.i, "E104", "Put the whole text in quotes, or the comment on a line before the text.", "a comment has ended the text above, so this line belongs to nothing")
		s.text = text{}
	case row[at.i] == '-' && blankAt(row, at.i+1):
		s.trap(at, 1, "E111", "Put the items below a key that has nothing behind its colon.", "this list item is read as part of the text above")
	default:
		s.plain(at, s.text.indent)
	}
	return at.line + 1
}

// stray reports a line that is neither a key nor a list item.
func (s *scanner) stray(at spot) int {
	row := s.row(at.line)
	rest := trimComment(row[at.i:])
	if s.under.block {
		s.shallow(at)
		return at.line + 1
	}
	if m := missingSpace.FindStringSubmatch(rest); m != nil {
		s.noSpace(at, m)
		return at.line + 1
	}
	if identForm.MatchString(rest) {
		s.broken(at, len([]rune(rest)), "E115", "Write `"+rest+":`.", "a key needs a colon")
		s.open = true
		return at.line + 1
	}
	if m := missingDash.FindStringSubmatch(rest); m != nil {
		s.broken(at, 1, "E115", "Write `- "+m[1]+"`.", "a space is missing after the `-`")
		return at.line + 1
	}
	s.broken(at, len([]rune(rest)), "E111", "Indent it deeper if it goes on with the text above.", "this line is no key and no list item")
	return at.line + 1
}

// noSpace reports a key and a value that nothing divides.
func (s *scanner) noSpace(at spot, m []string) {
	s.broken(spot{at.line, at.i + len(m[1])}, 1, "E115", spaceFix(m), "a space is missing after the colon")
}

// missingDash is a list item without the space.
var missingDash = regexp.MustCompile(`^-([a-z"'].*)$`)

// wordLength is the length of the word at a spot.
func (s *scanner) wordLength(at spot) int {
	row := s.row(at.line)
	n := at.i
	for n < len(row) && row[n] != ' ' && row[n] != ':' {
		n++
	}
	return max(1, n-at.i)
}

// indentOf counts the spaces that a line begins with.
func indentOf(row []rune) int {
	i := 0
	for i < len(row) && row[i] == ' ' {
		i++
	}
	return i
}

// skipBlank moves over spaces and tabs.
func skipBlank(row []rune, i int) int {
	for i < len(row) && (row[i] == ' ' || row[i] == '\t') {
		i++
	}
	return i
}

// blankAt reports whether a word ends at i: a space, a tab or the end of line.
func blankAt(row []rune, i int) bool {
	return i >= len(row) || row[i] == ' ' || row[i] == '\t'
}

// isDivider reports whether a line divides or ends documents.
func isDivider(row []rune) bool {
	if len(row) < 3 {
		return false
	}
	mark := string(row[:3])
	return (mark == "---" || mark == "...") && blankAt(row, 3)
}

// trimComment cuts a comment and the white space before it.
func trimComment(row []rune) string {
	for i, c := range row {
		if c == '#' && i > 0 && blankAt(row, i-1) {
			row = row[:i]
			break
		}
	}
	return strings.TrimRight(string(row), " \t")
}
