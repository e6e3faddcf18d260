package flows

import (
	"slices"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/language"
)

// offerCommand: global commands, then the words of the flows that may cut in,
// when they are the whole message. A command with nothing to act on is passed on.
func (t *turn) offerCommand(_ *channels.Event, text, folded string) bool {
	for _, c := range t.b.commands {
		if !slices.Contains(c.words, folded) {
			continue
		}
		if !t.command(c) {
			t.offer(stageCommand, false, "command "+c.name, "there is nothing to act on")
			continue
		}
		t.offer(stageCommand, true, "command "+c.name, "%q is the whole message", folded)
		t.taken("command")
		return true
	}
	r, _ := t.question()
	if r == nil {
		return false
	}
	words := language.Words(text)
	for _, c := range t.b.triggers.message(text) {
		if c.rank == rankWhole && len(words) > 0 && t.mayInterrupt(r, c.start.flow) && t.tryStart(stageCommand, c) {
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
		f := t.b.flows[c.flow]
		if f == nil || slices.ContainsFunc(f.params, func(p field) bool { return p.must }) {
			return false
		}
		t.c.Open = nil
		t.start(f, nil)
		return true
	case "handoff":
		t.own(c.team)
		t.sayText("agent")
		return true
	}
	r := t.c.top()
	if r == nil || (t.decode(r) && t.locate(r) != "") {
		return false
	}
	t.run = r
	switch c.act {
	case "cancel":
		t.c.pop()
		t.sayText("cancelled")
	case "restart":
		t.restartAll()
	case "repeat":
		t.askAgain(r)
	case "back":
		return t.stepBack(r)
	case "skip":
		return t.skip(r)
	}
	return true
}

// restartAll begins the flow at the bottom of all digressions anew.
func (t *turn) restartAll() {
	r := t.c.Open[0]
	if t.locate(r) != "" {
		return
	}
	t.c.Open = nil
	t.session = map[string]any{}
	t.b.firstValues(t.session, t.b.session)
	r.Frames = r.Frames[:1]
	r.Answers, r.Visits, r.Error = nil, nil, nil
	t.run = r
	t.proceed(r, t.restart(r).step)
}

func (t *turn) stepBack(r *run) bool {
	s := t.back(r)
	if s == nil {
		return false
	}
	t.c.pop()
	t.proceed(r, s)
	return true
}

// skip takes the default of the open question.
func (t *turn) skip(r *run) bool {
	a, ok := r.top().at.op.(*ask)
	if !ok || !a.hasDefault {
		return false
	}
	v, err := a.fallback.get(t.env())
	if err != nil {
		return false
	}
	t.answered(r, a, reading{value: v})
	return true
}

// own gives the conversation to a person: the open question stops its clocks.
func (t *turn) own(team string) {
	t.c.Owner = team
	if r := t.c.top(); r != nil {
		r.Rest.Paused = r.Rest.Kind == restQuestion
	}
}

// takeOver: a person takes the conversation, by word or simply by writing.
func (t *turn) takeOver(e *channels.Event) {
	t.taken("owner")
	if t.c.Owner == "" {
		t.out.Cancel = true
		t.own(personOf(e))
	}
	if r := t.c.top(); r != nil && r.Rest.Kind == restHandoff && e.Kind == channels.KindAgent {
		r.Rest.Paused = true
	}
	if e.Kind == channels.KindAgent {
		t.adminSend(e)
	}
}

// personOf names who took over.
func personOf(e *channels.Event) string {
	if team, ok := e.Data["team"].(string); ok && team != "" {
		return team
	}
	return "person"
}

// adminSend says what a person wrote.
func (t *turn) adminSend(e *channels.Event) {
	if out, _ := t.contact["opted_out"].(bool); out {
		t.problem("not sent: the contact opted out")
		return
	}
	r := channels.Reply{Text: e.Text, Location: e.Location}
	if len(e.Media) > 0 {
		r.Media = &e.Media[0]
	}
	t.say(r)
}

// giveBack: the conversation is the bot's again. A handoff goes on behind its
// step; an open question is asked again.
func (t *turn) giveBack(_ *channels.Event) {
	if t.c.Owner == "" {
		return
	}
	t.c.Owner = ""
	t.taken("owner")
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
	to := goOn(s.next)
	if h.onReturn != nil {
		to = t.goTo(r, s, h.onReturn)
	}
	if to.kind == onward {
		t.proceed(r, to.step)
	}
}
