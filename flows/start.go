package flows

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// startTable describes one start of a flow.
func startTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	names := spec.Shape{Kind: spec.OneOrList, Of: &name}
	return &spec.Table{Name: "start", Doc: "A start: any of words, match, event; then channels and if must hold.", Unknown: laterFor("faq"), Fields: []spec.Field{
		{Name: "words", Shape: names, Doc: "Words or phrases anywhere in the message: whole words, any case, accents folded, simple plurals.", Example: "[help, order status]"},
		{Name: "match", Shape: spec.Shape{Kind: spec.Name}, Doc: "An RE2 pattern; named groups fill params, also when it was `words` of the same start that chose.", Example: "\"^/start( (?P<came_from>.+))?$\""},
		{Name: "event", Shape: spec.Shape{Kind: spec.Name}, Doc: "A kind of event, or one of your own; its data fills params.", Example: "conversation_started"},
		{Name: "channels", Shape: names, Doc: "Channels of bot.yaml, or types of channels.", Example: "[web, telegram]"},
		{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Doc: "Knows contact, session, event, constants.", Example: "not contact.opted_out"},
		{Name: "priority", Shape: spec.Shape{Kind: spec.Int}, Default: "0", Doc: "Higher first.", Example: "50"},
		{Name: "fallback", Shape: spec.Shape{Kind: spec.Bool}, Default: "false", Doc: "Takes what nothing else does; one flow per channel.", Example: "true"},
	}}
}

// A start is one way a flow begins.
type start struct {
	flow     *Flow
	pos      spec.Pos
	node     *spec.Node // while the bot is loaded
	phrases  []phrase
	match    *regexp.Regexp
	event    string // kind or own name; "" when messages start it
	custom   bool
	channels []string // names of channels; nil for all
	cond     *expression.Program
	priority int
	fallback bool
}

// starts compiles `start`.
func (c *compiler) starts() {
	for _, n := range c.v.List("start") {
		v := spec.Decoded(c.r, n)
		s := &start{flow: c.flow, pos: n.Pos(), node: n}
		s.priority, _ = v.Int("priority")
		s.fallback, _ = v.Bool("fallback")
		c.startWords(s, v)
		c.startMatch(s, v)
		data := c.startEvent(s, v)
		c.startChannels(s, v)
		if cond := v.Node("if"); cond != nil {
			s.cond = c.condition(c.eventScope(c.botScope(), data), cond)
		}
		if !s.fallback && !slices.ContainsFunc([]string{"words", "match", "event", "if", "fallback", "faq"}, v.Given) && !n.Broken() && !unknownStart(n, v) {
			c.r.Error(n.Pos(), "E237", "Add words, match, event, if, or `fallback: true`.", "this start would take every message")
		}
		c.startParams(s, v, data)
		c.flow.starts = append(c.flow.starts, s)
	}
}

// unknownStart reports whether a start has keys that were reported: one of them
// may have been meant for what it lacks.
func unknownStart(n *spec.Node, v *spec.Values) bool {
	return slices.ContainsFunc(n.Pairs(), func(p spec.Pair) bool { return !v.Given(p.Key.Text()) })
}

func (c *compiler) startWords(s *start, v *spec.Values) {
	if v.Has("words") && len(v.List("words")) == 0 {
		c.r.Error(v.Node("words").Pos(), "E123", "Add one, or leave `words` out.", "there are no words here")
	}
	for _, w := range v.List("words") {
		words := language.Words(w.Text())
		if len(words) == 0 {
			c.r.Error(w.Pos(), "E236", "Use `match:` for signs.", "%q has no word in it", w.Text())
			continue
		}
		s.phrases = append(s.phrases, phrase{w.Text(), words})
	}
}

func (c *compiler) startMatch(s *start, v *spec.Values) {
	n := v.Node("match")
	if n == nil {
		return
	}
	re, err := regexp.Compile(n.Text())
	if err != nil {
		c.r.Error(n.Pos(), "E215", "Patterns are RE2: no look-ahead, no back references.", "the pattern is broken: %s", regexError(err))
		return
	}
	if re.MatchString("") {
		c.r.Error(n.Pos(), "E215", "Anchor it, or make a part of it necessary.", "the pattern matches an empty text and so every message")
		return
	}
	for _, group := range re.SubexpNames() {
		if group != "" && !c.hasParam(group) {
			c.r.Error(groupPos(n, group), "E216", fmt.Sprintf("Add `params: {%s: text}`.", group), "the group %q fills a param that the flow does not have", group)
		}
	}
	s.match = re
}

