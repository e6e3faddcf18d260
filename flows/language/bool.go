package language

import (
	"strings"
	"unicode/utf8"
)

// A verdict is what a word says to a question of yes or no.
type verdict struct {
	side side
	weak bool // says so only in a short answer
}

type side uint8

const (
	yesSide side = iota + 1
	noSide
	unsureSide
	notSide
)

// maxAside is how many other words may stand beside a weak yes or no.
const maxAside = 2

// Bool reads an answer to a question of yes or no: the words for it in the
// locale's language and in English, thumbs and ticks. Other words may follow
// ("yes, that would be great"); an answer that says both, or that is not sure, is
// refused.
func Bool(text string, l Locale) (bool, bool) {
	words := answerWords(text)
	x := l.index()
	sides := map[side]bool{}
	first, weak, other, unknown := true, false, false, 0
	end := -1 // of the verdict before
	for i := 0; i < len(words); {
		v, n := x.verdict(words[i:])
		if short := unstretched(words[i]); n == 0 && short != words[i] {
			v, n = x.verdict([]string{short})
		}
		if n == 0 {
			if !x.filler(words[i]) {
				other = other || first // something else came before
				unknown++
			}
			i++
			continue
		}
		if i == end && isDense(words[i]) {
			end = i + n // 不 turns around what follows it, with no space between
			i += n
			continue
		}
		weak = weak || first && (v.weak || len(words[i]) == 1 && n == 1)
		first = false
		sides[v.side] = true
		i += n
		end = i
	}
	switch {
	case sides[yesSide] == sides[noSide], sides[unsureSide], sides[yesSide] && sides[notSide]:
		return false, false
	case other, weak && unknown > maxAside:
		return false, false
	}
	return sides[yesSide], true
}

// unstretched returns a word without the repeats of its last letter: "nooo" is
// "no".
func unstretched(word string) string {
	last, size := utf8.DecodeLastRuneInString(word)
	short := word
	for len(short) > size && strings.HasSuffix(short[:len(short)-size], string(last)) {
		short = short[:len(short)-size]
	}
	return short
}

func isDense(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return denseRune(r) && !emojiRune(r)
}

// answerWords returns the words of an answer as they are, in scripts without
// spaces in the pieces of Unicode.
func answerWords(text string) []string {
	var words []string
	for field := range strings.FieldsSeq(Fold(firstRunes(text, maxAnswer))) {
		if isASCII(field) {
			words = append(words, field)
		} else {
			words = appendSegments(words, field)
		}
	}
	return words
}

// addAnswers indexes the words for yes and no.
func (x *index) addAnswers() {
	x.verdicts = map[string]verdict{}
	for _, list := range []struct {
		side  side
		forms string
	}{{notSide, x.lex.not}, {yesSide, x.lex.yes}, {noSide, x.lex.no}, {unsureSide, x.lex.unsure}} {
		if list.forms == "" {
			continue
		}
		for form := range strings.SplitSeq(list.forms, "|") {
			form, weak := strings.CutSuffix(form, "?")
			words := answerWords(form)
			x.verdicts[strings.Join(words, " ")] = verdict{list.side, weak}
			x.longestVerdict = max(x.longestVerdict, len(words))
		}
	}
}

// verdict returns what the longest phrase at the start of words says, and its
// length. Where English knows a longer one, that counts.
func (x *index) verdict(words []string) (verdict, int) {
	var found verdict
	length := 0
	var key strings.Builder
	for i := 0; i < len(words) && i < x.longestVerdict; i++ {
		if i > 0 {
			key.WriteByte(' ')
		}
		key.WriteString(words[i])
		if v, ok := x.verdicts[key.String()]; ok {
			found, length = v, i+1
		}
	}
	if x.english != nil {
		if v, n := x.english.verdict(words); n > length {
			return v, n
		}
	}
	return found, length
}

// filler reports whether word says nothing by itself, in an answer of yes or no.
func (x *index) filler(word string) bool {
	for _, m := range x.phrases[word] {
		if m.class == fillerClass {
			return true
		}
	}
	return x.english != nil && x.english.filler(word)
}
