package line

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// signatureHeader carries the signature of a webhook.
const signatureHeader = "X-Line-Signature"

// sign returns the signature of a body: the HMAC-SHA256 of the body as it came, with the
// channel secret, in base64:
// https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/. There is
// no timestamp in what is signed: an old webhook is told by the ids in it.
func sign(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Receive takes a webhook, which may bring many events, and none when the console's
// button Verify was pressed. An event that is not understood is of KindUnknown with the
// object as it came. The answer is an empty 200.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && (c.secret == "" || !channels.Equal(r.Header.Get(signatureHeader), sign(r.Body, c.secret))) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing or wrong"}
	}
	b := batch{c: c, body: r.Body}
	var w webhook
	if err := channels.Unmarshal(r.Body, &w); err == nil {
		b.account = string(w.Destination)
		for i := range w.Events {
			b.put(w.Events[i].event(), &w.Events[i], func() json.RawMessage { return b.piece(i) })
		}
		if w.Events == nil {
			b.unknown(r.Body)
		}
	} else if err := b.apart(); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	return &channels.Received{Events: b.events}, nil
}

// A batch is what one webhook brings.
type batch struct {
	c       *Channel
	account string
	body    []byte
	events  []channels.Event
	loose   *loose // the body in parts, once somebody asked
}

// loose is the envelope with its events as they came.
type loose struct {
	Destination word              `json:"destination"`
	Events      []json.RawMessage `json:"events"`
}

// piece returns an event as it came.
func (b *batch) piece(i int) json.RawMessage {
	if b.loose == nil {
		b.loose = &loose{}
		if err := channels.Unmarshal(b.body, b.loose); err != nil {
			return b.body
		}
	}
	if i >= len(b.loose.Events) {
		return b.body
	}
	return b.loose.Events[i]
}

// apart takes each event by itself, so that one of an unforeseen form does not take the
// others with it. An error says that the body is no JSON.
func (b *batch) apart() error {
	var raw json.RawMessage
	if err := channels.Unmarshal(b.body, &raw); err != nil {
		return err
	}
	var w loose
	if err := channels.Unmarshal(b.body, &w); err != nil || len(w.Events) == 0 {
		b.unknown(raw)
		return nil
	}
	b.account = string(w.Destination)
	for _, raw := range w.Events {
		var e event
		if err := channels.Unmarshal(raw, &e); err != nil {
			b.unknown(raw)
			continue
		}
		b.put(e.event(), &e, func() json.RawMessage { return raw })
	}
	return nil
}

// put adds an event with what all have. One without LINE's id of the event is told by
// itself, as it was delivered first, and its place.
func (b *batch) put(e channels.Event, from *event, raw func() json.RawMessage) {
	if from.Mode == "standby" {
		b.c.hold(&e)
	}
	e.Channel, e.Account, e.DedupeID = b.c.name, b.account, string(from.ID)
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw(), []byte("\uFFFD"))
	}
	if e.DedupeID == "" {
		sum := sha256.Sum256(append(delivered(raw(), false), strconv.Itoa(len(b.events))...))
		e.DedupeID = hex.EncodeToString(sum[:16])
	}
	b.events = append(b.events, e)
}

func (b *batch) unknown(raw json.RawMessage) {
	b.put(channels.Event{Kind: channels.KindUnknown}, &event{}, func() json.RawMessage { return raw })
}

// hold keeps the bot silent about an event of a conversation that another module has:
// https://developers.line.biz/en/docs/partner-docs/module-technical-chat-control/. That a
// person blocked the account, or no longer does, is true all the same.
func (c *Channel) hold(e *channels.Event) {
	switch e.Kind {
	case channels.KindUnknown, channels.KindOptIn, channels.KindOptOut, channels.KindAssigned, channels.KindGiveBack:
		return
	}
	e.Kind, e.Choice = channels.KindEcho, nil
	if c.takeOver && e.Conversation != "" {
		e.Kind = channels.KindTakeOver
		addData(e, "team", module)
	}
}

// module is the team of Event.Data that has a conversation which LINE gave to another.
const module = "line_module"

// conversation is the key of the conversation that a source names, which is also what
// messages are sent to: the group or the room, else the person.
func (s *source) conversation() string {
	switch {
	case s.GroupID != "":
		return string(s.GroupID)
	case s.RoomID != "":
		return string(s.RoomID)
	}
	return string(s.UserID)
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