// groupPos is the place of the name of a group.
func groupPos(n *spec.Node, group string) spec.Pos {
	i := strings.Index(n.Text(), "<"+group+">")
	if i < 0 {
		return n.Pos()
	}
	return runes(n, i+1, i+1+len(group))
}

func (c *compiler) hasParam(name string) bool {
	return slices.ContainsFunc(c.flow.params, func(f field) bool { return f.name == name }) ||
		c.flow.types[name].Kind == expression.Broken || c.v.Given("params") && !c.v.Has("params")
}

func regexError(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// startEvent returns the type of the event's data.
func (c *compiler) startEvent(s *start, v *spec.Values) expression.Type {
	n := v.Node("event")
	if n == nil {
		return expression.RecordOf()
	}
	data := c.eventAt(n)
	s.event = n.Text()
	_, s.custom = c.b.events[s.event]
	return data
}

// eventKinds are the kinds of events that flows may name.
func eventKinds() []string {
	var kinds []string
	for _, k := range channels.Kinds() {
		if k != channels.KindCustom && k != channels.KindMessage {
			kinds = append(kinds, string(k))
		}
	}
	return kinds
}

// isInnerKind reports whether a name is a kind that flows can't name.
func isInnerKind(name string) bool {
	return name == string(channels.KindCustom) || name == string(channels.KindMessage)
}

// eventAt checks the name of an event, a kind or one of bot.yaml, and returns the
// type of its data.
func (l *loader) eventAt(n *spec.Node) expression.Type {
	name, kinds := n.Text(), eventKinds()
	own, ok := l.b.events[name]
	switch {
	case ok:
		return own
	case name == string(channels.KindStatus):
		return statusData()
	case slices.Contains(kinds, name):
		return expression.RecordOf()
	case l.broken["events"]:
		return brokenType()
	}
	for own := range l.b.events {
		kinds = append(kinds, own)
	}
	fix := cmp.Or(didYouMean(name, kinds), "Declare it under `events:` in bot.yaml.")
	if name == string(channels.KindMessage) {
		fix = "Messages are for `words`, `match` and `ask`."
	}
	l.r.Error(n.Pos(), "E217", fix, "there is no event %q", name)
	return brokenType()
}

// startParams checks what fills the params: the groups of the pattern, and the
// data of the event.
func (c *compiler) startParams(s *start, v *spec.Values, data expression.Type) {
	for _, p := range c.flow.params {
		if t, ok := data.Field(p.name); ok {
			if !fits(p.typ, t) {
				c.r.Error(v.Node("event").Pos(), "E210", "Give both the same type.", "the event brings %s as %s, but the param is %s", p.name, t, p.typ)
			}
			continue
		}
		if p.must && (s.match == nil || !slices.Contains(s.match.SubexpNames(), p.name)) && !v.Given("match") && data.Kind != expression.Broken {
			c.r.Error(s.pos, "E209", fmt.Sprintf("Give it a first value: `%s: %s = …`.", p.name, p.typ), "nothing in this start gives the param %q", p.name)
		}
	}
}

// startChannels resolves names and types of channels.
func (c *compiler) startChannels(s *start, v *spec.Values) {
	if v.Has("channels") && len(v.List("channels")) == 0 {
		c.r.Error(v.Node("channels").Pos(), "E123", "Add one, or leave `channels` out for all.", "there are no channels here")
	}
	for _, n := range v.List("channels") {
		found := false
		var names []string
		for _, ch := range c.b.Channels {
			names = append(names, ch.Name)
			if ch.Name == n.Text() || ch.Factory.Type == n.Text() {
				s.channels, found = append(s.channels, ch.Name), true
			}
		}
		for _, f := range c.o.Factories {
			if f.Type == n.Text() && !found {
				s.channels, found = append(s.channels, "type:"+f.Type), true
			}
		}
		if !found && !c.broken["channels"] {
			c.r.Error(n.Pos(), "E214", didYouMean(n.Text(), names), "there is no channel %q", n.Text())
		}
	}
}
