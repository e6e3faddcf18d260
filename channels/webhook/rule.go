package webhook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// conditions fit when all of them do; none always fit.
type conditions []condition

// A condition compares what is at a path with a word.
type condition struct {
	path  path
	op    string // "=", "!=" or "~"
	value string
	null  bool // what is empty or absent
	own   bool // the setting from
}

// conditions reads some, with commas between them.
func (s *scanner) conditions() (conditions, error) {
	var out conditions
	for {
		c, err := s.condition()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		if s.space(); !s.take(",") {
			return out, nil
		}
	}
}

func (s *scanner) condition() (condition, error) {
	var c condition
	var err error
	if c.path, err = s.path(); err != nil {
		return c, err
	}
	s.space()
	for _, op := range []string{"!=", "=", "~"} {
		if s.take(op) {
			c.op = op
			break
		}
	}
	if c.op == "" {
		return c, s.fail("a condition is path=value, path!=value or path~value (contains)")
	}
	s.space()
	value, quoted, err := s.quoted("'")
	if err != nil || quoted {
		c.value = value
		return c, err
	}
	rest := s.text[s.at:]
	n := strings.IndexAny(rest, ",|:")
	if n < 0 {
		n = len(rest)
	}
	c.value = strings.TrimSpace(rest[:n])
	if c.value == "" {
		return c, s.fail("a value is missing; what is empty or absent is null")
	}
	s.at += n
	c.null, c.own = c.value == "null" && c.op != "~", c.value == "{from}"
	return c, nil
}

func (c conditions) fit(d *document) bool {
	return !slices.ContainsFunc(c, func(c condition) bool { return !c.fits(d) })
}

func (c condition) fits(d *document) bool {
	want := c.value
	if c.own {
		want = d.own
	}
	found := slices.ContainsFunc(c.path.values(d), func(v any) bool {
		switch {
		case c.null:
			return present(v)
		case c.op == "~":
			return strings.Contains(strings.ToLower(textOf(v)), strings.ToLower(want))
		}
		return present(v) && textOf(v) == want
	})
	// Null turns it round: what is there is not null.
	return found == ((c.op != "!=") != c.null)
}

// A rule says what a webhook means.
type rule struct {
	kind channels.Kind
	when conditions
}

// newRules reads lines such as "message: event=newMessage, message!=null".
func newRules(lines []string, kinds []string) ([]rule, error) {
	var out []rule
	for i, line := range lines {
		s := &scanner{text: line}
		s.space()
		start := s.at
		kind := s.bare()
		var err error
		var when conditions
		switch {
		case !slices.Contains(kinds, kind):
			s.at = start
			err = s.fail("%.40q is no kind; one of %s", kind, strings.Join(kinds, ", "))
		default:
			if s.space(); !s.take(":") {
				err = s.fail("a line is such as `message: event=newMessage`")
				break
			}
			if when, err = s.conditions(); err == nil && !s.end() {
				err = s.fail("this does not belong to the condition")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("line %d %w", i+1, err)
		}
		out = append(out, rule{channels.Kind(kind), when})
	}
	return out, nil
}

// firstOf returns the kind of the first rule that fits; "" when none does.
func firstOf(rules []rule, d *document) channels.Kind {
	for _, r := range rules {
		if r.when.fit(d) {
			return r.kind
		}
	}
	return ""
}
