package flows

import (
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// lintLength warns of texts that a channel can only send in several parts, what
// is computed in them left aside.
func lintLength(c *compiler, forms []form) {
	for _, d := range c.drafts {
		switch o := d.step.op.(type) {
		case *ask:
			lintText(c, forms, d.v.Node("text"), o.message.text)
		case *say:
			n := d.v.Node("say")
			if n.Kind() == spec.Map {
				n = n.Get("text")
			}
			lintText(c, forms, n, o.message.text)
		}
	}
}

func lintText(c *compiler, forms []form, n *spec.Node, t *expression.Template) {
	if n == nil || t == nil {
		return
	}
	text := ""
	for _, p := range t.Parts() {
		text += p.Literal
	}
	for _, f := range forms {
		if f.can.Text.Max > 0 && channels.Measure(text, f.can.Text.Unit) > f.can.Text.Max {
			c.r.Warn(n.Pos(), "W305", "Make it shorter, or divide it yourself.", "the text is %d characters; the channel %s allows %d, so it is sent in %d parts",
				channels.Measure(text, channels.Graphemes), f.channel, f.can.Text.Max, len(channels.Split(text, f.can.Text)))
		}
	}
}
