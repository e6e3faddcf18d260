package language

import (
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Words returns the words of Fold(s), with simple English plurals made singular:
// "orders" is "order", "queries" is "query", "boxes" is "box", while "status",
// "address", "news" and words of up to three letters stay. Scripts without spaces
// are cut at the word borders of Unicode, which for Chinese and Thai is each
// character, so that a phrase is still a run of words. Each emoji is a word.
func Words(s string) []string {
	folded := Fold(s)
	if folded == "" {
		return nil
	}
	words := make([]string, 0, strings.Count(folded, " ")+1)
	for field := range strings.SplitSeq(folded, " ") {
		if isASCII(field) {
			words = append(words, singular(field))
		} else {
			words = appendSegments(words, field)
		}
	}
	return words
}

// ContainsPhrase reports whether phrase is in words, whole and in one piece. An
// empty phrase is in nothing.
func ContainsPhrase(words, phrase []string) bool {
	if len(phrase) == 0 {
		return false
	}
	for i := 0; i+len(phrase) <= len(words); i++ {
		if slices.Equal(words[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// appendSegments cuts a field where letters meet a script without spaces or an
// emoji, and those scripts at every word border.
func appendSegments(words []string, field string) []string {
	start, dense := 0, false
	flush := func(end int) {
		if start == end {
			return
		}
		part := field[start:end]
		start = end
		if !dense {
			words = append(words, part)
			return
		}
		for state := -1; part != ""; {
			var word string
			word, part, state = uniseg.FirstWordInString(part, state)
			words = append(words, word)
		}
	}
	for i, r := range field {
		if d := denseRune(r); d != dense {
			flush(i)
			dense = d
		}
	}
	flush(len(field))
	return words
}

// denseRune reports whether r is of a script that is written without spaces, or
// an emoji.
func denseRune(r rune) bool {
	return r > unicode.MaxLatin1 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー' || emojiRune(r))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// singular makes a plural of English singular, as far as its ending tells.
func singular(word string) string {
	n := len(word)
	if n <= 3 || word[n-1] != 's' {
		return word
	}
	if known, ok := plurals[word]; ok {
		return known
	}
	for i := range n {
		if word[i] < 'a' || word[i] > 'z' {
			return word // an order number, an address
		}
	}
	switch {
	case strings.HasSuffix(word, "ies") && n > 4:
		return word[:n-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "shes"), strings.HasSuffix(word, "ches"),
		strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "oes"), strings.HasSuffix(word, "zzes"):
		return word[:n-2]
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	}
	return word[:n-1]
}

// plurals are the words whose ending misleads.
var plurals = map[string]string{
	"afterwards": "afterwards", "alias": "alias", "always": "always", "atlas": "atlas", "bias": "bias",
	"canvas": "canvas", "chaos": "chaos", "christmas": "christmas", "does": "does", "goes": "goes", "lens": "lens",
	"news": "news", "perhaps": "perhaps", "series": "series", "sometimes": "sometimes", "species": "species",
	"towards": "towards",

	"emojis": "emoji", "menus": "menu", "taxis": "taxi", "wikis": "wiki",
	"bonuses": "bonus", "buses": "bus", "campuses": "campus", "gases": "gas", "lenses": "lens",
	"quizzes": "quiz", "statuses": "status", "viruses": "virus",
	"aches": "ache", "caches": "cache", "canoes": "canoe", "headaches": "headache", "shoes": "shoe", "toes": "toe",
	"brownies": "brownie", "calories": "calorie", "cookies": "cookie", "freebies": "freebie", "hoodies": "hoodie",
	"movies": "movie", "selfies": "selfie", "smoothies": "smoothie", "zombies": "zombie",
}
