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
	step    *step
	v       *spec.Values
	node    *spec.Node
	blocks  []*block
	targets []*target
	finish  func()
	// What the checks of whole flows need to know of the step.
	leaves bool     // it never goes on to the next step by itself
	rests  bool     // it waits for somebody or something
	fills  []string // variables that have a value behind it
	// answers are the targets that an answer leads to, which fills the variable.
	answers []*target
}

// A block is a nested list of steps. Its first step is known once it is linked.
type block struct {
	drafts []*draft
	first  *step
}

// block drafts a nested list of steps.
func (c *compiler) block(n *spec.Node) *block {
	b := &block{}
	for _, item := range n.Items() {
		if d := c.draft(item); d != nil {
			b.drafts = append(b.drafts, d)
		} else {
			c.salvage(item)
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
	d := &draft{step: s, node: n, v: spec.DecodeBare(c.r, n, w.table, bareWord(w.name))}
	c.drafts = append(c.drafts, d)
	c.flow.all = append(c.flow.all, s)
	s.op = w.draft(c, d)
	if id := d.v.Text("id"); id != "" {
		s.id, s.address = id, ""
	}
	if s.id != "" {
		s.key = c.flow.ID + "/" + s.id
	}
	c.register(s, d)
	if onError := d.v.Node("on_error"); onError != nil {
		s.onError = c.target(d, onError)
	}
	return d
}

// bareWord is the word that stands for a whole step, as in `- end`.
func bareWord(verb string) string {
	if isMove(verb) {
		return verb
	}
	return ""
}

// register keeps a step that has an identity.
func (c *compiler) register(s *step, d *draft) {
	if s.id == "" {
		return
	}
	at := s.pos
	named := d.v.Has("id") || s.verb == "ask"
	switch {
	case d.v.Has("id"):
		at = d.v.Node("id").Pos()
	case s.verb == "ask":
		at = d.v.Node("ask").Pos()
	}
	if isMove(s.id) {
		c.r.Error(at, "E207", "Choose another name.", "%q is where `goto` leads already, so no step can have this name", s.id)
		return
	}
	other, taken := c.flow.steps[s.id]
	switch {
	case !taken:
		c.flow.steps[s.id] = s
	case s.verb == "ask" && !d.v.Has("id"):
		c.r.Error(at, "E203", "Ask for another variable, or add an `id:` to this step.", "the step %q is in line %d already", s.id, other.pos.Line)
	case named:
		c.r.Error(at, "E203", "Give one of them another id.", "the step %q is in line %d already", s.id, other.pos.Line)
	default:
		c.r.Error(at, "E205", "Add an `id:` to this step.", "this step is like the one in line %d: conversations that wait there could not tell them apart", other.pos.Line)
	}
}

// findVerb finds the verb among the keys of a step.
func (c *compiler) findVerb(n *spec.Node) (*verb, bool) {
	switch {
	case n.Broken():
		return nil, false
	case n.Kind() == spec.Scalar:
		return c.bareVerb(n)
	case n.Kind() != spec.Map:
		c.r.Error(n.Pos(), "E201", "Remove a `- `, if there is one too many.", "a step is a map with a verb, such as `- say: Hello`")
		return nil, false
	}
	var found []spec.Pair
	for _, p := range n.Pairs() {
		if later(c.r, p.Key, laterVerbs()) {
			return nil, false
		}
		if _, ok := c.verbs[p.Key.Text()]; ok && p.Key.Text() != "if" {
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 1:
		return c.verbs[found[0].Key.Text()], true
	case len(found) > 1:
		c.r.Error(found[1].Key.Pos(), "E202", "Divide it into two steps, each with its own `- `.", "a step has one verb, and this has `%s` already", found[0].Key.Text())
	default:
		return c.noVerb(n)
	}
	return nil, false
}

// bareVerb finds a verb that is a whole step.
func (c *compiler) bareVerb(n *spec.Node) (*verb, bool) {
	if later(c.r, n, laterVerbs()) {
		return nil, false
	}
	if w, ok := c.verbs[n.Text()]; ok && isMove(n.Text()) {
		return w, true
	}
	c.r.Error(n.Pos(), "E201", c.bareFix(n.Text()), "a step is a verb with its value, not a text")
	return nil, false
}

// bareFix says how to write a step that is only a text.
func (c *compiler) bareFix(text string) string {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	_, isVerb := c.verbs[word]
	switch {
	case isVerb && isMove(word):
		return fmt.Sprintf("Write `- %s` alone.", word)
	case isVerb && rest == "":
		return fmt.Sprintf("Write `- %s: …`.", word)
	case isVerb && len(rest) <= 40 && !strings.Contains(rest, "\n"):
		return fmt.Sprintf("Write `- %s: %s`.", word, rest)
	case isVerb:
		return fmt.Sprintf("Write a colon behind `%s`.", word)
	}
	if s := cmp.Or(verbsInstead()[text], language.Suggest(text, moves())); s != "" {
		return fmt.Sprintf("Did you mean %q?", s)
	}
	return "Write `- say: …` if the bot should say it."
}

// noVerb takes a step without another verb for an `if`, unless one of its keys is
// nearly a verb; else it says which verb was likely meant.
func (c *compiler) noVerb(n *spec.Node) (*verb, bool) {
	for _, p := range n.Pairs() {
		if s := c.nearVerb(p.Key.Text()); s != "" {
			c.r.Error(p.Key.Pos(), "E200", fmt.Sprintf("Did you mean %q?", s), "there is no verb %q", p.Key.Text())
			return nil, false
		}
	}
	if n.Get("if") != nil {
		return c.verbs["if"], true
	}
	for _, key := range []string{"then", "else"} {
		if n.Get(key) != nil {
			c.r.Error(n.Pos(), "E201", fmt.Sprintf("Write `%s:` without the `- `, indented like the `if:` above.", key), "`%s` is no step of its own: it belongs to the `if` above", key)
			return nil, false
		}
	}
	if len(n.Pairs()) == 1 {
		c.r.Error(n.Pos(), "E200", c.verbsFix(), "there is no verb %q", n.Pairs()[0].Key.Text())
	} else {
		c.r.Error(n.Pos(), "E201", c.verbsFix(), "this step has no verb")
	}
	return nil, false
}

// nearVerb is the verb that a key was likely meant to be; empty when there is
// none.
func (c *compiler) nearVerb(key string) string {
	if s := verbsInstead()[key]; s != "" {
		return s
	}
	if s := language.Suggest(key, slices.Sorted(maps.Keys(c.verbs))); s != key {
		return s
	}
	return ""
}

// verbsFix names the verbs.
func (c *compiler) verbsFix() string {
	return "The verbs are " + strings.Join(slices.Sorted(maps.Keys(c.verbs)), ", ") + "."
}

// verbsInstead are words that other tools have for a verb, and that verb.
func verbsInstead() map[string]string {
	return map[string]string{
		"message": "say", "send": "say", "print": "say", "reply": "say", "respond": "say", "write": "say",
		"question": "ask", "prompt": "ask", "input": "ask", "elif": "switch", "case": "switch", "choose": "switch",
		"request": "http", "fetch": "http", "get": "http", "post": "http", "delay": "wait", "sleep": "wait", "pause": "wait",
		"jump": "goto", "go": "goto", "next": "goto", "run": "call", "exit": "end", "stop": "end", "finish": "end",
		"transfer": "handoff", "assign": "set", "let": "set", "log": "track",
	}
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

// gives declares the variable that a step fills. A name that is missing or
// wrong was reported.
func (c *compiler) gives(d *draft, key string, t expression.Type) {
	n := d.v.Node(key)
	if n == nil {
		return
	}
	c.declare(n.Text(), t, n.Pos())
	d.fills = append(d.fills, n.Text())
}
