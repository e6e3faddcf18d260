package viber

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// signatureHeader carries the signature of a callback.
const signatureHeader = "X-Viber-Content-Signature"

// sign returns the signature of a body: the HMAC-SHA256 of the body as it came, with the
// authentication token, in lower hexadecimal:
// https://developers.viber.com/docs/api/rest-bot-api/#callbacks. There is no timestamp
// beside it: an old callback is told by the ids in it.
func sign(body []byte, token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Receive takes a callback, which is about one thing. What is not understood is an event
// of KindUnknown with the callback as it came. The answer is an empty 200, or the welcome
// message.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && (c.token == "" || !channels.Equal(r.Header.Get(signatureHeader), sign(r.Body, c.token))) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing or wrong"}
	}
	e := channels.Event{Kind: channels.KindUnknown}
	var cb callback
	if err := channels.Unmarshal(r.Body, &cb); err == nil {
		e = cb.event()
	} else if err := channels.Unmarshal(r.Body, &json.RawMessage{}); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	e.Channel, e.Account = c.name, c.name
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(bytes.TrimSpace(r.Body), []byte("\uFFFD"))
	}
	if e.DedupeID == "" {
		sum := sha256.Sum256(r.Body)
		e.DedupeID = hex.EncodeToString(sum[:16])
	}
	got := &channels.Received{Events: []channels.Event{e}}
	if e.Kind == channels.KindStarted && cb.Subscribed != "true" {
		got.Answer = c.welcomeAnswer()
	}
	return got, nil
}

// welcomeAnswer is the one message that a person gets who is not subscribed. Viber takes it
// as the answer to conversation_started, without a receiver, and it has no id:
// …/bots-api/resources/messaging/welcome-message.
func (c *Channel) welcomeAnswer() *channels.Answer {
	if c.welcome == "" {
		return nil
	}
	p := c.envelope("")
	p["type"], p["text"] = "text", c.welcome
	body, err := json.Marshal(p)
	if err != nil {
		return nil
	}
	return &channels.Answer{Status: http.StatusOK, ContentType: "application/json", Body: body}
}

// event says what a callback is for a conversation. The conversation is the person: the
// id of one is another for every bot.
func (cb *callback) event() channels.Event {
	who := cb.person()
	e := channels.Event{
		Kind: channels.KindUnknown, Conversation: string(who.ID), Time: millis(cb.Timestamp),
		Sender: channels.Sender{ID: string(who.ID), Name: string(who.Name), Language: string(who.Language)},
	}
	if cb.Token != "" && cb.Token != "0" && cb.Event != "" {
		e.DedupeID = string(cb.Event) + ":" + string(cb.Token)
	}
	if cb.Event == "webhook" { // the check of set_webhook, of nobody
		e.Kind = channels.KindChannel
		addData(&e, "event", cb.Event)
		return e
	}
	if e.Conversation == "" {
		return e
	}
	switch cb.Event {
	case "message":
		addMessage(&e, cb)
	case "delivered", "seen", "failed":
		addStatus(&e, cb)
	case "conversation_started":
		e.Kind = channels.KindStarted
		addData(&e, "type", cb.Type)
		addData(&e, "context", cb.Context)
		addData(&e, "subscribed", cb.Subscribed)
	case "subscribed":
		e.Kind, e.Block = channels.KindOptIn, true
	case "unsubscribed":
		e.Kind, e.Block = channels.KindOptOut, true
	case "client_status": // the button of a payment was tapped
		e.Kind = channels.KindChannel
		addData(&e, "event", cb.Event)
		addData(&e, "type", cb.Status.Type)
		addData(&e, "code", cb.Status.Code)
		addData(&e, "tracking_data", cb.Status.TrackingData)
	}
	addData(&e, "country", who.Country)
	addData(&e, "api_version", who.APIVersion)
	return e
}

// person is whom a callback is about: its key differs by the event.
func (cb *callback) person() user {
	switch {
	case cb.Sender.ID != "":
		return cb.Sender
	case cb.User.ID != "":
		return cb.User
	}
	return user{ID: cb.UserID}
}

// addStatus adds what became of a message. delivered comes once for each device, so that
// the token and the state tell copies. failed comes although the API took the message.
func addStatus(e *channels.Event, cb *callback) {
	if cb.Token == "" || cb.Token == "0" {
		return
	}
	e.Kind, e.RefersTo = channels.KindStatus, string(cb.Token)
	e.Status = &channels.Status{MessageID: string(cb.Token)}
	switch cb.Event {
	case "delivered":
		e.Status.State = "delivered"
	case "seen":
		e.Status.State = "read"
	default:
		e.Status.State, e.Status.Error = "failed", "failed"
		if cb.Reason != "" {
			e.Status.Error = string(cb.Reason)
		}
	}
}

// addData adds a word to the data of an event, unless there is none.
func addData(e *channels.Event, name string, value word) {
	if value == "" {
		return
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[name] = string(value)
}

// maxMillis is the last millisecond of the year 9999, beyond which a time is no JSON.
const maxMillis = 253402300799999

func millis(w word) time.Time {
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n <= 0 || n > maxMillis {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}
