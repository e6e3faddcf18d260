package flows

import (
	"fmt"
	"maps"
	"slices"
)

// An outcome says where a run goes after a step.
type outcome struct {
	kind outcomeKind
	step *step      // with onward; nil is the end of the flow
	err  *stepError // with failed
}

type outcomeKind int

const (
	onward  outcomeKind = iota // go on with step
	rested                     // the run waits
	over                       // the whole run ends
	failed                     // the step failed
	pending                    // a call has to be made first
)

// maxRemedies is how often one turn leads the failures of a step to the same
// target. After that they are led further.
const maxRemedies = 10

// handling is a failure that was led to a target.
type handling struct {
	step   *step
	target *target
}

func goOn(s *step) outcome { return outcome{kind: onward, step: s} }

func failure(kind, format string, args ...any) outcome {
	return outcome{kind: failed, err: &stepError{Kind: kind, Text: fmt.Sprintf(format, args...)}}
}

// proceed runs r from s until it rests, ends, or needs a call. The run is in no
// list of the conversation while it runs.
func (t *turn) proceed(r *run, s *step) {
	t.run = r
	for {
		if s == nil {
			caller := t.leave(r)
			if caller == nil {
				return
			}
			s = caller.next
			continue
		}
		if t.steps++; t.steps > t.b.limits.Steps {
			t.fails(placeOf(s, "limit"))
			t.problem("limit of %d steps in one turn, at %s/%s", t.b.limits.Steps, s.flow.ID, s.label())
			t.sayText("apology")
			return
		}
		o := t.step(r, s)
		if o.kind == failed {
			o = t.fail(r, s, o.err)
		}
		if o.kind != onward {
			return
		}
		s = o.step
	}
}

// follow goes where an outcome leads that did not come of running a step: of an
// answer, a timeout, a person who gave the conversation back.
func (t *turn) follow(r *run, s *step, o outcome) {
	if o.kind == failed {
		o = t.fail(r, s, o.err)
	}
	if o.kind == onward {
		t.proceed(r, o.step)
	}
}

// step runs one step.
func (t *turn) step(r *run, s *step) outcome {
	t.first, t.at = s.key, s
	defer func() { t.at = nil }()
	if s.cond != nil {
		if !t.holds(s.cond) {
			return goOn(s.next)
		}
	}
	t.out.Trace.Steps = append(t.out.Trace.Steps, TraceStep{Flow: s.flow.ID, Step: s.label(), Line: s.pos.Line})
	if s.key != "" {
		if r.Visits == nil {
			r.Visits = map[string]int{}
		}
		r.Visits[s.key]++
	}
	t.asked = usesFirstIn(s.cond)
	o := s.op.run(t, s)
	if t.asked && s.key != "" {
		t.saw(s.key)
	}
	return o
}

// rest makes the run wait at a step, unless it takes too much to keep.
func (t *turn) rest(r *run, s *step, at rest) bool {
	if !t.fits(r) {
		t.sayText("apology")
		return false
	}
	f := r.top()
	f.Step, f.at = s.id, s
	at.Mark, at.Since = s.fingerprint, t.now
	r.Rest = at
	return true
}

// leave ends the flow that runs and returns the call step that it came from,
// nil when the run is over.
func (t *turn) leave(r *run) *step {
	if len(r.Frames) == 1 {
		return nil
	}
	done := r.top()
	r.Frames = r.Frames[:len(r.Frames)-1]
	f := r.top()
	c, ok := f.at.op.(*call)
	if !ok || c.save == "" || c.flow != done.flow {
		return f.at
	}
	returns := map[string]any{}
	for _, field := range done.flow.returns {
		if v := done.vars[field.name]; isSet(v) {
			returns[field.name] = v
		}
	}
	f.vars[c.save] = returns
	return f.at
}

// fail leads a step that failed to the nearest target: its own, the flow's,
// those of the call above, the bot's; last comes an apology that ends the run.
func (t *turn) fail(r *run, s *step, e *stepError) outcome {
	place := placeOf(s, e.Kind)
	place.Status = e.Status
	t.fails(place)
	t.problem("%s/%s failed: %s: %s", s.flow.ID, s.label(), e.Kind, e.Text)
	e.Step = s.label()
	r.Error = e
	for at := s; ; at = r.top().at {
		for _, to := range [...]*target{at.onError, at.flow.onError} {
			if to != nil && !slices.Contains(to.inside, s) && t.mayHandle(handling{s, to}) {
				return t.goTo(r, at, to)
			}
		}
		if len(r.Frames) == 1 {
			break
		}
		r.Frames = r.Frames[:len(r.Frames)-1]
	}
	if t.b.onError != nil && r.top().flow != t.b.onError {
		r.Frames = []frame{t.b.frame(t.b.onError, nil)}
		return goOn(t.b.onError.first)
	}
	t.sayText("apology")
	return outcome{kind: over}
}

// mayHandle counts a failure that is led to a target, so that a failing remedy
// can't run for ever.
func (t *turn) mayHandle(h handling) bool {
	if t.handled == nil {
		t.handled = map[handling]int{}
	}
	t.handled[h]++
	return t.handled[h] <= maxRemedies
}

// goTo leads a run to a target. s is the step that it comes from.
func (t *turn) goTo(r *run, s *step, to *target) outcome {
	switch to.move {
	case "":
		return goOn(to.step)
	case "end":
		return goOn(nil)
	case "cancel":
		return outcome{kind: over}
	case "restart":
		return t.restart(r)
	case "repeat":
		if last := s.flow.steps[r.top().Asked]; last != nil {
			return goOn(last)
		}
	case "back":
		if back := t.back(r); back != nil {
			return goOn(back)
		}
	}
	return goOn(s.next)
}

// restart begins the flow that runs anew, with the params it was given. The
// session ends.
func (t *turn) restart(r *run) outcome {
	clear(t.session)
	maps.Copy(t.session, decodeFields(nil, t.b.sessionTypes, t.b.session))
	f := r.top()
	params := map[string]any{}
	for _, p := range f.flow.params {
		params[p.name] = f.vars[p.name]
	}
	*f = t.b.frame(f.flow, params)
	return goOn(f.flow.first)
}
