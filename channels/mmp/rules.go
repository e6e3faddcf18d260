package mmp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A rule says what an event means whose shape MMP does not publish: that of
// conversations (created, reopened, closed, assigned) above all.
type rule struct {
	kind  channels.Kind
	conds []condition
}

// A condition holds when a keyPath leads to a value.
type condition struct {
	at    keyPath
	value string
}

// conversationKinds are the kinds of rules that belong to a conversation. There
// is no agent_message: flows would say it again, and the platform has sent it.
func conversationKinds() []string {
	return []string{
		string(channels.KindStarted), string(channels.KindReopened), string(channels.KindClosed),
		string(channels.KindAssigned), string(channels.KindTakeOver), string(channels.KindGiveBack),
		string(channels.KindOptIn), string(channels.KindOptOut), string(channels.KindCall), string(channels.KindEcho),
	}
}

// ruleKinds are the kinds that rules may name.
func ruleKinds() []string {
	return append(conversationKinds(), string(channels.KindTemplate), string(channels.KindChannel))
}

// newRules reads lines such as "conversation_assigned: type=5, status=2".
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
		for part := range strings.SplitSeq(conds, ",") {
			at, value, ok := strings.Cut(part, "=")
			p, err := newPath(strings.TrimSpace(at))
			if value = strings.TrimSpace(value); !ok || err != nil || value == "" {
				return nil, fmt.Errorf(`setting "events" has a condition of %s that is not path=value`, kind)
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

// ruled makes an event by the first rule that fits. Without its conversation an
// event of one could reach no flow, so it stays unknown, to be seen.
func (c *Channel) ruled(e *channels.Event, document map[string]any) bool {
	i := slices.IndexFunc(c.rules, func(r rule) bool { return r.fits(document) })
	if i < 0 {
		return false
	}
	kind := c.rules[i].kind
	if slices.Contains(conversationKinds(), string(kind)) {
		e.Conversation = channels.Clean(c.eventConversation.text(document))
		if e.Conversation == "" {
			return true
		}
	}
	e.Kind = kind
	addPayload(e, document)
	return true
}

// addPayload keeps an event of a shape that nobody publishes as it came.
func addPayload(e *channels.Event, document map[string]any) {
	addData(e, "payload", document)
}
