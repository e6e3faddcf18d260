package flows

import (
	"slices"
	"strings"
)

// phraseIndex finds the words and phrases of starts in a message, however many
// there are.
type phraseIndex struct {
	// starts by their phrase, its words joined by spaces; lengths are those of the
	// phrases, in words.
	starts  map[string][]*start
	lengths []int
}

func (x *phraseIndex) add(words []string, s *start) {
	if x.starts == nil {
		x.starts = map[string][]*start{}
	}
	phrase := strings.Join(words, " ")
	x.starts[phrase] = append(x.starts[phrase], s)
	if !slices.Contains(x.lengths, len(words)) {
		x.lengths = append(x.lengths, len(words))
	}
}

// find calls f for each phrase that is a run of the words, with its length.
func (x *phraseIndex) find(words []string, f func(phrase string, n int, s *start)) {
	text := strings.Join(words, " ")
	for _, n := range x.lengths {
		if n > len(words) {
			continue
		}
		from, to := 0, len(strings.Join(words[:n], " "))
		for i := n; ; i++ {
			for _, s := range x.starts[text[from:to]] {
				f(text[from:to], n, s)
			}
			if i == len(words) {
				break
			}
			from, to = from+len(words[i-n])+1, to+len(words[i])+1
		}
	}
}
