package flows

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// tagMark divides the id of an option from the tag of its question, in the ids
// that go out with buttons.
const tagMark = "~"

func askVerb() *verb {
	text, expr := spec.Shape{Kind: spec.Text}, spec.Shape{Kind: spec.Expr}
	types := []string{"text", "int", "number", "bool", "date", "time", "datetime", "duration", "email", "phone", "url", "choice", "choices", "location", "image", "file", "audio", "video"}
	option := spec.Shape{Kind: spec.OneOf, Shapes: []spec.Shape{{Kind: spec.Text}, {Kind: spec.Nested, Table: optionTable()}}}
	fields := []spec.Field{
		{Name: "ask", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "The variable that keeps the answer; it names the step, too.", Example: "order_no"},
	}
	fields = append(fields, sayFields()...)
	fields = append(fields,
		spec.Field{Name: "type", Shape: spec.Shape{Kind: spec.Enum, Values: types}, Default: "text", Doc: "The type of the answer. It is understood as people write it: \"about 250 people\", \"tomorrow 5pm\", \"yep\".", Example: "email"},
		spec.Field{Name: "options", Shape: spec.Shape{Kind: spec.OneOf, Shapes: []spec.Shape{{Kind: spec.ListOf, Of: &option}, {Kind: spec.Nested, Table: optionsFromTable()}}}, Doc: "The answers to choose from: texts, or maps, or `from` a list. They become buttons, a list, or a numbered text; a tap, the number, the label or a synonym is accepted everywhere.", Example: "[Track an order, Ask for a refund]"},
		spec.Field{Name: "clean", Shape: expr, Doc: "Tidies `value`, the parsed answer, before the check.", Example: "value | trim() | upper()"},
		spec.Field{Name: "check", Shape: expr, Doc: "Must hold for `value`, else the answer is refused.", Example: "value matches \"^[A-Z]-[0-9]{4}$\""},
		spec.Field{Name: "invalid", Shape: spec.Shape{Kind: spec.OneOrList, Of: &text}, Doc: "What is said to a refused answer; of a list the first, then the second, and the last again and again.", Example: "I can't read that. An example is A-1234."},
		spec.Field{Name: "max_tries", Shape: spec.Shape{Kind: spec.Int}, Default: "3", Doc: "How many answers may be refused.", Example: "3"},
		spec.Field{Name: "on_fail", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go when the tries are used up; without it the default is taken, else the step fails.", Example: "agent"},
		spec.Field{Name: "timeout", Shape: spec.Shape{Kind: spec.Duration}, Default: "24h", Doc: "How long the question stays open.", Example: "15m"},
		spec.Field{Name: "on_timeout", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go then; without it the default is taken, else the run ends silently.", Example: "bye"},
		spec.Field{Name: "remind", Shape: spec.Shape{Kind: spec.MapOf, Of: &text}, Doc: "Texts to send while nobody answers, by the time since the question.", Example: "{10m: Are you still there?}"},
		spec.Field{Name: "default", Shape: spec.Shape{Kind: spec.Value}, Doc: "The value for `skip`, for used up tries and for the timeout.", Example: "none"},
		spec.Field{Name: "secret", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Keeps the answer until the turn ends, and out of history, traces and logs.", Example: "true"},
		spec.Field{Name: "keep", Shape: spec.Shape{Kind: spec.Name}, Doc: "A field of contact or session that gets the answer as well.", Example: "contact.email"},
		spec.Field{Name: "yield", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Ends the run, instead of refusing, when the message is no answer; it then goes to the other flows.", Example: "true"},
		onErrorField())
	table := &spec.Table{Name: "ask", Doc: "Sends a question and waits for a typed answer.", Fields: append(fields, commonFields()...),
		Example: "- ask: order_no\n  text: What is the order number?\n  clean: value | trim() | upper()\n  check: value matches \"^[A-Z]-[0-9]{4}$\"\n  invalid: It looks like A-1234.\n"}
	return &verb{name: "ask", table: table, draft: draftAsk}
}

func optionTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "option", Doc: "One answer to choose.", Fields: []spec.Field{
		{Name: "id", Shape: spec.Shape{Kind: spec.Name}, Doc: "What the variable gets; the label unless given.", Example: "order"},
		{Name: "label", Shape: text, Required: true, Doc: "What the person sees.", Example: "Track an order"},
		{Name: "hint", Shape: text, Doc: "A second line, where there is room for one.", Example: "Status and delivery day"},
		{Name: "words", Shape: spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}, Doc: "Synonyms of the label.", Example: "[order, track]"},
		{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Doc: "Offers it only when true.", Example: "contact.vip"},
		{Name: "goto", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where the answer leads.", Example: "order_no"},
	}}
}

func optionsFromTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "options", Doc: "One option for each element of a list; the answer is the element.", Fields: []spec.Field{
		{Name: "from", Shape: spec.Shape{Kind: spec.Expr}, Required: true, Doc: "The list.", Example: "order.lines"},
		{Name: "as", Shape: spec.Shape{Kind: spec.Ident}, Default: "item", Doc: "What an element is called.", Example: "line"},
		{Name: "id", Shape: text, Doc: "What tells the elements apart; the label unless given.", Example: "${ item.sku }"},
		{Name: "label", Shape: text, Required: true, Doc: "What the person sees.", Example: "${ item.title }"},
		{Name: "hint", Shape: text, Doc: "A second line.", Example: "${ item.price | money(\"EUR\") }"},
	}}
}

