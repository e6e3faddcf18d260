package botyaml

import (
	"strings"

	"github.com/parley-chat/parley/flows/spec"
)

// A file is the lines of a bot.yaml, with their ends.
type file struct {
	lines []string
	eol   string
	mark  string // a byte order mark
}

func newFile(src []byte, eol string) *file {
	text := strings.TrimPrefix(string(src), "\uFEFF")
	f := &file{eol: eol, mark: string(src[:len(src)-len(text)]), lines: strings.SplitAfter(text, "\n")}
	if last := len(f.lines) - 1; f.lines[last] == "" {
		f.lines = f.lines[:last]
	}
	return f
}

// with returns the file with a text before the line of that index. Its lines end
// like those of the file.
func (f *file) with(at int, text string) []byte {
	text = strings.ReplaceAll(text, "\n", f.eol)
	before := strings.Join(f.lines[:at], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += f.eol
	}
	return []byte(f.mark + before + text + strings.Join(f.lines[at:], ""))
}

// replaced returns the file with bytes of a line replaced.
func (f *file) replaced(s span, text string) []byte {
	all := strings.Join(f.lines, "")
	return []byte(f.mark + all[:s.from] + text + all[s.to:])
}

// A span is a run of bytes of a file behind its mark.
type span struct{ from, to int }

// offset is where a place of a node begins, in bytes.
func (f *file) offset(line, column int) int {
	n := 0
	for _, l := range f.lines[:line-1] {
		n += len(l)
	}
	row := []rune(f.lines[line-1])
	return n + len(string(row[:min(column-1, len(row))]))
}

// addChannel finds the place of a channel; false when there is none.
func (f *file) addChannel(root *spec.Node, c Channel) ([]byte, bool) {
	if open, inline := f.brace(root); inline {
		if n := root.Get("channels"); n != nil {
			if open, inline = f.brace(n); !inline {
				return nil, false
			}
			return f.addInline(open, c.inline())
		}
		return f.addInline(open, "channels: {"+c.inline()+"}")
	}
	key, next := keyOf(root, "channels")
	if key == nil {
		return f.with(f.end(), "\nchannels:\n"+c.Text(2, 2)), true
	}
	rootAt := key.Pos().Column - 1
	channels := root.Get("channels")
	open, inline := f.brace(channels)
	switch {
	case channels.Kind() == spec.Null && f.bare(key):
		end := f.lastBelow(key.Pos().Line, f.before(next), rootAt+1)
		return f.with(end, c.Text(rootAt+2, 2)), true
	case inline && len(channels.Pairs()) == 0:
		return f.addToEmpty(key, open, c.Text(rootAt+2, 2))
	case inline:
		return f.addInline(open, c.inline())
	case channels.Kind() != spec.Map || len(channels.Pairs()) == 0:
		return nil, false
	}
	first := channels.Pairs()[0].Key.Pos()
	indent := first.Column - 1
	step := max(indent-rootAt, 2)
	for _, p := range channels.Pairs() {
		if inner := p.Value.Pairs(); len(inner) > 0 && inner[0].Key.Pos().Line > p.Key.Pos().Line {
			step = inner[0].Key.Pos().Column - p.Key.Pos().Column
		}
	}
	if step < 1 {
		return nil, false
	}
	return f.with(f.lastBelow(first.Line, f.before(next), indent), c.Text(indent, step)), true
}

// keyOf finds a key of the file, and the one that follows it, if any.
func keyOf(root *spec.Node, name string) (key, next *spec.Node) {
	pairs := root.Pairs()
	for i, p := range pairs {
		if p.Key.Text() != name {
			continue
		}
		if i+1 < len(pairs) {
			next = pairs[i+1].Key
		}
		return p.Key, next
	}
	return nil, nil
}

// before is the index of the line that a key begins on, or the end of the file.
func (f *file) before(next *spec.Node) int {
	if next == nil {
		return f.end()
	}
	return next.Pos().Line - 1
}

// end is the index behind the last line of the document.
func (f *file) end() int {
	for i, l := range f.lines {
		if strings.TrimRight(l, " \t\r\n") == "..." {
			return i
		}
	}
	return len(f.lines)
}

// lastBelow is the index behind the last line of a block that begins on a line: lines
// that are blank, and comments further to the left, belong to what follows.
func (f *file) lastBelow(line, end, indent int) int {
	last := line
	for i := line; i < end; i++ {
		text := strings.TrimRight(f.lines[i], " \t\r\n")
		at := len(text) - len(strings.TrimLeft(text, " "))
		if text == "" || text[at] == '#' && at < indent {
			continue
		}
		last = i + 1
	}
	return last
}

