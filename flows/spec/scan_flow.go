package spec

import (
	"fmt"
	"strings"
)

// A frame is an open { or [.
type frame struct {
	open  rune
	at    spot
	entry *piece // what the current entry begins with
	colon bool   // the current entry has a key
	last  string // the value of the entry before, when it is plain
}

// A piece is a plain or quoted value within { } or [ ].
type piece struct {
	at     spot
	text   string
	quoted bool
}

// A flowScanner scans what is within { } or [ ].
type flowScanner struct {
	*scanner
	at     spot
	parent int
	frames []frame
	value  string // the plain value of the current entry
	cut    bool   // a comment took what may have closed a bracket
}

// flow scans a map in { } or a list in [ ] and returns the spot after it; false
// when it is never closed, which is reported.
func (s *scanner) flow(at spot, parent int) (end spot, ok bool) {
	f := flowScanner{scanner: s, at: at, parent: parent}
	for {
		row := s.row(f.at.line)
		if f.at.i >= len(row) {
			if f.at.line >= s.file.Lines() || s.structure(f.at.line+1, parent) {
				f.unclosed()
				return f.at, false
			}
			f.at = spot{f.at.line + 1, 0}
			continue
		}
		f.step(row, row[f.at.i])
		if len(f.frames) == 0 {
			return f.at, true
		}
	}
}

// step scans one thing.
func (f *flowScanner) step(row []rune, c rune) {
	i := f.at.i
	switch {
	case c == ' ' || c == '\t':
		f.at.i++
	case c == '#' && (i == 0 || blankAt(row, i-1)):
		f.at.i = len(row)
	case c == '{' && i+1 < len(row) && row[i+1] == '{':
		f.template(f.at)
		f.at.i = after(row, i, "}}")
		f.begin(piece{at: f.at, quoted: true})
		if len(f.frames) == 0 {
			f.at.i = max(f.at.i, i+2)
		}
	case c == '{' || c == '[':
		f.begin(piece{at: f.at, text: string(c), quoted: true})
		f.frames = append(f.frames, frame{open: c, at: f.at})
		f.at.i++
	case c == '}' || c == ']':
		f.close(c)
	case c == ',':
		f.endEntry()
		f.at.i++
	case c == '"' || c == '\'':
		f.quote(row)
	case c == ':' && (blankAt(row, i+1) || strings.ContainsRune(",[]{}", row[i+1]) || (i > 0 && (row[i-1] == '"' || row[i-1] == '\''))):
		f.colon(row)
	default:
		f.plain(row)
	}
}

// top is the innermost open bracket.
func (f *flowScanner) top() *frame { return &f.frames[len(f.frames)-1] }

// begin notes what the current entry has.
func (f *flowScanner) begin(p piece) {
	if len(f.frames) == 0 {
		return
	}
	t := f.top()
	if t.entry == nil {
		t.entry = &p
	}
	f.value = ""
	if !p.quoted {
		f.value = p.text
	}
}

// colon turns what the entry begins with into a key.
func (f *flowScanner) colon(row []rune) {
	t := f.top()
	if t.open == '[' && t.entry != nil && !t.entry.quoted {
		f.trap(f.at, 1, "E112", "Put the text in quotes, or the pair in { }.", "a text with `: ` in it must be in quotes")
	}
	t.colon = true
	f.value = ""
	f.at.i++
}

// endEntry checks the entry that a comma or a closing bracket ends.
func (f *flowScanner) endEntry() {
	t := f.top()
	if t.open == '{' && t.entry != nil && !t.colon {
		f.noValue(t)
	}
	t.last = f.value
	f.value, t.entry, t.colon = "", nil, false
}