// ask is the step that asks a question.
type ask struct {
	name       string
	typ        expression.Type
	typed      bool // `type` was written: options are shortcuts
	message    *message
	options    []*option
	from       *optionsFrom
	clean      *expression.Program
	check      *expression.Program
	invalid    []*expression.Template
	maxTries   int
	onFail     *target
	timeout    time.Duration
	onTimeout  *target
	reminders  []reminder
	fallback   value
	hasDefault bool
	secret     bool
	keepIn     string // contact or session
	keep       string
	yield      bool
}

type reminder struct {
	after time.Duration
	text  *expression.Template
}

type option struct {
	id    string
	label *expression.Template
	hint  *expression.Template
	words []string // folded
	cond  *expression.Program
	to    *target
	value any // the id read as the type of the question, where it has one
}

type optionsFrom struct {
	from            *expression.Program
	as              string
	id, label, hint *expression.Template
}

func draftAsk(c *compiler, d *draft) op {
	v := d.v
	a := &ask{name: v.Text("ask"), maxTries: 3, timeout: c.b.limits.Question}
	d.step.id = a.name
	if n, ok := v.Int("max_tries"); ok {
		a.maxTries = max(n, 1)
	}
	if dur, ok := v.Duration("timeout"); ok {
		a.timeout = dur
	}
	a.secret, _ = v.Bool("secret")
	a.yield, _ = v.Bool("yield")
	for key, to := range map[string]**target{"on_fail": &a.onFail, "on_timeout": &a.onTimeout} {
		if n := v.Node(key); n != nil {
			*to = c.target(d, n)
		}
	}
	a.draftOptions(c, d)
	a.draftType(c, d)
	d.finish = func() { a.finish(c, d) }
	return a
}

// draftType finds the type of the answer and declares the variable.
func (a *ask) draftType(c *compiler, d *draft) {
	v := d.v
	a.typ = expression.Of(expression.Text)
	if t := v.Text("type"); t != "" {
		a.typed = t != "choice"
		a.typ = expression.Of(expression.Kind(t))
	}
	ids := make([]string, len(a.options))
	for i, o := range a.options {
		ids[i] = o.id
	}
	switch options := v.Node("options"); {
	case options == nil && (a.typ.Kind == expression.Choice || a.typ.Kind == expression.Choices):
		c.r.Error(v.KeyPos("type"), "E123", "Add `options:`.", "a %s needs options", a.typ.Kind)
	case options != nil && options.Kind() == spec.Map:
		c.infer = append(c.infer, func() { a.inferType(c, d) })
		return
	case options != nil && (!a.typed || a.typ.Kind == expression.Choices):
		kind := expression.Choice
		if a.typ.Kind == expression.Choices {
			kind = expression.Choices
		}
		a.typ = expression.Type{Kind: kind, IDs: ids}
	}
	if a.name != "" {
		c.declare(a.name, a.typ, fmt.Sprintf("line %d", d.step.pos.Line), v.Node("ask").Pos())
	}
}

// inferType: the answer to options from a list is the element.
func (a *ask) inferType(c *compiler, d *draft) {
	v := spec.Decode(c.r, d.v.Node("options"), optionsFromTable())
	a.from = &optionsFrom{as: "item"}
	if as := v.Text("as"); as != "" {
		a.from.as = as
	}
	from := v.Node("from")
	if from == nil || v.Node("label") == nil {
		return
	}
	if a.from.from = c.expression(c.scope, from); a.from.from == nil {
		return
	}
	scope := c.elementScope(from, a.from.from, a.from.as)
	a.typ = a.from.from.Type()
	if a.typ.Kind == expression.List {
		a.typ = *a.typ.Elem
	}
	if a.name != "" {
		c.declare(a.name, a.typ, fmt.Sprintf("line %d", d.step.pos.Line), d.v.Node("ask").Pos())
		c.scope.Declare(a.name, a.typ)
	}
	a.from.id, a.from.label, a.from.hint = c.text(scope, v.Node("id")), c.text(scope, v.Node("label")), c.text(scope, v.Node("hint"))
}

