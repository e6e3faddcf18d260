package whatsapp

import (
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Who else may have a conversation: the people of the business with the WhatsApp
// Business app, and Meta's own agent.

// agentTeam owns a conversation that Meta's agent has.
const agentTeam = "meta_business_agent"

// echoes adds what the business itself wrote. When a person wrote it, with the app, the
// bot falls silent, or goes on at the words of the setting give_back; it was delivered
// already, so that it is never an agent_message, which the bot would send.
func (b *batch) echoes(account string, onPhone bool, v *value, raw func() json.RawMessage) {
	for i := range v.Echoes {
		m := &v.Echoes[i]
		e := echo(account, m)
		wrote := m.Type != "edit" && m.Type != "revoke"
		e.Kind, e.Choice = channels.KindEcho, nil
		if wrote && onPhone && b.c.phoneTakesOver && e.Conversation != "" {
			e.Kind = channels.KindTakeOver
			if b.c.giveBack != "" && strings.TrimSpace(e.Text) == b.c.giveBack {
				e.Kind = channels.KindGiveBack
			}
		}
		b.put(e, raw)
	}
}

// echo reads a message that went out, with its content.
func echo(account string, m *item) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Account: account, ID: string(m.ID), Time: unix(m.Timestamp)}
	if m.ID != "" {
		e.DedupeID = "echo:" + string(m.ID)
	}
	e.Conversation = sender(m.To, m.ToUserID, nil).ID
	addContent(&e, m.Type, &m.content)
	return e
}

// standby adds what happens in a conversation that Meta's agent has: …/reference/standby.
// Every message there says that the bot has to be silent; messaging_handovers say when
// it may go on. In echoes the message is an object of its own (observed, not published).
func (b *batch) standby(account string, v *value, raw func() json.RawMessage) {
	if v.Standby != nil {
		contacts := v.Contacts
		v = v.Standby
		if v.Contacts == nil {
			v.Contacts = contacts
		}
	}
	for i := range v.Messages {
		m := &v.Messages[i]
		e := b.c.message(account, m, v.Contacts)
		if e.DedupeID != "" {
			e.DedupeID = "standby:" + string(m.ID)
		}
		if e.Kind != channels.KindUnknown {
			e = held(e)
		}
		b.put(e, raw)
	}
	for i := range v.Echoes {
		m := v.Echoes[i]
		if inner := m.Message; inner != nil {
			m.content, m.Type, m.To, m.ToUserID = inner.content, inner.Type, inner.To, inner.ToUserID
			if m.To == "" {
				m.To = inner.Recipient
			}
		}
		b.put(held(echo(account, &m)), raw)
	}
	for i := range v.Statuses {
		b.put(status(account, &v.Statuses[i], v.Contacts), raw)
	}
}

// held says of an event that Meta's agent has the conversation.
func held(e channels.Event) channels.Event {
	if e.Conversation == "" {
		return e
	}
	e.Kind, e.Choice = channels.KindTakeOver, nil
	addData(&e, "team", agentTeam)
	return e
}

// handover adds that Meta's agent passed a conversation to the bot, or took it. The
// form was observed, see README.md; Meta publishes that of Messenger only.
func (b *batch) handover(v *value, raw func() json.RawMessage) {
	account := string(v.Metadata.PhoneNumberID)
	if account == "" {
		account = string(v.Recipient.PhoneNumberID)
	}
	who := sender(v.Sender.PhoneNumber, v.Sender.UserID, v.Contacts)
	e := channels.Event{Kind: channels.KindUnknown, Account: account, Conversation: who.ID, Time: unix(v.Timestamp)}
	if who.ID != "" && v.Type == "control_passed" {
		p := &v.ControlPassed
		e.DedupeID = "handover:" + who.ID + ":" + string(v.Timestamp) + ":" + string(p.NewRole)
		switch {
		case p.NewRole == "ai_agent":
			e.Kind = channels.KindAssigned
			addData(&e, "team", agentTeam)
		case p.PreviousAppRole == agentTeam || p.PreviousRole == "ai_agent":
			e.Kind = channels.KindGiveBack
		}
	}
	b.put(e, raw)
}
