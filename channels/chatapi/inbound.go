package chatapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook, which may bring many items of several kinds. One of
// another instance is refused like one without the token: the webhook is not its
// own. An item that is not understood becomes an event of KindUnknown and does not
// take the others with it.
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
	w, _ := part[webhook](raw)
	if w.InstanceID != "" && instanceID(string(w.InstanceID)) != c.instance {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the webhook is of another instance"}
	}
	events := c.events(&w, raw, minute(r.Now))
	if len(events) == 0 {
		events = []channels.Event{unknown(raw)}
	}
	for i := range events {
		events[i].Channel, events[i].Account = c.name, c.instance
	}
	return &channels.Received{Events: events}, nil
}

// proven finds the token in the address, which is the only thing that both
// platforms keep, or as a bearer token, which a proxy can make of it to keep it
// out of its log. Both are compared, since a proxy may have its own header.
func (c *Channel) proven(r *channels.Request) bool {
	inURL := channels.Equal(r.URL.Query().Get("token"), c.webhookToken)
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	inHeader := strings.EqualFold(scheme, "bearer") && channels.Equal(token, c.webhookToken)
	return inURL || inHeader
}

// events decodes each array that is there.
func (c *Channel) events(w *webhook, raw json.RawMessage, at string) []channels.Event {
	var events []channels.Event
	for _, list := range []struct {
		items  json.RawMessage
		decode func(json.RawMessage) channels.Event
	}{
		{w.Messages, c.message}, {w.Ack, status}, {w.ChatUpdate, func(item json.RawMessage) channels.Event { return chatEvent(item, at) }},
	} {
		items, ok := part[[]json.RawMessage](list.items)
		if !ok && len(list.items) > 0 && string(list.items) != "null" {
			events = append(events, unknown(list.items))
		}
		for _, item := range items {
			events = append(events, list.decode(item))
		}
	}
	if w.Type == "calls" {
		events = append(events, calls(w.Calls, raw)...)
	}
	events = append(events, c.metaEvents(w.Entry)...)
	if len(events) == 0 {
		if e, ok := instanceStatus(raw, at); ok {
			return []channels.Event{e}
		}
	}
	return events
}

// status reads an ack. Chat API has sent, delivered and viewed; 1MSG also read,
// played and failed with a sentence.
func status(raw json.RawMessage) channels.Event {
	a, ok := part[ack](raw)
	if !ok || a.ID == "" {
		return unknown(raw)
	}
	return statusEvent(raw, string(a.ID), string(a.ChatID), string(a.Status), string(a.Error))
}

func statusEvent(raw json.RawMessage, id, conversation, state, reason string) channels.Event {
	switch state {
	case "sent", "delivered", "read":
	case "viewed", "played":
		state = "read"
	case "failed":
		if reason == "" {
			reason = state
		}
	default:
		return unknown(raw)
	}
	e := channels.Event{
		Kind: channels.KindStatus, Conversation: conversation, RefersTo: id, DedupeID: "status:" + id + ":" + state,
		Status: &channels.Status{MessageID: id, State: state},
	}
	if state == "failed" {
		e.Status.Error = reason
	}
	return e
}

// minute is when a webhook came. It tells what happens again from a copy where the
// platform gives neither an id nor a time: a copy comes only if the first was not
// answered with 200.
func minute(now time.Time) string { return strconv.FormatInt(now.Unix()/60, 10) }

// chatEvent reads a change of a chat: its name, picture or members.
func chatEvent(raw json.RawMessage, at string) channels.Event {
	u, ok := part[chatUpdate](raw)
	after, isNew := part[chat](u.New)
	before, isOld := part[chat](u.Old)
	if !ok || !isNew && !isOld {
		return unknown(raw)
	}
	id := after.ID
	if id == "" {
		id = before.ID
	}
	if id == "" {
		return unknown(raw)
	}
	e := channels.Event{Kind: channels.KindChannel, Conversation: string(id), DedupeID: "chat:" + at + ":" + digest(raw)}
	addData(&e, "event", "chat_update")
	addData(&e, "name", after.Name)
	addData(&e, "old_name", before.Name)
	addData(&e, "image", after.Image)
	addData(&e, "old_image", before.Image)
	return e
}

// states are the words of instances: those of the brief and of GET /status, and
// those of 1MSG.
func states() []string {
	return []string{
		"init", "loading", "got qr code", "authenticated", "not_paid",
		"normal", "phone", "computer", "offline", "battery_low", "battery_low_1", "battery_low_2", "expired", "opening", "pairing",
		"timeout", "syncing", "connecting", "proxyblock", "conflict",
		"connected", "disconnected", "uninitialized", "unregistered",
	}
}

// instanceStatus finds the status of an instance. How the webhook wraps it is not
// published, so one of the published words below a member whose name speaks of a
// status is what counts.
func instanceStatus(raw json.RawMessage, at string) (channels.Event, bool) {
	document, ok := part[map[string]any](raw)
	if !ok {
		return channels.Event{}, false
	}
	e := channels.Event{Kind: channels.KindChannel, DedupeID: "status:" + at + ":" + digest(raw)}
	walk(document, "", false, func(key, value string) {
		name := "state"
		switch {
		case strings.Contains(key, "substatus"):
			name = "substatus"
		case strings.Contains(key, "reason"):
			name = "reason"
		}
		if _, there := e.Data[name]; !there && slices.Contains(states(), value) {
			addData(&e, name, word(value))
		}
	})
	if e.Data == nil {
		return channels.Event{}, false
	}
	addData(&e, "event", "instance_status")
	return e, true
}

// walk visits the texts at or below members whose name speaks of a status, in
// order of their names, which it gives in lower case. What was before is no status
// now.
func walk(v any, key string, spoken bool, visit func(key, value string)) {
	lower := strings.ToLower(key)
	spoken = spoken || strings.Contains(lower, "status")
	switch v := v.(type) {
	case string:
		if spoken && !strings.HasPrefix(lower, "old") {
			visit(lower, v)
		}
	case []any:
		for _, item := range v {
			walk(item, key, spoken, visit)
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			walk(v[k], k, spoken, visit)
		}
	}
}
