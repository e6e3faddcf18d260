package flows

import (
	"fmt"

	"github.com/parley-chat/parley/channels"
)

// lintLength warns of texts that a channel can only send in several parts, what
// is computed in them left aside. Where media carry the text it is lintMedia's.
func lintLength(c *compiler, forms []form) {
	for _, s := range c.messages() {
		for _, w := range s.wordings() {
			over := byDetail(forms, func(f form) string { return f.parted(&s, w.text) })
			if over != "" {
				c.r.Warn(w.node.Pos(), "W305", "Make it shorter, or divide it yourself.", "the text is %d characters; %s",
					channels.Measure(w.text, channels.Graphemes), over)
			}
		}
	}
}

// parted says in how many parts a channel sends a text; empty for one.
func (f form) parted(s *said, text string) string {
	alone := len(channels.Split(text, f.can.Text))
	if alone > 1 {
		return fmt.Sprintf("%s are allowed, so it is sent in %d parts", limit(f.can.Text), alone)
	}
	r := s.reply(text)
	r.Media = nil
	messages := channels.Render(f.can, r)
	if len(messages) < 2 || messages[len(messages)-1].Form == channels.FormText || f.can.WithOptions.Max == 0 {
		return ""
	}
	return fmt.Sprintf("%s are allowed over buttons, a list or links, so it is sent in %d parts", limit(f.can.WithOptions), len(messages))
}

// limit is a limit with its unit, where that is no character.
func limit(l channels.TextLimit) string {
	if l.Unit == channels.Bytes {
		return fmt.Sprintf("%d bytes", l.Max)
	}
	return fmt.Sprint(l.Max)
}
