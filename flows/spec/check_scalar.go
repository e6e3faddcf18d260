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
		c.r.Error(n.At(at, utf8.RuneCountInString(n.text)), "E129", "Write the value itself.", "%s can't be computed: no ${ } may stand here", c.what())
		return false
	}
	switch s.Kind {
	case Ident:
		return c.ident(n)
	case Target:
		return c.target(n)
	case Int, Number:
		return c.number(n, s.Kind)
	case Bool:
		return c.boolean(n)
	case Duration:
		if _, ok := ParseDuration(n.text); !ok {
			c.r.Error(n.Pos(), "E126", durationFix(n.text), "%s wants a duration, and %q is none", c.what(), n.text)
			return false
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, n.text); err != nil {
			c.r.Error(n.Pos(), "E126", "Write year, month and day, such as 2026-03-04.", "%s wants a date, and %q is none", c.what(), n.text)
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
			c.r.Error(n.Pos(), "E129", "Write "+"`"+inner+"`.", "%s is an expression already, without %s %s", c.what(), form[0], form[1])
			return false
		}
	}
	if text == "" {
		c.r.Error(n.Pos(), "E123", "Write an expression, or leave it out.", "%s has no value", c.what())
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
	c.r.Error(n.Pos(), "E128", fix, "%s wants a name of small letters, digits and _, not %q", c.what(), n.text)
	return false
}

// target checks the name of a step. What has several words was meant to be said.
func (c checker) target(n *Node) bool {
	if !strings.ContainsAny(n.text, " \t\n") {
		return c.ident(n)
	}
	fix := "Write the name of a step behind it, or steps below it, each with its own `- `."
	if line, cut := lineOf(n.text); !cut && len(line) <= 40 {
		fix = "Write the name of a step behind it, or steps below it, such as `- say: " + line + "`."
	}
	c.r.Error(n.Pos(), "E128", fix, "%s wants %s, not a text", c.what(), want(Shape{Kind: Target}))
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
	c.r.Error(n.Pos(), "E123", "Write a text, or leave the key out.", "%s has no value", c.what())
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
	c.r.Error(n.Pos(), "E124", fix, "%s wants %s, and %q is none", c.what(), want, n.text)
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
	c.r.Error(n.Pos(), "E125", fix, "%s wants true or false, not %q", c.what(), n.text)
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
	if meant := s.Instead[n.text]; meant != "" {
		fix = "Write " + meant + "."
	} else if near := language.Suggest(n.text, s.Values); near != "" {
		fix = fmt.Sprintf("Did you mean %q?", near)
	}
	c.r.Error(n.Pos(), "E127", fix, "%s can't be %q", c.what(), n.text)
	return false
}
