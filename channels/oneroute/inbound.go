package oneroute

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook. What is not understood becomes an event of KindUnknown
// with the payload as it came, save for the credentials that OneRoute may show in
// it. OneRoute wants a 200; what it does with anything else is not published.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !c.proven(r) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature or the token is missing or wrong"}
	}
	var raw json.RawMessage
	if err := channels.Decode(r.Body, &raw); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	p := c.read(raw)
	events := p.events()
	for i := range events {
		e := &events[i]
		e.Channel, e.Account, e.Time = c.name, p.account, p.at
		if e.Kind == channels.KindUnknown {
			e.DedupeID, e.Raw = p.digest, p.raw
		}
		fit(e, len(raw))
	}
	return &channels.Received{Events: events}, nil
}

// A payload is a webhook with what its events have in common.
type payload struct {
	c   *Channel
	raw json.RawMessage
	// document is all of it, nil when it is no object.
	document map[string]any
	webhook
	account string
	// conversation is the key: the customer's number where the payload has it, since
	// answers go there, else OneRoute's id.
	conversation, number string
	at                   time.Time
	digest               string
}

func (c *Channel) read(raw json.RawMessage) *payload {
	sum := sha256.Sum256(raw)
	p := &payload{c: c, raw: bytes.ToValidUTF8(raw, []byte("\uFFFD")), account: c.from, digest: hex.EncodeToString(sum[:16])}
	if channels.Decode(raw, &p.document) != nil || p.document == nil {
		return p
	}
	if withoutCredentials(p.document) {
		if b, err := json.Marshal(p.document); err == nil {
			p.raw = b
		}
	}
	if json.Unmarshal(raw, &p.webhook) != nil {
		return p
	}
	if id := string(p.Conversation.is.Channel.is.ID); isID(id) {
		p.account = id
	}
	if id := string(p.Conversation.is.ID); isID(id) {
		p.conversation = id
	} else if id := string(p.Message.is.ConversationID); isID(id) {
		p.conversation = id
	}
	p.setNumber()
	p.at = moment(p.Conversation.is.LastMessageAt)
	if p.at.IsZero() {
		p.at = moment(p.Message.is.Sender.is.LastActivity)
	}
	return p
}

// setNumber finds the customer's number, of conversations in WhatsApp alone: an
// answer is a message of WhatsApp, so no other is one to a mail.
func (p *payload) setNumber() {
	medium := string(p.Conversation.is.Channel.is.Medium)
	if p.conversation == "" || medium != "" && !strings.EqualFold(medium, "whatsapp") {
		return
	}
	for _, at := range p.c.numbers {
		if n := number(at.text(p.document)); n != "" {
			p.conversation, p.number = n, n
			return
		}
	}
}

// isID reports whether a text can be an id of OneRoute, which are UUIDs.
func isID(s string) bool {
	return s != "" && len(s) <= 100 &&
		strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:@") == ""
}

// withoutCredentials takes away what a channel of OneRoute shows of its
// credentials, and reports whether there was anything.
func withoutCredentials(v any) bool {
	found := false
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if strings.EqualFold(k, "credentials") {
				found = found || e != nil
				v[k] = nil
			} else {
				found = withoutCredentials(e) || found
			}
		}
	case []any:
		for _, e := range v {
			found = withoutCredentials(e) || found
		}
	}
	return found
}

// moment reads a time such as 2026-01-05T08:30:00.300Z.
func moment(w word) time.Time {
	t, err := time.Parse(time.RFC3339, string(w))
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// How large an event may become. The stores take 64 kB; what they do not take
// would come again without end.
const (
	maxEvent = 48 << 10
	maxKept  = 32 << 10 // of a payload that is kept as it came
)

// fit cuts an event to what can be kept: a text that no person typed, and the
// payload of what was not understood. Data then says how long it was.
func fit(e *channels.Event, size int) {
	if encoded(e) <= maxEvent && len(e.Raw) <= maxKept {
		return
	}
	for n := len(e.Text); n > 1<<10 && encoded(e) > maxEvent; n /= 2 {
		e.Text = strings.ToValidUTF8(e.Text[:n], "")
		e.Data = map[string]any{"cut_from_bytes": size}
	}
	if encoded(e) <= maxEvent && len(e.Raw) <= maxKept {
		return
	}
	sum := sha256.Sum256([]byte(e.DedupeID))
	*e = channels.Event{
		Kind: channels.KindUnknown, Channel: e.Channel, Account: e.Account, DedupeID: hex.EncodeToString(sum[:16]), Time: e.Time,
		Text: "too large to be kept", Data: map[string]any{"cut_from_bytes": size}, Raw: json.RawMessage(`"too large to be kept"`),
	}
}

// encoded is how long an event is when it is stored: longer than its texts where
// they have characters that JSON escapes.
func encoded(e *channels.Event) int {
	b, err := json.Marshal(e)
	if err != nil {
		return maxEvent + 1
	}
	return len(b)
}
