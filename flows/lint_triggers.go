package flows

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// lintTriggers warns of two flows that could take the same message or event, and
// of which only the name decides.
func lintTriggers(b *Bot, r *spec.Report) {
	first := map[string][]*start{}
	for _, id := range b.ids {
		for _, s := range b.flows[id].starts {
			for _, t := range s.triggers() {
				for _, other := range first[t.key] {
					if other.flow == s.flow || !s.rivals(other, b) {
						continue
					}
					r.Warn(t.at, "W302", "Take it out of one of them, or give one a `priority:`.",
						"%s starts the flow %s (%s, line %d) as well, which goes first by its name", t.what, other.flow.ID, other.flow.File, other.pos.Line)
				}
				first[t.key] = append(first[t.key], s)
			}
		}
	}
}

// A trigger is one of the things that begin a flow.
type trigger struct {
	key, what string
	at        spec.Pos
}

// triggers lists the phrases, the pattern and the event of a start.
func (s *start) triggers() []trigger {
	var list []trigger
	for _, n := range nodesOf(s.node.Get("words")) {
		if words := strings.Join(language.Words(n.Text()), " "); words != "" {
			list = append(list, trigger{"words " + words, "\"" + n.Text() + "\"", n.Pos()})
		}
	}
	if s.match != nil {
		list = append(list, trigger{"match " + s.match.String(), "this pattern", s.node.Get("match").Pos()})
	}
	if s.event != "" {
		list = append(list, trigger{"event " + s.event, "the event " + s.event, s.node.Get("event").Pos()})
	}
	return list
}

// rivals reports whether nothing but the name of the flow decides between two
// starts with the same trigger. Two different conditions are taken to exclude
// each other.
func (s *start) rivals(other *start, b *Bot) bool {
	if s.priority != other.priority || s.cond != nil && other.cond != nil && s.cond.Source() != other.cond.Source() {
		return false
	}
	return slices.ContainsFunc(b.Channels, func(ch ChannelSpec) bool { return s.on(ch) && other.on(ch) })
}
