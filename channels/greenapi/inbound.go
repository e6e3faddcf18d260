package greenapi

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

// Receive takes a notification. One of another instance is refused like one
// without the token: the webhook is not its own. What is not understood becomes
// an event of KindUnknown with the notification as it came.
//
// GREEN-API sends what is refused again for a day, and holds back those after it;
// the bot logs each refusal with 401 as a warning.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !channels.Equal(bearer(r.Header.Get("Authorization")), c.webhookToken) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the token is missing or wrong"}
	}
	var raw json.RawMessage
	if err := channels.Decode(r.Body, &raw); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	if !c.concerns(raw) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the notification is of another instance"}
	}
	return &channels.Received{Events: []channels.Event{c.event(raw)}}, nil
}

// concerns reports whether a notification is of this instance.
func (c *Channel) concerns(raw json.RawMessage) bool {
	var who struct {
		InstanceData instanceData `json:"instanceData"`
	}
	return channels.Decode(raw, &who) == nil && string(who.InstanceData.IDInstance) == c.instance
}

// event makes the event of a notification of this instance, small enough to be
// kept.
func (c *Channel) event(raw json.RawMessage) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown}
	var n notification
	if err := channels.Decode(raw, &n); err == nil {
		e = eventOf(&n)
	}
	e.Channel, e.Account = c.name, c.instance
	if e.DedupeID == "" {
		e.DedupeID = digest(raw)
	}
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	fit(&e, len(raw))
	return e
}

// digest stands for what has no id.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// bearer returns the token of an Authorization header.
func bearer(header string) string {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return token
}
