package flows

import (
	"slices"
	"strings"
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
		return t.offer(stageCommand, true, "command "+c.name, quote(strings.TrimSpace(m.text))+" is the whole message")
	}
	r, _ := t.question()
	if r == nil {
		return false
	}
	for _, c := range t.interruptions(r, m) {
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
