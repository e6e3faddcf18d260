package webhook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
)

// A document is what paths lead into: one item of a body, with the body and the
// request that it came in.
type document struct {
	item, body any
	query      url.Values
	header     http.Header
	// own is the setting from.
	own string
}

// at returns the document with another item.
func (d *document) at(item any) *document {
	out := *d
	out.item = item
	return &out
}

// A path leads to values of a document. It never changes.
type path struct {
	root  string // "" is the item; else one of the roots
	steps []step
}

// The roots that a path may begin with.
const (
	bodyRoot   = "$"
	queryRoot  = "$query"
	headerRoot = "$header"
)

// A step leads into an object by its key, or into a list.
type step struct {
	key   string
	list  bool
	each  bool // [*]
	index int
}

// values are all that the path leads to, with nil where one of several is missing;
// none when there is nothing.
func (p path) values(d *document) []any {
	var at []any
	steps := p.steps
	switch p.root {
	case queryRoot, headerRoot:
		if len(steps) == 0 {
			return nil
		}
		values := d.query[steps[0].key]
		if p.root == headerRoot {
			values = d.header.Values(steps[0].key)
		}
		for _, v := range values {
			at = append(at, v)
		}
		return at
	case bodyRoot:
		at = []any{d.body}
	default:
		at = []any{d.item}
	}
	for _, s := range steps {
		var next []any
		for _, v := range at {
			next = append(next, s.into(v)...)
		}
		at = next
	}
	return at
}

func (s step) into(v any) []any {
	if !s.list {
		object, _ := v.(map[string]any)
		return []any{object[s.key]}
	}
	list, ok := v.([]any)
	switch {
	case s.each:
		return list
	case ok && s.index < len(list):
		return []any{list[s.index]}
	}
	return []any{nil}
}

// textOf returns a text, a number with its digits or a truth value; "" for
// anything else.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return channels.Clean(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// present reports whether there is something.
func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// A scanner reads a value of a setting, and knows where it is for errors.
type scanner struct {
	text string
	at   int
}

func (s *scanner) fail(format string, args ...any) error {
	return fmt.Errorf("at column %d: %s", utf8.RuneCountInString(s.text[:s.at])+1, fmt.Sprintf(format, args...))
}

func (s *scanner) space() {
	s.at = len(s.text) - len(strings.TrimLeftFunc(s.text[s.at:], unicode.IsSpace))
}

func (s *scanner) end() bool { s.space(); return s.at == len(s.text) }

// take passes a text if it is next.
func (s *scanner) take(t string) bool {
	if !strings.HasPrefix(s.text[s.at:], t) {
		return false
	}
	s.at += len(t)
	return true
}

// word passes a word if it is next, as a whole.
func (s *scanner) word(w string) bool {
	at := s.at
	if s.space(); s.bare() == w {
		return true
	}
	s.at = at
	return false
}

// bare reads a name that needs no quotes.
func (s *scanner) bare() string {
	rest := s.text[s.at:]
	n := strings.IndexFunc(rest, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`.[]{}()|,=!~:"'?`, r)
	})
	if n < 0 {
		n = len(rest)
	}
	s.at += n
	return rest[:n]
}

// quoted reads a text in quotes; false when none is next. A quote in it is doubled.
func (s *scanner) quoted(q string) (string, bool, error) {
	start := s.at
	if !s.take(q) {
		return "", false, nil
	}
	var b strings.Builder
	for {
		part, _, found := strings.Cut(s.text[s.at:], q)
		if !found {
			s.at = start
			return "", true, s.fail("a quote is not closed")
		}
		b.WriteString(part)
		s.at += len(part) + len(q)
		if !s.take(q) {
			return b.String(), true, nil
		}
		b.WriteString(q)
	}
}

// path reads a path such as data.messages[0]."text.plain".
func (s *scanner) path() (path, error) {
	var p path
	s.space()
	for first := true; ; first = false {
		start := s.at
		switch {
		case s.take("["):
			st, err := s.index()
			if err != nil {
				return p, err
			}
			p.steps = append(p.steps, st)
			continue
		case !first && !s.take("."):
			return p, s.checkRoot(p)
		}
		key, quoted, err := s.quoted(`"`)
		if err != nil {
			return p, err
		}
		if !quoted {
			if key = s.bare(); key == "" {
				return p, s.fail("a name is missing; a path is such as data.messages[0].text")
			}
		}
		if first && !quoted && strings.HasPrefix(key, "$") {
			if key != bodyRoot && key != queryRoot && key != headerRoot {
				s.at = start
				return p, s.fail("a path begins with $, $query or $header, or with a name; other names with $ stand in double quotes")
			}
			p.root = key
			continue
		}
		p.steps = append(p.steps, step{key: key})
	}
}

func (s *scanner) checkRoot(p path) error {
	if p.root == queryRoot || p.root == headerRoot {
		if len(p.steps) != 1 || p.steps[0].list {
			return s.fail("%s is followed by one name, such as %s.id", p.root, p.root)
		}
	}
	return nil
}

func (s *scanner) index() (step, error) {
	if s.take("*]") {
		return step{list: true, each: true}, nil
	}
	digits := s.bare()
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 {
		s.at -= len(digits)
		return step{}, s.fail("between [ and ] is a number from 0, or *")
	}
	if !s.take("]") {
		return step{}, s.fail("] is missing")
	}
	return step{list: true, index: n}, nil
}
