package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// A keyAt is a key and the spot behind its colon.
type keyAt struct {
	text  string
	colon spot // the colon itself
}

// key finds a key that begins at a spot.
func (s *scanner) key(at spot) (keyAt, bool) {
	row := s.row(at.line)
	if at.i >= len(row) || strings.ContainsRune("{[!&*@`|>%", row[at.i]) {
		return keyAt{}, false
	}
	if row[at.i] == '"' || row[at.i] == '\'' {
		end, ok := quotedEnd(row, at.i)
		if !ok {
			return keyAt{}, false
		}
		i := skipBlank(row, end)
		if i < len(row) && row[i] == ':' && blankAt(row, i+1) {
			return keyAt{string(row[at.i+1 : end-1]), spot{at.line, i}}, true
		}
		return keyAt{}, false
	}
	for i := at.i; i < len(row); i++ {
		switch {
		case row[i] == ':' && blankAt(row, i+1):
			return keyAt{strings.TrimRight(string(row[at.i:i]), " \t"), spot{at.line, i}}, true
		case row[i] == '#' && i > at.i && blankAt(row, i-1):
			return keyAt{}, false
		}
	}
	return keyAt{}, false
}

// quotedEnd finds the end of a quoted text on its own line.
func quotedEnd(row []rune, i int) (end int, ok bool) {
	quote := row[i]
	for i++; i < len(row); i++ {
		switch {
		case quote == '"' && row[i] == '\\':
			i++
		case row[i] == quote && quote == '\'' && i+1 < len(row) && row[i+1] == '\'':
			i++
		case row[i] == quote:
			return i + 1, true
		}
	}
	return i, false
}

// checkKey reports an expression that YAML takes for a key.
func (s *scanner) checkKey(at spot, key keyAt) {
	if fix, odd := oddKeyFix(key.text, s.restOf(at)); odd {
		s.trap(at, len([]rune(key.text)), "E111", fix, "YAML reads this as a key and a value, divided by the `: `")
	}
}

// restOf returns a line from a spot on, without its comment. It is for messages,
// so the far end of a very long line is left out.
func (s *scanner) restOf(at spot) string {
	row := s.row(at.line)
	from := min(at.i, len(row))
	return trimComment(row[from:min(len(row), from+excerptWidth)])
}

// afterColon scans the value of a key whose map is indented by indent.
func (s *scanner) afterColon(colon spot, indent int) int {
	row := s.row(colon.line)
	at := spot{colon.line, skipSpace(row, colon.i+1)}
	if at.i >= len(row) || row[at.i] == '#' {
		s.open = true
		return at.line + 1
	}
	s.open = false
	return s.value(at, indent)
}

// blockHeader is what may follow | or >.
var blockHeader = regexp.MustCompile(`^[|>][-+1-9]{0,2}[ \t]*(#.*)?$`)

// value scans a value that belongs to a line indented by parent, and returns the
// line after it.
func (s *scanner) value(at spot, parent int) int {
	row := s.row(at.line)
	switch c := row[at.i]; {
	case c == '|' || c == '>':
		return s.block(at, parent)
	case c == '"' || c == '\'':
		return s.quoted(at, parent)
	case c == '{' && at.i+1 < len(row) && row[at.i+1] == '{':
		s.template(at)
		return at.line + 1
	case c == '{' || c == '[':
		end, ok := s.flow(at, parent)
		if ok {
			s.after(at, end)
		}
		return end.line + 1
	case strings.ContainsRune("!&*%@`,]}", c):
		s.reserved(at)
		return at.line + 1
	case c == '-' && blankAt(row, at.i+1):
		s.broken(at, 1, "E111", "Begin the list on the next line, or put the text in quotes.", "a list can't begin behind a colon")
		return at.line + 1
	case c == '?' && blankAt(row, at.i+1):
		s.broken(at, 1, "E113", quoteFix(s.restOf(at)), "a value can't begin with `? `")
		return at.line + 1
	}
	s.plain(at, parent)
	return at.line + 1
}

