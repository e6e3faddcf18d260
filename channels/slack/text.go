package slack

import "strings"

// escape makes of a text one that Slack shows as it is: the three characters that
// begin or end its markup, https://docs.slack.dev/messaging/formatting-message-text.
// A mention or a link in it stays text.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// readable makes of Slack's markup what the person saw: <@U1> is @U1, <#C1|name>
// is #name, <!here> is @here, and a link is its address, with its label where that
// is another text.
func readable(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "<")
		b.WriteString(unescape(before))
		if !ok {
			return b.String()
		}
		inside, after, closed := strings.Cut(rest, ">")
		if !closed || strings.ContainsAny(inside, "<\n") {
			b.WriteString("<")
			s = rest
			continue
		}
		b.WriteString(unescape(special(inside)))
		s = after
	}
}

// special reads what stands between < and >.
func special(inside string) string {
	target, label, labelled := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return "@" + strings.TrimPrefix(first(label, target[1:]), "@")
	case strings.HasPrefix(target, "#"):
		return "#" + strings.TrimPrefix(first(label, target[1:]), "#")
	case strings.HasPrefix(target, "!"):
		if labelled {
			return label
		}
		return "@" + target[1:]
	case !labelled || label == "":
		return strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	case strings.HasSuffix(strings.TrimSuffix(target, "/"), strings.TrimSuffix(label, "/")), strings.HasPrefix(target, "tel:"):
		// Slack itself made a link of what was written.
		return label
	default:
		return label + " (" + target + ")"
	}
}

// withoutMention takes the bot's name off the start of a text, and reports whether
// the bot is named anywhere in it.
func withoutMention(s, bot string) (string, bool) {
	if bot == "" || !strings.Contains(s, "<@"+bot) {
		return s, false
	}
	start := strings.TrimLeft(s, " ")
	for _, end := range []string{">", "|"} {
		rest, ok := strings.CutPrefix(start, "<@"+bot+end)
		if !ok {
			continue
		}
		if end == "|" {
			_, rest, _ = strings.Cut(rest, ">")
		}
		return strings.TrimLeft(rest, " \u00a0,:"), true
	}
	return s, true
}
