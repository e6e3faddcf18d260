package whatsapp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook, which may bring many messages and statuses of many numbers.
// What is not understood becomes an event of KindUnknown with the change that it is in.
// The answer is an empty 200.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if err := c.app.Verify(r); err != nil {
		return nil, err
	}
	b := batch{c: c, body: r.Body}
	var w webhook
	if err := channels.Unmarshal(r.Body, &w); err == nil {
		for i := range w.Entry {
			for j := range w.Entry[i].Changes {
				b.add(&w.Entry[i], &w.Entry[i].Changes[j], func() json.RawMessage { return b.change(i, j) })
			}
		}
	} else if err := b.apart(); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	if len(b.events) == 0 {
		b.unknown("", r.Body)
	}
	return &channels.Received{Events: b.events}, nil
}

// Handshake answers the GET with which Meta checks the address of the webhook.
func (c *Channel) Handshake(_ context.Context, r *channels.Request) (*channels.Answer, error) {
	return c.app.Handshake(r)
}

// A batch is what one webhook brings.
type batch struct {
	c      *Channel
	body   []byte
	events []channels.Event
	loose  *loose // the body in parts, once somebody asked
}

// loose is the envelope with its changes as they came.
type loose struct {
	Entry []struct {
		ID      word              `json:"id"`
		Time    word              `json:"time"`
		Changes []json.RawMessage `json:"changes"`
	} `json:"entry"`
}

// change returns a change as it came.
func (b *batch) change(i, j int) json.RawMessage {
	if b.loose == nil {
		b.loose = &loose{}
		if err := channels.Unmarshal(b.body, b.loose); err != nil {
			return b.body
		}
	}
	if i >= len(b.loose.Entry) || j >= len(b.loose.Entry[i].Changes) {
		return b.body
	}
	return b.loose.Entry[i].Changes[j]
}

// apart takes each change by itself, so that one of an unforeseen form does not take
// the others with it. An error says that the body is no JSON.
func (b *batch) apart() error {
	var raw json.RawMessage
	if err := channels.Unmarshal(b.body, &raw); err != nil {
		return err
	}
	var w loose
	if err := channels.Unmarshal(b.body, &w); err != nil {
		return nil // JSON of another form: nothing of it is known
	}
	for _, e := range w.Entry {
		for _, raw := range e.Changes {
			en := entry{ID: e.ID, Time: e.Time}
			var ch change
			if err := channels.Unmarshal(raw, &ch); err != nil {
				b.unknown(e.ID, raw)
				continue
			}
			b.add(&en, &ch, func() json.RawMessage { return raw })
		}
	}
	return nil
}

// add adds the events of a change. Its field says which lists it has.
func (b *batch) add(en *entry, ch *change, raw func() json.RawMessage) {
	v, before := &ch.Value, len(b.events)
	account := string(v.Metadata.PhoneNumberID)
	switch ch.Field {
	case "messages":
		b.messages(account, v, raw)
	case "calls":
		b.calls(account, v, raw)
	case "user_preferences":
		b.preferences(account, v, raw)
	case "standby":
		b.standby(account, v, raw)
	case "messaging_handovers":
		b.handover(v, raw)
	case "smb_message_echoes", "message_echoes":
		b.echoes(account, ch.Field == "smb_message_echoes", v, raw)
	default:
		b.account(en, ch.Field, raw())
	}
	if len(b.events) == before {
		b.unknown(en.ID, raw())
	}
}

// messages adds what people wrote and what became of what was sent to them, and errors
// of the number itself.
func (b *batch) messages(account string, v *value, raw func() json.RawMessage) {
	for i := range v.Messages {
		e := b.c.message(account, &v.Messages[i], v.Contacts)
		b.put(e, raw)
	}
	for i := range v.Statuses {
		b.put(status(account, &v.Statuses[i], v.Contacts), raw)
	}
	for _, p := range v.Errors {
		e := channels.Event{Kind: channels.KindChannel, Account: account, Data: map[string]any{"event": "error"}}
		addData(&e, "code", p.Code)
		addData(&e, "title", p.Title)
		b.put(e, raw)
	}
}

// put adds an event. One that was not understood has the change that it is in; one
// without an id is told by that change and its place.
func (b *batch) put(e channels.Event, raw func() json.RawMessage) {
	e.Channel = b.c.name
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw(), []byte("\uFFFD"))
	}
	if e.DedupeID == "" {
		e.DedupeID = digest(raw(), strconv.Itoa(len(b.events)))
	}
	b.events = append(b.events, e)
}

func (b *batch) unknown(account word, raw json.RawMessage) {
	b.put(channels.Event{Kind: channels.KindUnknown, Account: string(account)}, func() json.RawMessage { return raw })
}

// digest tells payloads without an id apart.
func digest(raw []byte, more string) string {
	sum := sha256.Sum256(append(bytes.Clone(raw), more...))
	return hex.EncodeToString(sum[:16])
}

// status says what became of a message. A voice message that was played was read. A
// status of a group names each participant. Who it is about may be named beside the
// status only.
func status(account string, s *item, contacts []contact) channels.Event {
	e := channels.Event{
		Kind: channels.KindUnknown, Account: account, Conversation: string(s.RecipientID),
		RefersTo: string(s.ID), Time: unix(s.Timestamp),
	}
	if e.Conversation == "" {
		e.Conversation = string(s.RecipientUserID)
	}
	if e.Conversation == "" && len(contacts) == 1 {
		e.Conversation = sender(contacts[0].WaID, contacts[0].UserID, nil).ID
	}
	state := string(s.Status)
	if state == "played" {
		state = "read"
	}
	if s.ID == "" {
		return e
	}
	e.DedupeID = "status:" + string(s.ID) + ":" + state
	if s.Participant != "" {
		e.DedupeID += ":" + string(s.Participant)
	}
	reason := ""
	switch state {
	case "sent", "delivered", "read":
	case "failed":
		if reason = state; len(s.Errors) > 0 && s.Errors[0].Code != "" {
			reason = string(s.Errors[0].Code)
		}
	default:
		return e
	}
	e.Kind = channels.KindStatus
	e.Status = &channels.Status{MessageID: string(s.ID), State: state, Error: reason}
	for _, d := range []struct {
		name  string
		value word
	}{
		{"ref", s.Ref}, {"participant", s.Participant}, {"billable", s.Pricing.Billable}, {"pricing_model", s.Pricing.Model},
		{"pricing_type", s.Pricing.Type}, {"pricing_category", s.Pricing.Category},
		{"conversation_id", s.Conversation.ID}, {"conversation_origin", s.Conversation.Origin.Type},
	} {
		addData(&e, d.name, d.value)
	}
	return e
}
