package flows

import (
	"fmt"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// lintLabels warns of options whose label is too long for buttons and lists, so
// that they would be a numbered text.
func lintLabels(c *compiler, forms []form) {
	for _, d := range c.drafts {
		switch o := d.step.op.(type) {
		case *ask:
			for i, opt := range o.options {
				n := d.v.List("options")[i]
				if n.Kind() == spec.Map {
					n = n.Get("label")
				}
				lintLabel(c, forms, n, opt.label)
			}
		case *say:
			for i, label := range o.buttons {
				lintLabel(c, forms, d.v.Node("say").Get("buttons").Items()[i], label)
			}
		}
	}
}

func lintLabel(c *compiler, forms []form, n *spec.Node, t *expression.Template) {
	label, fixed := t.Literal()
	if !fixed {
		return
	}
	over := byDetail(forms, func(f form) string { return f.tooLong(label) })
	if over != "" {
		c.r.Warn(n.Pos(), "W304", "Make it shorter, and say the rest in a `hint:`.", "the label is %d characters, and the options become a numbered text: %s",
			channels.Measure(label, channels.Graphemes), over)
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
