package flows

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// A tree is a JSON value with ${ } in its leaves. Exactly one of its parts is
// set.
type tree struct {
	leaf  *value
	list  []*tree
	names []string
	items map[string]*tree
}

// tree compiles a YAML value as it stands.
func (c *compiler) tree(s *expression.Scope, n *spec.Node) *tree {
	switch n.Kind() {
	case spec.List:
		t := &tree{list: []*tree{}}
		for _, item := range n.Items() {
			t.list = append(t.list, c.tree(s, item))
		}
		return t
	case spec.Map:
		t := &tree{items: map[string]*tree{}}
		for _, p := range n.Pairs() {
			t.names = append(t.names, p.Key.Text())
			t.items[p.Key.Text()] = c.tree(s, p.Value)
		}
		return t
	}
	v := c.anyValue(s, n)
	return &tree{leaf: &v}
}

// fill returns the JSON value; set is false when it is left out.
func (t *tree) fill(env *expression.Env) (v any, set bool, err error) {
	switch {
	case t.leaf != nil:
		v, err = t.leaf.get(env)
		if err != nil || t.leaf.template == nil {
			return v, err == nil, err
		}
		return t.leaf.template.Type().Encode(v), isSet(v), nil
	case t.items != nil:
		m := make(map[string]any, len(t.items))
		for _, name := range t.names {
			item, set, err := t.items[name].fill(env)
			if err != nil {
				return nil, false, err
			}
			if set {
				m[name] = item
			}
		}
		return m, true, nil
	}
	list := make([]any, 0, len(t.list))
	for _, one := range t.list {
		item, set, err := one.fill(env)
		if err != nil {
			return nil, false, err
		}
		if set {
			list = append(list, item)
		}
	}
	return list, true, nil
}

// plain reads a scalar as YAML does: a number, a truth value, nothing, or a text.
func plain(n *spec.Node) any {
	switch {
	case n.Kind() == spec.Null:
		return nil
	case n.IsNumber():
		if i, err := strconv.Atoi(n.Text()); err == nil {
			return i
		}
		if f, err := strconv.ParseFloat(n.Text(), 64); err == nil {
			return f
		}
	case n.IsBool():
		return strings.EqualFold(n.Text(), "true")
	}
	return n.Text()
}

// exactJSON decodes JSON without losing digits.
func exactJSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, errors.New("it is not JSON")
	}
	return v, nil
}
