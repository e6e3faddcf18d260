package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// values are what a request fills in, by name: texts, numbers and lists of texts.
// What is absent is missing or "".
type values map[string]any

// A piece of a text is a literal and, behind it, a name to fill in; "" for none.
type piece struct {
	literal, name string
	optional      bool
}

// newText reads a text with names in braces, of which it knows these. {{ and }}
// stand for braces; {name?} may be empty.
func newText(text string, known []string) ([]piece, error) {
	var out []piece
	var literal strings.Builder
	s := &scanner{text: text}
	for s.at < len(text) {
		switch {
		case s.take("{{"):
			literal.WriteByte('{')
		case s.take("}}"):
			literal.WriteByte('}')
		case s.text[s.at] == '{':
			start := s.at
			name, _, closed := strings.Cut(text[start+1:], "}")
			if !closed {
				return nil, s.fail("a { without a }; a brace itself is {{")
			}
			p := piece{literal: literal.String()}
			p.name, p.optional = strings.CutSuffix(name, "?")
			if !isKnown(known, p.name) {
				return nil, s.fail("{%.40s} is none of %s", name, strings.Join(known, ", "))
			}
			out = append(out, p)
			literal.Reset()
			s.at = start + len(name) + 2
		default:
			literal.WriteByte(s.text[s.at])
			s.at++
		}
	}
	if literal.Len() > 0 {
		out = append(out, piece{literal: literal.String()})
	}
	return out, nil
}

// isKnown reports whether there is such a name; N stands for a number.
func isKnown(known []string, name string) bool {
	if slices.Contains(known, name) {
		return true
	}
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[1] == "" || len(parts[1]) > 2 || strings.Trim(parts[1], "0123456789") != "" {
		return false
	}
	parts[1] = "N"
	return slices.Contains(known, strings.Join(parts, "."))
}

// fillText fills in a text, each value by a function that makes it fit there.
func fillText(pieces []piece, v values, as func(string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.literal)
		if p.name == "" {
			continue
		}
		t, err := v.text(p)
		if err == nil {
			t, err = as(t)
		}
		if err != nil {
			return "", err
		}
		b.WriteString(t)
	}
	return b.String(), nil
}

// text is a value as a text.
func (v values) text(p piece) (string, error) {
	switch value := v[p.name].(type) {
	case nil:
	case string:
		if value != "" {
			return value, nil
		}
	case []string:
		if len(value) > 0 {
			return strings.Join(value, ","), nil
		}
	default:
		return fmt.Sprint(value), nil
	}
	if p.optional || mayBeEmpty(p.name) {
		return "", nil
	}
	return "", errors.New("the message has no " + p.name)
}

// mayBeEmpty reports whether messages that have all that they need may have
// nothing of a name.
func mayBeEmpty(name string) bool {
	return strings.HasSuffix(name, ".hint") || slices.Contains([]string{
		"account", "text", "media.mime", "media.name", "location.name", "location.address", "contact.phone", "contact.email",
		"contact.vcard", "template.language", "cursor",
	}, name)
}
