package flows

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

var identPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// parseField reads `name: type`, `name: type = first value` or
// `name: [{sku: text}]`.
func parseField(r *spec.Report, p spec.Pair, zone *time.Location) (field, bool) {
	f := field{name: p.Key.Text()}
	if !identPattern.MatchString(f.name) {
		r.Error(p.Key.Pos(), "E121", "Use lower case letters, digits and _, such as "+strings.ToLower(strings.ReplaceAll(f.name, "-", "_"))+".", "%q can't be a name", f.name)
		return f, false
	}
	if p.Value == nil || p.Value.Kind() != spec.Scalar {
		f.typ = parseType(r, p.Value)
		return f, true
	}
	text, first, has := strings.Cut(p.Value.Text(), "=")
	typ, ok := parseScalarType(r, p.Value, strings.TrimSpace(text))
	if !ok {
		return f, false
	}
	f.typ = typ
	if has {
		first = strings.TrimSpace(first)
		if quoted, err := strconv.Unquote(first); err == nil && strings.HasPrefix(first, `"`) {
			first = quoted
		}
		v, err := typ.Parse(first, zone)
		if err != nil {
			r.Error(p.Value.Pos(), "E228", "", "the first value of %s: %v", f.name, err)
			return f, false
		}
		f.first = v
	}
	return f, true
}

// parseType reads a type: a word, `maybe` and a word, a list of one type, or a
// map of names to types.
func parseType(r *spec.Report, n *spec.Node) expression.Type {
	if n == nil {
		return expression.Of(expression.Text)
	}
	switch n.Kind() {
	case spec.Scalar:
		t, _ := parseScalarType(r, n, n.Text())
		return t
	case spec.List:
		if items := n.Items(); len(items) == 1 {
			return expression.ListOf(parseType(r, items[0]))
		}
		r.Error(n.Pos(), "E228", "Write [text], or [{sku: text, price: number}].", "a list has one type for all its elements")
		return expression.ListOf(expression.Of(expression.Text))
	case spec.Map:
		return parseRecord(r, n)
	}
	r.Error(n.Pos(), "E228", "Write a type such as text.", "there is no type here")
	return expression.Of(expression.Text)
}

// parseRecord reads a map of names to types.
func parseRecord(r *spec.Report, n *spec.Node) expression.Type {
	if n == nil || n.Kind() != spec.Map {
		if n != nil && n.Kind() != spec.Null {
			r.Error(n.Pos(), "E228", "Write {name: type, …}.", "names with their types are wanted here")
		}
		return expression.RecordOf()
	}
	var fields []expression.Field
	for _, p := range n.Pairs() {
		if !identPattern.MatchString(p.Key.Text()) && !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(p.Key.Text()) {
			r.Error(p.Key.Pos(), "E121", "Use letters, digits and _.", "%q can't be the name of a field", p.Key.Text())
			continue
		}
		fields = append(fields, expression.Field{Name: p.Key.Text(), Type: parseType(r, p.Value)})
	}
	return expression.RecordOf(fields...)
}

func parseScalarType(r *spec.Report, n *spec.Node, text string) (expression.Type, bool) {
	rest, maybe := strings.CutPrefix(text, "maybe ")
	kind, ok := expression.ParseKind(strings.TrimSpace(rest))
	if !ok {
		words := make([]string, 0, 20)
		for _, k := range expression.Kinds() {
			words = append(words, string(k))
		}
		fix := didYouMean(rest, words)
		if fix == "" {
			fix = "The types are " + strings.Join(words, ", ") + "."
		}
		r.Error(n.Pos(), "E228", fix, "there is no type %q", rest)
		return expression.Of(expression.Text), false
	}
	return expression.Type{Kind: kind, Maybe: maybe}, true
}

// recordOf makes a record type of fields.
func recordOf(fields []field) expression.Type {
	out := make([]expression.Field, len(fields))
	for i, f := range fields {
		out[i] = expression.Field{Name: f.name, Type: f.typ}
	}
	return expression.RecordOf(out...)
}

