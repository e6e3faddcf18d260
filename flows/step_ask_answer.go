package flows

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// exact finds the option that the message is exactly: by tap, label, word or id,
// or by its number unless a number is wanted.
func (a *ask) exact(r *run, m heard) (*shown, string) {
	if m.e.Choice != nil {
		id, tag, tagged := cutTag(m.e.Choice.ID)
		for i, o := range r.Rest.Options {
			if tagged && tag == r.Rest.Tag && o.ID == id {
				return &r.Rest.Options[i], "the tap on " + quote(o.Label)
			}
		}
	}
	if o := a.named(r, m.text, m.folded); o != nil {
		return o, "exactly the option " + quote(o.Label)
	}
	return nil, "not exactly one of its options"
}

// cutTag divides the id of a tapped button.
func cutTag(id string) (option, tag string, ok bool) {
	i := strings.LastIndex(id, tagMark)
	if i < 0 {
		return id, "", false
	}
	return id[:i], id[i+len(tagMark):], true
}

// named finds the option with a label, word, id or number.
func (a *ask) named(r *run, text, folded string) *shown {
	text = strings.TrimSpace(text)
	for i, o := range r.Rest.Options {
		if text != "" && (text == o.Label || text == o.ID) {
			return &r.Rest.Options[i]
		}
	}
	if folded == "" {
		return nil
	}
	for i, o := range r.Rest.Options {
		if folded == language.Fold(o.Label) || folded == language.Fold(o.ID) || slices.Contains(a.words(o.ID), folded) {
			return &r.Rest.Options[i]
		}
	}
	if n := position(folded); n >= 1 && n <= len(r.Rest.Options) && !a.wantsNumber() {
		return &r.Rest.Options[n-1]
	}
	return nil
}

// position reads a number such as "2", "2)" or "#2", in the digits of any script.
// It is 0 for anything else.
func position(folded string) int {
	if utf8.RuneCountInString(folded) > 3 || strings.ContainsFunc(folded, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return 0
	}
	n, _ := language.Int(folded, language.Locale{})
	return n
}

// words are the synonyms of an option.
func (a *ask) words(id string) []string {
	if o := a.option(id); o != nil {
		return o.words
	}
	return nil
}

// wantsNumber: a number is then an answer, not the place of an option.
func (a *ask) wantsNumber() bool {
	return a.typed && (a.typ.Kind == expression.Int || a.typ.Kind == expression.Number)
}

// chosen is the answer that an option stands for; refused says why it is none.
func (a *ask) chosen(r *run, o *shown) (v reading, refused string) {
	if a.from != nil {
		item, err := lenient(a.typ).Coerce(o.Item)
		if err != nil {
			return v, "its element does not fit any more"
		}
		return reading{value: item}, ""
	}
	opt := a.option(o.ID)
	if opt == nil {
		return v, "it is no option any more"
	}
	v = reading{value: opt.id, to: opt.to}
	switch {
	case a.typ.Kind == expression.Choices:
		v.value = []any{opt.id}
	case a.typed:
		v.value, v.nothing = opt.value, opt.to != nil
	}
	return v, ""
}

// read understands a message as an answer; why is empty when it is one.
func (a *ask) read(t *turn, r *run, m heard) (v reading, why string) {
	options := len(r.Rest.Options) > 0
	if options && a.typ.Kind == expression.Choices {
		return a.several(r, m.text)
	}
	if a.typed || !options {
		if value, ok := a.parse(t, m.e, m.text); ok {
			return reading{value: value}, ""
		}
	}
	if o := a.contained(r, m.text); o != nil {
		return a.chosen(r, o)
	}
	if options && !a.typed {
		return v, "it names none of the options, or more than one"
	}
	return v, "not " + article(a.typ.Kind)
}

func article(k expression.Kind) string {
	s := string(k)
	if strings.ContainsAny(s[:1], "aeiou") {
		return "an " + s
	}
	return "a " + s
}

