package spec

import (
	"slices"
	"strings"
)

// want says what is wanted in the words of authors, who know nothing of shapes.
func want(s Shape) string {
	switch s.Kind {
	case Enum:
		return "one of " + orList(s.Values)
	case ListOf:
		return "a list of " + wantMany(*s.Of)
	case OneOrList:
		return want(*s.Of) + ", or a list of " + wantMany(*s.Of)
	case MapOf:
		return "names, each with " + want(*s.Of) + " behind it"
	case OneOf:
		return joinForms(s.Shapes, want)
	}
	one, _ := s.Kind.words()
	return one
}

// wantMany says what the items of a list are.
func wantMany(s Shape) string {
	switch s.Kind {
	case OneOf:
		return joinForms(s.Shapes, wantMany)
	case Enum, ListOf, OneOrList, MapOf:
		return "items that are " + want(s)
	}
	_, many := s.Kind.words()
	return many
}

// joinForms joins what the forms are, each once.
func joinForms(shapes []Shape, words func(Shape) string) string {
	var forms []string
	for _, one := range shapes {
		if form := words(one); !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	if plain := strings.Join(forms, " or "); strings.Count(plain, " or ") < len(forms) && !strings.Contains(plain, ",") {
		return plain
	}
	return strings.Join(forms, ", or ")
}

// words are what authors call one and many of a kind that needs nothing else.
func (k ShapeKind) words() (one, many string) {
	switch k {
	case Text, Name:
		return "a text", "texts"
	case Expr:
		return "an expression", "expressions"
	case Ident:
		return "a name", "names"
	case Int:
		return "a whole number", "whole numbers"
	case Number:
		return "a number", "numbers"
	case Bool:
		return "true or false", "true or false"
	case Duration:
		return "a duration", "durations"
	case Date:
		return "a date", "dates"
	case Steps:
		return "a list of steps", "lists of steps"
	case Target:
		return "the name of a step, or a list of steps", "names of steps"
	case TypeSpec:
		return "a type", "types"
	case Nested:
		return "a map", "maps"
	}
	return "a value", "values"
}