// reserved reports a value that begins with a character of YAML's own.
func (s *scanner) reserved(at spot) {
	rest := s.restOf(at)
	c := []rune(rest)[0]
	switch c {
	case '!':
		s.trap(at, firstWord(rest), "E105", tagFix(rest), "a value that begins with ! is a tag to YAML, which drops it")
	case '&', '*':
		s.broken(at, firstWord(rest), "E106", quoteFix(rest), "%s", anchorMessage(c))
	default:
		s.broken(at, 1, "E113", quoteFix(rest), "a value can't begin with %c", c)
	}
}

// plain scans a plain value on its line.
func (s *scanner) plain(at spot, parent int) {
	row := s.row(at.line)
	s.text = text{going: true, start: at, indent: parent}
	for i := at.i; i < len(row); i++ {
		switch {
		case row[i] == ':' && blankAt(row, i+1):
			s.colonInText(at, spot{at.line, i})
			return
		case row[i] == '#' && i > at.i && blankAt(row, i-1):
			s.text.cut = true
			s.comment(at, i, "")
			return
		}
	}
}

// comment looks at a comment after a plain value and reports whether it is a
// mistake. The fix shows the whole line unless another is given.
func (s *scanner) comment(at spot, i int, fix string) bool {
	row := s.row(at.line)
	value := strings.TrimRight(string(row[at.i:i]), " \t")
	c := comment{value: value, text: strings.TrimRight(string(row[i:]), " \t"), gap: i - at.i - len([]rune(value))}
	if !c.mistaken() {
		return false
	}
	s.trap(spot{at.line, i}, len([]rune(c.text)), "E104", cmp.Or(fix, c.fix()), "%s", c.message())
	return true
}

// colonInText reports a second colon on a line.
func (s *scanner) colonInText(at, colon spot) {
	whole := s.restOf(at)
	fix := quoteFix(whole)
	if strings.Contains(whole, " ? ") {
		fix = "Put the condition in brackets and quotes, or use if and else: " + quote(whole) + "."
	}
	s.broken(colon, 1, "E112", fix, "a text with `: ` in it must be in quotes")
}

// template reports {{ }}.
func (s *scanner) template(at spot) {
	rest := s.restOf(at)
	m := templateForm.FindStringSubmatchIndex(rest)
	if m == nil || m[0] != 0 {
		s.broken(at, 2, "E107", "Write ${ }.", "{{ }} computes nothing here")
		return
	}
	s.broken(at, len([]rune(rest[:m[1]])), "E107", templateFix(rest[m[2]:m[3]]), "{{ }} computes nothing here")
}

// block skips a block of text after | or >.
func (s *scanner) block(at spot, parent int) int {
	if rest := string(s.row(at.line)[at.i:]); !blockHeader.MatchString(rest) {
		s.broken(at, 1, "E113", quoteFix(s.restOf(at)), "after %c the text begins on the next line", rest[0])
		return at.line + 1
	}
	s.under = under{block: true}
	line := at.line + 1
	for ; line <= s.file.Lines(); line++ {
		row := s.row(line)
		i := indentOf(row)
		switch {
		case i == len(row):
			continue
		case i <= parent && row[i] == '\t' && s.under.indent == 0:
			s.broken(spot{line, i}, 1, "E103", "Use spaces, two for each level.", "a tab indents this line")
			continue
		case i <= parent || isDivider(row):
			s.under.least = parent + 2
			return line
		case s.under.indent == 0:
			s.under.indent = i
		case i < s.under.indent && row[i] != '#':
			s.shallow(spot{line, i})
		}
	}
	return line
}