// contained finds the one option whose label or word the message contains. Of
// "refund" and "refund status" the longer one counts where both are meant.
func (a *ask) contained(r *run, text string) *shown {
	if len(r.Rest.Options) == 0 {
		return nil
	}
	said := language.Words(text)
	matches := make([][]string, len(r.Rest.Options))
	best := -1
	for i, o := range r.Rest.Options {
		matches[i] = longest(said, o.Label, a.words(o.ID))
		if len(matches[i]) > 0 && (best < 0 || len(matches[i]) > len(matches[best])) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	for i, match := range matches {
		if i != best && len(match) > 0 && (len(match) == len(matches[best]) || !language.ContainsPhrase(matches[best], match)) {
			return nil
		}
	}
	return &r.Rest.Options[best]
}

// longest is the longest of a label and its synonyms that is among words.
func longest(said []string, label string, synonyms []string) (match []string) {
	for i := -1; i < len(synonyms); i++ {
		name := label
		if i >= 0 {
			name = synonyms[i]
		}
		if p := language.Words(name); len(p) > len(match) && language.ContainsPhrase(said, p) {
			match = p
		}
	}
	return match
}

var separator = regexp.MustCompile(`\s*(?:[,;\n&+]|\band\b)\s*`)

// several reads a list of options: numbers, labels or words, divided by commas,
// new lines, or "and". A label may hold such a divider itself: the longest name
// counts that leaves a rest which can be read.
func (a *ask) several(r *run, text string) (v reading, why string) {
	parts := split(text)
	most := a.mostParts(r)
	chosen, length := make([]*shown, len(parts)), make([]int, len(parts)+1)
	// length is how many parts the option at a part takes, 0 when from there on the
	// text can't be read. Behind the last part there is nothing left to read.
	length[len(parts)] = 1
	for i := len(parts) - 1; i >= 0; i-- {
		if strings.TrimSpace(text[parts[i].from:parts[i].to]) == "" {
			length[i] = min(length[i+1], 1) // nothing between two dividers
			continue
		}
		for n := min(most, len(parts)-i); n >= 1 && length[i] == 0; n-- {
			name := text[parts[i].from:parts[i+n-1].to]
			if length[i+n] > 0 {
				if o := a.named(r, name, language.Fold(name)); o != nil {
					chosen[i], length[i] = o, n
				}
			}
		}
	}
	if length[0] == 0 {
		return v, "a part of it is none of the options"
	}
	var ids []any
	for i := 0; i < len(parts); i += length[i] {
		if o := chosen[i]; o != nil && !slices.Contains(ids, any(o.ID)) {
			ids = append(ids, o.ID)
		}
	}
	if len(ids) == 0 {
		return v, "it names none of the options"
	}
	return reading{value: ids}, ""
}

// A span is a part of a text between two dividers.
type span struct{ from, to int }

func split(text string) []span {
	var parts []span
	from := 0
	for _, at := range separator.FindAllStringIndex(text, -1) {
		parts = append(parts, span{from, at[0]})
		from = at[1]
	}
	return append(parts, span{from, len(text)})
}

// mostParts is in how many parts the dividers cut a name of an option at most.
func (a *ask) mostParts(r *run) int {
	most := 1
	for _, o := range r.Rest.Options {
		most = max(most, len(split(o.Label)), len(split(o.ID)))
		for _, word := range a.words(o.ID) {
			most = max(most, len(split(word)))
		}
	}
	return most
}

// refuses cleans and checks an answer; why is empty when it holds. An expression
// that fails makes an invalid answer. What it says may hold the answer, so that
// of a secret one is not traced.
func (a *ask) refuses(t *turn, v *reading) (why string) {
	if v.nothing {
		return ""
	}
	value := t.bind("value", v.value)
	defer value.undo()
	if a.clean != nil {
		cleaned, err := a.clean.Value(t.env())
		if err != nil {
			a.failed(t, "clean", err)
			return "its `clean` failed"
		}
		if cleaned, err = a.typ.Coerce(cleaned); err != nil || !isSet(cleaned) {
			return "nothing is left of it after `clean`"
		}
		v.value = cleaned
		t.env().Vars["value"] = cleaned
	}
	if a.check == nil {
		return ""
	}
	ok, err := a.check.Bool(t.env())
	if err != nil {
		a.failed(t, "check", err)
	}
	if !ok {
		return "its `check` does not hold"
	}
	return ""
}

// failed traces an expression of the question that failed.
func (a *ask) failed(t *turn, key string, err error) {
	if a.secret {
		t.trouble("expression", "%s of %s failed", key, a.name)
		return
	}
	t.trouble("expression", "%s of %s: %v", key, a.name, err)
}
