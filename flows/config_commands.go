package flows

import (
	"fmt"
	"slices"

	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// A command is a word that works in any conversation.
type command struct {
	name  string
	words []string // folded
	doc   string   // of a built-in one, for the reference
	// act is the built-in action, or "flow" or "handoff".
	act  string
	flow string
	team string
}

// builtinCommands are there unless bot.yaml removes them.
func builtinCommands() []*command {
	return []*command{
		{name: "cancel", act: "cancel", words: []string{"cancel", "never mind", "nevermind"}, doc: "Ends what is open. A question that it cut in on is asked again."},
		{name: "back", act: "back", words: []string{"back", "go back"}, doc: "Goes back to the question before."},
		{name: "repeat", act: "repeat", words: []string{"repeat", "say again"}, doc: "Asks the open question again."},
		{name: "restart", act: "restart", words: []string{"restart", "start over"}, doc: "Begins the flow that is open anew."},
		{name: "agent", act: "handoff", team: "support", words: []string{"agent", "human", "talk to a person"}, doc: "Hands over to the team `support`."},
		{name: "skip", act: "skip", words: []string{"skip"}, doc: "Takes the `default` of the open question, if it has one."},
	}
}

// commandNames are the names of the built-in commands.
func commandNames() []string {
	var names []string
	for _, c := range builtinCommands() {
		names = append(names, c.name)
	}
	return names
}

func commandTable() *spec.Table {
	words := spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}
	return &spec.Table{Name: "command", Doc: "A command of your own, or a built-in one that does something else.", Fields: []spec.Field{
		{Name: "words", Shape: words, Doc: "The words that are the whole message.", Example: "[menu, main menu]"},
		{Name: "flow", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The flow to start; what is open ends.", Example: "support_menu"},
		{Name: "handoff", Shape: spec.Shape{Kind: spec.Name}, Doc: "The team that gets the conversation.", Example: "support"},
	}}
}

// commands reads `commands` on top of the built-in ones.
func (l *configLoader) commands() {
	l.b.commands = builtinCommands()
	given := map[string][]*spec.Node{}
	for _, p := range l.v.Map("commands") {
		if !later(l.r, p.Key, []string{"change"}) && l.identName(p.Key) {
			given[p.Key.Text()] = l.command(p)
		}
	}
	l.b.commands = slices.DeleteFunc(l.b.commands, func(c *command) bool { return len(c.words) == 0 })
	l.overlaps(given)
}

// command reads one command and returns the words that are given for it.
func (l *configLoader) command(p spec.Pair) []*spec.Node {
	name := p.Key.Text()
	i := slices.IndexFunc(l.b.commands, func(c *command) bool { return c.name == name })
	own := i < 0
	c := &command{name: name}
	if own {
		l.b.commands = append(l.b.commands, c)
	} else {
		c = l.b.commands[i]
	}
	if p.Value.Kind() == spec.Map {
		return l.mapCommand(c, spec.Decode(l.r, p.Value, commandTable()), own)
	}
	if own {
		l.r.Error(p.Key.Pos(), "E234", "Write {words: […], flow: …} or {words: […], handoff: …}.", "the command %q does not say what it does", name)
		return nil
	}
	c.words = l.folded(nodesOf(p.Value))
	return nodesOf(p.Value)
}

func (l *configLoader) mapCommand(c *command, v *spec.Values, own bool) []*spec.Node {
	words := v.List("words")
	if v.Has("words") {
		c.words = l.folded(words)
	}
	switch {
	case v.Has("flow") && v.Has("handoff"):
		l.r.Error(v.KeyPos("handoff"), "E202", "Leave one of them out.", "a command starts a flow or hands over, not both")
	case v.Has("flow"):
		c.act, c.flow = "flow", v.Text("flow")
		l.startsBare(v.Node("flow"))
	case v.Has("handoff"):
		c.act, c.team = "handoff", v.Text("handoff")
	case own && !v.Given("flow") && !v.Given("handoff"):
		l.r.Error(v.Pos(), "E234", "Add `flow:` or `handoff:`.", "the command %q does not say what it does", c.name)
	}
	if own && !v.Given("words") {
		l.r.Error(v.Pos(), "E234", "Add `words:`.", "the command %q has no words", c.name)
	}
	return words
}

// startsBare checks a flow that a command starts, which gives it no params.
func (l *configLoader) startsBare(n *spec.Node) {
	f := l.flowAt(n)
	if f == nil {
		return
	}
	for _, p := range f.params {
		if p.must {
			l.r.Error(n.Pos(), "E209", fmt.Sprintf("Give it a first value: `%s: %s = …`.", p.name, p.typ), "a command gives no params, but %s needs %q", f.ID, p.name)
		}
	}
}

// overlaps reports a word that two commands have, where it is written.
func (l *configLoader) overlaps(given map[string][]*spec.Node) {
	owner := map[string]string{}
	for _, c := range l.b.commands {
		for _, w := range c.words {
			if len(given[c.name]) == 0 {
				owner[w] = "the command " + c.name
			}
		}
	}
	take := func(nodes []*spec.Node, name string) {
		for _, n := range nodes {
			w := language.Fold(n.Text())
			if other := owner[w]; other != "" && other != name {
				l.r.Error(n.Pos(), "E235", "Remove it from one of them.", "the word %q is taken by %s", n.Text(), other)
				continue
			}
			owner[w] = name
		}
	}
	if l.v.Has("opt_out") {
		take(l.v.List("opt_out"), "opt_out")
	}
	for _, w := range l.b.optOut {
		owner[w] = "opt_out" // it comes first, also where it was reported
	}
	l.optedBoth()
	for _, p := range l.v.Map("commands") {
		take(given[p.Key.Text()], "the command "+p.Key.Text())
	}
}

// optedBoth reports words that would silence the bot and undo it: they could
// only ever do one of it.
func (l *configLoader) optedBoth() {
	list, others, other := "opt_in", l.b.optOut, "opt_out"
	if !l.v.Has("opt_in") {
		list, others, other = "opt_out", l.b.optIn, "opt_in"
	}
	for _, n := range l.v.List(list) {
		if w := language.Fold(n.Text()); w != "" && slices.Contains(others, w) {
			l.r.Error(n.Pos(), "E235", "Remove it from one of them.", "the word %q is taken by %s", n.Text(), other)
		}
	}
}

// words reads opt-out and opt-in words.
func (l *configLoader) words() {
	l.b.optOut, l.b.optIn = []string{"stop", "unsubscribe"}, []string{"start", "subscribe"}
	if l.v.Has("opt_out") {
		l.b.optOut = l.folded(l.v.List("opt_out"))
	}
	if l.v.Has("opt_in") {
		l.b.optIn = l.folded(l.v.List("opt_in"))
	}
}

// nodesOf are the elements of a list, or the value itself.
func nodesOf(n *spec.Node) []*spec.Node {
	if n.Kind() == spec.List {
		return n.Items()
	}
	return []*spec.Node{n}
}

// folded folds words as messages are compared with them, and reports those that
// no message can be.
func (l *loader) folded(nodes []*spec.Node) []string {
	var words []string
	for _, n := range nodes {
		w := language.Fold(n.Text())
		if w == "" {
			l.r.Error(n.Pos(), "E236", "Write letters or digits.", "%q has no word in it", n.Text())
			continue
		}
		words = append(words, w)
	}
	return words
}
