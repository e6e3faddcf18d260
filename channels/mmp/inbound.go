package mmp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook, which is one event. What is not understood becomes an
// event of KindUnknown with the payload as it came. MMP does not publish which
// answer it wants: it gets an empty 200.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !c.proven(r) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the token is missing or wrong"}
	}
	var raw json.RawMessage
	if err := channels.Decode(r.Body, &raw); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	e := channels.Event{Kind: channels.KindUnknown}
	w, ok := part[webhook](raw)
	document, isObject := part[map[string]any](raw)
	if ok && isObject {
		e = c.event(&w, document)
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

// proven finds the token in the address, where the portal can put it, or as a
// bearer token, which a proxy can make of it to keep it out of its log. Both are
// compared, since MMP may send a header of that name for reasons of its own.
func (c *Channel) proven(r *channels.Request) bool {
	inURL := channels.Equal(r.URL.Query().Get("token"), c.webhookToken)
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	inHeader := strings.EqualFold(scheme, "bearer") && channels.Equal(token, c.webhookToken)
	return inURL || inHeader
}

// event says what a payload is for a conversation. The documentation contradicts
// itself about type, so what a payload carries decides first.
func (c *Channel) event(w *webhook, document map[string]any) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Account: string(w.PublicID), Time: unixMilli(w.Timestamp)}
	if e.Account == "" {
		e.Account = string(w.ChannelID)
	}
	if w.EventID != "" {
		e.DedupeID = "event:" + string(w.EventID)
	}
	if name := applicationName(w.ApplicationID); name != "" {
		addData(&e, "application", name)
	}
	message, hasMessage := part[rawMessage](w.Message)
	switch {
	case c.ruled(&e, document):
	case hasMessage:
		addMessage(&e, w, &message)
	case addTemplate(&e, w.Template), addChannel(&e, w.ChannelEvent), addCall(&e, w):
	case w.Type == "3":
		e.Kind = channels.KindTemplate
		addPayload(&e, document)
	case w.Type == "4":
		e.Kind = channels.KindChannel
		addPayload(&e, document)
	case w.MessageID != "" && (w.Status != "" || w.Cause != ""):
		c.addStatus(&e, w)
	}
	return e
}

// addStatus adds what became of a message. One that is pending is none of the
// states and stays unknown. A status is not documented to name its conversation.
func (c *Channel) addStatus(e *channels.Event, w *webhook) {
	id := string(w.MessageID)
	if c.messageID == nil && w.ClientMessageID != "" {
		id = string(w.ClientMessageID)
	}
	e.RefersTo = id
	e.DedupeID = "status:" + string(w.MessageID) + ":" + string(w.Status) + ":" + strings.ToUpper(string(w.Cause))
	state := statusState(w)
	if state == "" {
		return
	}
	e.Kind = channels.KindStatus
	e.DedupeID = "status:" + string(w.MessageID) + ":" + state
	e.Status = &channels.Status{MessageID: id, State: state}
	if state == "failed" {
		e.Status.Error = "FAIL"
		if w.Cause != "" {
			e.Status.Error = string(w.Cause)
		}
	}
}

// statusState reads the number, or else the word.
func statusState(w *webhook) string {
	switch {
	case w.Status == "2", w.Status == "" && w.Cause.is("SEND"):
		return "sent"
	case w.Status == "3", w.Status == "" && w.Cause.is("FAIL"):
		return "failed"
	case w.Status == "4", w.Status == "" && w.Cause.is("DELIVERED"):
		return "delivered"
	case w.Status == "5", w.Status == "" && w.Cause.is("READ"):
		return "read"
	default:
		return ""
	}
}

func addTemplate(e *channels.Event, raw json.RawMessage) bool {
	t, ok := part[templateEvent](raw)
	if !ok {
		return false
	}
	e.Kind = channels.KindTemplate
	addWords(e, map[string]word{
		"template_id": t.PublicID, "partner_template_id": t.PartnerTemplateID, "status": t.Status, "tariff": t.TariffType, "cause": t.Cause,
		"event": pick(t.Type, "status", "category", "tariff"),
	})
	return true
}

func addChannel(e *channels.Event, raw json.RawMessage) bool {
	t, ok := part[channelEvent](raw)
	if !ok {
		return false
	}
	e.Kind = channels.KindChannel
	if e.Account == "" {
		e.Account = string(t.PublicID)
	}
	status := pick(t.Status, "", "request", "processing", "launch", "suspend", "reject", "accept")
	if status == "" {
		status = t.Status
	}
	addWords(e, map[string]word{
		"account_id": t.PublicID, "status": status, "cause": t.Cause, "event": pick(t.Type, "status", "carrier_launch"),
	})
	if carriers, ok := part[[]any](t.Carriers); ok {
		addData(e, "carriers", carriers)
	}
	return true
}

// addCall adds a call's consent or end, for the conversation if it names one.
func addCall(e *channels.Event, w *webhook) bool {
	p, ok := part[phoneEvent](w.PhoneEvent)
	if !ok {
		return false
	}
	e.Kind, e.Conversation, e.Sender.ID = channels.KindCall, string(w.From), string(p.UserID)
	addWords(e, map[string]word{"event": pick(p.Type, "consent", "end"), "user": p.UserID})
	return true
}

// pick names a number, counted from 0.
func pick(n word, names ...word) word {
	i, err := strconv.Atoi(string(n))
	if err != nil || i < 0 || i >= len(names) {
		return ""
	}
	return names[i]
}

func addWords(e *channels.Event, words map[string]word) {
	for k, w := range words {
		if w != "" {
			addData(e, k, string(w))
		}
	}
}

func addData(e *channels.Event, key string, value any) {
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[key] = value
}

// applicationName names the kind of an official account; the number itself where
// the platform has more kinds than its published types.
func applicationName(id word) string {
	name := pick(id, "", "viber", rcs, "sms", apple, "telegram", "facebook", "zalo", "zalo_zns", "viber_business",
		viberBot, whatsapp, "google_business", "", "live_chat", "mms", "telegram_gateway")
	if name == "" {
		name = id
	}
	return string(name)
}

// maxMilli is the end of the year 9999, beyond which a time is no JSON.
const maxMilli = 253402300799999

func unixMilli(w word) time.Time {
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n <= 0 || n > maxMilli {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}
