package flows

import (
	"slices"
	"time"

	"github.com/parley-chat/parley/channels"
)

// wake does what is due: timeouts and reminders of the open question or
// handoff, and waits that are over. What was answered meanwhile has no time left
// in the state and does nothing.
func (t *turn) wake() {
	t.taken("timer")
	for _, r := range slices.Clone(t.c.Waiting) {
		if r.Rest.Until.IsZero() || r.Rest.Until.After(t.now) {
			continue
		}
		done := "over"
		if t.locate(r) == "" {
			if w, ok := r.top().at.op.(*wait); ok && w.event != "" {
				done = "timeout"
			}
		}
		t.ready(r, done, nil)
	}
	r := t.c.top()
	if r == nil || r.Rest.Paused {
		return
	}
	t.run = r
	switch due := !r.Rest.Until.IsZero() && !r.Rest.Until.After(t.now); {
	case due && r.Rest.Kind == restQuestion:
		t.timeout(t.c.pop())
	case due && r.Rest.Kind == restHandoff:
		t.handoffTimeout(t.c.pop())
	default:
		t.remind(r)
	}
}

// timeout: nobody answered. on_timeout, else the default, else the run ends.
func (t *turn) timeout(r *run) {
	if t.locate(r) != "" {
		return
	}
	s := r.top().at
	a, ok := s.op.(*ask)
	if !ok {
		return
	}
	switch {
	case a.onTimeout != nil:
		if o := t.goTo(r, s, a.onTimeout); o.kind == onward {
			t.proceed(r, o.step)
		}
	case a.hasDefault:
		t.c.Open = append(t.c.Open, r)
		t.skip(r)
	}
}

func (t *turn) handoffTimeout(r *run) {
	t.c.Owner = ""
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
	if h.onTimeout != nil {
		o = t.goTo(r, s, h.onTimeout)
	}
	if o.kind == onward {
		t.proceed(r, o.step)
	}
}

// remind sends the reminders that are due.
func (t *turn) remind(r *run) {
	if t.locate(r) != "" || r.Rest.Kind != restQuestion {
		return
	}
	a, ok := r.top().at.op.(*ask)
	if !ok {
		return
	}
	for r.Rest.Reminded < len(a.reminders) && !r.Rest.Since.Add(a.reminders[r.Rest.Reminded].after).After(t.now) {
		text := t.render(a.reminders[r.Rest.Reminded].text)
		r.Rest.Reminded++
		t.say(channels.Reply{Text: text, Options: r.options()})
	}
}

// nextReminder is when the next reminder of the open question is due.
func (t *turn) nextReminder(r *run) time.Time {
	if r.Rest.Kind != restQuestion || r.Rest.Paused || t.locate(r) != "" {
		return time.Time{}
	}
	a, ok := r.top().at.op.(*ask)
	if !ok || r.Rest.Reminded >= len(a.reminders) {
		return time.Time{}
	}
	return r.Rest.Since.Add(a.reminders[r.Rest.Reminded].after)
}
