package flows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// lintOptions hints at options that become a numbered text, though the channel has
// buttons or lists: they are too many, or a hint or an id is too long. A label that is too
// long is lintLabels'.
func lintOptions(c *compiler, forms []form, lacks *lacking) {
	for _, s := range c.messages() {
		if !s.some {
			continue
		}
		key := "options"
		if s.node.Get(key) == nil {
			key = "buttons"
		}
		lacks.add("H401 the options become a numbered text", s.at(key), forms, func(f form) bool { return f.can.Buttons.Max+f.can.List.Max == 0 })
		if len(s.options) == 0 {
			continue
		}
		if numbered := byDetail(forms, func(f form) string { return f.numbered(s.options) }); numbered != "" {
			c.r.Hint(s.at(key), "H401", "", "the %d options become a numbered text: %s", len(s.options), numbered)
		}
	}
}

// numbered says why a channel numbers options in the text; empty when it does not, when
// it has no other form, or when a label is the reason.
func (f form) numbered(options []channels.Option) string {
	if f.can.Buttons.Max+f.can.List.Max == 0 || slices.ContainsFunc(options, func(o channels.Option) bool { return f.tooLong(o.Label) != "" }) {
		return ""
	}
	messages := channels.Render(f.can, channels.Reply{Text: "?", Options: options})
	if messages[len(messages)-1].Form != channels.FormText {
		return ""
	}
	var has []string
	if f.can.Buttons.Max > 0 {
		has = append(has, fmt.Sprintf("%d buttons", f.can.Buttons.Max))
	}
	if f.can.List.Max > 0 {
		has = append(has, fmt.Sprintf("a list of %d", f.can.List.Max))
	}
	if len(options) > max(f.can.Buttons.Max, f.can.List.Max) {
		return "there are " + strings.Join(has, ", or ")
	}
	return "there are " + strings.Join(has, ", or ") + ", for which one of the labels, hints or ids is too long"
}
