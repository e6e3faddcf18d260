package webhook

import (
	"slices"
	"strings"
)

// An expr is where a value is: the first of its alternatives that has one.
type expr []alternative

// An alternative is a path or a constant, under conditions.
type alternative struct {
	path     path
	constant any  // a text, or true and false; nil for a path
	phone    bool // as phone
	plain    bool // as text
	when     conditions
}

// newExpr reads the value of a setting, such as
//
//	message.text | message.caption when message.type=image | 'nothing'
func newExpr(text string) (expr, error) {
	s := &scanner{text: text}
	if s.end() {
		return nil, nil
	}
	x, err := s.expr()
	if err == nil && !s.end() {
		err = s.fail("this does not belong to the path")
	}
	return x, err
}

func (s *scanner) expr() (expr, error) {
	var x expr
	for {
		a, err := s.alternative()
		if err != nil {
			return nil, err
		}
		x = append(x, a)
		if s.space(); !s.take("|") {
			return x, nil
		}
	}
}

func (s *scanner) alternative() (alternative, error) {
	var a alternative
	s.space()
	constant, quoted, err := s.quoted("'")
	switch {
	case err != nil:
		return a, err
	case quoted:
		a.constant = constant
	case s.word("true"):
		a.constant = true
	case s.word("false"):
		a.constant = false
	default:
		if a.path, err = s.path(); err != nil {
			return a, err
		}
	}
	if s.word("as") {
		a.phone = s.word("phone")
		a.plain = !a.phone && s.word("text")
		if s.space(); !a.phone && !a.plain {
			return a, s.fail("after `as` comes `phone` or `text`")
		}
	}
	if s.word("when") {
		a.when, err = s.conditions()
	}
	return a, err
}

func (a alternative) values(d *document) []any {
	if a.constant != nil {
		return []any{a.constant}
	}
	return a.path.values(d)
}

// texts are those of the first alternative that has one, with "" where one of
// several is missing; none when there is nothing.
func (x expr) texts(d *document) []string {
	for _, a := range x {
		if !a.when.fit(d) {
			continue
		}
		var out []string
		found := false
		for _, v := range a.values(d) {
			t := textOf(v)
			if a.phone {
				t = phone(t)
			}
			out, found = append(out, t), found || t != ""
		}
		if found {
			return out
		}
	}
	return nil
}

// text is the first text; "" when there is none.
func (x expr) text(d *document) string {
	for _, t := range x.texts(d) {
		if t != "" {
			return t
		}
	}
	return ""
}

// lines are all texts, one below the other.
func (x expr) lines(d *document) string {
	return strings.Join(slices.DeleteFunc(x.texts(d), func(t string) bool { return t == "" }), "\n")
}

// present are all values, of any type, of the first alternative that has one;
// lists in lists are opened.
func (x expr) present(d *document) []any {
	for _, a := range x {
		if !a.when.fit(d) {
			continue
		}
		var out []any
		for _, v := range a.values(d) {
			if list, ok := v.([]any); ok {
				out = append(out, list...)
			} else if present(v) {
				out = append(out, v)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// value is the first value, as it is; nil when there is none.
func (x expr) value(d *document) any {
	for _, a := range x {
		if !a.when.fit(d) {
			continue
		}
		for _, v := range a.values(d) {
			if t := textOf(v); a.phone {
				v = phone(t)
			} else if a.plain {
				v = t
			}
			if present(v) {
				return v
			}
		}
	}
	return nil
}

// phone reads a number with its country as digits; "" when it is none. An address
// of WhatsApp such as 15550100017@c.us is one.
func phone(s string) string {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "@c.us"), "@s.whatsapp.net")
	digits := strings.TrimPrefix(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -().\u00a0", r) {
			return -1
		}
		return r
	}, s), "+")
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}
