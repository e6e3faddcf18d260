package spec

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A comment is what YAML drops after a plain value on the same line.
type comment struct {
	at    Pos
	value string
	text  string // from the # on
	gap   int    // white space before the #
}

// tight reports whether the # is the beginning of a word, as in #4.
func (c comment) tight() bool {
	return len(c.text) > 1 && c.text[1] != ' ' && c.text[1] != '\t' && c.text[1] != '#'
}

// mistaken reports whether what looks like a comment must be part of the value,
// whatever the value is for: #4 after a single space, or the other half of an
// open bracket or quote. Two spaces or more are a comment for certain, unless
// the value is torn.
func (c comment) mistaken() bool {
	if closer := openEnd(c.value); closer != 0 && (c.gap == 1 || strings.ContainsRune(c.text, closer)) {
		return true
	}
	if _, isDuration := ParseDuration(c.value); isDuration || numberForm.MatchString(c.value) || c.value == "true" || c.value == "false" {
		return false
	}
	return c.gap == 1 && c.tight()
}

func (c comment) message() string {
	text := []rune(c.text)
	if len(text) > 30 {
		text = append(text[:30], '…')
	}
	return fmt.Sprintf("the value ends before %q: YAML takes the rest for a comment", string(text))
}

func (c comment) fix() string {
	whole := c.value + strings.Repeat(" ", c.gap) + c.text
	if len(whole) > 60 || strings.Contains(whole, "\n") {
		return "Put the whole value in quotes, or two spaces before the # of a comment."
	}
	return "Write " + quote(strings.TrimSpace(whole)) + ", or two spaces before the # of a comment."
}

// openEnd returns what would close the last bracket or double quote that a value
// leaves open; 0 when all are closed.
func openEnd(value string) rune {
	var open []rune
	inQuote := false
	for _, r := range value {
		switch {
		case r == '"':
			inQuote = !inQuote
		case inQuote:
		case r == '(':
			open = append(open, ')')
		case r == '[':
			open = append(open, ']')
		case r == '{':
			open = append(open, '}')
		case len(open) > 0 && r == open[len(open)-1]:
			open = open[:len(open)-1]
		}
	}
	if inQuote {
		return '"'
	}
	if len(open) > 0 {
		return open[len(open)-1]
	}
	return 0
}

// cut looks at the rest of the line after a scalar that ends there.
func (b *builder) cut(n *Node, end spot) {
	row := b.scan.row(end.line)
	i := skipBlank(row, end.i)
	if i >= len(row) || row[i] != '#' {
		return
	}
	c := comment{value: n.text, text: strings.TrimRight(string(row[i:]), " \t"), gap: i - end.i}
	c.at = b.file.Pos(end.line, i+1, len([]rune(c.text)))
	switch {
	case n.Quoted():
		if c.gap == 0 {
			n.broken = true
			b.scan.touching(end)
		}
		return
	case n.kind == Null && n.text == "":
		if c.tight() && c.gap > 0 {
			n.broken = true
			b.r.Error(c.at, "E104", quoteFix(c.text), "the value is missing: YAML takes what begins with # for a comment")
		}
		return
	case c.mistaken():
		n.broken = true
		b.r.Error(c.at, "E104", c.fix(), "%s", c.message())
	default:
		n.comment = &c
	}
}

// end returns the spot behind a scalar in the file.
func (n *Node) end() (spot, bool) {
	switch {
	case n.style == literal || n.style == folded:
		return spot{}, false
	case n.text == "" && n.Quoted():
		return spot{n.line, n.column + 1}, true
	case n.text == "":
		return spot{n.line, n.column - 1}, true
	}
	var last unit
	if !n.walk(func(u unit) { last = u }) {
		return spot{}, false
	}
	end := spot{last.line, last.column + last.length - 1}
	if n.Quoted() {
		end.i++
	}
	return end, true
}

// cutShort reports a text that lost its end to a #, where what the value is for
// decides: a text may well go on after a single space and a #, an expression or
// a number may not.
func (n *Node) cutShort(r *Report, kind ShapeKind) bool {
	c := n.comment
	if c == nil || c.gap != 1 {
		return false
	}
	switch kind {
	case Text:
	case Name, Value:
		if !strings.ContainsAny(n.text, " \n") {
			return false
		}
	default:
		return false
	}
	n.broken = true
	r.Error(c.at, "E104", c.fix(), "%s", c.message())
	return true
}

