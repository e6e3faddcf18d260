package expression

import (
	"fmt"
	"strings"

	"github.com/parley-chat/parley/flows/language"
)

// The codes of problems. They are stable: documentation and tools refer to them.
const (
	CodeSyntax    = "expression-syntax"
	CodeEmpty     = "expression-empty"
	CodeTooLarge  = "expression-too-large"
	CodeName      = "unknown-name"
	CodeField     = "unknown-field"
	CodeFunction  = "unknown-function"
	CodeForbidden = "not-allowed"
	CodeArguments = "wrong-arguments"
	CodeType      = "wrong-type"
	CodeNotBool   = "not-a-condition"
	CodeUntyped   = "unknown-type"
	CodeOption    = "unknown-option"
	CodePattern   = "bad-pattern"
	CodeRange     = "bad-range"
	CodeUnset     = "unset-check"
	CodeReference = "unknown-reference"
	CodeBraces    = "double-braces"
	CodeUnclosed  = "unclosed-expression"
)

// Codes returns every code of this package with one sentence for the reference.
func Codes() map[string]string {
	return map[string]string{
		CodeSyntax:    "The expression cannot be read.",
		CodeEmpty:     "There is nothing between the braces, or the condition is empty.",
		CodeTooLarge:  "The expression is too long, has too many parts or loops within loops.",
		CodeName:      "There is no variable of this name.",
		CodeField:     "The record has no field of this name.",
		CodeFunction:  "There is no function of this name.",
		CodeForbidden: "This part of the expression language is not for flows.",
		CodeArguments: "The function is called with the wrong number or types of values.",
		CodeType:      "The operator does not work on values of these types.",
		CodeNotBool:   "A condition has to be true or false.",
		CodeUntyped:   "The type of the value is not known.",
		CodeOption:    "The choice has no option of this id.",
		CodePattern:   "The pattern of `matches` is not a regular expression, or not fixed.",
		CodeRange:     "A range needs two fixed numbers and at most 200 elements.",
		CodeUnset:     "`??` and `filled()` look at variables, not at what is computed.",
		CodeReference: "There is no schedule, step or format of this name.",
		CodeBraces:    "Texts use ${ }, not {{ }}.",
		CodeUnclosed:  "A ${ in a text has no closing brace.",
	}
}

// describe names a type for authors: no Go names, no details.
func describe(t Type) string {
	switch t.Kind {
	case Text:
		return "text"
	case Bool:
		return "true or false"
	case Int, Number:
		return "a number"
	case List, Choices:
		return "a list"
	case nothing, anyKind, unknown, invalid:
		return "any value"
	case Email, Image, Audio:
		return "an " + string(t.Kind)
	}
	return "a " + string(t.Kind)
}

// plainName is describe without the article: "compares text with number".
func plainName(t Type) string {
	s := describe(t)
	s = strings.TrimPrefix(s, "a ")
	return strings.TrimPrefix(s, "an ")
}

// didYouMean is a Fix, or "" when nothing is near.
func didYouMean(name string, candidates []string) string {
	if s := language.Suggest(name, candidates); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	return ""
}
