package telegram

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

// secretHeader is where Telegram sends the secret_token of setWebhook.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// Receive takes an Update. One that is not understood, or has no use for a bot,
// becomes an event of KindUnknown with the update as it came.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !channels.Equal(r.Header.Get(secretHeader), c.secret) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the secret token is missing or wrong"}
	}
	raw := json.RawMessage(bytes.TrimSpace(r.Body))
	var u update
	if err := channels.Unmarshal(raw, &u); err != nil || u.UpdateID == "" {
		if err := channels.Unmarshal(raw, &json.RawMessage{}); err != nil {
			return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
		}
		sum := sha256.Sum256(raw)
		return c.received(channels.Event{Kind: channels.KindUnknown, DedupeID: hex.EncodeToString(sum[:16])}, raw)
	}
	e := event(&u)
	e.DedupeID = string(u.UpdateID)
	return c.received(e, raw)
}

func (c *Channel) received(e channels.Event, raw json.RawMessage) (*channels.Received, error) {
	e.Channel, e.Account = c.name, c.account
	e.Text = channels.Clean(e.Text)
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	return &channels.Received{Events: []channels.Event{e}}, nil
}

// event says what an update is for a conversation.
func event(u *update) channels.Event {
	switch {
	case u.Message != nil && u.Message.Chat.ID != "":
		return messageEvent(u.Message)
	case u.EditedMessage != nil && u.EditedMessage.Chat.ID != "":
		e := messageEvent(u.EditedMessage)
		if e.Kind == channels.KindMessage {
			e.Kind, e.RefersTo = channels.KindEdited, e.ID
			e.Time = unix(max(u.EditedMessage.EditDate, u.EditedMessage.Date))
		}
		return e
	case u.CallbackQuery != nil && u.CallbackQuery.Message != nil && u.CallbackQuery.Message.Chat.ID != "" &&
		u.CallbackQuery.Data != "":
		return choiceEvent(u.CallbackQuery)
	case u.MyChatMember != nil && u.MyChatMember.Chat.ID != "":
		return memberEvent(u.MyChatMember)
	case u.MessageReaction != nil && u.MessageReaction.Chat.ID != "" && u.MessageReaction.User != nil:
		return reactionEvent(u.MessageReaction)
	default:
		return channels.Event{Kind: channels.KindUnknown}
	}
}

func messageEvent(m *message) channels.Event {
	e := channels.Event{
		Kind: channels.KindMessage, Conversation: conversation(m), ID: string(m.MessageID), Time: unix(m.Date),
		Text: m.Text + m.Caption,
	}
	if m.From != nil {
		e.Sender = sender(m.From)
	}
	if m.ReplyToMessage != nil && m.ReplyToMessage.ForumTopicCreated == nil {
		e.RefersTo = string(m.ReplyToMessage.MessageID)
	}
	addContent(&e, m)
	if m.MediaGroupID != "" {
		data(&e)["media_group_id"] = m.MediaGroupID
	}
	if command, payload, ok := command(m.Text); ok {
		data(&e)["command"], data(&e)["payload"] = command, payload
	}
	switch {
	case m.From != nil && m.From.IsBot:
		e.Kind = channels.KindEcho
	case m.From == nil, e.Text == "" && len(e.Media) == 0 && e.Location == nil && len(e.Contacts) == 0:
		// Somebody joined, a poll, a game: kept, but nothing that a person said.
		e.Kind = channels.KindUnknown
	}
	return e
}

// addContent adds what is not text. A venue also has its location, an animation
// also a document, for older programs.
func addContent(e *channels.Event, m *message) {
	switch {
	case m.Animation != nil:
		addFile(e, channels.Video, m.Animation)
	case m.Document != nil:
		addFile(e, documentKind(m.Document.MimeType), m.Document)
	case m.Voice != nil:
		addFile(e, channels.Audio, m.Voice)
	case m.Audio != nil:
		addFile(e, channels.Audio, m.Audio)
	case m.Video != nil:
		addFile(e, channels.Video, m.Video)
	case m.VideoNote != nil:
		addFile(e, channels.Video, m.VideoNote)
	case m.Sticker != nil:
		addSticker(e, m.Sticker)
	case len(m.Photo) > 0:
		best := m.Photo[0]
		for _, p := range m.Photo[1:] {
			if p.Width*p.Height > best.Width*best.Height {
				best = p
			}
		}
		addFile(e, channels.Image, &fileObject{FileID: best.FileID, FileSize: best.FileSize, MimeType: "image/jpeg"})
	case m.Venue != nil:
		l := m.Venue.Location
		e.Location = &channels.Location{
			Latitude: l.Latitude, Longitude: l.Longitude, Name: m.Venue.Title, Address: m.Venue.Address,
		}
	case m.Location != nil:
		e.Location = &channels.Location{Latitude: m.Location.Latitude, Longitude: m.Location.Longitude}
	case m.Contact != nil:
		addContact(e, m.Contact)
	}
}

