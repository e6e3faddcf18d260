package chatapi

import (
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// metaEvents decodes each item of each change of each entry.
func (c *Channel) metaEvents(raw json.RawMessage) []channels.Event {
	var events []channels.Event
	entries, _ := part[[]json.RawMessage](raw)
	for _, entry := range entries {
		e, ok := part[metaEntry](entry)
		if !ok || len(e.Changes) == 0 {
			events = append(events, unknown(entry))
		}
		for _, change := range e.Changes {
			events = append(events, c.metaChange(change)...)
		}
	}
	return events
}

func (c *Channel) metaChange(raw json.RawMessage) []channels.Event {
	change, ok := part[metaChange](raw)
	if !ok {
		return []channels.Event{unknown(raw)}
	}
	if e, ok := templateEvent(&change, raw); ok {
		return []channels.Event{e}
	}
	v, _ := part[metaValue](change.Value)
	people, _ := part[[]metaContact](v.Contacts)
	var events []channels.Event
	for _, m := range v.Messages {
		events = append(events, c.metaMessage(m, people, false))
	}
	for _, m := range v.Echoes {
		events = append(events, c.metaMessage(m, nil, true))
	}
	for _, s := range v.Statuses {
		events = append(events, metaStatusEvent(s))
	}
	if change.Field == "calls" && len(v.Statuses) == 0 {
		events = append(events, calls(v.Calls, raw)...)
	}
	if len(events) == 0 {
		return []channels.Event{unknown(raw)}
	}
	return events
}

// templateEvent reads what became of a template.
func templateEvent(change *metaChange, raw json.RawMessage) (channels.Event, bool) {
	switch change.Field {
	case "message_template_status_update", "message_template_quality_update", "template_category_update":
	default:
		return channels.Event{}, false
	}
	v, ok := part[map[string]word](change.Value)
	e := channels.Event{Kind: channels.KindTemplate, DedupeID: digest(raw)}
	addData(&e, "change", change.Field)
	for _, key := range []string{"event", "message_template_id", "message_template_name", "message_template_language", "reason"} {
		addData(&e, strings.TrimPrefix(key, "message_"), v[key])
	}
	return e, ok
}

// metaMessage reads a message, or with echo one that was sent in the app of the
// business.
func (c *Channel) metaMessage(raw json.RawMessage, people []metaContact, echo bool) channels.Event {
	m, ok := part[metaMessage](raw)
	person := m.From
	if echo {
		person = m.To
	}
	if !ok || person == "" || m.ID == "" {
		return unknown(raw)
	}
	e := channels.Event{
		Kind: channels.KindUnknown, ID: string(m.ID), Conversation: chatOf(person), Time: unix(m.Timestamp),
		RefersTo: string(m.Context.ID), DedupeID: "message:" + string(m.ID),
	}
	e.Sender = channels.Sender{ID: e.Conversation, Phone: phone(e.Conversation)}
	for _, p := range people {
		if p.WaID == person {
			e.Sender.Name = personName(p.Profile.Name)
		}
	}
	if !metaTap(&e, &m) && !metaAttachment(&e, &m) {
		metaContent(&e, &m)
	}
	if echo {
		c.sent(&e, true)
	}
	if e.Kind == channels.KindUnknown {
		e.Raw = unknown(raw).Raw
	}
	return e
}

// chatOf makes the chat of a number, or of the id that people without a number
// have: 1MSG ends it with @lid.
func chatOf(id word) string {
	if strings.Trim(string(id), digits) == "" {
		return string(id) + personal
	}
	return string(id) + "@lid"
}

func metaTap(e *channels.Event, m *metaMessage) bool {
	t, _ := part[tap](m.Interactive)
	switch {
	case t.Button != nil:
		setChoice(e, t.Button.ID, t.Button.Title, "")
	case t.List != nil:
		setChoice(e, t.List.ID, t.List.Title, "")
	case m.Type == "button" && m.Button != nil:
		setChoice(e, m.Button.Payload, m.Button.Text, "")
	default:
		return false
	}
	return true
}

// metaAttachment adds media, which have an id that OpenMedia opens.
func metaAttachment(e *channels.Event, m *metaMessage) bool {
	for _, f := range []struct {
		media *metaMedia
		kind  channels.MediaKind
	}{
		{m.Image, channels.Image}, {m.Sticker, channels.Image}, {m.Video, channels.Video},
		{m.Audio, channels.Audio}, {m.Document, channels.File},
	} {
		if f.media == nil || f.media.ID == "" {
			continue
		}
		e.Kind, e.Text = channels.KindMessage, string(f.media.Caption)
		e.Media = []channels.Media{{
			Kind: f.kind, ID: string(f.media.ID), MIME: string(f.media.MIME), Name: string(f.media.Filename),
		}}
		return true
	}
	return false
}

func metaContent(e *channels.Event, m *metaMessage) {
	switch {
	case m.Type == "text" && m.Text.Body != "":
		e.Kind, e.Text = channels.KindMessage, string(m.Text.Body)
	case m.Type == "reaction" && m.Reaction != nil:
		e.Kind, e.Text, e.RefersTo = channels.KindReaction, string(m.Reaction.Emoji), string(m.Reaction.MessageID)
	case m.Type == "location" && m.Location != nil:
		latitude, ok1 := degrees(string(m.Location.Latitude), 90)
		longitude, ok2 := degrees(string(m.Location.Longitude), 180)
		if ok1 && ok2 {
			e.Kind = channels.KindMessage
			e.Location = &channels.Location{
				Latitude: latitude, Longitude: longitude, Name: string(m.Location.Name), Address: string(m.Location.Address),
			}
		}
	case m.Type == "contacts" && len(m.Contacts) > 0:
		e.Kind = channels.KindMessage
		for _, card := range m.Contacts {
			contact := channels.Contact{Name: string(card.Name.Formatted)}
			for _, p := range card.Phones {
				contact.Phones = append(contact.Phones, string(p.Phone))
			}
			for _, mail := range card.Emails {
				contact.Emails = append(contact.Emails, string(mail.Email))
			}
			e.Contacts = append(e.Contacts, contact)
		}
	case m.Type == "request_welcome":
		e.Kind = channels.KindStarted
	}
}

func metaStatusEvent(raw json.RawMessage) channels.Event {
	s, ok := part[metaStatus](raw)
	if !ok || s.ID == "" {
		return unknown(raw)
	}
	reason, conversation := "", ""
	if len(s.Errors) > 0 {
		if reason = string(s.Errors[0].Code); reason == "" {
			reason = string(s.Errors[0].Title)
		}
	}
	if s.Recipient != "" {
		conversation = chatOf(s.Recipient)
	}
	return statusEvent(raw, string(s.ID), conversation, string(s.Status), reason)
}
