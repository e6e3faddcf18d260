package greenapi

import (
	"time"

	"github.com/parley-chat/parley/channels"
)

// eventOf says what a notification is for a conversation.
func eventOf(n *notification) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Conversation: n.SenderData.ChatID, Time: unix(n.Timestamp)}
	if n.IDMessage != "" {
		e.ID, e.DedupeID = n.IDMessage, n.TypeWebhook+":"+n.IDMessage
	}
	switch n.TypeWebhook {
	case "incomingMessageReceived":
		addMessage(&e, n)
	case "outgoingAPIMessageReceived", "outgoingMessageReceived":
		addMessage(&e, n)
		e.Sender = channels.Sender{}
		if e.Conversation != "" {
			e.Kind = channels.KindEcho
		}
	case "outgoingMessageStatus":
		addStatus(&e, n)
	case "stateInstanceChanged", "statusInstanceChanged", "deviceInfo", "quotaExceeded", "incomingBlock":
		addAccount(&e, n)
	case "incomingCall":
		addCall(&e, n)
	case "outgoingCall":
		// The owner called: what the bot or its owner did starts nothing.
		if addCall(&e, n); e.Kind == channels.KindCall {
			e.Kind, e.Sender = channels.KindEcho, channels.Sender{}
		}
	}
	return e
}

// addStatus adds what became of a message. That the window is closed is a failure
// with the vendor's word as its error.
func addStatus(e *channels.Event, n *notification) {
	e.Conversation, e.ID, e.RefersTo = n.ChatID, "", n.IDMessage
	e.DedupeID += ":" + n.Status
	state, reason := n.Status, ""
	if n.IDMessage == "" {
		e.DedupeID = ""
		return
	}
	switch n.Status {
	case "sent", "delivered", "read":
	case "failed":
		if reason = channels.Clean(n.Description); reason == "" {
			reason = n.Status
		}
	case "noActiveSession", "noAccount", "notInGroup", "yellowCard":
		state, reason = "failed", n.Status
	default:
		return
	}
	e.Kind = channels.KindStatus
	e.Status = &channels.Status{MessageID: n.IDMessage, State: state, Error: reason}
}

// addCall adds a call. Each has two notifications, which differ by their status:
// offer, and then pickUp, hangUp (also spelled hungUp), missed or declined.
func addCall(e *channels.Event, n *notification) {
	if n.From == "" {
		return
	}
	e.Kind, e.Conversation, e.Sender = channels.KindCall, n.From, sender(n.From, "")
	if e.DedupeID != "" {
		e.DedupeID += ":" + n.Status
	}
	e.Data = map[string]any{"status": channels.Clean(n.Status)}
}

// addAccount adds what happened to the instance. All of it is documented for the
// classic product alone. A chat that blocked the instance is no opt-out: its
// address may be a placeholder, and nothing tells when it is over.
func addAccount(e *channels.Event, n *notification) {
	data := map[string]any{}
	add := func(name, value string) {
		if value != "" {
			data[name] = channels.Clean(value)
		}
	}
	add("state", n.StateInstance)
	add("status", n.StatusInstance)
	add("chat_state", n.ChatState)
	if n.ChatState != "" {
		add("chat", n.ChatID)
	}
	if q := n.QuotaData; q != nil {
		add("quota", q.Method)
		add("quota_status", q.Status)
		add("quota_used", string(q.Used))
		add("quota_total", string(q.Total))
		add("description", q.Description)
	}
	if d := n.DeviceData; d != nil {
		add("platform", d.Platform)
		add("device", d.DeviceModel)
		add("battery", string(d.Battery))
	}
	if len(data) > 0 {
		e.Kind, e.Data = channels.KindChannel, data
	}
}

func unix(seconds int64) time.Time {
	if seconds <= 0 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// maxUnix is the last second of the year 9999, beyond which a time is no JSON.
const maxUnix = 253402300799
