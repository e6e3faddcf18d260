package flows

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// flowTable describes a flow file.
func flowTable() *spec.Table {
	types := spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.TypeSpec}}
	names := spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}
	return &spec.Table{Name: "flow", Doc: "One flow: how it starts, what it keeps, and its steps.", Fields: []spec.Field{
		{Name: "flow", Shape: spec.Shape{Kind: spec.Ident}, Required: true, Doc: "The id of the flow, unique in the bot.", Example: "refund"},
		{Name: "description", Shape: spec.Shape{Kind: spec.Name}, Doc: "A sentence for people.", Example: "What the bot does for a returning customer."},
		{Name: "start", Shape: spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Nested, Table: startTable()}}, Doc: "What begins the flow. Without it only `call` and commands do."},
		{Name: "params", Shape: types, Doc: "Values that the start or a `call` gives; one without a first value must be given.", Example: "{came_from: text = direct}"},
		{Name: "returns", Shape: types, Doc: "Variables that a caller gets when the flow ends.", Example: "{resolved: bool}"},
		{Name: "vars", Shape: types, Doc: "Variables with type and first value.", Example: "{tries_left: int = 3}"},
		{Name: "interrupts", Shape: names, Doc: "Flows that may cut in while a question of this flow is open; [] for none.", Example: "[hours]"},
		{Name: "moved", Shape: spec.Shape{Kind: spec.MapOf, Of: &spec.Shape{Kind: spec.Name}}, Doc: "Old step id to new step id, for conversations that wait there.", Example: "{order_id: order_no}"},
		{Name: "on_upgrade", Shape: spec.Shape{Kind: spec.Enum, Values: upgrades()}, Default: "ask_again", Doc: "What happens to a conversation that waits at a step that is gone."},
		{Name: "on_error", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where any step goes that fails and has no `on_error` of its own.", Example: "agent"},
		{Name: "steps", Shape: spec.Shape{Kind: spec.Steps}, Required: true, Doc: "The steps, in order."},
	}}
}

// startTable describes one start of a flow.
func startTable() *spec.Table {
	name := spec.Shape{Kind: spec.Name}
	names := spec.Shape{Kind: spec.OneOrList, Of: &name}
	return &spec.Table{Name: "start", Doc: "A start: any of words, match, event; then channels and if must hold.", Fields: []spec.Field{
		{Name: "words", Shape: names, Doc: "Words or phrases anywhere in the message: whole words, any case, accents folded, simple plurals.", Example: "[help, order status]"},
		{Name: "match", Shape: spec.Shape{Kind: spec.Name}, Doc: "An RE2 pattern; named groups fill params.", Example: "\"^/start( (?P<came_from>.+))?$\""},
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
	phrases  [][]string // words of each phrase
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
		v := spec.Decode(c.r, n, startTable())
		s := &start{flow: c.flow, pos: n.Pos()}
		s.priority, _ = v.Int("priority")
		s.fallback, _ = v.Bool("fallback")
		for _, w := range v.List("words") {
			words := language.Words(w.Text())
			if len(words) == 0 {
				c.r.Error(w.Pos(), "E236", "Use `match:` for signs.", "%q has no word in it", w.Text())
				continue
			}
			s.phrases = append(s.phrases, words)
		}
		c.startMatch(s, v)
		c.startEvent(s, v)
		c.startChannels(s, v)
		if cond := v.Node("if"); cond != nil {
			s.cond = c.condition(c.startScope(s), cond)
		}
		if !s.fallback && s.phrases == nil && s.match == nil && s.event == "" && s.cond == nil && !v.Has("words") && !v.Has("match") && !v.Has("event") && !v.Has("if") {
			c.r.Error(n.Pos(), "E237", "Add words, match, event, if or fallback.", "this start would take every message")
		}
		c.flow.starts = append(c.flow.starts, s)
	}
}

// startScope is what the condition of a start knows: no variables.
func (c *compiler) startScope(s *start) *expression.Scope {
	scope := c.b.scope(c.o)
	switch {
	case s.custom:
		return scope.With("event", eventType(c.b.events[s.event]))
	case s.event == string(channels.KindStatus):
		return scope.With("event", eventType(statusData()))
	}
	return scope
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
		if group != "" && !slices.ContainsFunc(c.flow.params, func(f field) bool { return f.name == group }) {
			c.r.Error(n.Pos(), "E216", fmt.Sprintf("Add `params: {%s: text}`.", group), "the group %q fills a param that the flow does not have", group)
		}
	}
	s.match = re
}

