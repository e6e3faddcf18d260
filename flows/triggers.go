package flows

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// triggers finds the starts that an event could mean, without looking at the
// others.
type triggers struct {
	phrases  phraseIndex
	patterns patternIndex
	// always are starts by condition only, and fallback those of last resort.
	always      []*start
	fallback    []*start
	events      map[string][]*start
	wantsStatus bool
}

// indexTriggers builds the index and checks what concerns all flows together.
func indexTriggers(b *Bot, r *spec.Report) *triggers {
	t := &triggers{events: map[string][]*start{}}
	for _, id := range b.ids {
		for _, s := range b.flows[id].starts {
			for _, p := range s.phrases {
				t.phrases.add(p, s)
			}
			if s.match != nil {
				t.patterns.add(s)
			}
			if s.event != "" {
				t.events[s.event] = append(t.events[s.event], s)
				t.wantsStatus = t.wantsStatus || s.event == string(channels.KindStatus)
			}
			if s.fallback {
				t.fallback = append(t.fallback, s)
			} else if s.phrases == nil && s.match == nil && s.event == "" {
				t.always = append(t.always, s)
			}
		}
		for _, s := range b.flows[id].all {
			if w, ok := s.op.(*wait); ok && w.event == string(channels.KindStatus) {
				t.wantsStatus = true
			}
		}
	}
	t.checkFallbacks(b, r)
	return t
}

// checkFallbacks: exactly one flow takes what nothing else does, on each channel.
func (t *triggers) checkFallbacks(b *Bot, r *spec.Report) {
	for _, ch := range b.Channels {
		var first *start
		for _, s := range t.fallback {
			if !s.on(ch) || s.cond != nil {
				continue
			}
			if first != nil && first.flow != s.flow {
				r.Error(s.at("fallback"), "E213", "Leave one, or give them different `channels:`.", "two flows are the fallback on the channel %s: this one, and %s", ch.Name, first.flow.ID)
				return
			}
			first = s
		}
	}
}

// on reports whether the start holds on a channel.
func (s *start) on(ch ChannelSpec) bool {
	return s.channels == nil || slices.Contains(s.channels, ch.Name) || slices.Contains(s.channels, "type:"+ch.Factory.Type)
}

// at is the place of a key of the start.
func (s *start) at(key string) spec.Pos {
	if n := s.node.Get(key); n != nil {
		return n.Key().Pos()
	}
	return s.pos
}

// A candidate is a start that an event could mean, and how well it fits.
type candidate struct {
	start *start
	// rank is how specific the trigger is: the higher the better.
	rank   int
	why    string
	params map[string]string
}

// The ranks of triggers.
const (
	rankCondition = iota
	rankPattern
	rankWord
	rankPhrase
	rankWhole
)

// message returns the starts that the text of a message could mean, the best
// first: by priority, how specific they are, and the id of the flow.
func (t *triggers) message(text string) []candidate {
	words := language.Words(text)
	best := map[*start]candidate{}
	t.phrases.find(words, func(written string, n int, s *start) {
		rank := rankWord
		switch {
		case n == len(words):
			rank = rankWhole
		case n > 1:
			rank = rankPhrase
		}
		if old, ok := best[s]; !ok || rank > old.rank {
			best[s] = candidate{start: s, rank: rank, why: "the word" + plural(n) + " " + strconv.Quote(written)}
		}
	})
	t.patterns.find(text, func(s *start) {
		c, ok := best[s]
		if c.params != nil {
			return // it was run
		}
		m := s.match.FindStringSubmatch(text)
		if m == nil {
			return
		}
		if !ok {
			c = candidate{start: s, rank: rankPattern, why: "the pattern " + s.match.String()}
		}
		c.params = groups(s.match, m)
		best[s] = c
	})
	for _, s := range t.always {
		best[s] = candidate{start: s, rank: rankCondition, why: "its condition alone"}
	}
	return sortCandidates(slices.Collect(maps.Values(best)))
}

func plural(n int) string {
	if n > 1 {
		return "s"
	}
	return ""
}

func sortCandidates(list []candidate) []candidate {
	slices.SortFunc(list, func(a, b candidate) int {
		switch {
		case a.start.priority != b.start.priority:
			return b.start.priority - a.start.priority
		case a.rank != b.rank:
			return b.rank - a.rank
		case a.start.flow.ID != b.start.flow.ID:
			return strings.Compare(a.start.flow.ID, b.start.flow.ID)
		}
		return a.start.pos.Line - b.start.pos.Line
	})
	return list
}

// event returns the starts that wait for an event.
func (t *triggers) event(name string) []candidate {
	var list []candidate
	for _, s := range t.events[name] {
		list = append(list, candidate{start: s, why: "the event " + name})
	}
	return sortCandidates(list)
}

// groups returns what the named groups of a pattern matched.
func groups(re *regexp.Regexp, m []string) map[string]string {
	out := map[string]string{}
	for i, name := range re.SubexpNames() {
		if name != "" && m[i] != "" {
			out[name] = m[i]
		}
	}
	return out
}
