package flows

// Flows change while conversations wait in them. A run that is looked at again
// is located first: its steps are found by their ids, under the names they have
// now.

// decode finds the flows of all frames and reads their variables. It returns the
// name of the first flow that is gone, "" when all are there.
func (t *turn) decode(r *run) string {
	for i := range r.Frames {
		f := &r.Frames[i]
		if f.flow != nil && f.vars != nil {
			continue
		}
		f.flow = t.b.flows[f.Flow]
		if f.flow == nil {
			if f.flow = t.b.flows[t.b.moved[f.Flow]]; f.flow == nil {
				return f.Flow
			}
			f.Flow = f.flow.ID
		}
		f.vars = decodeFields(f.Vars, f.flow.types, f.flow.params, f.flow.vars)
		f.moveAnswers()
	}
	return ""
}

// moveAnswers: a moved ask takes its answer along.
func (f *frame) moveAnswers() {
	for from, to := range f.flow.moved {
		v, had := f.Vars[from]
		typ, has := f.flow.types[to]
		if !had || !has || isSet(f.vars[to]) {
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
	if gone := t.decode(r); gone != "" {
		return gone
	}
	for i := range r.Frames {
		f := &r.Frames[i]
		if f.at != nil {
			continue
		}
		if f.at = f.flow.steps[f.Step]; f.at == nil {
			moved := f.flow.moved[f.Step]
			if f.at = f.flow.steps[moved]; f.at == nil {
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
	gone := t.locate(r)
	if gone == "" {
		// The step is there and means something else now: ask again.
		t.proceed(r, r.top().at)
		return
	}
	t.trouble("gone", "%s is gone", gone)
	how := t.b.onUpgrade
	if f := t.b.flows[r.goneIn()]; f != nil {
		how = f.onUpgrade
	}
	root := t.root(r)
	switch {
	case how == "handoff":
		t.run = nil
		t.handOver(t.b.agentTeam())
	case root == nil:
		// The flow is gone and nothing says where it moved: the run ends, and the
		// person is told.
		t.run = nil
		t.sayText("apology")
	case how == "restart":
		t.begin(r, root)
	default:
		if s := t.back(r); s != nil {
			t.proceed(r, s)
			return
		}
		t.begin(r, root)
	}
}

// goneIn is the flow of the first frame whose flow or step is not there.
func (r *run) goneIn() string {
	for i := range r.Frames {
		if r.Frames[i].flow == nil || r.Frames[i].at == nil {
			return r.Frames[i].Flow
		}
	}
	return ""
}

// root is the flow that the run began with, as it is now.
func (t *turn) root(r *run) *Flow {
	if f := t.b.flows[r.Frames[0].Flow]; f != nil {
		return f
	}
	return t.b.flows[t.b.moved[r.Frames[0].Flow]]
}

// begin starts the flow of a run from its first step, with the variables that
// still fit.
func (t *turn) begin(r *run, flow *Flow) {
	f := frame{Flow: flow.ID, flow: flow, vars: decodeFields(r.Frames[0].Vars, flow.types, flow.params, flow.vars)}
	r.Frames = []frame{f}
	t.proceed(r, flow.first)
}
