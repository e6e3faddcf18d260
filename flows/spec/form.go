package spec

import (
	"fmt"
	"regexp"
	"strings"
)

// missingSpace is a key and a value that nothing divides.
var missingSpace = regexp.MustCompile(`^([a-z][a-z0-9_]*):(\S.*)$`)

// wrongForm reports a list, map or scalar where another form is wanted. The
// example may be empty.
func wrongForm(r *Report, n *Node, s Shape, what, example string) struct{} {
	if n.kind == Scalar && lacksSpace(r, n) {
		return struct{}{}
	}
	if text, colon, ok := n.colonText(); ok && wantsScalar(s) {
		r.Error(colon, "E112", quoteFix(text), "a text with `: ` in it must be in quotes")
		return struct{}{}
	}
	if s.Kind == Empty {
		r.Error(n.Pos(), "E122", "Delete what stands behind it.", "%s takes no value", what)
		return struct{}{}
	}
	fix, whole := formFix(n, s)
	if example != "" && !whole {
		fix = strings.TrimSpace(fix + " An example is " + example + ".")
	}
	r.Error(n.Pos(), "E122", fix, "%s wants %s, not %s", what, want(s), formOf(n))
	return struct{}{}
}

// lacksSpace reports a mark, or a key and a value, that nothing divides from what
// follows, or nothing that YAML takes for a space.
func lacksSpace(r *Report, n *Node) bool {
	if n.blurred(r) {
		return true
	}
	m := missingSpace.FindStringSubmatch(n.text)
	if m == nil || n.style != plain || strings.HasPrefix(m[2], "//") {
		return false
	}
	r.Error(n.At(len(m[1]), len(m[1])+1), "E115", spaceFix(m), "a space is missing after the colon")
	return true
}

// spaceFix shows the key and the value with their space.
func spaceFix(m []string) string {
	return fmt.Sprintf("Write `%s: %s`.", m[1], strings.TrimSpace(m[2]))
}

// colonText returns the text that YAML took for a map with one key, and where
// its colon is.
func (n *Node) colonText() (text string, colon Pos, ok bool) {
	if n.kind != Map || n.style != block || len(n.pairs) != 1 {
		return "", Pos{}, false
	}
	key, value := n.pairs[0].Key, n.pairs[0].Value
	if key.style != plain || value.line != key.line || (value.kind != Scalar && value.kind != Null) {
		return "", Pos{}, false
	}
	row := []rune(n.file.Line(key.line))
	end, found := key.end()
	if !found || end.line != key.line {
		return "", Pos{}, false
	}
	return trimComment(row[key.column-1:]), n.file.Pos(end.line, skipBlank(row, end.i)+1, 1), true
}

// formOf names the form that a value has.
func formOf(n *Node) string {
	switch n.kind {
	case Map:
		return "a map"
	case List:
		return "a list"
	case Null:
		return "nothing"
	}
	return "a text"
}

// formFix says how to write the form that is wanted; whole is true when that
// mends it.
func formFix(n *Node, s Shape) (fix string, whole bool) {
	switch {
	case n.style == flow && (s.Kind == Text || s.Kind == Name || s.Kind == Expr):
		return "Put the value in quotes if it is meant as it stands.", true
	case s.Kind == Steps, s.Kind == Target:
		return "Write each step on a line of its own that begins with `- `.", true
	case s.Kind == ListOf:
		return "Write each item on a line of its own that begins with `- `.", false
	case n.kind == List && len(n.items) == 1:
		return "Remove the `- `.", true
	case n.kind == List:
		return "Write a single value.", false
	case s.Kind == MapOf:
		return "Write each on a line of its own below it, as `name: value`.", false
	case s.Kind == Nested && len(s.Table.Fields) > 0:
		return fmt.Sprintf("Write its keys below, such as `%s:`.", s.Table.Fields[0].Name), false
	}
	return "", false
}

// wantsScalar reports whether a shape takes a scalar.
func wantsScalar(s Shape) bool { return fits(&Node{kind: Scalar}, s) }
