package flows

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// A form is what a channel can show.
type form struct {
	channel string
	can     channels.Capabilities
}

// channelForms are those of the bot's channels.
func channelForms(b *Bot) []form {
	var forms []form
	for _, ch := range b.Channels {
		if ch.Factory.Capabilities == nil {
			continue
		}
		config := &channels.Config{Name: ch.Name, Values: ch.Config, Lists: ch.Lists, Log: slog.New(slog.DiscardHandler)}
		forms = append(forms, form{ch.Name, ch.Factory.Capabilities(config)})
	}
	return forms
}

// formsOfFlows are those of the channels on which each flow can run: where it starts, or a
// flow that calls it does. What nothing starts may run everywhere.
func formsOfFlows(b *Bot, compilers []*compiler) map[*Flow][]form {
	on := map[*Flow]map[string]bool{}
	for _, c := range compilers {
		on[c.flow] = map[string]bool{}
		for _, ch := range b.Channels {
			on[c.flow][ch.Name] = slices.ContainsFunc(c.flow.starts, func(s *start) bool { return s.on(ch) }) || b.commanded(c.flow)
		}
	}
	for changed := true; changed; {
		changed = false
		for _, c := range compilers {
			for _, d := range c.drafts {
				o, ok := d.step.op.(*call)
				if !ok || on[o.flow] == nil {
					continue
				}
				for name, runs := range on[c.flow] {
					changed = changed || runs && !on[o.flow][name]
					on[o.flow][name] = on[o.flow][name] || runs
				}
			}
		}
	}
	all, out := channelForms(b), map[*Flow][]form{}
	for _, c := range compilers {
		out[c.flow] = slices.DeleteFunc(slices.Clone(all), func(f form) bool { return !on[c.flow][f.channel] })
		if len(out[c.flow]) == 0 {
			out[c.flow] = all
		}
	}
	return out
}

// commanded reports whether a command starts a flow.
func (b *Bot) commanded(f *Flow) bool {
	return slices.ContainsFunc(b.commands, func(c *command) bool { return c.flow == f.ID })
}

// A said is a message of a step, as it is written.
type said struct {
	m *message
	// node has the keys of the message; text is the node of one that is only a text.
	node, text *spec.Node
	// options are those that are written out. Where they are computed, some is true.
	options []channels.Option
	some    bool
}

// messages are those of the steps of a flow.
func (c *compiler) messages() []said {
	var out []said
	for _, d := range c.drafts {
		switch o := d.step.op.(type) {
		case *ask:
			s := said{m: o.message, node: d.node, some: o.from != nil || len(o.options) > 0}
			for _, opt := range o.options {
				s.options = append(s.options, channels.Option{ID: opt.id, Label: sample(opt.label), Hint: sample(opt.hint)})
			}
			out = append(out, s)
		case *say:
			n := d.v.Node("say")
			s := said{m: o.message, node: n, some: len(o.buttons) > 0}
			if n.Kind() != spec.Map {
				s.node, s.text = nil, n
			}
			for i, label := range o.buttons {
				s.options = append(s.options, channels.Option{ID: fmt.Sprint(i + 1), Label: sample(label)})
			}
			out = append(out, s)
		}
	}
	return out
}

// sample is a text with its ${ } left aside; where nothing else is in it, it is short.
func sample(t *expression.Template) string {
	if t == nil {
		return ""
	}
	text := ""
	for _, p := range t.Parts() {
		text += p.Literal
	}
	if text == "" && len(t.Parts()) > 0 {
		return "…"
	}
	return text
}

// at is the place of a key of the message.
func (s *said) at(key string) spec.Pos {
	if n := s.node.Get(key); n != nil {
		return n.Key().Pos()
	}
	return s.text.Pos()
}

// A wording is one of the texts that a message may have.
type wording struct {
	node *spec.Node
	text string
}

// wordings are the texts of a message.
func (s *said) wordings() []wording {
	switch {
	case s.m == nil:
		return nil
	case s.text != nil:
		return []wording{{s.text, sample(s.m.text)}}
	case s.m.text != nil:
		return []wording{{s.node.Get("text"), sample(s.m.text)}}
	}
	var out []wording
	for i, n := range s.node.Get("any_of").Items() {
		if i < len(s.m.anyOf) {
			out = append(out, wording{n, sample(s.m.anyOf[i])})
		}
	}
	return out
}

// reply is what the message becomes with one of its texts.
func (s *said) reply(text string) channels.Reply {
	r := channels.Reply{Text: text, Options: s.options}
	if s.m.mediaURL != nil {
		r.Media = &channels.Media{Kind: s.m.media, URL: "…"}
	}
	for range s.m.links {
		r.Links = append(r.Links, channels.Link{Label: "…", URL: "…"})
	}
	return r
}

// byDetail says of every channel what a check says of it, and of those alike once: "on
// the channels a and b …; on the channel c …". It is empty when the check says nothing.
func byDetail(forms []form, check func(f form) string) string {
	var details []string
	names := map[string][]string{}
	for _, f := range forms {
		d := check(f)
		if d == "" {
			continue
		}
		if names[d] == nil {
			details = append(details, d)
		}
		names[d] = append(names[d], f.channel)
	}
	for i, d := range details {
		details[i] = "on " + channelNames(names[d]) + " " + d
	}
	return strings.Join(details, "; ")
}

// channelNames writes "the channel a", or "the channels a, b and c".
func channelNames(names []string) string {
	if len(names) == 1 {
		return "the channel " + names[0]
	}
	return "the channels " + listed(names)
}

// listed writes "a, b and c".
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// A lacking collects where a bot uses what some of its channels do not have at all. That
// is told once, with the first place, and not at each.
type lacking struct {
	order []string // of what is lacking
	found map[string]map[string]*lack
}

// A lack is where a channel lacks something.
type lack struct {
	first  spec.Pos
	places int
}

// add notes that channels lack something at a place.
func (l *lacking) add(what string, at spec.Pos, forms []form, lacks func(f form) bool) {
	for _, f := range forms {
		if !lacks(f) {
			continue
		}
		if l.found[what] == nil {
			if l.found == nil {
				l.found = map[string]map[string]*lack{}
			}
			l.order, l.found[what] = append(l.order, what), map[string]*lack{}
		}
		if l.found[what][f.channel] == nil {
			l.found[what][f.channel] = &lack{first: at}
		}
		l.found[what][f.channel].places++
	}
}

// report gives a hint for each thing and first place, naming the channels.
func (l *lacking) report(r *spec.Report, forms []form) {
	for _, what := range l.order {
		names, elsewhere := map[spec.Pos][]string{}, map[spec.Pos]string{}
		var order []spec.Pos
		for _, f := range forms {
			at := l.found[what][f.channel]
			if at == nil {
				continue
			}
			if names[at.first] == nil {
				order = append(order, at.first)
			}
			names[at.first] = append(names[at.first], f.channel)
			if at.places > 1 {
				elsewhere[at.first] = ", here and elsewhere"
			}
		}
		code, sentence, _ := strings.Cut(what, " ")
		for _, at := range order {
			r.Hint(at, code, "", "%s on %s%s", sentence, channelNames(names[at]), elsewhere[at])
		}
	}
}