// draftOptions reads what of the options other steps depend on.
func (a *ask) draftOptions(c *compiler, d *draft) {
	n := d.v.Node("options")
	if n == nil || n.Kind() != spec.List {
		return
	}
	seen := map[string]bool{}
	for _, item := range n.Items() {
		o := &option{id: item.Text()}
		if item.Kind() == spec.Map {
			v := spec.Decode(c.r, item, optionTable())
			o.id = v.Text("id")
			if o.id == "" {
				o.id = v.Text("label")
			}
			o.words = foldAll(v.List("words"))
			if to := v.Node("goto"); to != nil {
				o.to = c.target(d, to)
			}
		}
		if strings.Contains(o.id, "${") || strings.Contains(o.id, tagMark) {
			c.r.Error(item.Pos(), "E238", "Add a plain `id:`.", "the id of an option is fixed, without ${ } and without %s", tagMark)
		}
		if seen[o.id] {
			c.r.Error(item.Pos(), "E203", "Give one of them an `id:` of its own.", "two options have the id %q", o.id)
		}
		seen[o.id] = true
		a.options = append(a.options, o)
	}
	if len(a.options) == 0 {
		c.r.Error(n.Pos(), "E123", "Add one, or leave `options` out.", "there are no options here")
	}
}

// finish compiles texts and expressions of the question.
func (a *ask) finish(c *compiler, d *draft) {
	v := d.v
	a.message = c.message(v)
	if m := a.message; !v.Has("text") && len(m.anyOf) == 0 && m.media == "" && m.lines == nil {
		c.r.Error(v.Pos(), "E122", "Add `text:`.", "this question has nothing to say")
	}
	scope := c.scope.With("value", a.typ)
	if n := v.Node("clean"); n != nil {
		a.clean = c.expression(scope, n)
		if a.clean != nil && !a.typ.Assignable(a.clean.Type()) {
			c.r.Error(n.Pos(), "E210", "", "the answer is %s, but `clean` makes it %s", a.typ, a.clean.Type())
		}
	}
	if n := v.Node("check"); n != nil {
		a.check = c.condition(scope, n)
	}
	for _, n := range v.List("invalid") {
		a.invalid = append(a.invalid, c.text(scope, n))
	}
	a.finishOptions(c, v)
	a.finishReminders(c, v)
	if n := v.Node("default"); n != nil {
		a.fallback, a.hasDefault = c.compileValue(c.scope, n, a.typ, a.name), true
	}
	a.finishKeep(c, v)
	d.step.fingerprint = a.fingerprint()
}

func (a *ask) finishOptions(c *compiler, v *spec.Values) {
	n := v.Node("options")
	if n == nil || n.Kind() != spec.List {
		return
	}
	for i, item := range n.Items() {
		o := a.options[i]
		if item.Kind() == spec.Scalar {
			o.label = c.text(c.scope, item)
			continue
		}
		ov := spec.Decode(c.r, item, optionTable())
		o.label, o.hint = c.text(c.scope, ov.Node("label")), c.text(c.scope, ov.Node("hint"))
		if cond := ov.Node("if"); cond != nil {
			o.cond = c.condition(c.scope, cond)
		}
		if a.typed && a.typ.Kind != expression.Choices && o.to == nil {
			value, err := a.typ.Parse(o.id, c.b.Zone)
			if err != nil {
				c.r.Error(item.Pos(), "E210", "Give it an `id:` that is one, or a `goto:`.", "the option %q is no %s: %v", o.id, a.typ, err)
			}
			o.value = value
		}
	}
}

func (a *ask) finishReminders(c *compiler, v *spec.Values) {
	for _, p := range v.Map("remind") {
		after, err := expression.ParseDuration(p.Key.Text())
		if err != nil {
			c.r.Error(p.Key.Pos(), "E124", "Write 10m, 2h or 1d.", "%q is no duration", p.Key.Text())
			continue
		}
		if after >= a.timeout {
			c.r.Error(p.Key.Pos(), "E239", "Make it shorter, or the timeout longer.", "the question is closed after %s, before this reminder", expression.FormatDuration(a.timeout))
		}
		a.reminders = append(a.reminders, reminder{after, c.text(c.scope, p.Value)})
	}
	sortReminders(a.reminders)
}

