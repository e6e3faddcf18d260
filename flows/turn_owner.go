package flows

import (
	"strings"

	"github.com/parley-chat/parley/channels"
)

// The people of the team: who owns the conversation, and how it comes back.

// handOver gives the conversation to a team by the person's own word.
func (t *turn) handOver(team string) {
	t.sayText("agent")
	t.own(team, holderFlow)
	t.out.Handoff = &Handoff{Team: team}
}

// agentTeam is the team that the command `agent` hands over to.
func (b *Bot) agentTeam() string {
	for _, c := range b.commands {
		if c.act == "handoff" && c.name == "agent" {
			return c.team
		}
	}
	return "support"
}

// own gives the conversation to a person: the open question stops its clocks.
func (t *turn) own(team string, by holder) {
	t.c.Owner, t.c.Holder, t.c.Buttons = team, by, nil
	if r := t.c.top(); r != nil && r.Rest.Kind == restQuestion {
		r.Rest.Paused = true
	}
}

// takeOver: a person takes the conversation, by word or simply by writing. What
// the bot has queued is dropped when it is the first sign of that person, and
// once they have written, the timeout of a handoff counts no more. Whoever takes a
// handoff up holds it; what an agent of a console holds, no platform takes away.
func (t *turn) takeOver(e *channels.Event) {
	t.taken("owner")
	r := t.c.top()
	waits := r != nil && r.Rest.Kind == restHandoff && !r.Rest.Paused
	t.out.Cancel = t.c.Owner == "" || waits
	t.unasked = t.c.Owner == ""
	switch by := holderOf(e); {
	case t.c.Owner == "":
		t.own(personOf(e), by)
	case t.c.Holder != holderProgram:
		t.c.Holder = by
	}
	if e.Kind == channels.KindAgent {
		if waits {
			r.Rest.Paused = true
		}
		t.pass(e)
	}
}

// personOf names who took over.
func personOf(e *channels.Event) string {
	if team, ok := e.Data["team"].(string); ok && team != "" {
		return team
	}
	return "person"
}

// pass says what a person of the team wrote.
func (t *turn) pass(e *channels.Event) {
	r := channels.Reply{Text: e.Text, Location: e.Location}
	if len(e.Media) > 0 {
		r.Media = &e.Media[0]
	}
	t.say(r)
	for i := 1; i < len(e.Media); i++ {
		t.say(channels.Reply{Media: &e.Media[i]})
	}
}

// holderOf is who holds a conversation that an event takes.
func holderOf(e *channels.Event) holder {
	if e.Posted {
		return holderProgram
	}
	return holderPlatform
}

// giveBack: the conversation is the bot's again, if who gives it back may. A handoff
// goes on behind its step; an open question is asked again when the turn settles.
func (t *turn) giveBack(e *channels.Event) {
	if t.c.Owner == "" {
		return
	}
	if !t.c.givenBackBy(e) {
		t.problem("not given back: %s has the conversation, not the platform", t.c.Owner)
		return
	}
	t.taken("owner")
	t.endHandoff(func(h *handoff) *target { return h.onReturn })
}

// givenBackBy reports whether an event gives the conversation back. A program may do
// so always. Platforms also tell that nobody there has a conversation, or closed it,
// when nobody there had it; but who writes the words there by which a handoff ends
// was the person that it was for.
func (c *conversation) givenBackBy(e *channels.Event) bool {
	switch c.Holder {
	case holderPlatform:
		return true
	case holderFlow:
		return e.Posted || e.Kind == channels.KindGiveBack && strings.TrimSpace(e.Text) != ""
	}
	return e.Posted
}

// endHandoff goes on behind a handoff, by one of its targets if there is one.
func (t *turn) endHandoff(by func(h *handoff) *target) {
	t.c.Owner, t.c.Holder = "", ""
	r := t.c.top()
	if r == nil || r.Rest.Kind != restHandoff {
		return
	}
	t.c.pop()
	t.run = r
	if t.locate(r) != "" {
		t.upgrade(r)
		return
	}
	s := r.top().at
	h, ok := s.op.(*handoff)
	if !ok {
		t.upgrade(r)
		return
	}
	o := goOn(s.next)
	if to := by(h); to != nil {
		o = t.goTo(r, s, to)
	}
	t.follow(r, s, o)
}
