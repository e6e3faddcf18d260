package flows

// Flows change while conversations wait in them. A run that is looked at again
// is located first: its steps are found by their ids, under the names they have
// now.

// decode finds the flows of all frames and reads their variables.
func (t *turn) decode(r *run) bool {
	for i := range r.Frames {
		f := &r.Frames[i]
		if f.flow != nil && f.vars != nil {
			continue
		}
		f.flow = t.b.flows[f.Flow]
		if f.flow == nil {
			moved, ok := t.b.moved[f.Flow]
			if f.flow = t.b.flows[moved]; !ok || f.flow == nil {
				return false
			}
			f.Flow = moved
		}
		f.vars = decodeFields(f.Vars, f.flow.types)
		f.moveAnswers()
	}
	return true
}

// moveAnswers: a moved ask takes its answer along.
func (f *frame) moveAnswers() {
	for from, to := range f.flow.moved {
		v, had := f.Vars[from]
		typ, has := f.flow.types[to]
		if !had || !has || f.vars[to] != nil {
			continue
		}
		if decoded, err := typ.Coerce(v); err == nil {
			f.vars[to] = decoded
		}
	}
}

// locate finds the step of every frame. It returns the name of the first that is
// gone, "" when all are there.
func (t *turn) locate(r *run) string {
	if !t.decode(r) {
		return r.Frames[0].Flow
	}
	for i := range r.Frames {
		f := &r.Frames[i]
		if f.at != nil {
			continue
		}
		if f.at = f.flow.steps[f.Step]; f.at == nil {
			moved, ok := f.flow.moved[f.Step]
			if f.at = f.flow.steps[moved]; !ok || f.at == nil {
				return f.Flow + "/" + f.Step
			}
			f.Step = moved
		}
	}
	return ""
}

// upgrade goes on with a run whose step changed what it means, or is gone. The
// run is in no list.
func (t *turn) upgrade(r *run) {
	t.run = r
	if gone := t.locate(r); gone != "" {
		t.problem("the step %s is gone", gone)
		t.replace(r)
		return
	}
	// The step is there and means something else now: ask again.
	t.proceed(r, r.top().at)
}

// replace does what on_upgrade says for a run whose step is gone.
func (t *turn) replace(r *run) {
	flow := t.b.flows[r.Frames[0].Flow]
	how := t.b.onUpgrade
	if flow != nil {
		how = flow.onUpgrade
	}
	switch {
	case how == "handoff":
		t.own("support")
		t.sayText("agent")
	case flow == nil:
		// The flow is gone and nothing says where it moved: the run ends, and the
		// person is told.
		t.sayText("apology")
	case how == "restart":
		t.begin(r, flow)
	default:
		if s := t.back(r); s != nil {
			t.proceed(r, s)
			return
		}
		t.begin(r, flow)
	}
}

// begin starts the flow of a run from its first step, with the variables that
// still fit.
func (t *turn) begin(r *run, flow *Flow) {
	r.Frames = r.Frames[:1]
	f := &r.Frames[0]
	f.flow, f.vars = flow, decodeFields(f.Vars, flow.types)
	t.b.firstValues(f.vars, flow.params)
	t.b.firstValues(f.vars, flow.vars)
	t.proceed(r, flow.first)
}