func (a *ask) finishKeep(c *compiler, v *spec.Values) {
	n := v.Node("keep")
	if n == nil {
		return
	}
	where, name, ok := strings.Cut(n.Text(), ".")
	fields := map[string][]field{"contact": c.b.contact, "session": c.b.session}[where]
	typ, known := fieldTypes(fields)[name]
	switch {
	case !ok || fields == nil:
		c.r.Error(n.Pos(), "E225", "Write contact.NAME or session.NAME.", "an answer is kept in a field of contact or session")
	case !known:
		c.r.Error(n.Pos(), "E225", fmt.Sprintf("Declare it under `%s:` in bot.yaml.", where), "%s has no field %q", where, name)
	case !typ.Assignable(a.typ):
		c.r.Error(n.Pos(), "E210", "", "%s is %s, but the answer is %s", n.Text(), typ, a.typ)
	case a.secret:
		c.r.Error(n.Pos(), "E240", "Leave one of them out.", "a secret answer is not kept")
	}
	a.keepIn, a.keep = where, name
}

// fingerprint is what an answer means: its type, the ids of the options, and
// whether it is secret. Wording, checks and timing do not count.
func (a *ask) fingerprint() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "ask %s %v", a.typ, a.secret)
	for _, o := range a.options {
		fmt.Fprintf(h, "\x00%s", o.id)
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// label returns the label of an option of the question.
func (a *ask) label(t *turn, id string) string {
	for _, o := range a.options {
		if o.id == id {
			return t.render(o.label)
		}
	}
	return ""
}

// run asks the question.
func (a *ask) run(t *turn, s *step) outcome {
	r := t.run
	shown, err := a.show(t)
	if err != nil {
		return failure("expression", "%v", err)
	}
	f := r.top()
	f.Step, f.at = s.id, s
	r.Rest = rest{Kind: restQuestion, Mark: s.fingerprint, Tag: strconv.FormatInt(int64(t.serial()), 36), Options: shown}
	if len(shown) == 0 && !a.typed && (len(a.options) > 0 || a.from != nil) {
		t.note("no option is left")
		return a.exhausted(t, s)
	}
	t.c.Open = append(t.c.Open, r)
	t.pose(r, a)
	return outcome{kind: rested}
}

// show makes the options as the person will see them.
func (a *ask) show(t *turn) ([]shown, error) {
	var list []shown
	for i, o := range a.options {
		if o.cond == nil || t.holds(o.cond, t.env()) {
			list = append(list, shown{ID: o.id, Label: t.render(o.label), Words: o.words, Place: i})
		}
	}
	if a.from == nil {
		return list, nil
	}
	v, err := a.from.from.Value(t.env())
	if err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	items, _ := v.([]any)
	seen := map[string]bool{}
	for i, item := range items {
		env := t.with(a.from.as, item)
		env.Vars["index"] = i + 1
		o := shown{Label: t.renderIn(a.from.label, env), Item: a.typ.Encode(item), Place: i}
		o.ID = o.Label
		if a.from.id != nil {
			o.ID = t.renderIn(a.from.id, env)
		}
		o.ID = strings.ReplaceAll(o.ID, tagMark, "-")
		if o.ID != "" && o.Label != "" && !seen[o.ID] {
			seen[o.ID] = true
			list = append(list, o)
		}
	}
	return list, nil
}

// pose says the question and sets its clocks.
func (t *turn) pose(r *run, a *ask) {
	reply := a.message.reply(t)
	reply.Options = r.options()
	for i, o := range reply.Options {
		reply.Options[i].Hint = a.hint(t, r.Rest.Options[i], o)
	}
	t.say(reply)
	r.Rest.Since, r.Rest.Reminded, r.Rest.Paused = t.now, 0, false
	r.Rest.Until = t.now.Add(a.timeout)
}

func (a *ask) hint(t *turn, s shown, _ channels.Option) string {
	if a.from != nil {
		if a.from.hint == nil {
			return ""
		}
		item, err := a.typ.Coerce(s.Item)
		if err != nil {
			return ""
		}
		return t.renderIn(a.from.hint, t.with(a.from.as, item))
	}
	for _, o := range a.options {
		if o.id == s.ID {
			return t.render(o.hint)
		}
	}
	return ""
}

// options are those that were shown, as they go out: the tag of the question is
// part of the id, so that a tap on an older question is not taken for one on it.
func (r *run) options() []channels.Option {
	out := make([]channels.Option, len(r.Rest.Options))
	for i, o := range r.Rest.Options {
		out[i] = channels.Option{ID: o.ID + tagMark + r.Rest.Tag, Label: o.Label}
	}
	return out
}

// askAgain asks the open question again, at no try.
func (t *turn) askAgain(r *run) {
	t.run = r
	if t.locate(r) != "" || r.top().at.fingerprint != r.Rest.Mark {
		t.upgrade(t.c.pop())
		return
	}
	if a, ok := r.top().at.op.(*ask); ok {
		t.pose(r, a)
	}
}
