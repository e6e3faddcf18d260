package spec

import (
	"regexp"
	"strconv"
	"strings"
)

// explain reports why YAML refused a file: everything the scanner finds, else
// what YAML says, in the words of authors.
func explain(r *Report, file *File, err error) {
	s := newScanner(r, file)
	s.run()
	if s.breaking {
		return
	}
	line, problem := yamlProblem(err)
	at := spot{max(1, min(line, file.Lines())), 0}
	for at.line < file.Lines() && len(strings.TrimSpace(file.Line(at.line))) == 0 {
		at.line++
	}
	if s.found[at.line] || s.found[at.line-1] {
		return // the parser stopped at what was found there
	}
	at.i = indentOf(s.row(at.line))
	code, message, fix := translate(problem)
	s.broken(at, max(1, len(s.row(at.line))-at.i), code, fix, "%s", message)
}

// yamlPlace is how the parser says where it stopped.
var yamlPlace = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)`)

// yamlProblem takes the parser's message apart; the line is 0 when it has none.
func yamlProblem(err error) (line int, problem string) {
	m := yamlPlace.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(m[1]) // empty is 0
	return line, m[2]
}

// translate puts a message of the parser in the words of authors.
func translate(problem string) (code, message, fix string) {
	for _, t := range []struct{ part, code, message, fix string }{
		{"max depth", "E109", "brackets or lists are nested too deep", "Divide the flow."},
		{"anchor", "E106", "anchors and aliases are not used here", "Put a text that begins with & or * in quotes."},
		{"tab", "E103", "a tab indents this line", "Use spaces, two for each level."},
		{"end of stream", "E114", "a quote or bracket near here is never closed", "Close it."},
		{"escape", "E117", "a backslash in double quotes is followed by a character that YAML does not know", "Use single quotes."},
		{"',' or", "E114", "a bracket near here is never closed, or a text in it needs quotes", "Put texts inside { } and [ ] in quotes."},
		{"cannot start any token", "E113", "a value near here begins with a character of YAML's own", "Put it in quotes."},
		{"mapping values are not allowed", "E112", "a line near here has a second `: `, or is indented wrongly", "Put a text with `: ` in quotes."},
		{"sequence entries are not allowed", "E111", "a list item near here is out of place", "Begin the list on a line of its own."},
		{"expected ':'", "E115", "a key near here has no colon, or no space after it", "Write `key: value`."},
		{"expected key", "E111", "a line near here does not belong to the map above it", "Check the indentation."},
		{"'-' indicator", "E111", "a line near here does not belong to the list above it", "Check the indentation."},
		{"<document start>", "E101", "what follows the end of a document must begin with ---", "Check the indentation, or delete the line."},
	} {
		if strings.Contains(problem, t.part) {
			return t.code, t.message, t.fix
		}
	}
	return "E101", "YAML can't read the file near here", "Check the quotes, brackets and indentation of this line and the one before."
}