// eventType is the type of event.*: what is common, and the data.
func eventType(data expression.Type) expression.Type {
	text := expression.Of(expression.Text)
	return expression.RecordOf(
		expression.Field{Name: "kind", Type: text},
		expression.Field{Name: "name", Type: text},
		expression.Field{Name: "text", Type: text},
		expression.Field{Name: "channel", Type: text},
		expression.Field{Name: "account", Type: text},
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

// scope declares what every flow may read.
func (b *Bot) scope(o LoadOptions) *expression.Scope {
	s := expression.NewScope()
	for _, f := range o.Functions {
		// Load reports a function that does not fit before any flow is compiled.
		_ = s.AddFunction(f)
	}
	s.Declare("contact", recordOf(b.contact))
	s.Declare("session", recordOf(b.session))
	s.Declare("constants", typeOfConstant(b.constants))
	s.Declare("event", eventType(expression.RecordOf()))
	s.Declare("error", errorType())
	names := make([]string, 0, len(b.schedules))
	for name := range b.schedules {
		names = append(names, name)
	}
	s.DeclareSchedules(names...)
	return s
}

// secretType is the type of secret.*, for http and do.
func (b *Bot) secretType() expression.Type {
	var fields []expression.Field
	for name := range b.secrets {
		fields = append(fields, expression.Field{Name: name, Type: expression.Of(expression.Text)})
	}
	return expression.RecordOf(fields...)
}

// constant reads a constant: a plain value, a list or a map.
func (l *configLoader) constant(n *spec.Node) any {
	switch n.Kind() {
	case spec.List:
		list := []any{}
		for _, item := range n.Items() {
			list = append(list, l.constant(item))
		}
		return list
	case spec.Map:
		m := map[string]any{}
		for _, p := range n.Pairs() {
			m[p.Key.Text()] = l.constant(p.Value)
		}
		return m
	case spec.Null:
		return ""
	}
	if n.Quoted() || strings.Contains(n.Text(), "${") {
		return l.env(n)
	}
	for _, k := range []expression.Kind{expression.Int, expression.Number, expression.Bool, expression.Date} {
		if (k == expression.Bool) != n.IsBool() || (k == expression.Int || k == expression.Number) != n.IsNumber() {
			continue
		}
		if v, err := expression.Of(k).Parse(n.Text(), l.b.Zone); err == nil {
			return v
		}
	}
	return n.Text()
}

// typeOfConstant finds the type of a value of constants.
func typeOfConstant(v any) expression.Type {
	switch v := v.(type) {
	case int:
		return expression.Of(expression.Int)
	case float64:
		return expression.Of(expression.Number)
	case bool:
		return expression.Of(expression.Bool)
	case time.Time:
		return expression.Of(expression.Date)
	case []any:
		if len(v) > 0 {
			return expression.ListOf(typeOfConstant(v[0]))
		}
		return expression.ListOf(expression.Of(expression.Text))
	case map[string]any:
		var fields []expression.Field
		for name, value := range v {
			fields = append(fields, expression.Field{Name: name, Type: typeOfConstant(value)})
		}
		return expression.RecordOf(fields...)
	}
	return expression.Of(expression.Text)
}

// value is a plain value or one with ${ }.
type value struct {
	constant any
	template *expression.Template
}

func (v value) get(env *expression.Env) (any, error) {
	if v.template != nil {
		return v.template.Value(env)
	}
	return v.constant, nil
}

// compileValue reads a value that must fit a type.
func (c *compiler) compileValue(s *expression.Scope, n *spec.Node, want expression.Type, what string) value {
	if n.Kind() != spec.Scalar {
		return value{constant: c.plainTree(n, want, what)}
	}
	if strings.Contains(n.Text(), "${") {
		t := c.text(s, n)
		if t != nil && !want.Assignable(t.Type()) {
			c.r.Error(n.Pos(), "E210", "", "%s is %s, but this is %s", what, want, t.Type())
		}
		return value{template: t}
	}
	v, err := want.Parse(n.Text(), c.b.Zone)
	if err != nil {
		c.r.Error(n.Pos(), "E210", "", "%s is %s: %v", what, want, err)
	}
	return value{constant: v}
}

// plainTree reads a list or a record of plain values, such as `set: {basket: []}`.
func (c *compiler) plainTree(n *spec.Node, want expression.Type, what string) any {
	switch {
	case n.Kind() == spec.Null:
		return nil
	case n.Kind() == spec.Scalar:
		v, err := want.Parse(n.Text(), c.b.Zone)
		if err != nil {
			c.r.Error(n.Pos(), "E210", "", "%s is %s: %v", what, want, err)
		}
		return v
	case n.Kind() == spec.List && want.Kind == expression.List:
		list := []any{}
		for _, item := range n.Items() {
			list = append(list, c.plainTree(item, *want.Elem, what))
		}
		return list
	case n.Kind() == spec.Map && want.Kind == expression.Record:
		m := map[string]any{}
		for _, p := range n.Pairs() {
			t, ok := want.Field(p.Key.Text())
			if !ok {
				c.r.Error(p.Key.Pos(), "E225", "", "%s has no field %q", what, p.Key.Text())
				continue
			}
			m[p.Key.Text()] = c.plainTree(p.Value, t, fmt.Sprintf("%s.%s", what, p.Key.Text()))
		}
		return m
	}
	c.r.Error(n.Pos(), "E210", "", "%s is %s", what, want)
	return nil
}

// text compiles a text and maps its problems into the file.
func (c *compiler) text(s *expression.Scope, n *spec.Node) *expression.Template {
	return compileText(c.r, s, n)
}

func compileText(r *spec.Report, s *expression.Scope, n *spec.Node) *expression.Template {
	if n == nil {
		return nil
	}
	t, problems := s.Text(n.Text())
	report(r, n, problems)
	if len(problems) > 0 {
		return nil
	}
	return t
}

// condition compiles a condition.
func (c *compiler) condition(s *expression.Scope, n *spec.Node) *expression.Program {
	p, problems := s.Condition(n.Text())
	report(c.r, n, problems)
	return p
}

// value compiles an expression of any type.
func (c *compiler) expression(s *expression.Scope, n *spec.Node) *expression.Program {
	p, problems := s.Value(n.Text())
	report(c.r, n, problems)
	return p
}

// report puts problems of an expression into the file.
func report(r *spec.Report, n *spec.Node, problems []expression.Problem) {
	for _, p := range problems {
		at := n.Pos()
		if p.To > p.From {
			at = n.At(p.From, p.To)
		}
		r.Error(at, p.Code, p.Fix, "%s", p.Message)
	}
}
