package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/language"
)

// Check reports whether a value has a form, and what is wrong in it. What names
// the value in messages, such as `"timeout"`. A value that was reported before
// is wrong without another word.
func Check(r *Report, n *Node, s Shape, what string) bool {
	c := checker{r: r, what: what}
	return c.check(n, s)
}

// A checker checks one value and what is in it.
type checker struct {
	r    *Report
	what string
}

func (c checker) check(n *Node, s Shape) bool {
	switch {
	case n == nil || n.broken:
		return false
	case s.Kind == Any:
		return true
	case n.kind == Null && s.Kind == Empty:
		return true
	case n.kind == Null:
		return c.null(n, s)
	case !fits(n, s):
		return c.fail(wrongForm(c.r, n, s, c.what))
	}
	switch s.Kind {
	case ListOf, OneOrList:
		return c.list(n, s)
	case MapOf:
		return c.entries(n, s)
	case Nested:
		Decode(c.r, n, s.Table)
		return true
	case OneOf:
		return c.oneOf(n, s)
	}
	if n.kind == Scalar {
		return c.scalar(n, s)
	}
	if s.Kind == Steps || s.Kind == Target {
		c.steps(n)
	}
	return true
}

// steps reports items that can't be a step, and marks them as reported; what a
// step must look like is the caller's to say.
func (c checker) steps(n *Node) {
	for _, item := range n.items {
		switch {
		case item.broken:
		case item.kind == Null:
			item.broken = true
			c.r.Error(item.Pos(), "E123", "Write a step behind the `-`, or delete the line.", "this step is empty")
		case item.kind == Scalar && lacksSpace(c.r, item):
			item.broken = true
		}
	}
}

// fail is false; it lets a check report and return at once.
func (c checker) fail(struct{}) bool { return false }

// fits reports whether a value has the outer form of a shape.
func fits(n *Node, s Shape) bool {
	switch s.Kind {
	case Any, Value:
		return n.kind != Null
	case Empty:
		return n.kind == Null
	case Steps, ListOf:
		return n.kind == List
	case Target:
		return n.kind == List || n.kind == Scalar
	case TypeSpec:
		return n.kind != Null
	case OneOrList:
		return n.kind == List || fits(n, *s.Of)
	case MapOf, Nested:
		return n.kind == Map
	case OneOf:
		for _, one := range s.Shapes {
			if fits(n, one) {
				return true
			}
		}
		return false
	}
	return n.kind == Scalar
}

// null reports a value that is missing.
func (c checker) null(n *Node, s Shape) bool {
	if s.Kind == OneOf {
		for _, one := range s.Shapes {
			if one.Kind == Any || one.Kind == Empty {
				return true
			}
		}
	}
	if n.text != "" {
		c.r.Error(n.Pos(), "E123", "Write "+quote(n.text)+" if the word is meant, else leave the key out.", "YAML reads %s as no value at all", n.text)
		return false
	}
	fix := "Write " + article(s.String()) + " behind it, or leave it out."
	if s.Kind == Steps || s.Kind == ListOf || s.Kind == Nested || s.Kind == MapOf {
		fix = "What belongs to it begins on the next line, indented deeper; or leave it out."
	}
	c.r.Error(n.Pos(), "E123", fix, "%s has no value", c.what)
	return false
}

// list checks the elements of a list, or a single one.
func (c checker) list(n *Node, s Shape) bool {
	if n.kind != List {
		return c.check(n, *s.Of)
	}
	if s.Kind == OneOrList && !fits(&Node{kind: Scalar}, *s.Of) && fits(n, *s.Of) {
		return c.check(n, *s.Of)
	}
	ok := true
	inner := checker{c.r, "an item of " + c.what}
	for _, item := range n.items {
		ok = inner.check(item, *s.Of) && ok
	}
	return ok
}

// entries checks the values of a map.
func (c checker) entries(n *Node, s Shape) bool {
	ok := !n.broken
	for _, p := range n.pairs {
		ok = checker{c.r, fmt.Sprintf("%q", p.Key.text)}.check(p.Value, *s.Of) && ok
	}
	return ok
}

// oneOf checks against the only shape that fits by its form, else against each
// in turn; the errors are those of the last that fits.
func (c checker) oneOf(n *Node, s Shape) bool {
	var fitting []Shape
	for _, one := range s.Shapes {
		if fits(n, one) {
			fitting = append(fitting, one)
		}
	}
	for i, one := range fitting {
		if i == len(fitting)-1 {
			return c.check(n, one)
		}
		scratch := checker{NewReport(), c.what}
		if scratch.check(n, one) && !scratch.r.Failed() {
			return c.check(n, one)
		}
	}
	return false
}

var (
	identForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	intForm   = regexp.MustCompile(`^-?[0-9]+$`)
)

// scalar checks the text of a scalar.
func (c checker) scalar(n *Node, s Shape) bool {
	if n.cutShort(c.r, s.Kind) {
		return false
	}
	switch s.Kind {
	case Text:
		return c.text(n)
	case Expr:
		return c.expression(n)
	case Value, TypeSpec:
		return true
	case Name:
		return c.name(n)
	}
	if i := strings.Index(n.text, "${"); i >= 0 {
		at := utf8.RuneCountInString(n.text[:i])
		c.r.Error(n.At(at, utf8.RuneCountInString(n.text)), "E129", "Write the value itself.", "%s can't be computed: no ${ } may stand here", c.what)
		return false
	}
	switch s.Kind {
	case Ident, Target:
		return c.ident(n)
	case Int, Number:
		return c.number(n, s.Kind)
	case Bool:
		return c.boolean(n)
	case Duration:
		if _, ok := ParseDuration(n.text); !ok {
			c.r.Error(n.Pos(), "E126", durationFix(n.text), "%s wants a duration, and %q is none", c.what, n.text)
			return false
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, n.text); err != nil {
			c.r.Error(n.Pos(), "E126", "Write year, month and day, such as 2026-03-04.", "%s wants a date, and %q is none", c.what, n.text)
			return false
		}
	case Enum:
		return c.enum(n, s)
	}
	return true
}

