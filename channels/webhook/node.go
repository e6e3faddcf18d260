package webhook

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A node is a part of a JSON body that is ready to be filled in. It never changes.
type node interface {
	// fill returns the value. Slots and filled count what is filled in, of the
	// values that there may be.
	fill(v values) (value any, slots, filled int, err error)
}

// newNode reads a part of a body. Lists are those that may be repeated.
func newNode(part any, known []string) (node, error) {
	switch part := part.(type) {
	case string:
		pieces, err := newText(part, known)
		return textNode(pieces), err
	case map[string]any:
		return newObject(part, known)
	case []any:
		if len(part) > 0 {
			if head, ok := part[0].(string); ok && strings.HasPrefix(head, "{each ") {
				return newRepeat(head, part[1:], known)
			}
		}
		out := make(arrayNode, 0, len(part))
		for _, p := range part {
			n, err := newNode(p, known)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, nil
	}
	return literal{part}, nil
}

// literal is a number, a truth value or null.
type literal struct{ value any }

func (n literal) fill(values) (any, int, int, error) { return n.value, 0, 0, nil }

// textNode is a text. One that is a name alone becomes the value as it is.
type textNode []piece

func (n textNode) fill(v values) (any, int, int, error) {
	slots, filled := 0, 0
	for _, p := range n {
		if p.name != "" {
			slots++
			if !p.optional || present(anyOf(v[p.name])) {
				filled++
			}
		}
	}
	if len(n) == 1 && n[0].literal == "" && n[0].name != "" {
		value := v[n[0].name]
		if list, ok := value.([]string); ok && list == nil {
			value = []string{} // a list, and no null
		}
		switch {
		case present(anyOf(value)):
			return value, slots, 1, nil
		case n[0].optional:
			return nil, slots, 0, nil
		}
		if _, ok := value.([]string); ok {
			return value, slots, 1, nil
		}
	}
	t, err := fillText(n, v, func(s string) (string, error) { return s, nil })
	return t, slots, filled, err
}

// anyOf makes present see lists of texts.
func anyOf(v any) any {
	if list, ok := v.([]string); ok {
		out := make([]any, len(list))
		return out
	}
	return v
}

// objectNode is an object, in the order of its keys.
type objectNode []member

type member struct {
	key   []piece
	value node
}

func newObject(part map[string]any, known []string) (node, error) {
	keys := make([]string, 0, len(part))
	for k := range part {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := make(objectNode, 0, len(part))
	for _, k := range keys {
		key, err := newText(k, known)
		if err != nil {
			return nil, err
		}
		n, err := newNode(part[k], known)
		if err != nil {
			return nil, err
		}
		out = append(out, member{key, n})
	}
	return out, nil
}

func (n objectNode) fill(v values) (any, int, int, error) {
	out := make(map[string]any, len(n))
	slots, filled := 0, 0
	for _, m := range n {
		value, s, f, err := m.value.fill(v)
		if err != nil {
			return nil, 0, 0, err
		}
		slots, filled = slots+s, filled+f
		if s > 0 && f == 0 {
			continue
		}
		key, err := fillText(m.key, v, func(s string) (string, error) { return s, nil })
		if err != nil {
			return nil, 0, 0, err
		}
		out[key] = value
	}
	return out, slots, filled, nil
}

// arrayNode is an array.
type arrayNode []node

func (n arrayNode) fill(v values) (any, int, int, error) {
	out := make([]any, 0, len(n))
	slots, filled := 0, 0
	for _, e := range n {
		value, s, f, err := e.fill(v)
		if err != nil {
			return nil, 0, 0, err
		}
		slots, filled = slots+s, filled+f
		if s == 0 || f > 0 {
			out = append(out, value)
		}
	}
	return out, slots, filled, nil
}

// repeatNode is an array with an element for each of a list.
type repeatNode struct {
	list     string
	optional bool
	element  node
}

// repeats are the lists that may be repeated, each with the names of what one of
// its elements has.
func repeats() map[string][]string {
	return map[string][]string{
		"options":         {"option.id", "option.label", "option.hint", "option.number"},
		"template.values": {"value", "number"},
		"contact.phones":  {"phone"},
	}
}

// newRepeat reads an array such as ["{each options}", {"id": "{option.id}"}].
func newRepeat(head string, rest []any, known []string) (node, error) {
	name, closed := strings.CutSuffix(strings.TrimPrefix(head, "{each "), "}")
	n := repeatNode{}
	n.list, n.optional = strings.CutSuffix(strings.TrimSpace(name), "?")
	names, ok := repeats()[n.list]
	if !closed || !ok {
		return nil, fmt.Errorf("%.60q repeats none of options, template.values, contact.phones", head)
	}
	if len(rest) != 1 {
		return nil, fmt.Errorf("behind %q stands the one element that is repeated", head)
	}
	var err error
	n.element, err = newNode(rest[0], slices.Concat(known, names))
	return n, err
}

func (n repeatNode) fill(v values) (any, int, int, error) {
	elements, _ := v[n.list+".each"].([]values)
	out := make([]any, 0, len(elements))
	for _, e := range elements {
		for name, value := range v {
			if _, own := e[name]; !own {
				e[name] = value
			}
		}
		value, _, _, err := n.element.fill(e)
		if err != nil {
			return nil, 0, 0, err
		}
		out = append(out, value)
	}
	filled := len(out)
	if !n.optional {
		filled++
	}
	return out, 1, filled, nil
}

// eachPiece calls f for every piece that a node fills in; repeated tells those of
// an element that is repeated, and the list itself.
func eachPiece(n node, repeated bool, f func(p piece, repeated bool)) {
	texts := func(pieces []piece) {
		for _, p := range pieces {
			if p.name != "" {
				f(p, repeated)
			}
		}
	}
	switch n := n.(type) {
	case textNode:
		texts(n)
	case objectNode:
		for _, m := range n {
			texts(m.key)
			eachPiece(m.value, repeated, f)
		}
	case arrayNode:
		for _, e := range n {
			eachPiece(e, repeated, f)
		}
	case repeatNode:
		f(piece{name: n.list, optional: n.optional}, true)
		eachPiece(n.element, true, f)
	}
}

// newBody reads a JSON body.
func newBody(text string, known []string) (node, error) {
	var part any
	if err := channels.Decode([]byte(text), &part); err != nil {
		return nil, fmt.Errorf("has a body that is not JSON: %w", err)
	}
	n, err := newNode(part, known)
	if err != nil {
		return nil, fmt.Errorf("has a body in which a text %w", err)
	}
	return n, nil
}
