package flows

import "github.com/parley-chat/parley/channels"

// The people of the team: who owns the conversation, and how it comes back.

// handOver gives the conversation to a team by the person's own word.
func (t *turn) handOver(team string) {
	t.sayText("agent")
	t.own(team)
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
func (t *turn) own(team string) {
	t.c.Owner, t.c.Buttons = team, nil
	if r := t.c.top(); r != nil && r.Rest.Kind == restQuestion {
		r.Rest.Paused = true
	}
}

// takeOver: a person takes the conversation, by word or simply by writing. What
// the bot has queued is dropped when it is the first sign of that person, and
// once they have written, the timeout of a handoff counts no more.
func (t *turn) takeOver(e *channels.Event) {
	t.taken("owner")
	r := t.c.top()
	waits := r != nil && r.Rest.Kind == restHandoff && !r.Rest.Paused
	t.out.Cancel = t.c.Owner == "" || waits
	t.unasked = t.c.Owner == ""
	if t.c.Owner == "" {
		t.own(personOf(e))
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

// giveBack: the conversation is the bot's again. A handoff goes on behind its
// step; an open question is asked again when the turn settles.
func (t *turn) giveBack() {
	if t.c.Owner == "" {
		return
	}
	t.taken("owner")
	t.endHandoff(func(h *handoff) *target { return h.onReturn })
}

// endHandoff goes on behind a handoff, by one of its targets if there is one.
func (t *turn) endHandoff(by func(h *handoff) *target) {
	t.c.Owner = ""
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
