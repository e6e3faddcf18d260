package spec

import (
	"regexp"
	"slices"
	"strings"
)

// A secret is a run of a line that is not shown.
type secret struct {
	from, to int // in runes, from 0
	text     string
}

// hiddenMark stands for what is not shown.
const hiddenMark = "•"

// Hide keeps a run of a line out of all that the report says: excerpts cover it,
// and messages do not quote it. Columns count runes from 1, to is exclusive. Call
// it before the file is parsed.
func (r *Report) Hide(file string, line, from, to int, text string) {
	if r.hidden == nil {
		r.hidden = map[place][]secret{}
	}
	at := place{file, line}
	r.hidden[at] = append(r.hidden[at], secret{from - 1, to - 1, text})
}

// A place is a line of a file.
type place struct {
	file string
	line int
}

// cover returns a row with its secrets covered.
func (r *Report) cover(at place, row []rune) []rune {
	secrets := r.hidden[at]
	if len(secrets) == 0 {
		return row
	}
	row = slices.Clone(row)
	for _, s := range secrets {
		for i := max(0, s.from); i < min(s.to, len(row)); i++ {
			row[i] = []rune(hiddenMark)[0]
		}
	}
	return row
}

var quotedPart = regexp.MustCompile("\"[^\"]*\"|'[^']*'|`[^`]*`")

// sharedRunes is how long a part of a secret may be in a message without quotes:
// longer ones are no coincidence.
const sharedRunes = 5

// redact takes out of a message about a line what it quotes of its secrets.
func (r *Report) redact(at place, message string) string {
	for _, s := range r.hidden[at] {
		message = quotedPart.ReplaceAllStringFunc(message, func(q string) string {
			inner := q[1 : len(q)-1]
			if inner == "" || !strings.Contains(s.text, inner) {
				return q
			}
			return q[:1] + hiddenMark + q[len(q)-1:]
		})
		message = withoutShared(message, s.text)
	}
	return message
}

// withoutShared replaces every longer run of a message that is a part of a
// secret.
func withoutShared(message, secret string) string {
	runes := []rune(message)
	var b strings.Builder
	for i := 0; i < len(runes); {
		n := 0
		for i+n < len(runes) && strings.Contains(secret, string(runes[i:i+n+1])) {
			n++
		}
		if n > sharedRunes {
			b.WriteString(hiddenMark)
			i += n
			continue
		}
		b.WriteRune(runes[i])
		i++
	}
	return b.String()
}
