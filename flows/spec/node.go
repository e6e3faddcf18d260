package spec

import (
	"regexp"
	"unicode/utf8"
)

// A Kind is the form of a node.
type Kind uint8

// The kinds of nodes. A Null is a value that is missing, or the plain word null
// or ~.
const (
	Null Kind = iota
	Scalar
	Map
	List
)

// A style is how a node is written.
type style uint8

const (
	plain style = iota
	singleQuoted
	doubleQuoted
	literal // a block after |
	folded  // a block after >
	block   // a map or list on lines of its own
	flow    // a map in { } or a list in [ ]
)

// A Node is a value and its place in the file. A nil Node is a Null without a
// place, so that chains of Get need no checks.
//
// The nodes of all files are there at once while a bot is loaded, and are most of
// what that takes: what is small stands together.
type Node struct {
	file    *File
	kind    Kind
	style   style
	inFlow  bool // written within { } or [ ]
	broken  bool // reported already, or within a file that is: errors that follow from it are noise
	text    string
	line    int
	column  int
	length  int
	items   []*Node
	pairs   []Pair
	parent  *Node
	key     *Node    // the key that this is the value of
	comment *comment // what YAML took for a comment right after the value
	tables  []decoded
}

// A Pair is a key of a map and its value; neither is nil.
type Pair struct {
	Key, Value *Node
}

// Kind returns the form of the node.
func (n *Node) Kind() Kind {
	if n == nil {
		return Null
	}
	return n.kind
}

// Pos returns the place of a scalar as it is written, with its quotes; of the
// first key of a map and the first mark of a list; of the key of a missing
// value. What spans lines ends with its first.
func (n *Node) Pos() Pos {
	if n == nil {
		return Pos{}
	}
	if n.kind == Null && n.length == 0 && n.key != nil {
		return n.key.Pos()
	}
	return n.file.Pos(n.line, n.column, n.length)
}

// Text returns a scalar exactly as written, after unquoting and folding; empty
// for other kinds.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	return n.text
}

// Quoted reports whether the scalar is in quotes or a block after | or >, and
// so a text for certain.
func (n *Node) Quoted() bool {
	return n != nil && n.kind == Scalar && n.style != plain
}

// numberForm is a decimal number. Leading zeros and plus signs are numbers to
// YAML but never to authors: they are phone numbers and codes.
var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// IsNumber reports whether the scalar is plain and a decimal number. 0123 and
// +84901 are texts.
func (n *Node) IsNumber() bool {
	return n != nil && n.kind == Scalar && n.style == plain && numberForm.MatchString(n.text)
}

// IsBool reports whether the scalar is the plain word true or false. Words such
// as yes are texts.
func (n *Node) IsBool() bool {
	return n != nil && n.kind == Scalar && n.style == plain && (n.text == "true" || n.text == "false")
}

// Items returns the elements of a list, none of them nil.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	return n.items
}

// Pairs returns the entries of a map in the order they were written, without
// repeated keys.
func (n *Node) Pairs() []Pair {
	if n == nil {
		return nil
	}
	return n.pairs
}

// Get returns the value of a key; nil when there is none.
func (n *Node) Get(key string) *Node {
	for _, p := range n.Pairs() {
		if p.Key.text == key {
			return p.Value
		}
	}
	return nil
}

// Key returns the key that the node is the value of; nil for elements of lists
// and for a document.
func (n *Node) Key() *Node {
	if n == nil {
		return nil
	}
	return n.key
}

// Broken reports whether the node was reported while parsing or decoding. What
// seems missing or wrong about it need not be reported again.
func (n *Node) Broken() bool {
	return n != nil && n.broken
}

// sourceLength returns how many runes of its first line a scalar takes.
func (n *Node) sourceLength() int {
	line := n.file.row(n.line)
	from := min(n.column-1, len(line))
	switch n.style {
	case literal, folded:
		return 1
	case plain:
		first, _ := lineOf(n.text)
		return max(1, min(utf8.RuneCountInString(first), len(line)-from))
	}
	end := n.column // the opening quote
	closed := true
	whole := n.walk(func(u unit) {
		if closed = closed && u.line == n.line; closed {
			end = u.column + u.length - 1
		}
	})
	if !whole {
		return 1
	}
	if closed {
		end++
	}
	return max(1, min(end-n.column+1, len(line)-from))
}

// lineOf cuts a text at its first break.
func lineOf(s string) (line string, cut bool) {
	for i, r := range s {
		if r == '\n' {
			return s[:i], true
		}
	}
	return s, false
}
