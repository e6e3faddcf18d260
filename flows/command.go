package flows

import (
	"slices"

	"github.com/parley-chat/parley/channels"
)

// offerCommand: global commands, then the words of the flows that may cut in,
// when they are the whole message. A command with nothing to act on is passed on.
func (t *turn) offerCommand(m heard) bool {
	for _, c := range t.b.commands {
		if !slices.Contains(c.words, m.folded) {
			continue
		}
		if !t.command(c) {
			t.offer(stageCommand, false, "command "+c.name, "there is nothing to act on")
			continue
		}
		t.open(m)
		t.taken("command")
		return t.offer(stageCommand, true, "command "+c.name, quote(m.folded)+" is the whole message")
	}
	r, _ := t.question()
	if r == nil {
		return false
	}
	for _, c := range t.candidates(m) {
		if c.rank == rankWhole && t.mayInterrupt(r, c.start.flow) && t.tryStart(stageCommand, c) {
			t.open(m)
			t.taken("interrupt")
			return true
		}
	}
	return false
}

// command acts, and reports whether there was something to act on.
func (t *turn) command(c *command) bool {
	switch c.act {
	case "flow":
		return t.startAnew(t.b.flows[c.flow])
	case "handoff":
		t.handOver(c.team)
		return true
	}
	r, a := t.question()
	if r == nil {
		return false
	}
	switch c.act {
	case "cancel":
		t.c.pop()
		t.run = nil
		t.sayText("cancelled")
	case "restart":
		return t.restartAll()
	case "repeat":
		t.askAgain(r)
	case "back":
		s := t.back(r)
		if s == nil {
			return false
		}
		t.c.pop()
		t.proceed(r, s)
	case "skip":
		if a == nil || !a.hasDefault {
			return false
		}
		t.c.pop()
		t.follow(r, r.top().at, a.byDefault(t, r))
	}
	return true
}

// startAnew ends what is open and starts a flow.
func (t *turn) startAnew(f *Flow) bool {
	if f == nil || slices.ContainsFunc(f.params, func(p field) bool { return p.must }) {
		return false
	}
	t.c.Open, t.run = nil, nil
	t.start(f, nil)
	return true
}

// restartAll begins the flow at the bottom of all digressions and calls anew.
func (t *turn) restartAll() bool {
	r := t.c.Open[0]
	if t.root(r) == nil {
		return false
	}
	r.Frames = r.Frames[:1]
	t.decode(r)
	t.c.Open = nil
	r.Answers, r.Visits, r.Error = nil, nil, nil
	t.run = r
	t.proceed(r, t.restart(r).step)
	return true
}

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
	t.c.Owner = team
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
