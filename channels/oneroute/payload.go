package oneroute

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A word is a text or a number, which keeps its digits. Anything else is no word,
// "", and does not take the rest of the payload with it.
type word string

// UnmarshalJSON takes any value.
func (w *word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch {
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = word(channels.Clean(s))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*w = word(b)
	}
	return nil
}

// A part is an object of a payload; one of another form is absent, and does not
// take the rest with it.
type part[T any] struct {
	is T
	ok bool
}

// UnmarshalJSON takes any value.
func (p *part[T]) UnmarshalJSON(b []byte) error {
	*p = part[T]{}
	p.ok = b[0] == '{' && json.Unmarshal(b, &p.is) == nil
	return nil
}

// The payload of newMessage, as far as it is read. Confirmed on
// https://docs.oneroute.io/others/receiving-events-webhooks.
type (
	webhook struct {
		Event        word               `json:"event"`
		Message      part[message]      `json:"message"`
		Conversation part[conversation] `json:"conversation"`
	}

	message struct {
		Sender          part[sender] `json:"sender"`
		ExternalID      word         `json:"externalId"`
		Content         word         `json:"content"`
		ContentType     word         `json:"contentType"`
		ImageURL        word         `json:"imageUrl"`
		VideoURL        word         `json:"videoUrl"`
		DocumentURL     word         `json:"documentUrl"`
		AudioURL        word         `json:"audioUrl"`
		QuotedMessageID word         `json:"quoted_message_id"`
		ConversationID  word         `json:"conversation_id"`
	}

	sender struct {
		Name         word            `json:"name"`
		AuthUser     json.RawMessage `json:"authUser"`
		LastActivity word            `json:"lastActivity"`
	}

	conversation struct {
		ID            word            `json:"id"`
		Agent         json.RawMessage `json:"agent"`
		AgentID       word            `json:"agent_id"`
		Customer      part[customer]  `json:"customer"`
		LastMessageAt word            `json:"lastMessageAt"`
		Status        word            `json:"status"`
		Channel       part[inbox]     `json:"Channel"`
	}

	customer struct {
		Name  word `json:"name"`
		Email word `json:"email"`
	}

	// inbox is what OneRoute calls a channel.
	inbox struct {
		ID     word `json:"id"`
		Phone  word `json:"phone"`
		Medium word `json:"medium"`
	}
)

// own reports whether the workspace itself wrote: one of its users, or its API.
func (s sender) own() bool {
	v := string(s.AuthUser)
	return v == "true" || v == `"true"` || v == "1"
}

// agents are the words by which a conversation names who has it: none when nobody
// has. The form of agent is published for null alone; an object is read for what
// users have elsewhere, a name.
func (c conversation) agents() []string {
	var out []string
	if c.AgentID != "" {
		out = append(out, string(c.AgentID))
	}
	var who part[struct {
		ID   word `json:"id"`
		Name word `json:"name"`
	}]
	var plain word
	switch raw := string(c.Agent); {
	case raw == "" || raw == "null" || raw == "{}" || raw == "false":
	case json.Unmarshal(c.Agent, &who) == nil && who.ok:
		out = append(out, string(who.is.ID), string(who.is.Name))
	case json.Unmarshal(c.Agent, &plain) == nil && plain != "":
		out = append(out, string(plain))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// number reads a phone number with its country as digits; "" when it is none.
func number(s string) string {
	digits := strings.TrimPrefix(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -().\u00a0", r) {
			return -1
		}
		return r
	}, s), "+")
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// A keyPath leads to a value of a payload.
type keyPath []string

func newPath(s string) (keyPath, error) {
	p := strings.Split(strings.TrimSpace(s), ".")
	if slices.Contains(p, "") || strings.ContainsAny(s, "{}[]\"'") || strings.ContainsAny(strings.TrimSpace(s), " \t") {
		return nil, errors.New("is not a path such as conversation.customer.phone")
	}
	return p, nil
}

// text returns the text, number or truth value that a keyPath leads to; "" when
// there is none.
func (p keyPath) text(v any) string {
	for _, name := range p {
		object, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = object[name]
	}
	switch v := v.(type) {
	case string:
		return channels.Clean(v)
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	default:
		return ""
	}
}
