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
	starts  map[string][]phraseStart
	lengths []int
}

// A phrase is what a message is looked through for.
type phrase struct {
	written string
	words   []string // folded
}

type phraseStart struct {
	written string
	start   *start
}

func (x *phraseIndex) add(p phrase, s *start) {
	if x.starts == nil {
		x.starts = map[string][]phraseStart{}
	}
	key := strings.Join(p.words, " ")
	x.starts[key] = append(x.starts[key], phraseStart{p.written, s})
	if !slices.Contains(x.lengths, len(p.words)) {
		x.lengths = append(x.lengths, len(p.words))
	}
}

// find calls f for each phrase that is a run of the words, as it was written, with
// its length.
func (x *phraseIndex) find(words []string, f func(written string, n int, s *start)) {
	text := strings.Join(words, " ")
	for _, n := range x.lengths {
		if n > len(words) {
			continue
		}
		from, to := 0, len(strings.Join(words[:n], " "))
		for i := n; ; i++ {
			for _, p := range x.starts[text[from:to]] {
				f(p.written, n, p.start)
			}
			if i == len(words) {
				break
			}
			from, to = from+len(words[i-n])+1, to+len(words[i])+1
		}
	}
}
