package flows

import (
	"fmt"
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

// A stepError is why a step failed; flows read it as error.*.
type stepError struct {
	kind   string
	status int
	text   string
}

func goOn(s *step) outcome { return outcome{kind: onward, step: s} }

func failure(kind, format string, args ...any) outcome {
	return outcome{kind: failed, err: &stepError{kind: kind, text: fmt.Sprintf(format, args...)}}
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

// step runs one step.
func (t *turn) step(r *run, s *step) outcome {
	if s.cond != nil {
		t.first = s.flow.ID + "/" + s.id
		if !t.holds(s.cond, t.env()) {
			return goOn(s.next)
		}
		if usesFirstIn(s.cond) {
			t.saw(t.first)
		}
	}
	t.out.Trace.Steps = append(t.out.Trace.Steps, TraceStep{Flow: s.flow.ID, Step: s.label(), Line: s.pos.Line})
	if s.id != "" {
		if r.Visits == nil {
			r.Visits = map[string]int{}
		}
		r.Visits[s.flow.ID+"/"+s.id]++
	}
	return s.op.run(t, s)
}

// leave ends the flow that runs and returns the call step that it came from,
// nil when the run is over.
func (t *turn) leave(r *run) *step {
	done := r.top()
	if len(r.Frames) == 1 {
		return nil
	}
	returns := map[string]any{}
	for _, f := range done.flow.returns {
		if v := done.vars[f.name]; isSet(v) {
			returns[f.name] = v
		}
	}
	r.Frames = r.Frames[:len(r.Frames)-1]
	f := r.top()
	if c, ok := f.at.op.(*call); ok && c.save != "" {
		f.vars[c.save] = returns
	}
	return f.at
}

// fail leads a step that failed to the nearest target: its own, the flow's,
// those of the call above, the bot's; last comes an apology that ends the run.
func (t *turn) fail(r *run, s *step, e *stepError) outcome {
	t.problem("%s/%s failed: %s: %s", s.flow.ID, s.label(), e.kind, e.text)
	r.Error = map[string]any{"step": s.label(), "kind": e.kind, "status": e.status, "text": e.text}
	for at := s; ; {
		for _, target := range []*target{at.onError, at.flow.onError} {
			key := handling{s, target}
			if target != nil && !t.handled[key] {
				t.handled[key] = true
				return t.goTo(r, at, target)
			}
		}
		if len(r.Frames) == 1 {
			break
		}
		r.Frames = r.Frames[:len(r.Frames)-1]
		at = r.top().at
	}
	key := handling{step: s}
	if t.b.onError != nil && !t.handled[key] && r.Frames[0].flow != t.b.onError {
		t.handled[key] = true
		r.Frames = []frame{t.b.frame(t.b.onError, nil)}
		return goOn(t.b.onError.first)
	}
	t.sayText("apology")
	return outcome{kind: over}
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
		if last, ok := r.top().flow.steps[r.top().Step]; ok && last.verb == "ask" {
			return goOn(last)
		}
	case "back":
		if back := t.back(r); back != nil {
			return goOn(back)
		}
	}
	return goOn(s.next)
}

// restart begins the flow that runs anew, with the params it was given.
func (t *turn) restart(r *run) outcome {
	f := r.top()
	params := map[string]any{}
	for _, p := range f.flow.params {
		if v := f.vars[p.name]; isSet(v) {
			params[p.name] = v
		}
	}
	*f = t.b.frame(f.flow, params)
	return goOn(f.flow.first)
}
