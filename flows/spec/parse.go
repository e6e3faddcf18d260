package spec

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The limits of a file.
const (
	MaxFile  = 1 << 20 // bytes
	MaxDepth = 64      // maps and lists within each other
)

// Parse reads a file of one document. The node is nil when the file can't be
// read as YAML; everything that was found is in the report. Where the report
// has an error, the node holds what can be trusted nevertheless.
func Parse(r *Report, name string, src []byte) *Node {
	docs := ParseAll(r, name, src)
	if len(docs) == 0 {
		if !r.failedIn(name) {
			r.Error(Pos{File: r.File(name)}, "E101", "Delete the file, or write into it.", "the file is empty")
		}
		return nil
	}
	if len(docs) > 1 {
		second := docs[1].Pos()
		for second.Line > 1 && !documentMark.MatchString(second.File.Line(second.Line)) {
			second.Line--
		}
		r.Error(second.File.Pos(second.Line, 1, 3), "E101", "Put what follows into a file of its own.",
			"this file is one document, and `---` begins another")
	}
	return docs[0]
}

// documentMark is a line that divides documents.
var documentMark = regexp.MustCompile(`^---(\s|$)`)

// ParseAll reads a file of documents divided by `---`, and leaves out empty
// ones. There are none when the file can't be read.
func ParseAll(r *Report, name string, src []byte) []*Node {
	text, ok := decodeText(r, name, src)
	if !ok {
		return nil
	}
	b := builder{r: r, file: r.File(name)}
	docs, err := yamlDocuments(text)
	if err != nil {
		explain(r, b.file, err)
		return nil
	}
	b.scan = newScanner(r, b.file)
	var nodes []*Node
	for _, doc := range docs {
		if n := b.build(doc, nil, 0); n.kind != Null || n.length > 0 {
			nodes = append(nodes, n)
		}
	}
	if r.perFile[name] == 0 {
		b.file.rows = nil // hardly anybody asks again
	}
	return nodes
}

// failedIn reports whether there is an error in the file.
func (r *Report) failedIn(name string) bool {
	for _, d := range r.found {
		if d.File == name && d.Severity == SeverityError {
			return true
		}
	}
	return false
}

// yamlDocuments parses to the end or the first mistake.
func yamlDocuments(src string) (docs []*yaml.Node, err error) {
	// The parser is known to panic on a few malformed comments; to an author
	// that is one more mistake in the file.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("yaml: %v", v)
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(src))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, err
		}
		if len(doc.Content) > 0 {
			docs = append(docs, doc.Content[0])
		}
	}
}

// A builder turns YAML's nodes into ours and reports the traps on the way.
type builder struct {
	r       *Report
	file    *File
	scan    *scanner
	tooDeep bool
}

// build converts a node and what is below it.
func (b *builder) build(y *yaml.Node, parent *Node, depth int) *Node {
	n := &Node{file: b.file, line: y.Line, column: y.Column, parent: parent, style: styleOf(y)}
	n.inFlow = n.style == flow || (parent != nil && parent.inFlow)
	if depth >= MaxDepth && y.Kind != yaml.ScalarNode {
		b.deep(n)
		return n
	}
	b.refused(n, y)
	switch y.Kind {
	case yaml.ScalarNode:
		b.scalar(n, y)
	case yaml.SequenceNode:
		n.kind, n.length = List, 1
		for _, item := range y.Content {
			child := b.build(item, n, depth+1)
			if child.kind == Null && child.length == 0 && n.style == block {
				b.atDash(child)
			}
			n.items = append(n.items, child)
		}
	case yaml.MappingNode:
		n.kind, n.length = Map, 1
		b.pairs(n, y, depth)
	}
	if n.style == flow && (parent == nil || !parent.inFlow) {
		b.flowTraps(n)
	}
	return n
}

// atDash moves the place of a missing element to its `-`, which YAML names the
// place behind.
func (b *builder) atDash(n *Node) {
	row := b.scan.row(n.line)
	for i := min(n.column-1, len(row)) - 1; i >= 0; i-- {
		if row[i] == '-' {
			n.column = i + 1
			return
		}
	}
}

// deep reports, once, what is nested too deep; it is left out.
func (b *builder) deep(n *Node) {
	n.broken, n.length = true, 1
	if !b.tooDeep {
		b.tooDeep = true
		b.r.Error(n.Pos(), "E109", "Divide the flow.", "maps and lists are more than %d deep here", MaxDepth)
	}
}

// pairs converts the entries of a map and leaves out repeated keys.
func (b *builder) pairs(n *Node, y *yaml.Node, depth int) {
	first := map[string]*Node{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := b.build(y.Content[i], n, depth+1)
		value := b.build(y.Content[i+1], n, depth+1)
		value.key = key
		if i == 0 && key.line == n.line && key.column == n.column {
			n.length = key.Pos().Length
		}
		b.checkKey(n, key)
		if key.kind == Map || key.kind == List {
			continue
		}
		if other, repeated := first[key.text]; repeated {
			at := other.Pos()
			b.r.Error(key.Pos(), "E102", "Keep one of them.", "the key %q is here twice, first at line %d, column %d", key.text, at.Line, at.Column)
			continue
		}
		first[key.text] = key
		n.pairs = append(n.pairs, Pair{key, value})
	}
}

// scalar fills in a scalar or a null.
func (b *builder) scalar(n *Node, y *yaml.Node) {
	n.text = y.Value
	n.kind = Scalar
	if n.style == plain && y.Tag == "!!null" {
		n.kind = Null
		n.length = utf8.RuneCountInString(y.Value)
	} else {
		n.length = n.sourceLength()
	}
	if n.broken {
		return // a tag or an anchor hides where the value begins
	}
	if end, ok := n.end(); ok {
		b.cut(n, end)
		b.swallowed(n, end)
	}
}

// styleOf reads how a node is written.
func styleOf(y *yaml.Node) style {
	switch {
	case y.Kind == yaml.ScalarNode && y.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted
	case y.Kind == yaml.ScalarNode && y.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted
	case y.Kind == yaml.ScalarNode && y.Style&yaml.LiteralStyle != 0:
		return literal
	case y.Kind == yaml.ScalarNode && y.Style&yaml.FoldedStyle != 0:
		return folded
	case y.Kind == yaml.ScalarNode || y.Kind == yaml.AliasNode:
		return plain
	case y.Style&yaml.FlowStyle != 0:
		return flow
	}
	return block
}
