package innopaas

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook, which is one event. What is not understood becomes an
// event of KindUnknown with the payload as it came. InnoPaaS does not publish
// which answer it wants: it gets an empty 200.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !c.proven(r) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the token or the user is missing or wrong"}
	}
	var raw json.RawMessage
	if err := channels.Decode(r.Body, &raw); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	e := channels.Event{Kind: channels.KindUnknown}
	if w, ok := part[webhook](raw); ok {
		e = c.event(&w)
	}
	e.Channel = c.name
	if e.DedupeID == "" {
		sum := sha256.Sum256(raw)
		e.DedupeID = hex.EncodeToString(sum[:16])
	}
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	return &channels.Received{Events: []channels.Event{e}}, nil
}

// proven finds the token in the header that the console sets, or in the address,
// and the user where one is set. InnoPaaS sends both values as they were typed:
// https://docs.innopaas.com/api-reference/api-reference-en/whatsapp-business-api/webhook/configure-webhook.
func (c *Channel) proven(r *channels.Request) bool {
	inHeader := channels.Equal(r.Header.Get("Authorization"), c.webhookToken)
	inURL := channels.Equal(r.URL.Query().Get("token"), c.webhookToken)
	user := c.webhookUser == "" || channels.Equal(r.Header.Get("UserName"), c.webhookUser)
	return (inHeader || inURL) && user
}

// event says what a webhook is for a conversation.
func (c *Channel) event(w *webhook) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Time: timeOf(w.EventTime)}
	if w.ID != "" {
		e.DedupeID = "event:" + string(w.ID)
	}
	switch w.Type {
	case "whatsapp_mo_message_received":
		if m, ok := part[messageBody](w.Body); ok {
			c.addMessage(&e, &m)
		}
	case "whatsapp_message_status_updated":
		if s, ok := part[statusBody](w.Body); ok {
			addStatus(&e, &s)
		}
	// One of the vendor's samples has no d at the end.
	case "whatsapp_template_status_updated", "whatsapp_template_status_update":
		if t, ok := part[templateBody](w.Body); ok {
			addTemplate(&e, &t)
		}
	case "whatsapp_account_review_updated":
		addChannel(&e, "account_review", w.Body)
	case "whatsapp_phone_number_name_update":
		addChannel(&e, "phone_number_name", w.Body)
	}
	return e
}

// account names a number of a WhatsApp Business Account, both of which the API
// wants to know; the number is left out where the platform leaves it out.
func account(waba, number word) string {
	if number == "" {
		return string(waba)
	}
	return string(waba) + ":" + strings.TrimPrefix(string(number), "+")
}

// addStatus adds what became of a message. A status names neither the number that
// sent it nor, in some documents, the person: the bot finds both by the id, which
// is the one that the API answered. Whether one that comes again has the same
// event id is not published, so the message and its state are the dedupe id.
func addStatus(e *channels.Event, s *statusBody) {
	e.Account = account(s.WabaID, "")
	if s.ID == "" {
		return
	}
	e.RefersTo = string(s.ID)
	e.DedupeID = "status:" + string(s.ID) + ":" + string(s.Status)
	state, reason := strings.ToLower(string(s.Status)), ""
	switch state {
	case "sent", "delivered", "read":
	case "failed", "smecl:failed":
		state, reason = "failed", string(s.Status)
		if d, ok := part[errorData](s.ErrorData); ok && d.ErrorCode != "" {
			reason = string(d.ErrorCode)
		}
	default:
		return
	}
	e.Kind = channels.KindStatus
	e.Status = &channels.Status{MessageID: string(s.ID), State: state, Error: reason}
}

// addTemplate adds what became of a template. It has no id of its own beside that
// of the event, and may come to the same status again.
func addTemplate(e *channels.Event, t *templateBody) {
	e.Account = account(t.WabaID, "")
	if t.ID == "" && t.Name == "" {
		return
	}
	e.Kind = channels.KindTemplate
	for name, value := range map[string]word{
		"template_id": t.ID, "name": t.Name, "language": t.Language, "category": t.Category, "status": t.Status, "reason": t.Reason,
	} {
		addData(e, name, value)
	}
}

// addChannel adds what became of the account or of a number's name. Their bodies
// are announced but not published, so they are payload in the event's data.
func addChannel(e *channels.Event, what word, raw json.RawMessage) {
	e.Kind = channels.KindChannel
	addData(e, "event", what)
	if body, ok := part[map[string]any](raw); ok && len(body) > 0 {
		e.Data["payload"] = body
	}
	if who, ok := part[statusBody](raw); ok {
		e.Account = account(who.WabaID, "")
	}
}

func addData(e *channels.Event, name string, value word) {
	if value == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = string(value)
}
