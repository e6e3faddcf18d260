package flows

import (
	"cmp"
	"regexp"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

var (
	identPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	wordPattern  = regexp.MustCompile(`[a-z][a-z0-9_]*`)
	// fieldPattern is the name of a field, which an API may write with capitals.
	fieldPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	notIdent     = regexp.MustCompile(`[^a-z0-9]+`)
)

// identOf makes a name of another text; empty when nothing sensible is left.
func identOf(s string) string {
	s = strings.Trim(notIdent.ReplaceAllString(strings.ToLower(s), "_"), "_")
	if !identPattern.MatchString(s) {
		return ""
	}
	return s
}

// parseField reads `name: type`, `name: type = first value` or
// `name: [{sku: text}]`. It is false when there is no name; a type that was
// reported is Broken.
func parseField(r *spec.Report, p spec.Pair, zone *time.Location) (field, bool) {
	f := field{name: p.Key.Text()}
	l := loader{r: r}
	if !l.identName(p.Key) {
		return f, false
	}
	if p.Value.Broken() || p.Value.Kind() == spec.Null {
		f.typ = brokenType() // reported, and what reads it is not to blame
		return f, true
	}
	if p.Value.Kind() != spec.Scalar {
		f.typ = parseType(r, p.Value)
		return f, true
	}
	word, first, has := strings.Cut(p.Value.Text(), "=")
	f.typ = parseScalarType(r, p.Value, strings.TrimSpace(word))
	if !has || f.typ.Kind == expression.Broken {
		return f, true
	}
	v, err := f.typ.Parse(unquoted(strings.TrimSpace(first)), zone)
	if err != nil {
		at := strings.Index(p.Value.Text(), "=") + 1
		at += len(first) - len(strings.TrimLeft(first, " "))
		r.Error(runes(p.Value, at, len(p.Value.Text())), "E210", "", "the first value of %s: %v", f.name, err)
		return f, true
	}
	f.first = v
	return f, true
}

// unquoted takes the quotes off a text that is in quotes, as in `text = ""`.
func unquoted(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// parseType reads a type: a word, `maybe` and a word, a list of one type, or a
// map of names to types.
func parseType(r *spec.Report, n *spec.Node) expression.Type {
	switch {
	case n == nil || n.Broken():
		return brokenType()
	case n.Kind() == spec.Scalar:
		return parseScalarType(r, n, strings.TrimSpace(n.Text()))
	case n.Kind() == spec.List && len(n.Items()) == 1:
		elem := parseType(r, n.Items()[0])
		if elem.Kind == expression.Broken {
			return elem
		}
		return expression.ListOf(elem)
	case n.Kind() == spec.List:
		r.Error(n.Pos(), "E228", "Write [text], or [{sku: text, price: number}].", "a list has one type for all its elements")
	case n.Kind() == spec.Map:
		return parseRecord(r, n)
	default:
		r.Error(n.Pos(), "E228", "Write a type such as text.", "there is no type here")
	}
	return brokenType()
}

// parseRecord reads a map of names to types.
func parseRecord(r *spec.Report, n *spec.Node) expression.Type {
	switch n.Kind() {
	case spec.Null:
		return expression.RecordOf()
	case spec.Map:
	default:
		r.Error(n.Pos(), "E228", "Write {name: type}.", "names with their types are wanted here")
		return brokenType()
	}
	l := loader{r: r}
	var fields []expression.Field
	for _, p := range n.Pairs() {
		if l.fieldName(p.Key) {
			fields = append(fields, expression.Field{Name: p.Key.Text(), Type: parseType(r, p.Value)})
		}
	}
	return expression.RecordOf(fields...)
}

// parseScalarType reads a type that is a word.
func parseScalarType(r *spec.Report, n *spec.Node, text string) expression.Type {
	rest, maybe := strings.CutPrefix(text, "maybe ")
	word := strings.TrimSpace(rest)
	if kind, ok := expression.ParseKind(word); ok {
		return expression.Type{Kind: kind, Maybe: maybe}
	}
	at := n.Pos()
	if i := strings.Index(n.Text(), word); i >= 0 && word != "" {
		at = runes(n, i, i+len(word))
	}
	r.Error(at, "E228", typeFix(word), "there is no type %q", word)
	return brokenType()
}

// typeFix says which type was likely meant.
func typeFix(word string) string {
	if kind := cmp.Or(kindsInstead()[strings.ToLower(word)], shapesInstead()[strings.ToLower(word)]); kind != "" {
		return "Write " + kind + "."
	}
	words := make([]string, 0, 20)
	for _, k := range expression.Kinds() {
		words = append(words, string(k))
	}
	if fix := didYouMean(word, words); fix != "" {
		return fix
	}
	return "The types are " + strings.Join(words, ", ") + "."
}

// kindsInstead are words that other languages have for a type, and that type.
func kindsInstead() map[string]string {
	return map[string]string{
		"string": "text", "str": "text", "integer": "int", "long": "int", "float": "number", "double": "number", "decimal": "number",
		"boolean": "bool", "timestamp": "datetime", "mail": "email", "tel": "phone", "photo": "image", "picture": "image", "document": "file",
		"select": "choice", "option": "choice", "multiselect": "choices",
	}
}

// shapesInstead are the same for types that hold others, which no answer has.
func shapesInstead() map[string]string {
	return map[string]string{"list": "[text]", "array": "[text]", "map": "{name: text}", "object": "{name: text}", "record": "{name: text}"}
}

// recordOf makes a record type of fields.
func recordOf(fields []field) expression.Type {
	out := make([]expression.Field, len(fields))
	for i, f := range fields {
		out[i] = expression.Field{Name: f.name, Type: f.typ}
	}
	return expression.RecordOf(out...)
}

// eventType is the type of event.*: what is common, and the data. Where none is
// declared it is what channels tell, of which nothing is known before.
func eventType(data expression.Type) expression.Type {
	if data.Kind == expression.Record && len(data.Fields) == 0 {
		data.Open = true
	}
	text := expression.Of(expression.Text)
	return expression.RecordOf(
		expression.Field{Name: "kind", Type: text},
		expression.Field{Name: "name", Type: text},
		expression.Field{Name: "text", Type: text},
		expression.Field{Name: "channel", Type: text},
		expression.Field{Name: "account", Type: text},
		expression.Field{Name: "conversation", Type: text},
		expression.Field{Name: "time", Type: expression.Of(expression.Datetime)},
		expression.Field{Name: "choice", Type: text},
		expression.Field{Name: "media", Type: expression.Of(expression.File)},
		expression.Field{Name: "location", Type: expression.Of(expression.Location)},
		expression.Field{Name: "data", Type: data},
	)
}

// statusData is the event.data of status events.
func statusData() expression.Type {
	text := expression.Of(expression.Text)
	return expression.RecordOf(expression.Field{Name: "state", Type: text}, expression.Field{Name: "message_id", Type: text}, expression.Field{Name: "error", Type: text})
}

// errorType is the type of error.*.
func errorType() expression.Type {
	text := expression.Of(expression.Text)
	return expression.RecordOf(
		expression.Field{Name: "step", Type: text},
		expression.Field{Name: "kind", Type: text},
		expression.Field{Name: "status", Type: expression.Of(expression.Int)},
		expression.Field{Name: "text", Type: text},
	)
}
