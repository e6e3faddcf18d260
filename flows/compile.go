package flows

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// A loader is what all parts of a load share.
type loader struct {
	b *Bot
	r *spec.Report
	o LoadOptions
	// broken are the sections of bot.yaml that were reported. What flows say of
	// them can't be judged.
	broken map[string]bool
	// unread are ids of flows in files that can't be read; unnamed says that
	// there are flows whose id is not even known.
	unread  map[string]bool
	unnamed bool
	// flowTable and verbs are what flows are read with. They are large, and all
	// flows share them.
	flowTable *spec.Table
	verbs     map[string]*verb
	// base has the functions, shared what every flow may read as well.
	base, shared *expression.Scope
	// dotenv are the variables of .env, which environment is.
	dotenv      map[string]string
	environment []byte
}

// compile makes a bot of its sources: bot.yaml first, then the head of every
// flow, since flows refer to each other, then their steps. It goes on after
// mistakes, so that all of them are found, and what follows from a mistake is
// not reported again.
func compile(l *loader, sources []source) (*Bot, *spec.Report) {
	l.b = &Bot{
		Version: version(sources), Environment: fingerprint(l.environment), Warnings: l.r, limits: defaultLimits(),
		flows: map[string]*Flow{}, handlers: map[string]HandlerInfo{},
	}
	l.broken, l.unread = map[string]bool{}, map[string]bool{}
	l.registered()
	hideSecrets(l.r, l.o.Factories, sources[0])
	cfg := &configLoader{loader: l}
	cfg.load(spec.Parse(l.r, sources[0].name, sources[0].data))
	l.tables()
	compilers := l.parse(sources[1:])
	for _, c := range compilers {
		c.head()
	}
	for _, c := range compilers {
		c.draftSteps()
	}
	cfg.link()
	for _, c := range compilers {
		c.finish()
	}
	for id := range l.b.flows {
		l.b.ids = append(l.b.ids, id)
	}
	slices.Sort(l.b.ids)
	l.b.triggers = indexTriggers(l.b, l.r)
	if l.r.Failed() {
		return nil, l.r
	}
	lint(l.b, l.r, compilers)
	l.release()
	return l.b, l.r
}

// release lets go of the sources and their nodes, which places and starts would
// keep for as long as the bot runs.
func (l *loader) release() {
	l.r.Release()
	for _, f := range l.b.flows {
		for _, s := range f.starts {
			s.node = nil
		}
	}
}

// registered takes what is written in Go.
func (l *loader) registered() {
	for _, h := range l.o.Handlers {
		if _, twice := l.b.handlers[h.Name]; twice {
			l.r.Error(spec.Pos{}, "E229", "", "two handlers are registered as %q", h.Name)
		}
		l.b.handlers[h.Name] = h
	}
	l.base = expression.NewScope()
	for _, f := range l.o.Functions {
		if err := l.base.AddFunction(f); err != nil {
			l.r.Error(spec.Pos{}, "E229", "", "%v", err)
		}
	}
}

// tables makes what flows are read with.
func (l *loader) tables() {
	l.flowTable, l.verbs = flowTable(), map[string]*verb{}
	for _, w := range verbs() {
		l.verbs[w.name] = w
	}
	l.verbs["call"].table.Fields[0].Refuse = l.refuseFile
}

// parse reads the flow files.
func (l *loader) parse(sources []source) []*compiler {
	var compilers []*compiler
	for _, s := range sources {
		if n := spec.Parse(l.r, s.name, s.data); n != nil {
			compilers = append(compilers, newCompiler(l, s.name, n))
		} else {
			l.unreadable(s)
		}
	}
	return compilers
}

var flowLine = regexp.MustCompile(`(?m)^flow:[ \t]*["']?([a-z][a-z0-9_]*)`)

// unreadable keeps the id of a flow whose file is broken, so that what names the
// flow is not reported as well.
func (l *loader) unreadable(s source) {
	m := flowLine.FindSubmatch(s.data)
	if m == nil {
		l.unnamed = true
		return
	}
	l.unread[string(m[1])] = true
}

// flowAt finds a flow that a node names; nil when there is none, which is
// reported unless its file is broken.
func (l *loader) flowAt(n *spec.Node) *Flow {
	id := n.Text()
	if f, ok := l.b.flows[id]; ok {
		return f
	}
	if n == nil || l.unnamed || l.unread[id] {
		return nil
	}
	ids := make([]string, 0, len(l.b.flows))
	for id := range l.b.flows {
		ids = append(ids, id)
	}
	l.r.Error(n.Pos(), "E208", didYouMean(id, ids), "there is no flow %q", id)
	return nil
}

// A compiler compiles one flow.
type compiler struct {
	*loader
	flow *Flow
	root *spec.Node
	v    *spec.Values

	scope *expression.Scope
	// owners say where a variable got its type, by line; returned are those that
	// only `returns` names so far, which any step may fill.
	owners   map[string]int
	returned map[string]bool
	body     *block
	targets  []*target
	byBlock  map[*target]*block
	infer    []func()
	drafts   []*draft
	// current is the step that is compiled, read what its expressions read.
	current *draft
	read    []readAt
	// lost says that the steps can't be read at all; salvaged are the words of
	// single ones that were left out.
	lost     bool
	salvaged map[string]bool
}

