package language

import (
	"strings"
	"unicode/utf8"
)

// maxDistance is how many runes of a word Distance compares.
const maxDistance = 64

// Distance returns how many letters must be inserted, removed, replaced or swapped
// with their neighbour to make b of a. Of longer words only the first 64 letters
// are compared, and what one has beyond the other is added.
func Distance(a, b string) int {
	x, y := []rune(firstRunes(a, maxDistance)), []rune(firstRunes(b, maxDistance))
	rest := 0
	if len(a) > maxDistance || len(b) > maxDistance {
		rest = abs((utf8.RuneCountInString(a) - len(x)) - (utf8.RuneCountInString(b) - len(y)))
	}
	var rows [3][maxDistance + 1]int
	two, one, now := &rows[0], &rows[1], &rows[2] // the rows before, and this one
	for j := range len(y) + 1 {
		one[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(one[j]+1, now[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], two[j-2]+1)
			}
		}
		two, one, now = one, now, two
	}
	return one[len(y)] + rest
}

// Suggest returns the candidate that word was probably meant to be, the first of
// equals, or "" when none is near: one mistake in words of three and four letters,
// two up to eight, three beyond. Case is not a mistake.
func Suggest(word string, candidates []string) string {
	word = strings.ToLower(firstRunes(word, maxFold))
	limit := 3
	switch n := utf8.RuneCountInString(word); {
	case n < 3:
		limit = 0
	case n < 5:
		limit = 1
	case n <= 8:
		limit = 2
	}
	best := ""
	for _, candidate := range candidates {
		if d := Distance(word, strings.ToLower(candidate)); d <= limit {
			best, limit = candidate, d-1
		}
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
