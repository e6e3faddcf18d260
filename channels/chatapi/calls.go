package chatapi

import (
	"encoding/json"
	"strconv"

	"github.com/parley-chat/parley/channels"
)

// metaCall is a call as Meta has it:
// https://developers.facebook.com/docs/whatsapp/cloud-api/calling.
type metaCall struct {
	ID        word `json:"id"`
	From      word `json:"from"`
	To        word `json:"to"`
	Event     word `json:"event"`
	Direction word `json:"direction"`
	Status    word `json:"status"`
	Timestamp word `json:"timestamp"`
}

// calls reads the calls of WhatsApp, which 1MSG passes on as they are. Where they
// stand in what it passes on is not published; calls elsewhere are one event with
// the payload in its data.
func calls(list, raw json.RawMessage) []channels.Event {
	items, _ := part[[]json.RawMessage](list)
	var events []channels.Event
	for i, item := range items {
		call, ok := part[metaCall](item)
		if !ok || call.ID == "" {
			events = append(events, unknown(item))
			continue
		}
		e := callEvent(&call)
		if call.Event == "" && call.Status == "" {
			e.DedupeID = digest(raw) + ":" + strconv.Itoa(i)
		}
		events = append(events, e)
	}
	if len(events) > 0 {
		return events
	}
	document, ok := part[map[string]any](raw)
	if !ok {
		return []channels.Event{unknown(raw)}
	}
	return []channels.Event{{
		Kind: channels.KindCall, DedupeID: digest(raw), Data: map[string]any{"event": "calls", "payload": document},
	}}
}

func callEvent(call *metaCall) channels.Event {
	e := channels.Event{
		Kind: channels.KindCall, ID: string(call.ID), Time: unix(call.Timestamp),
		DedupeID: "call:" + string(call.ID) + ":" + string(call.Event) + ":" + string(call.Status),
	}
	person := call.From
	if call.Direction == "BUSINESS_INITIATED" {
		person = call.To
	}
	if person != "" {
		e.Conversation = chatOf(person)
		e.Sender = channels.Sender{ID: e.Conversation, Phone: phone(e.Conversation)}
	}
	addData(&e, "event", call.Event)
	addData(&e, "status", call.Status)
	return e
}
