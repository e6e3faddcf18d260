package whatsapp

import (
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// message is what a person wrote, tapped, shared or changed. Of the documented types
// unsupported stays unknown: WhatsApp does not say what it was.
func (c *Channel) message(account string, m *item, contacts []contact) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Account: account, ID: string(m.ID), Time: unix(m.Timestamp)}
	if m.ID != "" {
		e.DedupeID = "message:" + string(m.ID)
	}
	e.Sender = sender(m.From, m.FromUserID, contacts)
	e.Conversation = e.Sender.ID
	if m.GroupID != "" {
		e.Conversation = string(m.GroupID)
		if !c.groups {
			return e
		}
	}
	if e.Conversation == "" {
		return e
	}
	switch m.Type {
	case "reaction":
		if r := m.Reaction; r != nil && r.MessageID != "" {
			e.Kind, e.Text, e.RefersTo = channels.KindReaction, string(r.Emoji), string(r.MessageID)
		}
	case "edit", "revoke":
		addEdit(&e, m)
	case "request_welcome": // the person opened the chat for the first time
		e.Kind = channels.KindStarted
	case "system":
		addSystem(&e, m.System)
	default:
		addContent(&e, m.Type, &m.content)
	}
	return e
}

// sender is the person. Who has a username may have no number: the id of the person
// for this business stands for it then, also as the conversation.
func sender(from, userID word, contacts []contact) channels.Sender {
	s := channels.Sender{ID: strings.TrimPrefix(string(from), "+"), Phone: phone(string(from))}
	if s.ID == "" {
		s.ID = string(userID)
	}
	for _, c := range contacts {
		known := c.WaID != "" && c.WaID == from || c.UserID != "" && (c.UserID == userID || c.UserID == from)
		if known || len(contacts) == 1 {
			s.Name = string(c.Profile.Name)
			s.Username = strings.TrimPrefix(string(c.Profile.Username), "@")
			break
		}
	}
	return s
}

// addEdit adds what a person made of a message, or that it was taken back.
func addEdit(e *channels.Event, m *item) {
	if r := m.Revoke; m.Type == "revoke" && r != nil && r.Original != "" {
		e.Kind, e.RefersTo = channels.KindDeleted, string(r.Original)
	}
	if d := m.Edit; m.Type == "edit" && d != nil && d.Original != "" && d.Message != nil {
		addContent(e, d.Message.Type, &d.Message.content)
		if e.Kind != channels.KindUnknown {
			e.Kind, e.RefersTo = channels.KindEdited, string(d.Original)
		}
	}
}

// addSystem adds that a person has another number or id: user_changed_number,
// user_changed_user_id. The conversation is the old one.
func addSystem(e *channels.Event, s *system) {
	if s == nil || s.Type == "" {
		return
	}
	e.Kind, e.Text = channels.KindChannel, ""
	addData(e, "event", s.Type)
	addData(e, "wa_id", s.WaID)
	addData(e, "user_id", s.UserID)
}

// calls adds calls and what became of those of the business. Their media (session) are
// not for a bot.
func (b *batch) calls(account string, v *value, raw func() json.RawMessage) {
	for i := range v.Calls {
		call := &v.Calls[i]
		who, id := call.From, call.FromUserID
		if call.Direction == "BUSINESS_INITIATED" {
			who, id = call.To, call.ToUserID
		}
		s := sender(who, id, v.Contacts)
		b.call(account, call, s, call.Event, raw)
	}
	for i := range v.Statuses {
		call := &v.Statuses[i]
		b.call(account, call, sender(call.RecipientID, call.RecipientUserID, v.Contacts), call.Status, raw)
	}
}

func (b *batch) call(account string, call *item, who channels.Sender, what word, raw func() json.RawMessage) {
	e := channels.Event{Kind: channels.KindUnknown, Account: account, ID: string(call.ID), Time: unix(call.Timestamp)}
	if call.ID != "" && what != "" && who.ID != "" {
		e.Kind, e.Conversation, e.Sender = channels.KindCall, who.ID, who
		e.DedupeID = "call:" + string(call.ID) + ":" + string(what)
		addData(&e, "event", what)
		addData(&e, "status", call.Status)
		addData(&e, "direction", call.Direction)
		addData(&e, "duration", call.Duration)
	}
	b.put(e, raw)
}

// preferences adds that a person wants no marketing any more, or wants it again.
func (b *batch) preferences(account string, v *value, raw func() json.RawMessage) {
	for i := range v.Preferences {
		p := &v.Preferences[i]
		who := sender(p.WaID, p.UserID, v.Contacts)
		e := channels.Event{Kind: channels.KindUnknown, Account: account, Conversation: who.ID, Sender: who, Time: unix(p.Timestamp)}
		if who.ID != "" {
			switch p.Value {
			case "stop":
				e.Kind = channels.KindOptOut
			case "resume":
				e.Kind = channels.KindOptIn
			}
			e.DedupeID = strings.Join([]string{"preference", who.ID, string(p.Category), string(p.Value), string(p.Timestamp)}, ":")
		}
		addData(&e, "category", p.Category)
		b.put(e, raw)
	}
}