// newCompiler reads the keys of a flow and registers it. A flow without an id is
// compiled for its mistakes.
func newCompiler(l *loader, file string, n *spec.Node) *compiler {
	v := spec.Decode(l.r, n, l.flowTable)
	f := &Flow{
		ID: v.Text("flow"), File: file, Description: v.Text("description"),
		types: map[string]expression.Type{}, steps: map[string]*step{}, moved: map[string]string{},
	}
	switch other := l.b.flows[f.ID]; {
	case f.ID == "":
		l.unnamed = true
	case other != nil:
		l.r.Error(v.Node("flow").Pos(), "E211", "Give one of them another id.", "the flow %q is in %s already", f.ID, other.File)
	default:
		l.b.flows[f.ID] = f
	}
	return &compiler{
		loader: l, flow: f, root: n, v: v,
		owners: map[string]int{}, returned: map[string]bool{}, byBlock: map[*target]*block{}, salvaged: map[string]bool{},
	}
}

// head reads what other flows need to know of this one: params and returns.
func (c *compiler) head() {
	c.flow.params = c.fields("params")
	for i, f := range c.flow.params {
		c.flow.params[i].must = f.first == nil
	}
	c.flow.vars = c.fields("vars")
	c.flow.returns = c.returns()
	c.flow.onUpgrade = cmp.Or(c.v.Text("on_upgrade"), c.b.onUpgrade, "ask_again")
	for _, p := range c.v.Map("moved") {
		c.flow.moved[p.Key.Text()] = p.Value.Text()
	}
}

// fields reads and declares a map of names to types.
func (c *compiler) fields(key string) []field {
	var fields []field
	for _, p := range c.root.Get(key).Pairs() {
		if f, ok := parseField(c.r, p, c.b.Zone); ok {
			c.declare(f.name, f.typ, p.Key.Pos())
			fields = append(fields, f)
		}
	}
	return fields
}

// returns reads the variables that a caller gets. One that no step fills is a
// variable all the same, for `set`.
func (c *compiler) returns() []field {
	var fields []field
	for _, p := range c.root.Get("returns").Pairs() {
		f, ok := parseField(c.r, p, c.b.Zone)
		if !ok {
			continue
		}
		if f.first != nil {
			c.r.Error(p.Value.Pos(), "E228", "Give it under `vars:`.", "what a flow returns has no first value")
		}
		if t, there := c.flow.types[f.name]; !there {
			c.declare(f.name, f.typ, p.Key.Pos())
			c.returned[f.name] = true
		} else if !fits(f.typ, t) {
			c.r.Error(p.Key.Pos(), "E206", "Use two names, or the same type.", "%s is %s here and %s in line %d", f.name, f.typ, t, c.owners[f.name])
		}
		fields = append(fields, f)
	}
	return fields
}

// draftSteps reads all steps and what they declare.
func (c *compiler) draftSteps() {
	steps := c.v.Node("steps")
	c.lost = steps == nil
	if steps != nil && len(steps.Items()) == 0 {
		c.r.Error(c.v.KeyPos("steps"), "E123", "Write a step below it.", "the flow has no steps")
	}
	c.body = c.block(steps)
	c.link(c.body, nil)
	c.flow.first = c.body.first
	if onError := c.v.Node("on_error"); onError != nil {
		c.flow.onError = c.target(nil, onError)
		if b := c.byBlock[c.flow.onError]; b != nil {
			c.link(b, nil)
		}
	}
	if n := len(c.flow.all); n > MaxSteps {
		c.r.Error(c.v.KeyPos("steps"), "E244", "Divide it, and use `call`.", "the flow has %d steps; %d are allowed", n, MaxSteps)
	}
}

// MaxSteps is how many steps a flow may have.
const MaxSteps = 5000

// finish compiles expressions and texts, now that all names are known.
func (c *compiler) finish() {
	c.scope = c.flowScope()
	for _, f := range c.infer {
		f()
	}
	for _, d := range c.drafts {
		c.finishStep(d)
	}
	c.current = nil
	for _, t := range c.targets {
		c.resolve(t)
	}
	c.starts()
	c.interrupts()
	for _, p := range c.v.Map("moved") {
		if c.missing(p.Value.Text()) {
			c.r.Error(p.Value.Pos(), "E204", c.suggestStep(p.Value.Text()), "there is no step %q in this flow", p.Value.Text())
		}
	}
}

func (c *compiler) finishStep(d *draft) {
	c.current = d
	if cond := d.v.Node("if"); cond != nil && d.step.verb != "if" {
		d.step.cond = c.condition(c.scope, cond)
		c.needsID(d, d.step.cond, cond)
	}
	if d.finish != nil {
		d.finish()
	}
	if d.step.fingerprint == "" {
		d.step.fingerprint = d.step.verb
	}
}

// interrupts checks the flows that may cut in.
func (c *compiler) interrupts() {
	if !c.v.Given("interrupts") {
		c.flow.interrupts = c.b.defaultInterrupts
		return
	}
	for _, n := range c.v.List("interrupts") {
		if f := c.flowAt(n); f != nil {
			c.flow.interrupts = append(c.flow.interrupts, f.ID)
		}
	}
}
