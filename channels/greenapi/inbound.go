package greenapi

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
	var who struct {
		InstanceData instanceData `json:"instanceData"`
	}
	if err := channels.Decode(raw, &who); err != nil || string(who.InstanceData.IDInstance) != c.instance {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the notification is of another instance"}
	}
	e := channels.Event{Kind: channels.KindUnknown}
	var n notification
	if err := channels.Decode(raw, &n); err == nil {
		e = event(&n)
	}
	e.Channel, e.Account = c.name, c.instance
	if e.DedupeID == "" {
		sum := sha256.Sum256(raw)
		e.DedupeID = hex.EncodeToString(sum[:16])
	}
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	return &channels.Received{Events: []channels.Event{e}}, nil
}

// bearer returns the token of an Authorization header.
func bearer(header string) string {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return token
}

// event says what a notification is for a conversation.
func event(n *notification) channels.Event {
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
	case "stateInstanceChanged":
		if n.StateInstance != "" {
			e.Kind, e.Data = channels.KindChannel, map[string]any{"state": n.StateInstance}
		}
	case "incomingCall":
		if n.From != "" {
			e.Kind, e.Conversation, e.Sender = channels.KindCall, n.From, sender(n.From, "")
			if e.DedupeID != "" {
				e.DedupeID += ":" + n.Status
			}
			e.Data = map[string]any{"status": n.Status}
		}
	}
	return e
}

// addMessage adds what a person wrote, or tapped.
func addMessage(e *channels.Event, n *notification) {
	e.Sender = sender(n.SenderData.Sender, n.SenderData.SenderName)
	if e.Conversation == "" {
		return
	}
	d := &n.MessageData
	if d.Quoted != nil {
		e.RefersTo = d.Quoted.StanzaID
	}
	switch d.TypeMessage {
	case "textMessage":
		if d.TextMessage != nil {
			setText(e, d.TextMessage.TextMessage)
		}
	case "extendedTextMessage", "quotedMessage":
		switch {
		case d.ExtendedText != nil:
			setText(e, d.ExtendedText.Text)
		case d.TextMessage != nil:
			setText(e, d.TextMessage.TextMessage)
		}
	case "reactionMessage":
		if d.ExtendedText != nil {
			e.Kind, e.Text = channels.KindReaction, channels.Clean(d.ExtendedText.Text)
		}
	case "editedMessage":
		if d.EditedMessage != nil {
			setText(e, d.EditedMessage.TextMessage)
			if e.Kind == channels.KindMessage {
				e.Kind, e.RefersTo = channels.KindEdited, d.EditedMessage.StanzaID
			}
		}
	default:
		addContent(e, d)
	}
}

// addContent adds what is not text.
func addContent(e *channels.Event, d *messageData) {
	switch d.TypeMessage {
	case "imageMessage", "stickerMessage":
		addFile(e, channels.Image, d.File)
	case "videoMessage":
		addFile(e, channels.Video, d.File)
	case "audioMessage":
		addFile(e, channels.Audio, d.File)
	case "documentMessage":
		addFile(e, channels.File, d.File)
	case "locationMessage":
		if l := d.Location; l != nil {
			e.Kind = channels.KindMessage
			e.Location = &channels.Location{
				Latitude: l.Latitude, Longitude: l.Longitude, Name: channels.Clean(l.NameLocation), Address: channels.Clean(l.Address),
			}
		}
	case "contactMessage":
		if c := d.Contact; c != nil {
			e.Kind = channels.KindMessage
			e.Contacts = []channels.Contact{{Name: c.DisplayName, Phones: phones(c.VCard), VCard: c.VCard}}
		}
	// Both spellings are in the vendor's documentation.
	case "templateButtonsReplyMessage", "templateButtonReplyMessage":
		if b := d.TemplateButtonReply; b != nil {
			setChoice(e, b.SelectedID, b.SelectedDisplayText, b.StanzaID)
		}
	case "buttonsResponseMessage":
		if b := d.ButtonsReply; b != nil {
			setChoice(e, b.SelectedButtonID, b.SelectedButtonText, b.StanzaID)
		}
	case "listResponseMessage":
		if l := d.ListResponse; l != nil {
			setChoice(e, l.SingleSelectReply, l.Title, l.StanzaID)
		}
	}
}

// setText makes a message of a text, unless GREEN-API could not read it and says
// so in its place.
func setText(e *channels.Event, text string) {
	if unreadable(text) || text == "" {
		return
	}
	e.Kind, e.Text = channels.KindMessage, channels.Clean(text)
}

// unreadable finds the marks {{SWE001}} and {{SWE002}}, of a text and a file that
// could not be had.
func unreadable(s string) bool {
	code, start := strings.CutPrefix(strings.TrimSpace(s), "{{SWE")
	code, end := strings.CutSuffix(code, "}}")
	return start && end && code != "" && strings.Trim(code, "0123456789") == ""
}

func addFile(e *channels.Event, kind channels.MediaKind, f *fileMessage) {
	if f == nil || f.DownloadURL == "" || unreadable(f.DownloadURL) {
		return
	}
	e.Kind, e.Text = channels.KindMessage, channels.Clean(f.Caption)
	e.Media = []channels.Media{{Kind: kind, URL: f.DownloadURL, MIME: f.MimeType, Name: f.FileName}}
}

func setChoice(e *channels.Event, id, title, answered string) {
	if id == "" && title == "" {
		return
	}
	e.Kind, e.Text, e.RefersTo = channels.KindChoice, channels.Clean(title), answered
	e.Choice = &channels.Choice{ID: id, Title: e.Text}
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
	case "noActiveSession", "noAccount", "notInGroup":
		state, reason = "failed", n.Status
	default:
		return
	}
	e.Kind = channels.KindStatus
	e.Status = &channels.Status{MessageID: n.IDMessage, State: state, Error: reason}
}

// sender reads an address such as 15550100017@c.us, whose digits are a number.
func sender(id, name string) channels.Sender {
	s := channels.Sender{ID: id, Name: channels.Clean(name)}
	digits, host, _ := strings.Cut(id, "@")
	if host == "c.us" && digits != "" && strings.Trim(digits, "0123456789") == "" {
		s.Phone = "+" + digits
	}
	return s
}

// phones reads the numbers of a card.
func phones(vcard string) []string {
	var out []string
	for line := range strings.Lines(vcard) {
		property, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		// item1.TEL;waid=15550100017:+1 555 010 0017
		name, _, _ := strings.Cut(property, ";")
		name = name[strings.LastIndex(name, ".")+1:]
		if ok && strings.EqualFold(name, "TEL") && value != "" {
			out = append(out, value)
		}
	}
	return out
}

func unix(seconds int64) time.Time {
	if seconds <= 0 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// maxUnix is the last second of the year 9999, beyond which a time is no JSON.
const maxUnix = 253402300799
