package flows

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// A verb is a kind of step: its word, its keys, and how it is compiled. The
// draft reads what other steps depend on, nested lists and declared names; what
// it sets as finish runs when all of that is known.
type verb struct {
	name  string
	table *spec.Table
	draft func(c *compiler, d *draft) op
}

// verbs is the one list of verbs, in the order of the reference.
func verbs() []*verb {
	return []*verb{
		sayVerb(), askVerb(), ifVerb(), switchVerb(), setVerb(), httpVerb(), doVerb(), callVerb(),
		gotoVerb(), backVerb(), repeatVerb(), restartVerb(), endVerb(), cancelVerb(),
		handoffVerb(), waitVerb(), trackVerb(),
	}
}

// laterVerbs are words of the language that this version does not have. They
// get an error of their own, since the author did not mistype.
func laterVerbs() []string { return []string{"review", "answer", "ticket", "each"} }

// commonFields are the keys of every step.
func commonFields() []spec.Field {
	return []spec.Field{
		{Name: "id", Shape: spec.Shape{Kind: spec.Ident}, Doc: "Names the step, for `goto` and for conversations that wait here.", Example: "leave_note"},
		{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Doc: "Skips the step unless true.", Example: "not contact.opted_out"},
	}
}

// onErrorField is the key of steps that can fail.
func onErrorField() spec.Field {
	return spec.Field{Name: "on_error", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go when the step fails, or the steps to take. `error.text` says why.", Example: "agent"}
}

// A draft is a step on its way to be compiled.
type draft struct {
	step   *step
	v      *spec.Values
	node   *spec.Node
	blocks []*block
	finish func()
}

// A block is a nested list of steps. Its first step is known once it is linked.
type block struct {
	drafts []*draft
	first  *step
}

// A compiler compiles one flow.
type compiler struct {
	b    *Bot
	r    *spec.Report
	o    LoadOptions
	flow *Flow
	v    *spec.Values
	verb map[string]*verb

	scope   *expression.Scope
	owners  map[string]string // variable -> what declared it
	body    *block
	targets []*target
	byBlock map[*target]*block
	infer   []func()
	ends    []func()
	drafts  []*draft
}

// newCompiler reads the id of a flow and registers it; nil when there is none.
func newCompiler(b *Bot, r *spec.Report, o LoadOptions, file string, n *spec.Node) *compiler {
	v := spec.Decode(r, n, flowTable())
	id := v.Text("flow")
	if id == "" {
		return nil
	}
	f := &Flow{ID: id, File: file, Description: v.Text("description"), types: map[string]expression.Type{}, steps: map[string]*step{}, moved: map[string]string{}}
	if other, ok := b.flows[id]; ok {
		r.Error(v.Node("flow").Pos(), "E211", "Give one of them another id.", "flow %q is already in %s", id, other.File)
		return nil
	}
	b.flows[id] = f
	c := &compiler{b: b, r: r, o: o, flow: f, v: v, verb: map[string]*verb{}, owners: map[string]string{}, byBlock: map[*target]*block{}}
	for _, w := range verbs() {
		c.verb[w.name] = w
	}
	return c
}

// head reads what other flows need to know of this one: params and returns.
func (c *compiler) head() {
	c.flow.params = c.fields("params", true)
	c.flow.returns = c.fields("returns", false)
	c.flow.vars = c.fields("vars", false)
	for _, f := range slices.Concat(c.flow.params, c.flow.vars) {
		c.declare(f.name, f.typ, "vars", c.v.KeyPos("vars"))
	}
	for _, f := range c.flow.returns {
		if _, ok := c.flow.types[f.name]; !ok {
			c.declare(f.name, f.typ, "returns", c.v.KeyPos("returns"))
		}
	}
	c.flow.onUpgrade = cmp.Or(c.v.Text("on_upgrade"), c.b.onUpgrade, "ask_again")
	for _, p := range c.v.Map("moved") {
		c.flow.moved[p.Key.Text()] = p.Value.Text()
	}
}

// fields reads a map of names to types.
func (c *compiler) fields(key string, params bool) []field {
	var fields []field
	for _, p := range c.v.Map(key) {
		f, ok := parseField(c.r, p, c.b.Zone)
		if !ok {
			continue
		}
		f.must = params && f.first == nil
		fields = append(fields, f)
	}
	return fields
}

// reserved are names that are always there and so can't be variables.
func reserved() []string {
	return []string{"contact", "session", "constants", "secret", "event", "error", "value", "item", "index", "env"}
}

// declare gives a variable its type, or reports that it has another one.
func (c *compiler) declare(name string, t expression.Type, owner string, at spec.Pos) {
	if slices.Contains(reserved(), name) {
		c.r.Error(at, "E207", "Choose another name.", "%q is a word of the language and can't be a variable", name)
		return
	}
	if old, ok := c.flow.types[name]; ok {
		if old.String() != t.String() {
			c.r.Error(at, "E206", "Use two names, or the same type.", "%s is %s here and %s in %s", name, t, old, c.owners[name])
		}
		return
	}
	c.flow.types[name], c.owners[name] = t, owner
}

// draftSteps reads all steps and what they declare.
func (c *compiler) draftSteps() {
	c.body = c.block(c.v.Node("steps"))
	c.link(c.body, nil)
	c.flow.first = c.body.first
	if onError := c.v.Node("on_error"); onError != nil {
		c.flow.onError = c.target(nil, onError)
		if b := c.byBlock[c.flow.onError]; b != nil {
			c.link(b, nil)
		}
	}
}

// finish compiles expressions and texts, now that all names are known.
func (c *compiler) finish() {
	c.scope = c.b.scope(c.o)
	c.flow.scope = c.scope
	steps := make([]string, 0, len(c.flow.steps))
	for id := range c.flow.steps {
		steps = append(steps, id)
	}
	c.scope.DeclareSteps(steps...)
	for _, name := range slices.Sorted(maps.Keys(c.flow.types)) {
		c.scope.Declare(name, c.flow.types[name])
	}
	for _, f := range c.infer {
		f()
	}
	for _, d := range c.drafts {
		if cond := d.v.Node("if"); cond != nil && d.step.verb != "if" {
			d.step.cond = c.condition(c.scope, cond)
		}
		if d.finish != nil {
			d.finish()
		}
		if d.step.fingerprint == "" {
			d.step.fingerprint = d.step.verb
		}
	}
	for _, t := range c.targets {
		c.resolve(t)
	}
	c.starts()
	c.interrupts()
	for _, p := range c.v.Map("moved") {
		if c.flow.steps[p.Value.Text()] == nil {
			c.r.Error(p.Value.Pos(), "E204", c.suggestStep(p.Value.Text()), "there is no step %q", p.Value.Text())
		}
	}
}

// block drafts a nested list of steps.
func (c *compiler) block(n *spec.Node) *block {
	b := &block{}
	if n == nil {
		return b
	}
	for _, item := range n.Items() {
		if d := c.draft(item); d != nil {
			b.drafts = append(b.drafts, d)
		}
	}
	return b
}

// draft reads one step: a map with a verb, or a bare word.
func (c *compiler) draft(n *spec.Node) *draft {
	w, ok := c.findVerb(n)
	if !ok {
		return nil
	}
	s := &step{verb: w.name, pos: n.Pos(), flow: c.flow}
	d := &draft{step: s, node: n, v: &spec.Values{}}
	if n.Kind() == spec.Map {
		d.v = spec.Decode(c.r, n, w.table)
	}
	c.drafts = append(c.drafts, d)
	c.flow.all = append(c.flow.all, s)
	s.op = w.draft(c, d)
	if id := d.v.Text("id"); id != "" {
		s.id = id
	}
	c.register(s, d)
	if onError := d.v.Node("on_error"); onError != nil {
		s.onError = c.target(d, onError)
	}
	return d
}

// register keeps a step that has an identity.
func (c *compiler) register(s *step, d *draft) {
	if s.id == "" {
		return
	}
	other, taken := c.flow.steps[s.id]
	switch {
	case !taken:
		c.flow.steps[s.id] = s
	case d.v.Text("id") != "" || s.verb == "ask":
		c.r.Error(s.pos, "E203", "Give one of them another id.", "step %q is already in line %d", s.id, other.pos.Line)
	default:
		c.r.Error(s.pos, "E205", "Add an `id:` to this one.", "two steps are alike (%s, also in line %d): live conversations could not tell them apart", s.id, other.pos.Line)
	}
}

// findVerb finds the verb among the keys of a step.
func (c *compiler) findVerb(n *spec.Node) (*verb, bool) {
	if n.Kind() == spec.Scalar {
		if w, ok := c.verb[n.Text()]; ok && isMove(n.Text()) {
			return w, true
		}
		c.r.Error(n.Pos(), "E201", "Write `- say: …` or another verb.", "a step is a verb with its value, not a text")
		return nil, false
	}
	if n.Kind() != spec.Map {
		c.r.Error(n.Pos(), "E201", "", "a step is a map with a verb, such as `- say: Hello`")
		return nil, false
	}
	var found []string
	for _, p := range n.Pairs() {
		key := p.Key.Text()
		if slices.Contains(laterVerbs(), key) {
			c.r.Error(p.Key.Pos(), "E227", "", "`%s` is not in this version of Parley", key)
			return nil, false
		}
		if _, ok := c.verb[key]; ok && key != "if" {
			found = append(found, key)
		}
	}
	switch {
	case len(found) == 1:
		return c.verb[found[0]], true
	case len(found) == 0 && n.Get("if") != nil:
		return c.verb["if"], true
	case len(found) == 0:
		c.noVerb(n)
	default:
		c.r.Error(n.Pos(), "E202", "Divide it into two steps.", "a step has one verb; this has %s", strings.Join(found, " and "))
	}
	return nil, false
}

// noVerb says which verb was likely meant.
func (c *compiler) noVerb(n *spec.Node) {
	names := slices.Sorted(maps.Keys(c.verb))
	for _, p := range n.Pairs() {
		if s := language.Suggest(p.Key.Text(), names); s != "" {
			c.r.Error(p.Key.Pos(), "E200", fmt.Sprintf("Did you mean %q?", s), "there is no verb %q", p.Key.Text())
			return
		}
	}
	c.r.Error(n.Pos(), "E201", "The verbs are "+strings.Join(names, ", ")+".", "this step has no verb")
}

// link chains the steps of a block; where it runs out, after follows.
func (c *compiler) link(b *block, after *step) {
	b.first = after
	if len(b.drafts) > 0 {
		b.first = b.drafts[0].step
	}
	for i, d := range b.drafts {
		d.step.next = after
		if i+1 < len(b.drafts) {
			d.step.next = b.drafts[i+1].step
		}
		for _, inner := range d.blocks {
			c.link(inner, d.step.next)
		}
	}
}

// nested drafts a list that belongs to a step.
func (c *compiler) nested(d *draft, n *spec.Node) *block {
	b := c.block(n)
	d.blocks = append(d.blocks, b)
	return b
}

// target reads a step id, a move or a list of steps. d is nil for those of the
// flow itself.
func (c *compiler) target(d *draft, n *spec.Node) *target {
	t := &target{pos: n.Pos()}
	c.targets = append(c.targets, t)
	if n.Kind() == spec.Scalar {
		t.name = n.Text()
		return t
	}
	b := c.block(n)
	c.byBlock[t] = b
	if d != nil {
		d.blocks = append(d.blocks, b)
	}
	return t
}

// resolve finds the step of a target.
func (c *compiler) resolve(t *target) {
	if b := c.byBlock[t]; b != nil {
		t.step = b.first
		return
	}
	if isMove(t.name) {
		t.move = t.name
		return
	}
	if s, ok := c.flow.steps[t.name]; ok {
		t.step = s
		return
	}
	fix := c.suggestStep(t.name)
	if _, ok := c.b.flows[t.name]; ok {
		fix = fmt.Sprintf("%s is a flow: `call: %s` runs it.", t.name, t.name)
	}
	c.r.Error(t.pos, "E204", fix, "there is no step %q in this flow", t.name)
}

func (c *compiler) suggestStep(name string) string {
	names := append(slices.Collect(maps.Keys(c.flow.steps)), moves()...)
	slices.Sort(names)
	if s := language.Suggest(name, names); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	return "Name the step with `id: " + name + "`."
}

// moves are the words that lead somewhere without naming a step.
func moves() []string { return []string{"back", "cancel", "end", "repeat", "restart"} }

func isMove(s string) bool { return slices.Contains(moves(), s) }
