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
		if !t.due(r) {
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
	switch {
	case r == nil || r.Rest.Paused:
	case t.due(r) && r.Rest.Kind == restQuestion:
		t.timeout(t.c.pop())
	case t.due(r):
		t.locate(r)
		r.timedOut()
		t.endHandoff(func(h *handoff) *target { return h.onTimeout })
	default:
		t.remind(r)
	}
}

func (t *turn) due(r *run) bool { return !r.Rest.Until.IsZero() && !r.Rest.Until.After(t.now) }

// timedOut is what flows read as error.* when nothing came in time.
func (r *run) timedOut() {
	r.Error = &stepError{Step: r.top().Step, Kind: "timeout", Text: "nothing came in time"}
}

// timeout: nobody answered. on_timeout, else the default, else the run ends.
func (t *turn) timeout(r *run) {
	t.run = r
	if t.locate(r) != "" {
		return
	}
	s := r.top().at
	a, ok := s.op.(*ask)
	switch {
	case !ok:
	case a.onTimeout != nil:
		r.timedOut()
		t.follow(r, s, t.goTo(r, s, a.onTimeout))
	case a.hasDefault:
		t.follow(r, s, a.byDefault(t, r))
	}
}

// reminders are those of the open question, as the flow has them now.
func (t *turn) reminders(r *run) []reminder {
	if r.Rest.Kind != restQuestion || t.locate(r) != "" {
		return nil
	}
	a, ok := r.top().at.op.(*ask)
	if !ok || r.Rest.Reminded >= len(a.reminders) {
		return nil
	}
	return a.reminders[r.Rest.Reminded:]
}

// remind sends the reminders that are due.
func (t *turn) remind(r *run) {
	t.run = r
	for _, reminder := range t.reminders(r) {
		if r.Rest.Since.Add(reminder.after).After(t.now) {
			return
		}
		r.Rest.Reminded++
		t.say(channels.Reply{Text: t.render(reminder.text), Options: r.options()})
	}
}

// nextReminder is when the next reminder of the open question is due.
func (t *turn) nextReminder(r *run) time.Time {
	left := t.reminders(r)
	if len(left) == 0 {
		return time.Time{}
	}
	return r.Rest.Since.Add(left[0].after)
}