// templateForm is how other tools write a computed value.
var templateForm = regexp.MustCompile(`\{\{-?\s*(.*?)\s*-?\}\}`)

// text checks a text with ${ } inside.
func (c checker) text(n *Node) bool {
	ok := true
	for _, m := range templateForm.FindAllStringSubmatchIndex(n.text, -1) {
		from := utf8.RuneCountInString(n.text[:m[0]])
		length := utf8.RuneCountInString(n.text[m[0]:m[1]])
		c.r.Error(n.At(from, from+length), "E107", templateFix(n.text[m[2]:m[3]]), "{{ }} computes nothing here")
		ok = false
	}
	return ok
}

// templateFix rewrites what is within {{ }}.
func templateFix(inner string) string {
	if inner == "" || strings.Trim(inner, "0123456789") == "" {
		return "Write ${ } with the name of a variable."
	}
	return "Write ${ " + strings.TrimPrefix(inner, ".") + " }."
}

// expression checks that an expression is not wrapped like a text.
func (c checker) expression(n *Node) bool {
	text := strings.TrimSpace(n.text)
	for _, form := range [][2]string{{"${", "}"}, {"{{", "}}"}} {
		if inner, ok := strings.CutPrefix(text, form[0]); ok {
			inner = strings.TrimSpace(strings.TrimSuffix(inner, form[1]))
			c.r.Error(n.Pos(), "E129", "Write "+"`"+inner+"`.", "%s is an expression already, without %s %s", c.what, form[0], form[1])
			return false
		}
	}
	if text == "" {
		c.r.Error(n.Pos(), "E123", "Write an expression, or leave it out.", "%s has no value", c.what)
		return false
	}
	return true
}

// ident checks a name in lower_snake.
func (c checker) ident(n *Node) bool {
	if identForm.MatchString(n.text) {
		return true
	}
	fix := "Begin with a letter; then letters a to z, digits and _."
	if better := identOf(n.text); better != "" {
		fix = "Write `" + better + "`."
	}
	c.r.Error(n.Pos(), "E128", fix, "%s wants a name of small letters, digits and _, not %q", c.what, n.text)
	return false
}

// identOf makes an id of a name; empty when nothing sensible is left.
func identOf(s string) string {
	s = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "_"), "_")
	if !identForm.MatchString(s) || len(s) > 40 {
		return ""
	}
	return s
}

// name checks that a plain text is not empty.
func (c checker) name(n *Node) bool {
	if strings.TrimSpace(n.text) != "" {
		return true
	}
	c.r.Error(n.Pos(), "E123", "Write a text, or leave the key out.", "%s has no value", c.what)
	return false
}

// number checks an Int or a Number.
func (c checker) number(n *Node, kind ShapeKind) bool {
	want := "a whole number"
	if kind == Number {
		want = "a number"
	}
	fix := ""
	switch {
	case n.Quoted() && numberForm.MatchString(n.text):
		fix = "Remove the quotes."
	case kind == Int && intForm.MatchString(n.text):
		if _, err := strconv.Atoi(n.text); err == nil {
			return true
		}
		fix = "It is too large."
	case kind == Number && n.IsNumber():
		return true
	default:
		fix = numberFix(n.text, kind)
	}
	c.r.Error(n.Pos(), "E124", fix, "%s wants %s, and %q is none", c.what, want, n.text)
	return false
}

// decimalComma is a number as most of Europe writes it.
var decimalComma = regexp.MustCompile(`^(-?[0-9]+),([0-9]{1,2}|[0-9]{4,})$`)

// numberFix guesses the number that was meant.
func numberFix(text string, kind ShapeKind) string {
	text = decimalComma.ReplaceAllString(text, "$1.$2")
	text = strings.NewReplacer(",", "", "_", "", " ", "", "+", "").Replace(text)
	text = leadingZeros.ReplaceAllString(text, "$1")
	switch {
	case !numberForm.MatchString(text):
		return "Write it in digits."
	case kind == Int && !intForm.MatchString(text):
		return "Leave out the fraction."
	}
	return "Write `" + text + "`."
}

// leadingZeros are those that a number does not need.
var leadingZeros = regexp.MustCompile(`^0+([0-9])`)

// boolean checks true and false.
func (c checker) boolean(n *Node) bool {
	if n.IsBool() {
		return true
	}
	fix := "Write true or false."
	switch strings.ToLower(n.text) {
	case "yes", "on", "y", "true", "1":
		fix = "Write true."
	case "no", "off", "n", "false", "0":
		fix = "Write false."
	}
	c.r.Error(n.Pos(), "E125", fix, "%s wants true or false, not %q", c.what, n.text)
	return false
}

// enum checks one of several words.
func (c checker) enum(n *Node, s Shape) bool {
	for _, v := range s.Values {
		if n.text == v {
			return true
		}
	}
	fix := "It can be " + orList(s.Values) + "."
	if near := language.Suggest(n.text, s.Values); near != "" {
		fix = fmt.Sprintf("Did you mean %q?", near)
	}
	c.r.Error(n.Pos(), "E127", fix, "%s can't be %q", c.what, n.text)
	return false
}

// article writes a form with its article.
func article(form string) string {
	if strings.ContainsAny(form[:1], "aeiou") {
		return "an " + form
	}
	return "a " + form
}
