package flows

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// constant reads a constant: a plain value, a list or a map.
func (l *configLoader) constant(n *spec.Node) any {
	switch n.Kind() {
	case spec.List:
		return l.constantList(n)
	case spec.Map:
		m := map[string]any{}
		for _, p := range n.Pairs() {
			if l.fieldName(p.Key) {
				m[p.Key.Text()] = l.constant(p.Value)
			}
		}
		return m
	case spec.Null:
		return ""
	}
	if n.Quoted() || strings.Contains(n.Text(), "${") {
		return l.env(n)
	}
	return plainConstant(n, l.b.Zone)
}

// plainConstant reads a scalar without quotes.
func plainConstant(n *spec.Node, zone *time.Location) any {
	var kinds []expression.Kind
	switch {
	case n.IsNumber():
		kinds = []expression.Kind{expression.Int, expression.Number}
	case n.IsBool():
		kinds = []expression.Kind{expression.Bool}
	default:
		kinds = []expression.Kind{expression.Date}
	}
	for _, k := range kinds {
		if v, err := expression.Of(k).Parse(n.Text(), zone); err == nil {
			return v
		}
	}
	return n.Text()
}

// constantList reads a list, whose elements have one type: numbers are all taken
// for fractions when some of them are, and a field that some records lack may be
// missing.
func (l *configLoader) constantList(n *spec.Node) []any {
	list := []any{}
	var elem expression.Type
	for _, item := range n.Items() {
		v := l.constant(item)
		t, ok := typeOfConstant(v), true
		if len(list) > 0 {
			t, ok = expression.Join(elem, t)
		}
		if !ok {
			l.r.Error(item.Pos(), "E210", "Give them one type.", "this is %s, but the list begins with %s", typeOfConstant(v), typeOfConstant(list[0]))
			continue
		}
		list, elem = append(list, v), t
	}
	for i, v := range list {
		if v, err := elem.Coerce(v); err == nil {
			list[i] = v
		}
	}
	return list
}

// typeOfList is the type of the elements.
func typeOfList(list []any) expression.Type {
	if len(list) == 0 {
		return expression.Of(expression.Text)
	}
	t := typeOfConstant(list[0])
	for _, v := range list[1:] {
		t, _ = expression.Join(t, typeOfConstant(v)) // constantList saw to it that there is one
	}
	return t
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
		return expression.ListOf(typeOfList(v))
	case map[string]any:
		var fields []expression.Field
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields = append(fields, expression.Field{Name: name, Type: typeOfConstant(v[name])})
		}
		return expression.RecordOf(fields...)
	}
	return expression.Of(expression.Text)
}
