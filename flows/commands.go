package flows

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// A command is a word that works in any conversation.
type command struct {
	name  string
	words []string // folded
	// act is the built-in action, or "flow" or "handoff".
	act  string
	flow string
	team string
}

// builtinCommands are there unless bot.yaml removes them.
func builtinCommands() []*command {
	return []*command{
		{name: "cancel", act: "cancel", words: []string{"cancel", "never mind", "nevermind"}},
		{name: "back", act: "back", words: []string{"back", "go back"}},
		{name: "repeat", act: "repeat", words: []string{"repeat", "say again"}},
		{name: "restart", act: "restart", words: []string{"restart", "start over"}},
		{name: "agent", act: "handoff", team: "support", words: []string{"agent", "human", "talk to a person"}},
		{name: "skip", act: "skip", words: []string{"skip"}},
	}
}

// commandTable reads `commands` on top of the built-in ones.
func (l *configLoader) commandTable() {
	b := l.b
	b.commands = builtinCommands()
	table := &spec.Table{Name: "command", Doc: "A command.", Fields: []spec.Field{
		{Name: "words", Shape: spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}, Doc: "The words that are the whole message.", Example: "[menu, main menu]"},
		{Name: "flow", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The flow to start; what is open ends.", Example: "support_menu"},
		{Name: "handoff", Shape: spec.Shape{Kind: spec.Name}, Doc: "The team that gets the conversation.", Example: "support"},
	}}
	for _, p := range l.v.Map("commands") {
		name := p.Key.Text()
		i := slices.IndexFunc(b.commands, func(c *command) bool { return c.name == name })
		c := &command{name: name}
		if i >= 0 {
			c = b.commands[i]
		}
		switch p.Value.Kind() {
		case spec.List, spec.Scalar:
			if i < 0 {
				l.r.Error(p.Key.Pos(), "E234", "Write {words: […], flow: …} or {words: […], handoff: …}.", "the command %q does not say what it does", name)
				continue
			}
			c.words = foldAll(nodesOf(p.Value))
		default:
			l.mapCommand(c, spec.Decode(l.r, p.Value, table), i < 0)
		}
		if i < 0 {
			b.commands = append(b.commands, c)
		}
	}
	b.commands = slices.DeleteFunc(b.commands, func(c *command) bool { return len(c.words) == 0 })
	l.overlaps()
}

func (l *configLoader) mapCommand(c *command, v *spec.Values, own bool) {
	if v.Has("words") {
		c.words = foldAll(v.List("words"))
	}
	switch {
	case v.Has("flow") && v.Has("handoff"):
		l.r.Error(v.KeyPos("flow"), "E234", "Leave one of them out.", "a command starts a flow or hands over, not both")
	case v.Has("flow"):
		c.act, c.flow = "flow", v.Text("flow")
		l.flow(v.Node("flow"))
	case v.Has("handoff"):
		c.act, c.team = "handoff", v.Text("handoff")
	case own:
		l.r.Error(v.Pos(), "E234", "Add `flow:` or `handoff:`.", "the command %q does not say what it does", c.name)
	}
	if own && len(c.words) == 0 {
		l.r.Error(v.Pos(), "E234", "Add `words:`.", "the command %q has no words", c.name)
	}
}

// overlaps reports a word that two commands have.
func (l *configLoader) overlaps() {
	owner := map[string]string{}
	at := l.v.KeyPos("commands")
	for _, c := range l.b.commands {
		for _, w := range c.words {
			if other, ok := owner[w]; ok && other != c.name {
				l.r.Error(at, "E235", "Remove it from one of them.", "the word %q belongs to the commands %s and %s", w, other, c.name)
			}
			owner[w] = c.name
		}
	}
}

// words reads opt-out and opt-in words.
func (l *configLoader) words() {
	l.b.optOut = []string{"stop", "unsubscribe"}
	l.b.optIn = []string{"start", "subscribe"}
	if l.v.Has("opt_out") {
		l.b.optOut = foldAll(l.v.List("opt_out"))
	}
	if l.v.Has("opt_in") {
		l.b.optIn = foldAll(l.v.List("opt_in"))
	}
}

// texts compiles the bot's own sentences.
func (l *configLoader) texts() {
	l.b.texts = map[string]*expression.Template{}
	scope := l.b.scope(l.o)
	defaults := defaultTexts()
	for name, text := range defaults {
		t, _ := scope.Text(text)
		l.b.texts[name] = t
	}
	for _, p := range l.v.Map("texts") {
		if _, ok := defaults[p.Key.Text()]; !ok {
			names := make([]string, 0, len(defaults))
			for name := range defaults {
				names = append(names, name)
			}
			l.r.Error(p.Key.Pos(), "E120", didYouMean(p.Key.Text(), names), "there is no text %q", p.Key.Text())
			continue
		}
		if t := compileText(l.r, scope, p.Value); t != nil {
			l.b.texts[p.Key.Text()] = t
		}
	}
}

func nodesOf(n *spec.Node) []*spec.Node {
	if n.Kind() == spec.Scalar {
		return []*spec.Node{n}
	}
	return n.Items()
}

func foldAll(nodes []*spec.Node) []string {
	var words []string
	for _, n := range nodes {
		if w := language.Fold(n.Text()); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// fold joins words as triggers and commands compare them.
func joinWords(words []string) string { return strings.Join(words, " ") }
