package spec

import "strings"

// What may be wrong with a plain value within brackets, the worst first.
type flowTrap int

const (
	noTrap flowTrap = iota
	computed
	question
	bracket
	comma
)

// plainEnd finds where a plain value within brackets ends to its author, who
// takes what is in brackets or quotes for a part of it, and the worst trap on
// the way.
func plainEnd(row []rune, start int) (end int, found flowTrap) {
	p := plainValue{row: row, start: start, i: start}
	for !p.ended() {
		p.step()
	}
	return p.i, p.found
}

// A plainValue is a plain value up to i.
type plainValue struct {
	row      []rune
	start, i int
	found    flowTrap
	// loose is set at a bracket or quote that is open to the end of the line: it is
	// just a character, and so are all after it.
	loose bool
}

// ended reports whether the value is over.
func (p *plainValue) ended() bool {
	if p.i >= len(p.row) {
		return true
	}
	switch p.row[p.i] {
	case ',', ']', '}':
		return true
	case ':':
		return blankAt(p.row, p.i+1)
	case '#':
		return p.i > p.start && blankAt(p.row, p.i-1)
	}
	return false
}

// note keeps the worst trap.
func (p *plainValue) note(t flowTrap) {
	if p.found == noTrap || t < p.found {
		p.found = t
	}
}

// step moves over a character, or over all that is in brackets or quotes.
func (p *plainValue) step() {
	switch c := p.row[p.i]; {
	case c == '$' && p.i+1 < len(p.row) && p.row[p.i+1] == '{':
		p.note(computed)
		p.i = orEnd(p.row, matching(p.row, p.i+1))
	case c == '{' || c == '[':
		p.note(bracket)
		p.i = orEnd(p.row, matching(p.row, p.i))
	case !p.loose && (c == '(' || c == '"'):
		p.group()
	case c == '?':
		p.note(question)
		p.i++
	default:
		p.i++
	}
}

// group moves over round brackets or quotes, in which YAML sees what their author
// does not.
func (p *plainValue) group() {
	end := matching(p.row, p.i)
	if end < 0 {
		p.loose = true
		return
	}
	for _, c := range p.row[p.i+1 : end] {
		switch c {
		case ',':
			p.note(comma)
		case '?':
			p.note(question)
		case '[', ']', '{', '}':
			p.note(bracket)
		}
	}
	p.i = end
}

// orEnd is a place on a line, or its end where there is none.
func orEnd(row []rune, i int) int {
	if i < 0 {
		return len(row)
	}
	return i
}

// matching returns the place behind the bracket or quote that closes the one at
// i on its line; -1 when none does.
func matching(row []rune, i int) int {
	if row[i] == '"' {
		if end, ok := quotedEnd(row, i); ok {
			return end
		}
		return -1
	}
	pairs := map[rune]rune{'{': '}', '[': ']', '(': ')'}
	open, end := row[i], pairs[row[i]]
	depth, quotes := 0, true
	for ; i < len(row); i++ {
		switch row[i] {
		case '"':
			if !quotes {
				continue
			}
			var j int
			if j, quotes = quotedEnd(row, i); quotes {
				i = j - 1
			}
		case open:
			depth++
		case end:
			depth--
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// after returns the place behind the next mark on a line, or the end of it.
func after(row []rune, i int, mark string) int {
	rest := string(row[i:])
	if k := strings.Index(rest, mark); k >= 0 {
		return i + len([]rune(rest[:k])) + len([]rune(mark))
	}
	return len(row)
}
