package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
)

// A reading is an answer as the question understands it.
type reading struct {
	value any
	// to is where the chosen option leads; nothing is stored when only it counts.
	to      *target
	nothing bool
}

var numberPattern = regexp.MustCompile(`^\s*#?\s*([0-9]{1,3})\s*[.)]?\s*$`)

// exact finds the option that the message is exactly: by tap, label, word or id,
// or by its number unless a number is wanted.
func (a *ask) exact(r *run, e *channels.Event, folded string) (*shown, string) {
	if e.Choice != nil {
		id, tag, tagged := strings.Cut(e.Choice.ID, tagMark)
		if tagged && tag == r.Rest.Tag {
			for i, o := range r.Rest.Options {
				if o.ID == id {
					return &r.Rest.Options[i], "the tap on " + strconv.Quote(o.Label)
				}
			}
		}
	}
	for i, o := range r.Rest.Options {
		if folded == "" {
			break
		}
		if folded == language.Fold(o.Label) || folded == language.Fold(o.ID) || slices.Contains(o.Words, folded) {
			return &r.Rest.Options[i], "exactly the option " + strconv.Quote(o.Label)
		}
	}
	if m := numberPattern.FindStringSubmatch(e.Text); m != nil && !a.wantsNumber() {
		if n, err := strconv.Atoi(m[1]); err == nil && n >= 1 && n <= len(r.Rest.Options) {
			return &r.Rest.Options[n-1], fmt.Sprintf("the number of the option %q", r.Rest.Options[n-1].Label)
		}
	}
	return nil, "not exactly one of its options"
}

// wantsNumber: a number is then an answer, not the place of an option.
func (a *ask) wantsNumber() bool {
	return a.typed && (a.typ.Kind == expression.Int || a.typ.Kind == expression.Number)
}

// chosen is the answer that an option stands for.
func (a *ask) chosen(t *turn, r *run, o *shown) reading {
	if a.from != nil {
		item, err := a.typ.Coerce(o.Item)
		if err != nil {
			t.problem("options: %v", err)
		}
		return reading{value: item}
	}
	for _, opt := range a.options {
		if opt.id != o.ID {
			continue
		}
		v := reading{value: opt.id, to: opt.to}
		switch {
		case a.typ.Kind == expression.Choices:
			v.value = []any{opt.id}
		case a.typed:
			v.value, v.nothing = opt.value, opt.to != nil
		}
		return v
	}
	return reading{value: o.ID}
}

// read understands a message as an answer; why is empty when it is one.
func (a *ask) read(t *turn, r *run, e *channels.Event, text, folded string) (v reading, why string) {
	if len(r.Rest.Options) > 0 && a.typ.Kind == expression.Choices {
		return a.several(r, text)
	}
	if o := a.contained(r, text); o != nil && !a.typed {
		return a.chosen(t, r, o), ""
	}
	if len(r.Rest.Options) > 0 && !a.typed {
		return v, "it names none of the options, or more than one"
	}
	value, ok := a.parse(t, e, text)
	if !ok {
		return v, "not " + article(a.typ.Kind)
	}
	return reading{value: value}, ""
}

func article(k expression.Kind) string {
	s := string(k)
	if strings.ContainsAny(s[:1], "aeiou") {
		return "an " + s
	}
	return "a " + s
}

// contained finds the one option whose label or word the message contains.
func (a *ask) contained(r *run, text string) *shown {
	words := language.Words(text)
	var found *shown
	for i, o := range r.Rest.Options {
		names := append([]string{o.Label}, o.Words...)
		if !slices.ContainsFunc(names, func(n string) bool {
			p := language.Words(n)
			return len(p) > 0 && language.ContainsPhrase(words, p)
		}) {
			continue
		}
		if found != nil {
			return nil
		}
		found = &r.Rest.Options[i]
	}
	return found
}

// several reads a list of options: numbers, labels or words, divided by commas,
// new lines, or "and".
func (a *ask) several(r *run, text string) (v reading, why string) {
	parts := regexp.MustCompile(`\s*(?:,|;|\n|&|\band\b)\s*`).Split(text, -1)
	var ids []any
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			continue
		}
		o, _ := a.exact(r, &channels.Event{Text: part}, language.Fold(part))
		if o == nil {
			return v, fmt.Sprintf("%q is none of the options", part)
		}
		if !slices.Contains(ids, any(o.ID)) {
			ids = append(ids, o.ID)
		}
	}
	if len(ids) == 0 {
		return v, "it names none of the options"
	}
	return reading{value: ids}, ""
}