// refused reports tags, anchors and aliases.
func (b *builder) refused(n *Node, y *yaml.Node) {
	at := spot{y.Line, max(y.Column-1, 0)}
	row := b.scan.row(at.line)
	tagged := y.Style&yaml.TaggedStyle != 0 || (at.i < len(row) && row[at.i] == '!')
	if y.Kind != yaml.AliasNode && y.Anchor == "" && !tagged {
		return
	}
	rest := b.scan.restOf(at)
	switch {
	case y.Kind == yaml.AliasNode || y.Anchor != "":
		mark := '&'
		if y.Kind == yaml.AliasNode {
			mark = '*'
		}
		n.broken = true
		b.scan.trap(at, firstWord(rest), "E106", quoteFix(rest), "%s", anchorMessage(mark))
	default:
		n.broken = true
		b.scan.trap(at, firstWord(rest), "E105", tagFix(rest), "a value that begins with ! is a tag to YAML, which drops it")
	}
}

// anchorMessage says what & and * are.
func anchorMessage(mark rune) string {
	if mark == '&' {
		return "a value that begins with & is an anchor to YAML, and there are none here"
	}
	return "a value that begins with * is an alias to YAML, and there are none here"
}

// checkKey reports an expression or a text that YAML takes for a key.
func (b *builder) checkKey(n, key *Node) {
	if key.kind == Map || key.kind == List {
		n.broken = true
		if doubled := n.style == flow && key.line == n.line && key.column == n.column+1; !key.broken && !doubled {
			b.r.Error(key.Pos(), "E101", "Put the text in quotes if it is one.", "a key must be a word")
		}
		return
	}
	if key.style != plain || n.style == flow {
		return
	}
	if key.blurred(b.r) {
		n.broken, key.broken = true, true
		return
	}
	whole := b.scan.restOf(spot{key.line, key.column - 1})
	if fix, odd := oddKeyFix(key.text, whole); odd {
		n.broken, key.broken = true, true
		b.r.Error(key.Pos(), "E111", fix, "YAML reads this as a key and a value, divided by the `: `")
	}
}

// oddKeyFix tells an expression from a key, and shows how to write it.
func oddKeyFix(key, whole string) (fix string, odd bool) {
	if strings.Contains(key, " ? ") || openEnd(key) != 0 {
		return quoteFix(whole), true
	}
	return "", false
}

// swallowed reports list items that became part of the text above them.
func (b *builder) swallowed(n *Node, end spot) {
	if n.style != plain || n.kind != Scalar {
		return
	}
	for line := n.line + 1; line <= end.line; line++ {
		row := b.scan.row(line)
		i := indentOf(row)
		if i < len(row) && row[i] == '-' && blankAt(row, i+1) {
			n.broken = true
			b.r.Error(b.file.Pos(line, i+1, 1), "E111", "Put the items below a key that has nothing behind its colon.",
				"this list item is read as part of the text above")
			return
		}
	}
}

// flowTraps reports what goes wrong within { } and [ ].
func (b *builder) flowTraps(n *Node) {
	before := b.r.count
	if end, ok := b.scan.flow(spot{n.line, n.column - 1}, -1); ok {
		b.scan.touching(end)
	}
	if b.r.count > before {
		n.breakAll()
	}
}

// breakAll marks a node and all below it as reported.
func (n *Node) breakAll() {
	n.broken = true
	for _, item := range n.items {
		item.breakAll()
	}
	for _, p := range n.pairs {
		p.Key.broken = true
		p.Value.breakAll()
	}
}

// tagFix shows how to write a value that begins with !.
func tagFix(rest string) string {
	if strings.HasPrefix(rest, "!!") {
		return "Delete it: a text stays a text without it."
	}
	if inner := strings.TrimPrefix(rest, "!"); inner != rest && inner != "" {
		return "Write `not " + strings.TrimSpace(inner) + "` in a condition, or " + quote(rest) + " for a text."
	}
	return "Put the value in quotes."
}

// quoteFix shows the value in quotes.
func quoteFix(rest string) string {
	rest = strings.TrimSpace(rest)
	if len(rest) > 60 {
		return "Put the whole value in quotes."
	}
	return "Write " + quote(rest) + "."
}

// quote writes a value as YAML in quotes, double ones where that needs no escape.
func quote(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
