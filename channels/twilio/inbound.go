package twilio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook, which is about one thing: a message, or what became of one.
// What is not understood is an event of KindUnknown with its fields. The answer is TwiML
// that says nothing: without it Twilio logs an error (…/api/errors/12300).
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	var form url.Values
	var broken error
	isForm := formType(r.Header.Get("Content-Type"))
	if isForm {
		form, broken = url.ParseQuery(string(r.Body))
	}
	if c.verify && (broken != nil || !c.proven(r, form)) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing or wrong"}
	}
	switch {
	case broken != nil:
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: "the form cannot be read"}
	case !isForm:
		return c.foreign(r.Body)
	}
	e := fields(form).event()
	if e.Kind == channels.KindUnknown {
		e.Raw = fields(form).json()
	}
	return &channels.Received{Events: []channels.Event{c.finish(e, r.Body)}, Answer: &channels.Answer{
		Status: http.StatusOK, ContentType: "text/xml", Body: []byte("<Response/>"),
	}}, nil
}

// formType reports whether a body is a form.
func formType(header string) bool {
	t, _, err := mime.ParseMediaType(header)
	return err == nil && t == "application/x-www-form-urlencoded"
}

// foreign takes a webhook of another product of Twilio, which come as JSON.
func (c *Channel) foreign(body []byte) (*channels.Received, error) {
	var raw json.RawMessage
	if err := channels.Unmarshal(body, &raw); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	e := channels.Event{Kind: channels.KindUnknown, Raw: json.RawMessage(strings.ToValidUTF8(string(raw), "\uFFFD"))}
	return &channels.Received{Events: []channels.Event{c.finish(e, body)}}, nil
}

// finish names the channel, and tells webhooks without an id apart by what is in them.
func (c *Channel) finish(e channels.Event, body []byte) channels.Event {
	e.Channel = c.name
	if e.DedupeID == "" {
		sum := sha256.Sum256(body)
		e.DedupeID = hex.EncodeToString(sum[:16])
	}
	return e
}

// fields are those of a webhook.
type fields url.Values

// get returns the first of the fields that has a value.
func (f fields) get(names ...string) string {
	for _, name := range names {
		if s := channels.Clean(url.Values(f).Get(name)); s != "" {
			return s
		}
	}
	return ""
}

// json is a form as an object, for people to look at.
func (f fields) json() json.RawMessage {
	flat := make(map[string]string, len(f))
	for name := range f {
		flat[channels.Clean(name)] = f.get(name)
	}
	b, err := json.Marshal(flat)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return b
}

// event says what a webhook is. A message has no MessageStatus
// (…/messaging/guides/webhook-request), a status callback has one
// (…/messaging/api/message-resource), a call has a CallSid, and the debugger's webhook
// has a Level (…/usage/troubleshooting/debugging-event-webhooks).
func (f fields) event() channels.Event {
	id := f.get("MessageSid", "SmsSid", "SmsMessageSid")
	switch {
	case id != "" && f.get("MessageStatus") != "":
		return f.status(id, strings.ToLower(f.get("MessageStatus")))
	case id != "":
		return f.message(id)
	case f.get("CallSid") != "":
		return f.call()
	case f.get("Level") != "" && f.get("Payload") != "":
		return f.debugger()
	}
	return channels.Event{Kind: channels.KindUnknown}
}

// status is what became of a message of ours: its From is the account, its To the
// conversation. Words on the way to sent, and those of a message of the person, are no
// state and stay unknown.
func (f fields) status(id, word string) channels.Event {
	e := channels.Event{
		Kind: channels.KindUnknown, Account: f.get("From"), Conversation: f.get("To"), RefersTo: id,
		DedupeID: "status:" + id + ":" + word,
	}
	if word == "received" || word == "receiving" {
		e.Account, e.Conversation = e.Conversation, e.Account
	}
	state := map[string]string{
		"sent": "sent", "delivered": "delivered", "read": "read", "undelivered": "failed", "failed": "failed", "canceled": "failed",
	}[word]
	if strings.EqualFold(f.get("EventType"), "READ") {
		state, e.DedupeID = "read", "status:"+id+":read"
	}
	if state == "" {
		return e
	}
	e.Kind, e.Status = channels.KindStatus, &channels.Status{MessageID: id, State: state}
	if state == "failed" {
		e.Status.Error = word
		if code := f.get("ErrorCode"); code != "" && code != "0" {
			e.Status.Error = code
		}
		m, _ := meaningOf(e.Status.Error)
		addData(&e, "reason", m.text)
		addData(&e, "channel_reason", f.get("ChannelStatusMessage"))
	}
	return e
}

// call is a call to a number whose voice webhook is ours: …/api/twiml/twilio_request, but
// for Direction and CallerName, which are unconfirmed. The empty answer ends it.
func (f fields) call() channels.Event {
	id := f.get("CallSid")
	e := channels.Event{
		Kind: channels.KindCall, Account: f.get("To"), Conversation: f.get("From"), ID: id,
		DedupeID: "call:" + id + ":" + f.get("CallStatus"),
		Sender:   channels.Sender{ID: f.get("From"), Phone: phone(f.get("From")), Name: f.get("CallerName")},
	}
	addData(&e, "status", f.get("CallStatus"))
	addData(&e, "direction", f.get("Direction"))
	return e
}

// debugger is an error or a warning of the account.
func (f fields) debugger() channels.Event {
	e := channels.Event{Kind: channels.KindChannel, Account: f.get("AccountSid")}
	if id := f.get("Sid"); id != "" {
		e.DedupeID = "debugger:" + id
	}
	addData(&e, "event", "debugger")
	addData(&e, "level", f.get("Level"))
	payload := map[string]any{}
	if err := channels.Decode([]byte(f.get("Payload")), &payload); err == nil && len(payload) > 0 {
		e.Data["payload"] = payload
	}
	return e
}

func addData(e *channels.Event, name, value string) {
	if value == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = value
}
