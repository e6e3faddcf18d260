package flows

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
)

// maxText is how much of a message flows see, in characters.
const maxText = 4096

// take gives an event to whom it belongs.
func (t *turn) take(e *channels.Event) {
	t.text, t.data = typed(e), t.eventData(e)
	switch e.Kind {
	case channels.KindMessage, channels.KindChoice:
		t.unasked = false
		t.c.LastIn = t.now
		t.unblocked()
		t.message(e)
		return
	case channels.KindEcho:
		return
	case channels.KindAdminSend:
		t.taken("owner")
		t.pass(e)
		return
	case channels.KindAgent, channels.KindTakeOver, channels.KindAssigned:
		t.takeOver(e)
	case channels.KindGiveBack, channels.KindClosed:
		t.giveBack(e)
	case channels.KindOptOut:
		t.optOut(e)
	case channels.KindOptIn, channels.KindStarted:
		t.optIn(e)
	}
	t.happened(e)
}

// describe makes event.* of the event of the turn.
func (t *turn) describe() map[string]any {
	out := map[string]any{"channel": t.in.Channel, "account": t.in.Account, "conversation": t.in.Conversation, "time": t.now}
	e := t.in.Event
	if e == nil {
		return out
	}
	out["kind"], out["name"], out["text"], out["data"] = string(e.Kind), eventName(e), t.text, t.data
	if len(t.dataType(e).Fields) == 0 {
		out["data"] = e.Data // of the channel, or of an event that declares none
	}
	if !e.Time.IsZero() {
		out["time"] = e.Time
	}
	if e.Choice != nil {
		id, _, _ := strings.Cut(e.Choice.ID, tagMark)
		out["choice"] = id
	}
	if len(e.Media) > 0 {
		out["media"] = mediaValue(e.Media[0])
	}
	if e.Location != nil {
		out["location"] = locationValue(*e.Location)
	}
	return out
}

// eventName is by what flows and waits know the event.
func eventName(e *channels.Event) string {
	if e.Kind == channels.KindCustom {
		return e.Name
	}
	return string(e.Kind)
}

// reword changes event.text.
func (t *turn) reword(text string) { t.text, t.event = text, nil }

// typed is the text of a message. A tap on a question that is not open counts
// as its label, typed.
func typed(e *channels.Event) string {
	text := e.Text
	if e.Choice != nil && text == "" {
		text = e.Choice.Title
	}
	if len(text) <= maxText {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > maxText {
			return text[:i]
		}
	}
	return text
}

// dataType is the type of event.data of an event.
func (t *turn) dataType(e *channels.Event) expression.Type {
	switch e.Kind {
	case channels.KindStatus:
		return statusData()
	case channels.KindCustom:
		return t.b.events[e.Name]
	}
	return expression.RecordOf()
}

// eventData returns event.data as its declared types say.
func (t *turn) eventData(e *channels.Event) map[string]any {
	typ := t.dataType(e)
	if len(typ.Fields) == 0 {
		return nil
	}
	data := e.Data
	if e.Kind == channels.KindStatus && e.Status != nil {
		data = map[string]any{"state": e.Status.State, "message_id": e.Status.MessageID, "error": e.Status.Error}
	}
	out := map[string]any{}
	for _, f := range typ.Fields {
		if v, err := f.Type.Coerce(data[f.Name]); err == nil && isSet(v) {
			out[f.Name] = v
		}
	}
	return out
}

// happened gives an event that is no message to the waits for it, and to the
// first of the flows that start on it.
func (t *turn) happened(e *channels.Event) {
	if t.call != nil {
		return // the turn goes on with the result of a call
	}
	name := eventName(e)
	for _, r := range slices.Clone(t.c.Waiting) {
		t.run = r
		if t.locate(r) != "" {
			continue
		}
		w, ok := r.top().at.op.(*wait)
		if ok && w.event == name && t.holds(w.cond) {
			t.offer(stageFlow, true, "wait "+r.top().Flow+"/"+r.top().Step, "the event "+name)
			t.taken("wait")
			t.ready(r, "over", encodeFields(nil, t.data, fieldsOf(t.dataType(e))))
		}
	}
	for _, c := range t.b.triggers.event(name) {
		if t.tryEvent(c) {
			t.taken("flow")
			return
		}
	}
}

// tryEvent starts a flow by an event: now, or once the open question and the
// person who owns the conversation are done.
func (t *turn) tryEvent(c candidate) bool {
	if t.c.top() == nil && t.c.Owner == "" {
		return t.tryStart(stageFlow, c)
	}
	to := "flow " + c.start.flow.ID
	params, why := t.mayStart(c)
	if why == "" && len(t.c.Waiting)+len(t.c.Ready) >= t.b.limits.Runs {
		t.trouble("limit", "%s: limit of %d runs that wait", to, t.b.limits.Runs)
		why = c.why + " fits, but too many runs wait"
	}
	if why != "" {
		return t.offer(stageFlow, false, to, why)
	}
	r := t.newRun(c.start.flow, params)
	if !t.fits(r) {
		return t.offer(stageFlow, false, to, c.why+" fits, but its data is too large to keep")
	}
	t.c.Ready = append(t.c.Ready, r)
	return t.offer(stageFlow, true, to, c.why+"; it begins when no question is open and no person owns the conversation")
}

// ready moves a run from the waits to those that go on as soon as they may.
func (t *turn) ready(r *run, done string, data map[string]any) {
	t.c.Waiting = slices.DeleteFunc(t.c.Waiting, func(o *run) bool { return o == r })
	r.Rest.Done, r.Rest.Data = done, data
	t.c.Ready = append(t.c.Ready, r)
}

// resume goes on with a run whose wait is over, or that has not begun.
func (t *turn) resume(r *run) {
	t.run = r
	switch {
	case r.Rest.Kind == "":
		if gone := t.decode(r); gone != "" {
			t.trouble("gone", "%s is gone before it began", gone)
			return
		}
		t.proceed(r, r.top().flow.first)
	case t.locate(r) != "":
		t.upgrade(r)
	default:
		s := r.top().at
		if w, ok := s.op.(*wait); ok {
			t.follow(r, s, w.resume(t, r, s))
			return
		}
		t.upgrade(r)
	}
}

// fieldsOf indexes the types of the fields of a record.
func fieldsOf(t expression.Type) map[string]expression.Type {
	types := make(map[string]expression.Type, len(t.Fields))
	for _, f := range t.Fields {
		types[f.Name] = f.Type
	}
	return types
}

func mediaValue(m channels.Media) map[string]any {
	return map[string]any{"url": m.URL, "mime": m.MIME, "size": int(m.Size), "name": m.Name}
}

func locationValue(l channels.Location) map[string]any {
	return map[string]any{"latitude": l.Latitude, "longitude": l.Longitude, "name": l.Name, "address": l.Address}
}
