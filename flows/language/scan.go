package language

import (
	"unicode"
)

// maxAnswer is how many runes of an answer the parsers look at. What people type
// to answer a question is far shorter.
const maxAnswer = 2000

// A token is a piece of an answer: a word, a run of digits, or one mark. Spaces
// are no tokens.
type token struct {
	kind  tokenKind
	text  string // a word folded, digits as ASCII digits, a mark as it is
	glued bool   // no space before it
}

type tokenKind uint8

const (
	wordToken tokenKind = iota
	digitsToken
	markToken
)

// scan cuts text into tokens. Words are folded as by Fold, but end at every mark.
func scan(text string) []token {
	runes := plainRunes(text, maxAnswer)
	tokens := make([]token, 0, 8)
	glued := false
	for i := 0; i < len(runes); {
		if runes[i] == ' ' {
			glued = false
			i++
			continue
		}
		start := i
		t := token{glued: glued}
		switch {
		case unicode.IsDigit(runes[i]):
			digits := []byte{}
			for ; i < len(runes) && unicode.IsDigit(runes[i]); i++ {
				digits = append(digits, '0'+digitValue(runes[i]))
			}
			t.kind, t.text = digitsToken, string(digits)
		case unicode.IsLetter(runes[i]) || unicode.IsMark(runes[i]):
			for i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsMark(runes[i])) {
				i++
			}
			t.kind, t.text = wordToken, string(runes[start:i])
		default:
			i++
			t.kind, t.text = markToken, string(runes[start:i])
		}
		tokens = append(tokens, t)
		glued = true
	}
	return tokens
}

// digitValue returns the value of a decimal digit of any script. Unicode keeps the
// ten digits of a script in a row, zero first.
func digitValue(r rune) byte {
	if r <= '9' {
		return byte(r - '0')
	}
	for _, block := range unicode.Nd.R16 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return byte((r - rune(block.Lo)) % 10)
		}
	}
	for _, block := range unicode.Nd.R32 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return byte((r - rune(block.Lo)) % 10)
		}
	}
	return 0
}