// bare reports whether nothing but a comment stands behind a key.
func (f *file) bare(key *spec.Node) bool {
	line := f.lines[key.Pos().Line-1]
	_, rest, ok := strings.Cut(line[f.inLine(key)+len(key.Text()):], ":")
	rest = strings.TrimSpace(rest)
	return ok && (rest == "" || rest[0] == '#')
}

// inLine is where a node begins in its line, in bytes.
func (f *file) inLine(n *spec.Node) int {
	p := n.Pos()
	return f.offset(p.Line, p.Column) - f.offset(p.Line, 1)
}

// brace is where a map in { } begins; false for other nodes.
func (f *file) brace(n *spec.Node) (at int, ok bool) {
	if n.Kind() != spec.Map {
		return 0, false
	}
	p := n.Pos()
	if p.Line < 1 || p.Line > len(f.lines) {
		return 0, false
	}
	at = f.offset(p.Line, p.Column)
	all := strings.Join(f.lines, "")
	if at < len(all) && all[at] == '{' {
		return at, true
	}
	// The place of one with keys is that of the first: the brace stands before it.
	i := at - 1
	for i >= 0 && strings.IndexByte(" \t\r\n", all[i]) >= 0 {
		i--
	}
	if i < 0 || all[i] != '{' {
		return 0, false
	}
	comment := strings.Contains(all[strings.LastIndexByte(all[:i], '\n')+1:i], " #")
	return i, !comment
}

// addToEmpty takes { } away, and writes what is below instead.
func (f *file) addToEmpty(key *spec.Node, open int, text string) ([]byte, bool) {
	in, ok := f.inside(open)
	line := key.Pos().Line
	if start := f.offset(line, 1); !ok || in.close >= start+len(f.lines[line-1]) || in.last > open {
		return f.addInline(open, strings.TrimSpace(text))
	}
	all := strings.Join(f.lines, "")
	from, to := open, in.close+1
	for from > 0 && all[from-1] == ' ' {
		from--
	}
	rest := strings.TrimRight(all[to:f.offset(line, 1)+len(f.lines[line-1])], "\r\n")
	if strings.TrimSpace(rest) == "" {
		to += len(rest)
	}
	return newFile(f.replaced(span{from, to}, ""), f.eol).with(line, text), true
}

// addInline adds an entry to a map in { }.
func (f *file) addInline(open int, entry string) ([]byte, bool) {
	in, ok := f.inside(open)
	if !ok {
		return nil, false
	}
	all := strings.Join(f.lines, "")
	switch {
	case in.last == open:
		return f.replaced(span{open + 1, open + 1}, entry), true
	case all[in.last] == ',':
		return f.replaced(span{in.last + 1, in.last + 1}, " "+entry), true
	}
	return f.replaced(span{in.last + 1, in.last + 1}, ", "+entry), true
}

// An extent is that of a map in { }: the byte that closes it, and the last one before
// that is neither space nor comment.
type extent struct{ close, last int }

// inside walks over a map in { }, with what is quoted and what are comments.
func (f *file) inside(open int) (extent, bool) {
	all := strings.Join(f.lines, "")
	depth, last := 0, open
	for i := open; i < len(all); i++ {
		switch c := all[i]; c {
		case ' ', '\t', '\r', '\n':
			continue
		case '#':
			if i > 0 && strings.IndexByte(" \t\r\n", all[i-1]) >= 0 {
				for i < len(all) && all[i] != '\n' {
					i++
				}
				continue
			}
		case '"', '\'':
			if i > 0 && strings.IndexByte(" \t\r\n{[,:", all[i-1]) >= 0 {
				end := quoteEnd(all, i)
				if end < 0 {
					return extent{}, false
				}
				i = end
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return extent{close: i, last: last}, true
			}
		}
		last = i
	}
	return extent{}, false
}

// quoteEnd is where a text in quotes ends; negative when it does not.
func quoteEnd(s string, at int) int {
	for i := at + 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[at] == '"':
			i++
		case s[i] == s[at] && s[at] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		case s[i] == s[at]:
			return i
		}
	}
	return -1
}

// setKey finds the place of a key of the file.
func (f *file) setKey(root *spec.Node, key, value string) ([]byte, bool) {
	open, inline := f.brace(root)
	if n := root.Get(key); n != nil && n.Kind() == spec.Scalar {
		p := n.Pos()
		from, to := f.offset(p.Line, p.Column), f.offset(p.Line, p.Column+p.Length)
		return f.replaced(span{from, to}, scalar(value, inline)), true
	}
	if has(root, key) {
		return nil, false
	}
	if inline {
		return f.addInline(open, key+": "+scalar(value, true))
	}
	name, next := keyOf(root, "bot")
	if name == nil {
		return nil, false
	}
	at := name.Pos()
	text := strings.Repeat(" ", at.Column-1) + key + ": " + scalar(value, false) + "\n"
	return f.with(f.lastBelow(at.Line, f.before(next), at.Column), text), true
}
