package channels

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Measure returns how long a text is in a unit. An empty unit counts runes.
func Measure(s string, u Unit) int {
	switch u {
	case Bytes:
		return len(s)
	case UTF16:
		n := 0
		for _, r := range s {
			n += utf16Len(r)
		}
		return n
	case Graphemes:
		return uniseg.GraphemeClusterCount(s)
	default:
		return utf8.RuneCountInString(s)
	}
}

// utf16Len counts a rune outside the first plane as the surrogate pair it is.
func utf16Len(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// Split cuts a text into parts within a limit, in order: at the end of a
// paragraph, of a line or sentence, of a word, or else between what a reader
// sees as characters. The parts joined are the text, save for the white space at
// its ends and at the cuts. Only a single character that is longer than the limit
// is cut inside. No part is empty, so a blank text has none; Max 0 is no limit.
func Split(s string, l TextLimit) []string {
	var parts []string
	rest := trimLeading(s)
	for rest != "" {
		end := cut(rest, l)
		if part := strings.TrimRightFunc(rest[:end], unicode.IsSpace); part != "" {
			parts = append(parts, part)
		}
		rest = trimLeading(rest[end:])
	}
	return parts
}

// A border is a place to cut; the higher, the better.
type border int

const (
	noBorder border = iota
	wordBorder
	sentenceBorder
	paragraphBorder
)

// cut returns where the first part of s ends.
func cut(s string, l TextLimit) int {
	if l.Max <= 0 {
		return len(s)
	}
	var at [paragraphBorder + 1]int
	w := walker{}
	used, pos, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		n := Measure(cluster, l.Unit)
		if l.Unit == Graphemes {
			n = 1
		}
		b := w.next(cluster)
		if b != noBorder {
			at[b] = pos
		}
		if used+n > l.Max {
			return choose(s, pos, at, l)
		}
		used += n
		pos += len(cluster)
	}
	return len(s)
}

// choose takes the best border that leaves the part at least half full, so that a
// short heading does not become a message of its own.
func choose(s string, end int, at [paragraphBorder + 1]int, l TextLimit) int {
	if end == 0 {
		return cutInside(s, l)
	}
	for b := paragraphBorder; b > wordBorder; b-- {
		if at[b] > end/2 {
			return at[b]
		}
	}
	if best := max(at[wordBorder], at[sentenceBorder], at[paragraphBorder]); best > 0 {
		return best
	}
	return end
}

// cutInside cuts a character that is longer than the limit between its runes. A
// rune stays whole in any case.
func cutInside(s string, l TextLimit) int {
	_, end := utf8.DecodeRuneInString(s)
	for end < len(s) {
		_, size := utf8.DecodeRuneInString(s[end:])
		if Measure(s[:end+size], l.Unit) > l.Max {
			break
		}
		end += size
	}
	return end
}

// A walker says of each character what border lies before it.
type walker struct {
	lines    int  // line breaks in the white space just passed
	space    bool // the last one was white space
	sentence bool // the last one that was not ended a sentence
	closed   bool // it did so without needing white space, as in Chinese
}

// next takes a character and returns the border before it. White space counts
// as the end of a border, so the place before the first of it is one already.
func (w *walker) next(cluster string) border {
	if blank(cluster) {
		b := noBorder
		if !w.space {
			b = w.kind(strings.Count(cluster, "\n"))
			w.lines = 0
		}
		w.space = true
		w.lines += strings.Count(cluster, "\n")
		return b
	}
	b := noBorder
	switch {
	case w.space:
		b = w.kind(w.lines)
	case w.closed && !closing(cluster):
		b = sentenceBorder
	}
	w.space, w.lines = false, 0
	if !closing(cluster) || !w.sentence {
		w.sentence = strings.ContainsAny(cluster, ".!?…。！？")
		w.closed = strings.ContainsAny(cluster, "。！？")
	}
	return b
}

func (w *walker) kind(lines int) border {
	switch {
	case lines > 1:
		return paragraphBorder
	case lines == 1, w.sentence:
		return sentenceBorder
	default:
		return wordBorder
	}
}

// closing reports whether a character belongs to the sentence before it.
func closing(cluster string) bool {
	return strings.ContainsAny(cluster, `.!?…。！？"'”’)]」』）`)
}

func blank(cluster string) bool {
	return strings.TrimSpace(cluster) == ""
}

// trimLeading drops white space at the start, but not the base of a combining
// character.
func trimLeading(s string) string {
	for s != "" {
		cluster, rest, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
		if !blank(cluster) {
			break
		}
		s = rest
	}
	return s
}
