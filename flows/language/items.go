package language

import (
	"strings"
)

// An item is a part of an answer, with what it can mean.
type item struct {
	token
	meanings []meaning
}

// is returns the value of the item as a word of class c.
func (it item) is(c class) (int, bool) {
	for _, m := range it.meanings {
		if m.class == c {
			return m.value, true
		}
	}
	return 0, false
}

func (it item) has(c class) bool {
	_, ok := it.is(c)
	return ok
}

// unknown reports whether the item is a word that says nothing to a parser.
func (it item) unknown() bool { return it.kind == wordToken && len(it.meanings) == 0 }

// An answer is a text as the parsers see it.
type answer struct {
	items  []item
	locale Locale
	index  *index
}

// read makes an answer of a text.
func read(text string, l Locale) *answer {
	a := &answer{locale: l, index: l.index()}
	tokens := scan(text)
	unknown := false
	for i := 0; i < len(tokens); {
		if joinsWords(tokens, i) {
			i++
			continue
		}
		if tokens[i].kind != wordToken {
			a.items = append(a.items, item{token: tokens[i]})
			i++
			continue
		}
		meanings, n := a.index.find(tokens[i:])
		if n == 0 {
			if pieces := a.index.split(tokens[i].text); pieces != nil {
				a.items = append(a.items, pieces...)
			} else {
				a.items = append(a.items, item{token: tokens[i]})
				unknown = true
			}
			i++
			continue
		}
		a.items = append(a.items, item{tokens[i], meanings})
		i += n
	}
	if unknown {
		a.dropWeak()
	}
	return a
}

// joinsWords reports whether the token at i is a hyphen or apostrophe within what
// looks like one word: "mezz'ora".
func joinsWords(tokens []token, i int) bool {
	t := tokens[i]
	return t.glued && (t.text == "'" || t.text == "-") && tokens[i-1].kind == wordToken &&
		i+1 < len(tokens) && tokens[i+1].kind == wordToken && tokens[i+1].glued
}

// dropWeak takes away the meanings that are likely only in a short answer.
func (a *answer) dropWeak() {
	for i, it := range a.items {
		var strong []meaning
		for _, m := range it.meanings {
			if !m.weak {
				strong = append(strong, m)
			}
		}
		a.items[i].meanings = strong
	}
}

// at returns the item at i, or one without meaning beyond the ends.
func (a *answer) at(i int) item {
	if i < 0 || i >= len(a.items) {
		return item{token: token{kind: markToken}}
	}
	return a.items[i]
}

// mark reports whether the item at i is the mark m.
func (a *answer) mark(i int, m string) bool {
	it := a.at(i)
	return it.kind == markToken && it.text == m
}

// has reports whether any item can be of class c.
func (a *answer) has(c class) bool {
	for _, it := range a.items {
		if it.has(c) {
			return true
		}
	}
	return false
}

// skip returns the first index from i on whose item is none of the classes and no
// comma, dot, hyphen or apostrophe.
func (a *answer) skip(i int, classes ...class) int {
next:
	for ; i < len(a.items); i++ {
		it := a.items[i]
		if it.kind == markToken && strings.Contains(",.-'", it.text) {
			continue
		}
		for _, c := range classes {
			if it.has(c) {
				continue next
			}
		}
		return i
	}
	return i
}

// maxCompound is the longest word that split looks at, which is longer than any
// number below a million.
const maxCompound = 64

// split cuts a number in one word ("zweihundertfünfzig") into its parts, or
// returns nil.
func (x *index) split(word string) []item {
	if !x.lex.glued || len(word) > maxCompound {
		return nil
	}
	// piece[i] is the length of a part that starts at i, where the rest is parts too.
	var piece [maxCompound + 1]int
	for start := len(word) - 1; start >= 0; start-- {
		for end := len(word); end > start; end-- {
			if (end == len(word) || piece[end] > 0) && x.numeric(word[start:end]) {
				piece[start] = end - start
				break
			}
		}
	}
	if piece[0] == 0 {
		return nil
	}
	var items []item
	for i := 0; i < len(word); i += piece[i] {
		part := word[i : i+piece[i]]
		items = append(items, item{token{wordToken, part, i > 0}, x.phrases[part]})
	}
	return items
}

// numeric reports whether word can be part of a number in one word.
func (x *index) numeric(word string) bool {
	for _, m := range x.phrases[word] {
		switch m.class {
		case numberClass, hundredClass, scaleClass, andClass:
			return true
		}
	}
	return false
}