// quoted scans a text in quotes, which may span lines.
func (s *scanner) quoted(at spot, parent int) int {
	end, ok := s.quotedText(at, parent)
	if !ok {
		s.broken(at, len([]rune(s.restOf(at))), "E114", fmt.Sprintf("Close it with %c.", s.row(at.line)[at.i]), "the quote that opens here is never closed")
		return at.line + 1
	}
	s.after(at, end)
	return end.line + 1
}

// quotedText finds the end of a quoted text. A line within it that is indented
// like the structure around it, and looks like it, shows that the quote was
// never closed.
func (s *scanner) quotedText(at spot, parent int) (end spot, ok bool) {
	quote := s.row(at.line)[at.i]
	for line := at.line; line <= s.file.Lines(); line++ {
		row := s.row(line)
		i := 0
		if line == at.line {
			i = at.i + 1
		} else if s.structure(line, parent) {
			return at, false
		}
		for ; i < len(row); i++ {
			switch {
			case quote == '"' && row[i] == '\\':
				if i+1 < len(row) {
					i += s.escape(spot{line, i})
				}
			case row[i] == quote && quote == '\'' && i+1 < len(row) && row[i+1] == '\'':
				i++
			case row[i] == quote:
				return spot{line, i + 1}, true
			}
		}
	}
	return at, false
}

// structureForm is a line that begins a key or a list item.
var structureForm = regexp.MustCompile(`^(- |-$|[a-z][a-z0-9_]*:( |$)|---)`)

// structure reports whether a line can't be part of a value indented deeper than
// parent.
func (s *scanner) structure(line, parent int) bool {
	row := s.row(line)
	i := indentOf(row)
	return i <= parent && structureForm.MatchString(string(row[i:]))
}

// escape checks an escape and returns how many runes follow the backslash.
func (s *scanner) escape(at spot) int {
	row := s.row(at.line)
	if _, n := escape(row[at.i:]); n > 0 {
		return n - 1
	}
	s.broken(at, 2, "E117", "Write the text in 'single quotes', where a backslash is a backslash, or write \\\\.",
		"\\%c is no escape that YAML knows", row[at.i+1])
	return 1
}

// after reports what follows a closing quote or bracket.
func (s *scanner) after(at, end spot) {
	row := s.row(end.line)
	i := skipBlank(row, end.i)
	open := s.row(at.line)[at.i]
	switch {
	case i >= len(row):
	case row[i] == '#' && i > end.i:
	case row[i] == '#':
		s.touching(end)
	case open == '{' || open == '[':
		s.broken(spot{end.line, i}, len([]rune(s.restOf(spot{end.line, i}))), "E116", "Put the whole value in quotes, or an expression in brackets.",
			"a value that begins with %c ends where that is closed", open)
	case at.line != end.line:
		s.broken(at, len([]rune(s.restOf(at))), "E114", fmt.Sprintf("Close it with %c.", open), "the quote that opens here is never closed")
	default:
		s.broken(spot{end.line, i}, len([]rune(s.restOf(spot{end.line, i}))), "E116", afterQuoteFix(s.restOf(at)),
			"a value that begins with a quote ends where that is closed")
	}
}

// touching reports a comment that follows a quote or bracket without a space.
func (s *scanner) touching(end spot) {
	if row := s.row(end.line); end.i < len(row) && row[end.i] == '#' {
		s.trap(end, len(row)-end.i, "E104", "Put the # inside the quotes, or a space before it.", "YAML takes the rest for a comment")
	}
}

// afterQuoteFix shows the whole value in quotes.
func afterQuoteFix(whole string) string {
	if inner, ok := strings.CutPrefix(whole, "'"); ok && strings.HasSuffix(inner, "'") && !strings.Contains(inner, `"`) {
		return quoteFix(strings.TrimSuffix(inner, "'"))
	}
	return quoteFix(whole)
}

// firstWord is the length of the first word of a text.
func firstWord(rest string) int {
	if i := strings.IndexAny(rest, " \t"); i >= 0 {
		rest = rest[:i]
	}
	return len([]rune(rest))
}
