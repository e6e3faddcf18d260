package flows

import "github.com/parley-chat/parley/channels"

// Who wants no messages: by the person's own word, by the platform, or by a block.

// optedOut reports whether the contact wants nothing unasked.
func (t *turn) optedOut() bool {
	out, _ := t.contact["opted_out"].(bool)
	return out
}

// silence ends everything that runs or waits; nothing is sent unasked from here.
func (t *turn) silence() {
	t.contact["opted_out"] = true
	t.c.Open, t.c.Waiting, t.c.Ready = nil, nil, nil
	t.c.Owner, t.c.Holder = "", ""
	t.run = nil
	t.out.Cancel = true
}

// optOut: the person wants nothing any more, as the platform says. One who had asked
// for that already and then blocks the bot has still asked for it.
func (t *turn) optOut(e *channels.Event) {
	asked := t.optedOut() && !t.c.Blocked
	t.silence()
	t.c.Blocked = e.Block && !asked
}

// optIn: the platform says that the person wants messages again, or only that they
// no longer block the bot.
func (t *turn) optIn(e *channels.Event) {
	switch {
	case e.Block:
		t.unblocked()
	case e.Kind == channels.KindOptIn:
		t.contact["opted_out"], t.c.Blocked = false, false
	}
}

// unblocked ends an opt-out that was a block.
func (t *turn) unblocked() {
	if t.c.Blocked {
		t.contact["opted_out"], t.c.Blocked = false, false
	}
}