func regexError(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

func (c *compiler) startEvent(s *start, v *spec.Values) {
	n := v.Node("event")
	if n == nil {
		return
	}
	s.event, s.custom = c.eventName(n)
}

// eventName checks the name of an event: a kind, or one of bot.yaml.
func (c *compiler) eventName(n *spec.Node) (name string, custom bool) {
	name = n.Text()
	if _, ok := c.b.events[name]; ok {
		return name, true
	}
	var kinds []string
	for _, k := range channels.Kinds() {
		if k != channels.KindCustom && k != channels.KindMessage {
			kinds = append(kinds, string(k))
		}
	}
	if slices.Contains(kinds, name) {
		return name, false
	}
	fix := didYouMean(name, append(kinds, slices.Collect(maps.Keys(c.b.events))...))
	if fix == "" {
		fix = "Declare it under `events:` in bot.yaml."
	}
	c.r.Error(n.Pos(), "E217", fix, "there is no event %q", name)
	return name, false
}

// startChannels resolves names and types of channels.
func (c *compiler) startChannels(s *start, v *spec.Values) {
	for _, n := range v.List("channels") {
		found := false
		for _, ch := range c.b.Channels {
			if ch.Name == n.Text() || ch.Factory.Type == n.Text() {
				s.channels, found = append(s.channels, ch.Name), true
			}
		}
		for _, f := range c.o.Factories {
			if f.Type == n.Text() && !found {
				s.channels, found = append(s.channels, "type:"+f.Type), true
			}
		}
		if !found {
			var names []string
			for _, ch := range c.b.Channels {
				names = append(names, ch.Name)
			}
			c.r.Error(n.Pos(), "E214", didYouMean(n.Text(), names), "there is no channel %q", n.Text())
		}
	}
}

// interrupts checks the flows that may cut in.
func (c *compiler) interrupts() {
	nodes, own := c.v.List("interrupts"), c.v.Has("interrupts")
	if !own {
		c.flow.interrupts = c.b.interrupts()
		return
	}
	for _, n := range nodes {
		if _, ok := c.b.flows[n.Text()]; !ok {
			c.r.Error(n.Pos(), "E212", didYouMean(n.Text(), slices.Collect(maps.Keys(c.b.flows))), "there is no flow %q", n.Text())
			continue
		}
		c.flow.interrupts = append(c.flow.interrupts, n.Text())
	}
}

// triggers finds the starts that an event could mean, without looking at the
// others.
type triggers struct {
	// words has the phrases by their first word.
	words    map[string][]phrase
	patterns []*start
	// always are starts by condition only, and fallback those of last resort.
	always      []*start
	fallback    []*start
	events      map[string][]*start
	wantsStatus bool
}

type phrase struct {
	words []string
	start *start
}

// indexTriggers builds the index and checks what concerns all flows together.
func indexTriggers(b *Bot, r *spec.Report) *triggers {
	t := &triggers{words: map[string][]phrase{}, events: map[string][]*start{}}
	for _, id := range b.ids {
		for _, s := range b.flows[id].starts {
			for _, p := range s.phrases {
				t.words[p[0]] = append(t.words[p[0]], phrase{p, s})
			}
			if s.match != nil {
				t.patterns = append(t.patterns, s)
			}
			if s.event != "" {
				t.events[s.event] = append(t.events[s.event], s)
				t.wantsStatus = t.wantsStatus || s.event == string(channels.KindStatus)
			}
			if s.fallback {
				t.fallback = append(t.fallback, s)
			} else if s.phrases == nil && s.match == nil && s.event == "" {
				t.always = append(t.always, s)
			}
		}
		for _, s := range b.flows[id].all {
			if w, ok := s.op.(*wait); ok && w.event == string(channels.KindStatus) {
				t.wantsStatus = true
			}
		}
	}
	t.checkFallbacks(b, r)
	return t
}

// checkFallbacks: exactly one flow takes what nothing else does, on each channel.
func (t *triggers) checkFallbacks(b *Bot, r *spec.Report) {
	for _, ch := range b.Channels {
		var first *start
		for _, s := range t.fallback {
			if !s.on(ch) || s.cond != nil {
				continue
			}
			if first != nil && first.flow != s.flow {
				r.Error(s.pos, "E213", "Leave one, or give them different `channels:`.", "two flows are the fallback on the channel %s: %s and %s", ch.Name, first.flow.ID, s.flow.ID)
				return
			}
			first = s
		}
	}
}

// on reports whether the start holds on a channel.
func (s *start) on(ch ChannelSpec) bool {
	return s.channels == nil || slices.Contains(s.channels, ch.Name) || slices.Contains(s.channels, "type:"+ch.Factory.Type)
}

// A candidate is a start that an event could mean, and how well it fits.
type candidate struct {
	start *start
	// rank is how specific the trigger is: the higher the better.
	rank   int
	why    string
	params map[string]string
}

// The ranks of triggers.
const (
	rankCondition = iota
	rankPattern
	rankWord
	rankPhrase
	rankWhole
)

// message returns the starts that the text of a message could mean, the best
// first: by priority, how specific they are, and the id of the flow.
func (t *triggers) message(text string) []candidate {
	words := language.Words(text)
	best := map[*start]candidate{}
	offer := func(c candidate) {
		if old, ok := best[c.start]; !ok || c.rank > old.rank {
			best[c.start] = c
		}
	}
	for i := range words {
		for _, p := range t.words[words[i]] {
			if len(p.words) > len(words)-i || !slices.Equal(p.words, words[i:i+len(p.words)]) {
				continue
			}
			rank := rankWord
			switch {
			case len(p.words) == len(words):
				rank = rankWhole
			case len(p.words) > 1:
				rank = rankPhrase
			}
			offer(candidate{start: p.start, rank: rank, why: "the word" + plural(len(p.words)) + " " + strconv.Quote(joinWords(p.words))})
		}
	}
	for _, s := range t.patterns {
		if m := s.match.FindStringSubmatch(text); m != nil {
			offer(candidate{start: s, rank: rankPattern, why: "the pattern " + s.match.String(), params: groups(s.match, m)})
		}
	}
	for _, s := range t.always {
		offer(candidate{start: s, rank: rankCondition, why: "its condition alone"})
	}
	return sortCandidates(slices.Collect(maps.Values(best)))
}

func plural(n int) string {
	if n > 1 {
		return "s"
	}
	return ""
}

func sortCandidates(list []candidate) []candidate {
	slices.SortFunc(list, func(a, b candidate) int {
		switch {
		case a.start.priority != b.start.priority:
			return b.start.priority - a.start.priority
		case a.rank != b.rank:
			return b.rank - a.rank
		case a.start.flow.ID != b.start.flow.ID:
			return strings.Compare(a.start.flow.ID, b.start.flow.ID)
		}
		return a.start.pos.Line - b.start.pos.Line
	})
	return list
}

// event returns the starts that wait for an event.
func (t *triggers) event(name string) []candidate {
	var list []candidate
	for _, s := range t.events[name] {
		list = append(list, candidate{start: s, why: "the event " + name})
	}
	return sortCandidates(list)
}

// groups returns what the named groups of a pattern matched.
func groups(re *regexp.Regexp, m []string) map[string]string {
	out := map[string]string{}
	for i, name := range re.SubexpNames() {
		if name != "" && m[i] != "" {
			out[name] = m[i]
		}
	}
	return out
}