// addFile adds media that Telegram names by id, for their address would hold the
// bot's token.
func addFile(e *channels.Event, kind channels.MediaKind, f *fileObject) {
	if f.FileID == "" {
		return
	}
	e.Media = append(e.Media, channels.Media{
		Kind: kind, ID: f.FileID, MIME: f.MimeType, Size: f.FileSize, Name: f.FileName,
	})
}

// documentKind sees that a picture sent as a file is a picture all the same.
func documentKind(mime string) channels.MediaKind {
	switch kind, _, _ := strings.Cut(mime, "/"); kind {
	case "image":
		return channels.Image
	case "audio":
		return channels.Audio
	case "video":
		return channels.Video
	default:
		return channels.File
	}
}

func addSticker(e *channels.Event, s *sticker) {
	kind, mime := channels.Image, "image/webp"
	switch {
	case s.IsVideo:
		kind, mime = channels.Video, "video/webm"
	case s.IsAnimated:
		kind, mime = channels.File, "application/x-tgsticker"
	}
	addFile(e, kind, &fileObject{FileID: s.FileID, FileSize: s.FileSize, MimeType: mime})
	if s.Emoji != "" {
		data(e)["emoji"] = s.Emoji
	}
}

// addContact adds a card; the person's own also tells the person's number.
func addContact(e *channels.Event, c *contact) {
	card := channels.Contact{Name: name(c.FirstName, c.LastName), VCard: c.VCard}
	if c.PhoneNumber != "" {
		card.Phones = []string{c.PhoneNumber}
		if c.UserID != "" && string(c.UserID) == e.Sender.ID {
			e.Sender.Phone = c.PhoneNumber
		}
	}
	e.Contacts = append(e.Contacts, card)
}

func choiceEvent(q *callbackQuery) channels.Event {
	title := label(q.Message.ReplyMarkup, q.Data)
	return channels.Event{
		Kind: channels.KindChoice, Conversation: conversation(q.Message), ID: q.ID, Sender: sender(&q.From),
		Text: title, Choice: &channels.Choice{ID: q.Data, Title: channels.Clean(title)},
		RefersTo: string(q.Message.MessageID),
	}
}

// label finds what was written on the button. A message that is too old comes
// without its buttons.
func label(k *inlineKeyboard, data string) string {
	if k == nil {
		return ""
	}
	for _, row := range k.Rows {
		for _, b := range row {
			if b.CallbackData == data {
				return b.Text
			}
		}
	}
	return ""
}

// memberEvent tells that a person blocked or unblocked the bot, or that it was
// put into a group or taken out.
func memberEvent(m *memberUpdated) channels.Event {
	e := channels.Event{
		Kind: channels.KindUnknown, Conversation: string(m.Chat.ID), Sender: sender(&m.From), Time: unix(m.Date),
	}
	was, is := present(m.OldChatMember.Status), present(m.NewChatMember.Status)
	switch {
	case m.NewChatMember.Status == "":
	case was && !is:
		e.Kind, e.Block = channels.KindOptOut, true
	case !was && is:
		e.Kind, e.Block = channels.KindStarted, true
	}
	return e
}

func present(status string) bool {
	return status == "member" || status == "administrator" || status == "creator" || status == "restricted"
}

func reactionEvent(r *reactionUpdated) channels.Event {
	e := channels.Event{
		Kind: channels.KindReaction, Conversation: string(r.Chat.ID), Sender: sender(r.User), Time: unix(r.Date),
		RefersTo: string(r.MessageID),
	}
	for _, x := range r.NewReaction {
		e.Text += x.Emoji
	}
	if r.User.IsBot {
		e.Kind = channels.KindEcho
	}
	return e
}

// conversation is the chat, and the topic in chats that have topics.
func conversation(m *message) string {
	if m.IsTopicMessage && m.MessageThreadID != "" {
		return string(m.Chat.ID) + ":" + string(m.MessageThreadID)
	}
	return string(m.Chat.ID)
}

func sender(u *user) channels.Sender {
	return channels.Sender{
		ID: string(u.ID), Name: name(u.FirstName, u.LastName), FirstName: u.FirstName, LastName: u.LastName,
		Username: u.Username, Language: u.LanguageCode,
	}
}

func name(first, last string) string { return strings.TrimSpace(first + " " + last) }

// command reads "/start payload" and "/start@bot payload".
func command(text string) (command, payload string, ok bool) {
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		return "", "", false
	}
	command, payload, _ = strings.Cut(rest, " ")
	command, _, _ = strings.Cut(command, "@")
	return channels.Clean(command), channels.Clean(strings.TrimSpace(payload)), command != ""
}

func data(e *channels.Event) map[string]any {
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	return e.Data
}

func unix(seconds int64) time.Time {
	if seconds <= 0 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// maxUnix is the last second of the year 9999, beyond which a time is no JSON.
const maxUnix = 253402300799