// parse reads a message as the type of the answer.
func (a *ask) parse(t *turn, e *channels.Event, text string) (any, bool) {
	l := language.Locale{Language: t.rt.Language, Zone: t.rt.Zone, Now: t.now}
	switch a.typ.Kind {
	case expression.Text, expression.Choice:
		s := strings.TrimSpace(text)
		return s, s != ""
	case expression.Int:
		return boxed(language.Int(text, l))
	case expression.Number:
		return boxed(language.Number(text, l))
	case expression.Bool:
		return boxed(language.Bool(text, l))
	case expression.Date:
		return boxed(language.Date(text, l))
	case expression.Time:
		return boxed(language.Time(text, l))
	case expression.Datetime:
		return boxed(language.Datetime(text, l))
	case expression.Duration:
		return boxed(language.Duration(text, l))
	case expression.Email:
		return boxed(language.Email(text))
	case expression.Phone:
		if len(e.Contacts) > 0 && len(e.Contacts[0].Phones) > 0 {
			text = e.Contacts[0].Phones[0]
		}
		return boxed(language.Phone(text, l))
	case expression.URL:
		return boxed(language.URL(text))
	case expression.Location:
		if e.Location == nil {
			return nil, false
		}
		return locationValue(*e.Location), true
	}
	return media(a.typ.Kind, e)
}

// media takes the first medium of the wanted form; any form is a file.
func media(want expression.Kind, e *channels.Event) (any, bool) {
	for _, m := range e.Media {
		if string(m.Kind) == string(want) || want == expression.File {
			return mediaValue(m), true
		}
	}
	return nil, false
}

func boxed[T any](v T, ok bool) (any, bool) { return v, ok }

// refuses cleans and checks an answer; why is empty when it holds. An expression
// that fails makes an invalid answer.
func (a *ask) refuses(t *turn, r *run, v *reading) (why string) {
	if v.nothing {
		return ""
	}
	t.run = r
	if a.clean != nil {
		cleaned, err := a.clean.Value(t.with("value", v.value))
		if err != nil {
			t.problem("clean of %s: %v", a.name, err)
			return "its `clean` failed"
		}
		if cleaned, err = a.typ.Coerce(cleaned); err != nil || !isSet(cleaned) {
			return "nothing is left of it after `clean`"
		}
		v.value = cleaned
	}
	if a.check == nil {
		return ""
	}
	ok, err := a.check.Bool(t.with("value", v.value))
	if err != nil {
		t.problem("check of %s: %v", a.name, err)
	}
	if !ok {
		return "its `check` does not hold"
	}
	return ""
}

// answered stores an answer and goes on.
func (t *turn) answered(r *run, a *ask, v reading) {
	t.c.pop()
	t.run = r
	s := r.top().at
	t.remember(r)
	if a.secret {
		t.out.Secret = true
		t.out.Trace.Text, t.event["text"] = "", ""
	}
	if !v.nothing {
		r.top().vars[a.name] = v.value
		switch a.keepIn {
		case "contact":
			t.contact[a.keep] = v.value
		case "session":
			t.session[a.keep] = v.value
		}
	}
	o := goOn(s.next)
	if v.to != nil {
		o = t.goTo(r, s, v.to)
	}
	if o.kind == onward {
		t.proceed(r, o.step)
	}
	if a.secret {
		t.clearSecret(r, a.name)
	}
}

// clearSecret unsets a secret answer when its turn ends.
func (t *turn) clearSecret(r *run, name string) {
	if t.call != nil {
		return
	}
	for i := range r.Frames {
		delete(r.Frames[i].vars, name)
	}
}

// refuse says that the answer was not understood, or takes the way out when the
// tries are used up.
func (t *turn) refuse(r *run, a *ask) {
	t.run = r
	r.Rest.Tries++
	if a.secret {
		t.out.Secret = true
		t.out.Trace.Text = ""
	}
	if r.Rest.Tries >= a.maxTries {
		t.c.pop()
		s := r.top().at
		o := a.exhausted(t, s)
		if o.kind == failed {
			o = t.fail(r, s, o.err)
		}
		if o.kind == onward {
			t.proceed(r, o.step)
		}
		return
	}
	if len(a.invalid) == 0 {
		t.pose(r, a)
		return
	}
	text := t.renderIn(a.invalid[min(r.Rest.Tries, len(a.invalid))-1], t.with("value", nil))
	t.say(channels.Reply{Text: text, Options: r.options()})
	r.Rest.Since, r.Rest.Reminded = t.now, 0
	r.Rest.Until = t.now.Add(a.timeout)
}

// exhausted: the tries are used up. on_fail, else the default, else the step
// fails.
func (a *ask) exhausted(t *turn, s *step) outcome {
	switch {
	case a.onFail != nil:
		return t.goTo(t.run, s, a.onFail)
	case a.hasDefault:
		v, err := a.fallback.get(t.env())
		if err != nil {
			return failure("expression", "default: %v", err)
		}
		t.run.top().vars[a.name] = v
		return goOn(s.next)
	}
	return failure("tries", "no valid answer to %s", a.name)
}
