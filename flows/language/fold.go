package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// maxFold is how many runes of a text Fold and Words look at: beyond every
// message limit of the channels, and enough for an answer in a FAQ.
const maxFold = 10_000

// Fold returns s as texts are compared: in lower case, without accents, with
// full-width forms as plain ones, without punctuation and symbols at the borders
// of words, with single spaces between words and none around them.
//
// Inside a word a hyphen, dot, at sign, underscore and ampersand stay
// ("A-1234" is "a-1234"), an apostrophe goes ("don't" is "dont"), and between
// digits a comma, colon and slash stay too. Digits keep their value and script.
// Emoji stay, without skin tone. What is beyond 10,000 runes is left out. Folding
// twice changes nothing.
func Fold(s string) string {
	var buf [128]byte
	out, ok := foldASCII(buf[:0], s)
	if !ok {
		return foldUnicode(s)
	}
	if string(out) == s {
		return s
	}
	return string(out)
}

// foldASCII is Fold for most messages: one pass, no rune tables. It reports false
// at the first byte that is not ASCII.
func foldASCII(out []byte, s string) ([]byte, bool) {
	space := false
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return nil, false
		}
		if i >= maxFold {
			continue // looking on: one accent further down must not change the path
		}
		if !asciiWord(c) {
			if i == 0 || i+1 == len(s) || i+1 == maxFold || !asciiWord(s[i-1]) || !asciiWord(s[i+1]) {
				space = true
				continue
			}
			switch inner(rune(c), rune(s[i-1]), rune(s[i+1])) {
			case dropped:
				continue
			case border:
				space = true
				continue
			}
		}
		if space && len(out) > 0 {
			out = append(out, ' ')
		}
		space = false
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out, true
}

func asciiWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// What becomes of a mark between two characters of words.
type innerMark int

const (
	border innerMark = iota
	dropped
	kept
)

func inner(r, before, after rune) innerMark {
	switch r {
	case '\'':
		return dropped
	case '-', '.', '@', '_', '&':
		return kept
	case ',', ':', '/':
		if unicode.IsDigit(before) && unicode.IsDigit(after) {
			return kept
		}
	}
	return border
}

// foldUnicode is Fold for any text.
func foldUnicode(s string) string {
	runes := plainRunes(s, maxFold)
	var out strings.Builder
	out.Grow(len(s))
	space := false
	for i, r := range runes {
		if !wordRune(r) && !emojiRune(r) {
			mark := border
			if i > 0 && i+1 < len(runes) && wordRune(runes[i-1]) && wordRune(runes[i+1]) {
				mark = inner(r, runes[i-1], runes[i+1])
			}
			if mark != kept {
				space = space || mark == border
				continue
			}
		}
		if space && out.Len() > 0 {
			out.WriteByte(' ')
		}
		space = false
		out.WriteRune(r)
	}
	return norm.NFC.String(out.String())
}

// wordRune reports whether r is part of a word. Marks that plainRunes leaves are
// vowels and tones of their scripts.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// emojiRune reports whether r is, or is part of, a pictograph.
func emojiRune(r rune) bool {
	return unicode.Is(unicode.So, r) && r != utf8.RuneError || r == zeroWidthJoiner || isTag(r)
}

const zeroWidthJoiner = '\u200d'

// isTag reports whether r is one of the invisible letters in flags of regions.
func isTag(r rune) bool { return 0xE0020 <= r && r <= 0xE007F }

// plainRunes returns the first limit runes of s in lower case, decomposed,
// without accents and invisible characters, and with one form of each hyphen,
// apostrophe and space. Punctuation is left where it is.
func plainRunes(s string, limit int) []rune {
	s = strings.ToValidUTF8(firstRunes(s, limit), "\uFFFD") // norm leaves letters near other bytes as they are
	s = norm.NFD.String(width.Fold.String(s))
	runes := make([]rune, 0, len(s))
	for _, r := range s {
		var last rune
		if n := len(runes); n > 0 {
			last = runes[n-1]
		}
		switch {
		case r == zeroWidthJoiner || isTag(r):
			if emojiRune(last) { // elsewhere it only guides the shaping of letters
				runes = append(runes, r)
			}
		case r == '\u0306' && last == 'и':
			runes = append(runes, r) // й is a letter, not an accented и
		case accent(r) || invisible(r):
		default:
			runes = appendPlain(runes, r)
		}
	}
	return runes
}

func appendPlain(runes []rune, r rune) []rune {
	r = unicode.ToLower(r)
	if folded, ok := foldings[r]; ok {
		return append(runes, []rune(folded)...)
	}
	if unicode.IsSpace(r) {
		r = ' '
	}
	return append(runes, r)
}

// foldings are letters that do not decompose, and marks with several forms.
var foldings = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ı': "i", 'ħ': "h", 'þ': "th",
	'ς': "σ",
	'ى': "ي", 'ة': "ه", 'ک': "ك", 'ی': "ي", // spelt either way in chats
	'’': "'", '‘': "'", 'ʼ': "'", '`': "'", '´': "'", '′': "'", '·': "'",
	'‐': "-", '‑': "-", '‒': "-", '−': "-",
}

// accent reports whether r is a mark that people leave out: on Latin, Greek and
// Cyrillic letters, Hebrew and Arabic vowel points, the dot of Devanagari letters
// for foreign sounds. Vowels and tones of other scripts are not accents.
func accent(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r <= 0x36F, 0x591 <= r && r <= 0x5C7 && r != 0x5BE && r != 0x5C0 && r != 0x5C3 && r != 0x5C6:
		return true
	case 0x610 <= r && r <= 0x61A, 0x64B <= r && r <= 0x65F, r == 0x670, r == 0x93C:
		return true
	}
	return 0x1AB0 <= r && r <= 0x1AFF || 0x1DC0 <= r && r <= 0x1DFF || 0x20D0 <= r && r <= 0x20F0
}

// invisible reports whether r shows nothing, or only colours an emoji.
func invisible(r rune) bool {
	switch {
	case r == '\u00AD' || r == '\u0640' || r == '\u061C':
		return true
	case 0x200B <= r && r <= 0x200F, 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x2069, r == '\uFEFF':
		return true
	case 0xFE00 <= r && r <= 0xFE0F, 0x1F3FB <= r && r <= 0x1F3FF:
		return true
	}
	return false
}

// firstRunes returns s cut after n runes.
func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
