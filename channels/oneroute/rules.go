package oneroute

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A rule says what a webhook means whose shape OneRoute does not publish: the end
// of a campaign, a conversation that was closed or given back.
type rule struct {
	kind  channels.Kind
	conds []condition
}

// A condition holds when a keyPath leads to a value; "" is what is empty.
type condition struct {
	at    keyPath
	value string
}

// conversationKinds are the kinds of rules that belong to a conversation. There
// is no agent_message: flows would say it again, and OneRoute has sent it.
func conversationKinds() []string {
	return []string{
		string(channels.KindStarted), string(channels.KindReopened), string(channels.KindClosed),
		string(channels.KindAssigned), string(channels.KindTakeOver), string(channels.KindGiveBack),
		string(channels.KindOptIn), string(channels.KindOptOut),
	}
}

// ruleKinds are the kinds that rules may name.
func ruleKinds() []string {
	return append(conversationKinds(), string(channels.KindTemplate), string(channels.KindChannel))
}

// newRules reads lines such as "give_back: conversation.status=closed, event=x".
func newRules(lines []string) ([]rule, error) {
	var out []rule
	for _, line := range lines {
		kind, conds, ok := strings.Cut(line, ":")
		kind = strings.TrimSpace(kind)
		if !ok || strings.TrimSpace(conds) == "" {
			return nil, errors.New(`setting "events" has a line that is not kind: path=value`)
		}
		if !slices.Contains(ruleKinds(), kind) {
			return nil, fmt.Errorf(`setting "events" has the kind %.40q, which is none of %s`, kind, strings.Join(ruleKinds(), ", "))
		}
		r := rule{kind: channels.Kind(kind)}
		for cond := range strings.SplitSeq(conds, ",") {
			at, value, ok := strings.Cut(cond, "=")
			p, err := newPath(at)
			if value = strings.TrimSpace(value); !ok || err != nil || value == "" {
				return nil, fmt.Errorf(`setting "events" has a condition of %s that is not path=value`, kind)
			}
			if value == "null" {
				value = ""
			}
			r.conds = append(r.conds, condition{p, value})
		}
		out = append(out, r)
	}
	return out, nil
}

func (r rule) fits(payload any) bool {
	return !slices.ContainsFunc(r.conds, func(c condition) bool { return c.at.text(payload) != c.value })
}

// ruled returns the kind of the first rule that fits; "" when none does, or when
// it is one of a conversation and there is none.
func (c *Channel) ruled(document map[string]any, conversation string) channels.Kind {
	i := slices.IndexFunc(c.rules, func(r rule) bool { return r.fits(document) })
	if i < 0 || conversation == "" && slices.Contains(conversationKinds(), string(c.rules[i].kind)) {
		return ""
	}
	return c.rules[i].kind
}
