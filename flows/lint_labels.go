package flows

import (
	"fmt"
	"log/slog"
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

// channelForms are those of the bot's channels, one of each type.
func channelForms(b *Bot) []form {
	var forms []form
	seen := map[string]bool{}
	for _, ch := range b.Channels {
		if ch.Factory.Capabilities == nil || seen[ch.Factory.Type] {
			continue
		}
		seen[ch.Factory.Type] = true
		config := &channels.Config{Name: ch.Name, Values: ch.Config, Lists: ch.Lists, Log: slog.New(slog.DiscardHandler)}
		forms = append(forms, form{ch.Name, ch.Factory.Capabilities(config)})
	}
	return forms
}

// lintLabels warns of options whose label is too long for buttons and lists, so
// that they would be a numbered text.
func lintLabels(c *compiler, forms []form) {
	for _, d := range c.drafts {
		a, ok := d.step.op.(*ask)
		if !ok || a.from != nil {
			continue
		}
		for i, n := range d.v.List("options") {
			if n.Kind() == spec.Map {
				n = n.Get("label")
			}
			lintLabel(c, forms, n, a.options[i].label)
		}
	}
}

func lintLabel(c *compiler, forms []form, n *spec.Node, t *expression.Template) {
	label, fixed := t.Literal()
	if !fixed {
		return
	}
	for _, f := range forms {
		if over := f.tooLong(label); over != "" {
			c.r.Warn(n.Pos(), "W304", "Make it shorter, and say the rest in a `hint:`.", "the label is %d characters; on the channel %s %s, so the options become a numbered text",
				channels.Measure(label, channels.Graphemes), f.channel, over)
		}
	}
}

// tooLong says what a label is too long for; empty when it fits one of the forms
// that the channel has, or when it has none.
func (f form) tooLong(label string) string {
	var over []string
	for _, kind := range []struct {
		name  string
		max   int
		label channels.TextLimit
	}{{"buttons", f.can.Buttons.Max, f.can.Buttons.Label}, {"list rows", f.can.List.Max, f.can.List.Label}} {
		switch {
		case kind.max <= 0:
		case kind.label.Max <= 0 || channels.Measure(label, kind.label.Unit) <= kind.label.Max:
			return ""
		default:
			over = append(over, fmt.Sprintf("%s allow %d", kind.name, kind.label.Max))
		}
	}
	return strings.Join(over, " and ")
}