// noValue reports an entry of a map that has no colon.
func (f *flowScanner) noValue(t *frame) {
	p := t.entry
	length := len([]rune(p.text))
	if p.text == "" || p.text == "{" || p.text == "[" {
		return
	}
	m := missingSpace.FindStringSubmatch(p.text)
	b, blurred := blurAt(f.row(p.at.line), p.at.i)
	switch {
	case blurred:
		f.trap(spot{p.at.line, b.i}, b.length, "E103", b.fix, "%s", b.message)
	case m != nil && !strings.HasPrefix(m[2], "//"):
		f.trap(spot{p.at.line, p.at.i + len(m[1])}, 1, "E115", spaceFix(m), "a space is missing after the colon")
	case t.last != "":
		f.trap(p.at, length, "E108", quoteFix(t.last+", "+p.text), "a comma inside { } ends a text that is not in quotes")
	case identForm.MatchString(p.text):
		f.trap(p.at, length, "E108", fmt.Sprintf("For a computed value write ${ %s }, for a text use quotes.", p.text), "%q has no value: inside { } everything is `key: value`", p.text)
	default:
		f.trap(p.at, length, "E108", "Put the whole text in quotes.", "%q has no value: inside { } everything is `key: value`", p.text)
	}
}

// close ends the innermost bracket.
func (f *flowScanner) close(c rune) {
	t := f.top()
	if (c == '}') != (t.open == '{') {
		f.broken(f.at, 1, "E114", fmt.Sprintf("Close it with %c first.", closing(t.open)), "%c does not close the %c of line %d, column %d", c, t.open, t.at.line, t.at.i+1)
		f.frames = nil
		f.at.i = len(f.row(f.at.line)) // one mistake is enough for this value
		return
	}
	f.endEntry()
	f.frames = f.frames[:len(f.frames)-1]
	f.at.i++
}

// closing is the bracket that closes another.
func closing(open rune) rune {
	if open == '{' {
		return '}'
	}
	return ']'
}

// unclosed reports the bracket that was never closed.
func (f *flowScanner) unclosed() {
	if f.cut {
		f.breaking = true // and reported, at the comment
		return
	}
	t := f.top()
	f.broken(t.at, 1, "E114", fmt.Sprintf("Close it with %c, or put a text in quotes.", closing(t.open)), "the %c that opens here is never closed", t.open)
}

// quote scans a quoted text.
func (f *flowScanner) quote(row []rune) {
	start := f.at
	end, ok := f.quotedText(start, f.parent)
	if !ok {
		f.broken(start, len([]rune(f.restOf(start))), "E114", fmt.Sprintf("Close it with %c.", row[start.i]), "the quote that opens here is never closed")
		f.frames = nil
		f.at.i = len(row)
		return
	}
	p := piece{at: start, quoted: true}
	if start.line == end.line {
		p.text = string(row[start.i:end.i])
	}
	f.begin(p)
	f.at = end
}

// plain scans a plain value, as far as its author would take it to go.
func (f *flowScanner) plain(row []rune) {
	start := f.at
	if strings.ContainsRune("!&*%@`", row[start.i]) {
		f.reserved(start)
	}
	i, found := plainEnd(row, start.i)
	p := piece{at: start, text: strings.TrimRight(string(row[start.i:i]), " \t")}
	f.begin(p)
	f.at.i = max(i, start.i+1)
	length := len([]rune(p.text))
	const quotesNeeded = "a text with %s must be in quotes inside { } and [ ]"
	switch found {
	case computed:
		f.broken(start, length, "E108", quoteFix(p.text), quotesNeeded, "${ }")
	case question:
		f.broken(start, length, "E108", quoteFix(p.text), quotesNeeded, "a ?")
	case bracket:
		f.broken(start, length, "E108", quoteFix(p.text), quotesNeeded, "a bracket")
	case comma:
		f.trap(start, length, "E108", quoteFix(p.text), quotesNeeded, "a comma")
	}
	if i < len(row) && row[i] == '#' && f.comment(start, i, "Put the value in quotes, or two spaces before the # of a comment.") {
		f.cut = true
	}
}
