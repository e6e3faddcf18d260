package flows

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A bot may have thousands of patterns, and a message fits few of them. Most
// patterns have a text in them without which they can't match; only those whose
// text is in the message are run.

const (
	maxLiteral  = 8  // bytes of a literal that are looked for, its last ones
	maxLiterals = 32 // of one pattern, one of which must be there
)

// patternIndex finds the patterns that a text could match.
type patternIndex struct {
	// always are those of which nothing is known.
	always []*start
	// literals are the others, by what must be in the text; lengths are those of
	// the literals, in bytes.
	literals map[string][]*start
	lengths  []int
}

func (x *patternIndex) add(s *start) {
	literals := literalsOf(s.match.String())
	if literals == nil {
		x.always = append(x.always, s)
		return
	}
	if x.literals == nil {
		x.literals = map[string][]*start{}
	}
	for _, l := range literals {
		x.literals[l] = append(x.literals[l], s)
		if !slices.Contains(x.lengths, len(l)) {
			x.lengths = append(x.lengths, len(l))
		}
	}
}

// find calls f for the patterns that the text could match, for some of them more
// than once.
func (x *patternIndex) find(text string, f func(*start)) {
	for _, s := range x.always {
		f(s)
	}
	if len(x.lengths) == 0 {
		return
	}
	text = caseless(text)
	for _, n := range x.lengths {
		for i := 0; i+n <= len(text); i++ {
			for _, s := range x.literals[text[i:i+n]] {
				f(s)
			}
		}
	}
}

// literalsOf returns texts of which one is in every text that the pattern
// matches, both without case; nil when there are none.
func literalsOf(pattern string) []string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	literals := needs(re.Simplify())
	for i, l := range literals {
		l = caseless(l)
		for len(l) > maxLiteral {
			_, n := utf8.DecodeRuneInString(l)
			l = l[n:]
		}
		literals[i] = l
	}
	slices.Sort(literals)
	return slices.Compact(literals)
}

// needs returns texts of which one is necessary for a match.
func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if l := needs(sub); shortest(l) > shortest(best) {
				best = l
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			l := needs(sub)
			if l == nil || len(all)+len(l) > maxLiterals {
				return nil
			}
			all = append(all, l...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest text; 0 when there is none.
func shortest(list []string) int {
	if len(list) == 0 {
		return 0
	}
	n := len(list[0])
	for _, s := range list {
		n = min(n, len(s))
	}
	return n
}

// caseless maps the forms of a letter that patterns without case take for the
// same to one of them.
func caseless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - ('a' - 'A')
		case r < utf8.RuneSelf:
			return r
		}
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}
