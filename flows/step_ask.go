package flows

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
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
		spec.Field{Name: "type", Shape: spec.Shape{Kind: spec.Enum, Values: types, Instead: kindsInstead()}, Default: "text", Doc: "The type of the answer. It is understood as people write it: \"about 250 people\", \"tomorrow 5pm\", \"yep\".", Example: "email"},
		spec.Field{Name: "options", Shape: spec.Shape{Kind: spec.OneOf, Shapes: []spec.Shape{{Kind: spec.ListOf, Of: &option}, {Kind: spec.Nested, Table: optionsFromTable()}}}, Doc: "The answers to choose from: texts, or maps, or `from` a list. They become buttons, a list, or a numbered text; a tap, the number, the label or a synonym is accepted everywhere.", Example: "[Track an order, Ask for a refund]"},
		spec.Field{Name: "clean", Shape: expr, Doc: "Tidies `value`, the parsed answer, before the check.", Example: "value | trim() | upper()"},
		spec.Field{Name: "check", Shape: expr, Doc: "Must hold for `value`, else the answer is refused.", Example: "value matches \"^[A-Z]-[0-9]{4}$\""},
		spec.Field{Name: "invalid", Shape: spec.Shape{Kind: spec.OneOrList, Of: &text}, Doc: "What is said to a refused answer; of a list the first, then the second, and the last again and again. `value` is the answer as it was understood, unset when it was not. Without it the bot says its text `invalid` (see `texts:` in bot.yaml), and asks again.", Example: "I can't read that. An example is A-1234."},
		spec.Field{Name: "max_tries", Shape: spec.Shape{Kind: spec.Int}, Default: "3", Doc: "How many answers may be refused.", Example: "3"},
		spec.Field{Name: "on_fail", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go when the tries are used up; without it the default is taken, else the step fails.", Example: "agent"},
		spec.Field{Name: "timeout", Shape: spec.Shape{Kind: spec.Duration}, Default: "24h", Doc: "How long the question stays open.", Example: "15m"},
		spec.Field{Name: "on_timeout", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go then; without it the default is taken, else the run ends silently.", Example: "bye"},
		spec.Field{Name: "remind", Shape: spec.Shape{Kind: spec.MapOf, Of: &text}, Doc: "Texts to send while nobody answers, by the time since the question.", Example: "{10m: \"Are you still there?\"}"},
		spec.Field{Name: "default", Shape: spec.Shape{Kind: spec.Value}, Doc: "The value for `skip`, for used up tries and for the timeout.", Example: "none"},
		spec.Field{Name: "secret", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Keeps the answer until the turn ends, and out of history, traces and logs. What it is copied to is kept.", Example: "true"},
		spec.Field{Name: "keep", Shape: spec.Shape{Kind: spec.Name}, Doc: "A field of contact or session that gets the answer as well.", Example: "contact.email"},
		spec.Field{Name: "yield", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Ends the run, instead of refusing, when the message is no answer; it then goes to the other flows.", Example: "true"},
		onErrorField())
	table := &spec.Table{Name: "ask", Doc: "Sends a question and waits for a typed answer.",
		Instead: map[string]string{"question": "text", "prompt": "text", "message": "text", "say": "text", "choices": "options", "retries": "max_tries", "validate": "check"},
		Unknown: laterFor("gather", "typing"), Fields: append(fields, commonFields()...),
		Example: "- ask: order_no\n  text: What is the order number?\n  clean: value | trim() | upper()\n  check: value matches \"^[A-Z]-[0-9]{4}$\"\n  invalid: It looks like A-1234.\n"}
	return &verb{name: "ask", table: table, draft: draftAsk}
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

func draftAsk(c *compiler, d *draft) op {
	v := d.v
	a := &ask{name: v.Text("ask"), maxTries: 3, timeout: c.b.limits.Question}
	d.step.id = a.name
	if n, ok := v.Int("max_tries"); ok {
		a.maxTries = n
		c.positive(v, "max_tries", n > 0)
	}
	if dur, ok := v.Duration("timeout"); ok {
		a.timeout = dur
		c.positive(v, "timeout", dur > 0)
	}
	a.secret, _ = v.Bool("secret")
	if a.secret && a.name != "" {
		if c.flow.secrets == nil {
			c.flow.secrets = map[string]bool{}
		}
		c.flow.secrets[a.name] = true
	}
	a.yield, _ = v.Bool("yield")
	a.onFail, a.onTimeout = c.targetAt(d, "on_fail"), c.targetAt(d, "on_timeout")
	d.rests = true
	a.draftOptions(c, d)
	a.draftType(c, d)
	d.finish = func() { a.finish(c, d) }
	return a
}

// draftType finds the type of the answer and declares the variable.
func (a *ask) draftType(c *compiler, d *draft) {
	v := d.v
	kind := expression.Kind(cmp.Or(v.Text("type"), string(expression.Text)))
	a.typ, a.typed = expression.Of(kind), v.Has("type") && kind != expression.Choice
	options := v.Node("options")
	choosing := kind == expression.Choice || kind == expression.Choices
	switch {
	case v.Given("type") && !v.Has("type") || v.Given("options") && options == nil:
		a.typ = brokenType()
	case options == nil && choosing:
		c.r.Error(v.KeyPos("type"), "E121", "Add `options:`.", "a %s needs options", kind)
	case options == nil:
	case options.Kind() == spec.Map:
		if a.typed {
			c.r.Error(v.KeyPos("type"), "E202", "Leave `type` out.", "with options from a list, the answer is an element of it and has its type")
			a.typ = brokenType()
			break
		}
		c.infer = append(c.infer, func() { c.current = d; a.inferType(c, d) })
		d.fills = append(d.fills, a.name)
		return
	case choosing || !a.typed:
		a.typ = expression.Type{Kind: expression.Choice, IDs: a.ids()}
		if kind == expression.Choices {
			a.typ.Kind = kind
		}
	}
	c.gives(d, "ask", a.typ)
}

// ids are those of the options.
func (a *ask) ids() []string {
	ids := make([]string, len(a.options))
	for i, o := range a.options {
		ids[i] = o.id
	}
	return ids
}

// inferType finds the type of the answer to options from a list: it is the
// element.
func (a *ask) inferType(c *compiler, d *draft) {
	v := spec.Decoded(c.r, d.v.Node("options"))
	a.from = &optionsFrom{as: cmp.Or(v.Text("as"), "item")}
	a.typ = brokenType()
	if from := v.Node("from"); from != nil {
		a.from.from = c.expression(c.scope, from)
		a.typ = c.elementType(from, a.from.from)
	}
	if name := d.v.Node("ask"); name != nil {
		c.declare(a.name, a.typ, name.Pos())
	}
}

// elementType is the type of the elements of a list.
func (c *compiler) elementType(n *spec.Node, from *expression.Program) expression.Type {
	if from == nil {
		return brokenType()
	}
	switch t := from.Type(); t.Kind {
	case expression.List:
		return *t.Elem
	case expression.Choices:
		return expression.Type{Kind: expression.Choice, IDs: t.IDs}
	default:
		c.r.Error(n.Pos(), "E210", "", "a list is wanted here, not %s", t)
		return brokenType()
	}
}

// elementScope knows an element of a list and its index.
func (c *compiler) elementScope(as string, elem expression.Type) *expression.Scope {
	return c.scope.With(as, elem).With("index", expression.Of(expression.Int))
}

// finish compiles texts and expressions of the question.
func (a *ask) finish(c *compiler, d *draft) {
	v := d.v
	a.message = c.message(v)
	if !slices.ContainsFunc([]string{"text", "any_of", "lines", "image", "audio", "video", "file"}, v.Given) {
		c.r.Error(v.KeyPos("ask"), "E121", "Add `text:`.", "this question has nothing to say")
	}
	if n := v.Node("text"); blank(n) && !slices.ContainsFunc([]string{"lines", "image", "audio", "video", "file"}, v.Given) {
		c.r.Error(n.Pos(), "E123", "Write the question.", "this question has nothing to say")
	}
	scope := c.scope.With("value", a.typ)
	if n := v.Node("clean"); n != nil {
		a.clean = c.expression(scope, n)
		if a.clean != nil && !fits(a.typ, a.clean.Type()) {
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
	a.finishFrom(c, v)
	a.finishReminders(c, v)
	if n := v.Node("default"); n != nil {
		a.fallback, a.hasDefault = c.compileValue(c.scope, n, a.typ, a.name), true
	}
	a.finishKeep(c, v)
	d.step.fingerprint = a.fingerprint()
}

// blank reports whether a text is there and has nothing in it.
func blank(n *spec.Node) bool {
	return n != nil && n.Kind() == spec.Scalar && strings.TrimSpace(n.Text()) == ""
}

func (a *ask) finishReminders(c *compiler, v *spec.Values) {
	for _, p := range v.Map("remind") {
		after, ok := spec.ParseDuration(p.Key.Text())
		if !ok {
			c.r.Error(p.Key.Pos(), "E126", "Write 10m, 2h or 1d.", "%q is no duration", p.Key.Text())
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
	case c.broken[where]:
	case !ok || fields == nil:
		c.r.Error(n.Pos(), "E225", "Write contact.NAME or session.NAME.", "an answer is kept in a field of contact or session")
	case !known:
		fix := fmt.Sprintf("Declare it under `%s:` in bot.yaml.", where)
		if s := language.Suggest(name, slices.Collect(maps.Keys(fieldTypes(fields)))); s != "" {
			fix = fmt.Sprintf("Did you mean %q?", where+"."+s)
		}
		c.r.Error(n.Pos(), "E225", fix, "%s has no field %q", where, name)
	case !fits(typ, a.typ):
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
