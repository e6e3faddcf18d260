package flows

import (
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A question that is asked: what the person sees, and what becomes of it.

// run asks the question.
func (a *ask) run(t *turn, s *step) outcome {
	r := t.run
	if t.muted() {
		t.note("not asked: the contact opted out")
		return outcome{kind: over}
	}
	options, err := a.show(t)
	if err != nil {
		return *err
	}
	t.c.Serial++
	r.top().Asked = s.id
	if !t.rest(r, s, rest{Kind: restQuestion, Tag: strconv.FormatInt(int64(t.c.Serial), 36), Options: options, Secret: a.secret}) {
		return outcome{kind: over}
	}
	if len(options) == 0 && !a.typed && (len(a.options) > 0 || a.from != nil) {
		t.note("no option is left")
		return a.exhausted(t, s)
	}
	t.c.Open = append(t.c.Open, r)
	t.pose(r, a)
	return outcome{kind: rested}
}

// show makes the options as the person will see them.
func (a *ask) show(t *turn) ([]shown, *outcome) {
	if a.from != nil {
		return a.showList(t)
	}
	if len(a.options) == 0 {
		return nil, nil
	}
	list := make([]shown, 0, len(a.options))
	for _, o := range a.options {
		if !t.holds(o.cond) {
			continue
		}
		one := shown{ID: o.id, Label: t.render(o.label), Hint: t.render(o.hint)}
		if one.Label == "" {
			one.Label = o.id
		}
		list = append(list, one)
	}
	return list, nil
}

// showList makes an option of each element of a list. Elements without a label,
// and those that are alike, are left out.
func (a *ask) showList(t *turn) ([]shown, *outcome) {
	v, err := a.from.from.Value(t.env())
	if err != nil {
		o := failure("expression", "options: %v", err)
		return nil, &o
	}
	items, _ := v.([]any)
	list := make([]shown, 0, len(items))
	seen := map[string]bool{}
	for i, item := range items {
		one := a.from.show(t, item, i+1)
		if one.ID != "" && one.Label != "" && !seen[one.ID] {
			seen[one.ID] = true
			one.Item = a.typ.Encode(item)
			list = append(list, one)
		}
	}
	return list, nil
}

func (f *optionsFrom) show(t *turn, item any, index int) shown {
	element, number := t.bind(f.as, item), t.bind("index", index)
	defer element.undo()
	defer number.undo()
	one := shown{Label: t.render(f.label), Hint: t.render(f.hint)}
	one.ID = one.Label
	if f.id != nil {
		one.ID = t.render(f.id)
	}
	one.ID = strings.ReplaceAll(one.ID, tagMark, "-")
	return one
}

// option returns the option with an id, nil when there is none or the options
// come from a list.
func (a *ask) option(id string) *option {
	for _, o := range a.options {
		if o.id == id {
			return o
		}
	}
	return nil
}

// options are those that were shown, as they go out: the tag of the question is
// part of the id, so that a tap on an older question is not taken for one on it.
func (r *run) options() []channels.Option {
	if len(r.Rest.Options) == 0 {
		return nil
	}
	out := make([]channels.Option, len(r.Rest.Options))
	for i, o := range r.Rest.Options {
		out[i] = channels.Option{ID: o.ID + tagMark + r.Rest.Tag, Label: o.Label, Hint: o.Hint}
	}
	return out
}

// pose says the question and sets its clocks.
func (t *turn) pose(r *run, a *ask) {
	reply := a.message.reply(t)
	reply.Options = r.options()
	t.c.Buttons = nil // a number is now for the question
	t.say(reply)
	t.count(r, a)
}

// count starts the clocks of a question that was asked just now.
func (t *turn) count(r *run, a *ask) {
	r.Rest.Since, r.Rest.Until = t.now, t.now.Add(a.timeout)
	r.Rest.Reminded, r.Rest.Paused = 0, false
}

// askAgain asks the open question again, at no try.
func (t *turn) askAgain(r *run) {
	open, a := t.question()
	switch {
	case open == nil: // a handoff without an owner
		t.c.pop()
	case t.muted():
		t.c.pop()
	case a == nil:
		t.upgrade(t.c.pop())
	default:
		t.poseAgain(r, a)
	}
}

// poseAgain says the question once more, with the options that there are now.
func (t *turn) poseAgain(r *run, a *ask) {
	if options, err := a.show(t); err == nil && len(options) > 0 {
		r.Rest.Options = options
	}
	t.pose(r, a)
}

// answered stores an answer and goes on.
func (t *turn) answered(r *run, a *ask, v reading) {
	t.c.pop()
	t.run = r
	if a.secret {
		t.reword("")
	}
	t.follow(r, r.top().at, a.accept(t, r, v))
}

// accept stores an answer and returns where it leads. An option that leads back
// or asks again is no answer that one could go back to.
func (a *ask) accept(t *turn, r *run, v reading) outcome {
	s := r.top().at
	if v.to != nil && (v.to.move == "back" || v.to.move == "repeat") {
		return t.goTo(r, s, v.to)
	}
	t.remember(r)
	if !v.nothing {
		r.top().vars[a.name] = v.value
		a.keepAnswer(t, v.value)
	}
	if v.to != nil {
		return t.goTo(r, s, v.to)
	}
	return goOn(s.next)
}

// keepAnswer writes the answer to the field that `keep` names.
func (a *ask) keepAnswer(t *turn, v any) {
	fields, types := t.contact, t.b.contactTypes
	switch a.keepIn {
	case "session":
		fields, types = t.session, t.b.sessionTypes
	case "":
		return
	}
	if kept, err := types[a.keep].Coerce(v); err == nil {
		fields[a.keep] = kept
		t.stored(a.keepIn, a.keep)
	}
}

// byDefault answers the question with its default.
func (a *ask) byDefault(t *turn, r *run) outcome {
	t.run = r
	v, err := a.fallback.get(t.env())
	if err != nil {
		return failure("expression", "default: %v", err)
	}
	if isSet(v) {
		if v, err = a.typ.Coerce(v); err != nil {
			return failure("type", "default: %v", err)
		}
	}
	return a.accept(t, r, reading{value: v})
}

// refuse says that the answer was not understood, or takes the way out when the
// tries are used up.
func (t *turn) refuse(r *run, a *ask) {
	t.run = r
	r.Rest.Tries++
	if r.Rest.Tries >= a.maxTries {
		t.c.pop()
		s := r.top().at
		t.follow(r, s, a.exhausted(t, s))
		return
	}
	if len(a.invalid) == 0 {
		t.sayText("invalid")
		t.poseAgain(r, a)
		return
	}
	value := t.bind("value", t.refused)
	text := t.render(a.invalid[min(r.Rest.Tries, len(a.invalid))-1])
	value.undo()
	t.say(channels.Reply{Text: text, Options: r.options()})
	t.count(r, a)
}

// exhausted: the tries are used up. on_fail, else the default, else the step
// fails.
func (a *ask) exhausted(t *turn, s *step) outcome {
	e := failure("tries", "no valid answer to %s", a.name)
	switch {
	case a.onFail != nil:
		t.run.Error = e.err
		t.run.Error.Step = s.label()
		return t.goTo(t.run, s, a.onFail)
	case a.hasDefault:
		return a.byDefault(t, t.run)
	}
	return e
}
