package expression

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/file"
)

// syntaxProblem says in words for authors what expr's parser found.
func syntaxProblem(err error, source []rune) Problem {
	p := Problem{To: len(source), Code: CodeSyntax, Message: "this is not an expression"}
	e, ok := errors.AsType[*file.Error](err)
	if !ok {
		return p
	}
	p.From = min(max(e.From, 0), len(source))
	p.To = min(max(e.To, p.From+1), len(source))
	found := string(source[p.From:p.To])
	switch {
	case strings.Contains(e.Message, "exceeds maximum allowed nodes"):
		return Problem{
			To: len(source), Code: CodeTooLarge, Fix: "Split it over several steps.",
			Message: fmt.Sprintf("the expression has more than %d parts", MaxNodes),
		}
	case strings.Contains(e.Message, "EOF"), strings.Contains(e.Message, "unexpected end"):
		p.From, p.To = len(source), len(source)
		p.Message, p.Fix = "the expression ends too early", unclosed(source)
	case strings.Contains(e.Message, "literal not terminated"):
		p.Message, p.Fix = "a quote is not closed", `Write the text between " and ".`
		p.From, p.To = openQuote(source)
	case strings.Contains(e.Message, "coalesce"):
		p.Message, p.Fix = "?? and other operators need brackets", `Write (name ?? "…") before the next operator.`
	case strings.Contains(e.Message, "invalid char escape"):
		p.Message, p.Fix = "a backslash in quotes stands before n, t, quotes or another backslash", `Write \\ for one backslash.`
	case strings.Contains(e.Message, "bad number"), strings.Contains(e.Message, "literal"):
		p.Message = "this is not a number"
	case strings.Contains(e.Message, "unexpected token"), strings.Contains(e.Message, "unrecognized character"):
		p.Message, p.Fix = unexpected(found, source, p.From)
	case strings.Contains(e.Message, "expected at least"):
		p.Code, p.Message = CodeArguments, "a value is missing in the brackets"
	case strings.Contains(e.Message, "expected name"):
		p.Message = "a field has a name after the dot"
	case strings.Contains(e.Message, "map key"):
		p.Message = "the fields of a record have names: {name: value}"
	}
	return p
}

// unexpected explains what should not be there; most of it comes from other
// languages, and from phones that change quotes.
func unexpected(found string, source []rune, from int) (message, fix string) {
	message = fmt.Sprintf("%q is not expected here", found)
	next := ""
	if from+1 < len(source) {
		next = string(source[from+1])
	}
	switch {
	case strings.ContainsAny(found, "“”„«»‘’"):
		return "these quotes are for print", `Write straight quotes: "text".`
	case found == "$" || strings.HasPrefix(found, "$") && next == "{":
		return "a condition is an expression already", "Write it without ${ }."
	case found == "=":
		return message, "Write == to compare."
	case found == "&", found == "|":
		return message, "Write and, or."
	case found == ";":
		return message, "Write one expression."
	case found == ":" && strings.Contains(string(source[:from]), "{"):
		return message, "Write a record in brackets there: ({name: value})."
	case found == "else", found == "if":
		return message, "Write condition ? one : other."
	case operatorFor(found) != "":
		return message, fmt.Sprintf("Did you mean %q?", operatorFor(found))
	case strings.HasPrefix(string(source), "${"):
		return "a condition is an expression already", "Write it without ${ }."
	}
	return message, ""
}

// operatorFor returns our operator for what other languages have.
func operatorFor(word string) string {
	switch strings.ToLower(word) {
	case "is", "eq", "equals", "===":
		return "=="
	case "isnt", "ne", "<>", "!==":
		return "!="
	case "and", "&&":
		return "and"
	case "or":
		return "or"
	case "not":
		return "not"
	case "gt", "over", "above":
		return ">"
	case "lt", "under", "below":
		return "<"
	case "gte":
		return ">="
	case "lte":
		return "<="
	case "like", "match", "regex":
		return "matches"
	case "include", "includes", "contain", "has":
		return "contains"
	case "null", "none", "undefined":
		return "filled(…)"
	case "yes", "on":
		return "true"
	case "no", "off":
		return "false"
	}
	return ""
}

// unclosed names the bracket that has no partner.
func unclosed(source []rune) string {
	partner := brackets(source)
	for i := len(source) - 1; i >= 0; i-- {
		switch source[i] {
		case '(', '[', '{':
			if _, ok := partner[i]; !ok {
				return fmt.Sprintf("The %c has no partner.", source[i])
			}
		}
	}
	return ""
}

// openQuote finds the quote that is not closed.
func openQuote(source []rune) (from, to int) {
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '"', '\'', '`':
			end := skipQuoted(source, i)
			if end == i || source[end] != source[i] || end == len(source)-1 && !closes(source, i, end) {
				return i, i + 1
			}
			i = end
		}
	}
	return 0, len(source)
}

// closes reports whether the last rune ends the text rather than being escaped
// in it.
func closes(source []rune, start, end int) bool {
	slashes := 0
	for i := end - 1; i > start && source[i] == '\\'; i-- {
		slashes++
	}
	return source[start] == '`' || slashes%2 == 0
}
