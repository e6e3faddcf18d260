package expression

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// piece is a part of a text before it is compiled.
type piece struct {
	literal      string
	expression   string
	isExpression bool
	// offset is where expression begins; from and to are the whole piece.
	offset, from, to int
}

// scanText divides a text at its ${ }. What it returns with problems is what can
// still be compiled, so that all mistakes of a text are found.
func scanText(source []rune) ([]piece, []Problem) {
	var pieces []piece
	var problems []Problem
	var literal strings.Builder
	start := 0
	flush := func(end int) {
		if literal.Len() > 0 {
			pieces = append(pieces, piece{literal: literal.String(), from: start, to: end})
			literal.Reset()
		}
	}
	for i := 0; i < len(source); {
		switch {
		case hasAt(source, i, "$${"):
			literal.WriteString("${")
			i += 3
		case hasAt(source, i, "${"):
			flush(i)
			end, ok := closingBrace(source, i+1)
			if !ok {
				return pieces, append(problems, Problem{
					From: i, To: min(i+2, len(source)), Code: CodeUnclosed,
					Message: "this ${ is not closed", Fix: "Close it with }, or write $${ for a literal ${.",
				})
			}
			p, problem := expressionPiece(source, i, end)
			if problem != nil {
				problems = append(problems, *problem)
			} else {
				pieces = append(pieces, p)
			}
			i, start = end+1, end+1
		case hasAt(source, i, "{{"):
			if end, problem := doubleBraces(source, i); problem != nil {
				problems = append(problems, *problem)
				i = end
				continue
			}
			literal.WriteRune(source[i])
			i++
		default:
			literal.WriteRune(source[i])
			i++
		}
	}
	flush(len(source))
	return pieces, problems
}

func expressionPiece(source []rune, from, end int) (piece, *Problem) {
	inner := source[from+2 : end]
	lead := len(inner) - len([]rune(strings.TrimLeft(string(inner), " \t\r\n")))
	text := strings.TrimSpace(string(inner))
	p := piece{expression: text, isExpression: true, offset: from + 2 + lead, from: from, to: end + 1}
	if text == "" {
		return p, &Problem{
			From: from, To: end + 1, Code: CodeEmpty,
			Message: "there is nothing between the braces", Fix: "Write $${ for a literal ${.",
		}
	}
	if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") && lead == 0 {
		if name := strings.TrimSpace(strings.Trim(text, "{}")); !strings.Contains(name, ":") && name != "" {
			return p, &Problem{
				From: from, To: end + 1, Code: CodeBraces,
				Message: "texts have one pair of braces", Fix: fmt.Sprintf("Write ${ %s }.", name),
			}
		}
	}
	return p, nil
}

// doubleBraces finds {{ name }} and shows it as we write it.
func doubleBraces(source []rune, from int) (int, *Problem) {
	for i := from + 2; i+1 < len(source); i++ {
		if source[i] == '\n' {
			break
		}
		if source[i] == '}' && source[i+1] == '}' {
			inner := strings.TrimSpace(string(source[from+2 : i]))
			fix := ""
			if inner != "" {
				fix = fmt.Sprintf("Write ${ %s }.", inner)
			}
			return i + 2, &Problem{
				From: from, To: i + 2, Code: CodeBraces, Message: "texts use ${ }, not {{ }}", Fix: fix,
			}
		}
	}
	return from, nil
}

// closingBrace finds the partner of the brace at open: not one in quotes or of an
// inner pair.
func closingBrace(source []rune, open int) (int, bool) {
	depth := 0
	for i := open; i < len(source); i++ {
		switch source[i] {
		case '{':
			depth++
		case '}':
			depth--
			if depth == 0 {
				return i, true
			}
		case '"', '\'', '`':
			end := skipQuoted(source, i)
			if source[end] != source[i] || end == i {
				return bareBrace(source, open)
			}
			i = end
		}
	}
	return 0, false
}

// bareBrace is for an expression with a quote that is not closed: it ends at the
// first brace, so that the quote is what gets reported.
func bareBrace(source []rune, open int) (int, bool) {
	for i := open; i < len(source); i++ {
		if source[i] == '}' {
			return i, true
		}
	}
	return 0, false
}

func hasAt(source []rune, i int, s string) bool {
	for j, r := range []rune(s) {
		if i+j >= len(source) || source[i+j] != r {
			return false
		}
	}
	return true
}

func sortProblems(problems []Problem) {
	sort.SliceStable(problems, func(i, j int) bool { return problems[i].From < problems[j].From })
}

func sortedKeys(names map[string]bool) []string { return slices.Sorted(maps.Keys(names)) }
