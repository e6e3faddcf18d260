package chatapi

import (
	"encoding/json"
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// message reads an item of messages: what a person wrote, or with fromMe what was
// sent, through the API or on the phone.
func (c *Channel) message(raw json.RawMessage) channels.Event {
	m, ok := part[message](raw)
	if !ok {
		return unknown(raw)
	}
	e := channels.Event{
		Kind: channels.KindUnknown, ID: string(m.ID), Conversation: string(m.ChatID), Time: unix(m.Time),
		RefersTo: string(m.QuotedMsgID), Sender: sender(&m), DedupeID: "message:" + string(m.ID),
	}
	if m.ID == "" {
		e.DedupeID = digest(raw)
	}
	if e.Conversation != "" {
		addContent(&e, &m)
	}
	switch {
	case m.FromMe.yes() && e.Conversation != "":
		c.sent(&e, m.Self == "0" || m.Self == "false")
	case !c.answers(e.Conversation):
		e = channels.Event{Kind: channels.KindUnknown, ID: e.ID, Conversation: e.Conversation, Time: e.Time, DedupeID: e.DedupeID}
	}
	if e.Kind == channels.KindUnknown {
		e.Raw = unknown(raw).Raw
	}
	return e
}

// answers tells whether the bot is for a chat: with one person, or where the owner
// wants that, a group. It is never for broadcasts, such as status updates.
func (c *Channel) answers(chat string) bool {
	if strings.HasSuffix(chat, "@broadcast") {
		return false
	}
	return c.groups || !strings.HasSuffix(chat, "@g.us")
}

// sent says what a message of the business itself is: an echo, or where the owner
// wants that, a person who takes the conversation or gives it back. It was
// delivered already, so that it is never an agent_message, which the bot would send.
func (c *Channel) sent(e *channels.Event, onPhone bool) {
	wrote := e.Kind == channels.KindMessage
	e.Kind, e.Sender, e.Choice = channels.KindEcho, channels.Sender{}, nil
	if !wrote || !onPhone || !c.phoneTakesOver {
		return
	}
	e.Kind = channels.KindTakeOver
	if c.giveBack != "" && strings.TrimSpace(e.Text) == c.giveBack {
		e.Kind = channels.KindGiveBack
	}
}

// sender reads the person: in a group the author of the message.
func sender(m *message) channels.Sender {
	id := string(m.Author)
	if id == "" {
		id = string(m.ChatID)
	}
	return channels.Sender{ID: id, Name: personName(m.SenderName), Phone: phone(id), Username: string(m.AuthorUserName)}
}

// addContent adds what the type says. Confirmed are chat, image, ptt, document,
// audio, video, location, vcard, multi_vcard and call_log of Chat API, and chat,
// interactive, image, video, document, audio, sticker, voice, button, reaction and
// request_welcome of 1MSG.
func addContent(e *channels.Event, m *message) {
	switch m.Type {
	case "chat", "button", "interactive":
		addTextOrTap(e, m)
	case "image", "sticker":
		addFile(e, m, channels.Image)
	case "video":
		addFile(e, m, channels.Video)
	case "audio", "ptt", "voice":
		addFile(e, m, channels.Audio)
	case "document":
		addFile(e, m, channels.File)
	case "location":
		addLocation(e, m)
	case "vcard", "multi_vcard", "contact":
		addCards(e, string(m.Body))
	case "reaction":
		e.Kind, e.Text = channels.KindReaction, string(m.Body)
	case "call_log":
		e.Kind = channels.KindCall
		addData(e, "event", "call_log")
		addData(e, "text", m.Body)
	case "call_permission_reply":
		e.Kind = channels.KindCall
		addData(e, "event", "permission")
		addData(e, "text", m.Body)
	case "request_welcome":
		e.Kind = channels.KindStarted
	}
}

// addTextOrTap adds a text. A tap in 1MSG is interactive or button with the title
// as its body; where the id of the option stands is not published. Where the item
// carries WhatsApp's own object it is read (inferred), else the tap is a message
// with the label as its text, which an open question takes like a tap.
func addTextOrTap(e *channels.Event, m *message) {
	t, _ := part[tap](m.Interactive)
	switch {
	case t.Button != nil && t.Button.ID != "":
		setChoice(e, t.Button.ID, t.Button.Title, m.Body)
	case t.List != nil && t.List.ID != "":
		setChoice(e, t.List.ID, t.List.Title, m.Body)
	case m.Body != "":
		e.Kind, e.Text = channels.KindMessage, string(m.Body)
	}
}

func setChoice(e *channels.Event, id, title, body word) {
	if title == "" {
		title = body
	}
	e.Kind, e.Text = channels.KindChoice, string(title)
	e.Choice = &channels.Choice{ID: string(id), Title: string(title)}
}

// addFile adds media, whose address is the body. The caption is a text or the
// file's name: the name when it ends as the address does.
func addFile(e *channels.Event, m *message, kind channels.MediaKind) {
	u, err := url.Parse(string(m.Body))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	media := channels.Media{Kind: kind, URL: string(m.Body)}
	ext := path.Ext(string(m.Caption))
	if len(ext) > 1 && strings.EqualFold(ext, path.Ext(u.Path)) && !strings.Contains(string(m.Caption), "\n") {
		media.Name = string(m.Caption)
	} else {
		e.Text = string(m.Caption)
	}
	e.Kind, e.Media = channels.KindMessage, []channels.Media{media}
}

// addLocation reads a place, whose latitude and longitude are one text. What is
// between them is not published.
func addLocation(e *channels.Event, m *message) {
	parts := strings.FieldsFunc(string(m.Body), func(r rune) bool { return strings.ContainsRune(";, \t\n", r) })
	if len(parts) != 2 {
		return
	}
	latitude, ok1 := degrees(parts[0], 90)
	longitude, ok2 := degrees(parts[1], 180)
	if ok1 && ok2 {
		e.Kind, e.Text = channels.KindMessage, string(m.Caption)
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude}
	}
}

func degrees(s string, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && math.Abs(f) <= most
}

// addCards reads the cards of a body, one after the other.
func addCards(e *channels.Event, body string) {
	const begin, end = "BEGIN:VCARD", "END:VCARD"
	for {
		from := strings.Index(body, begin)
		if from < 0 {
			return
		}
		body = body[from:]
		to := strings.Index(body, end)
		if to < 0 {
			return
		}
		card := body[:to+len(end)]
		body = body[to+len(end):]
		e.Kind, e.Contacts = channels.KindMessage, append(e.Contacts, contact(card))
	}
}

// contact reads a card as far as it is needed.
func contact(card string) channels.Contact {
	out := channels.Contact{VCard: card}
	for line := range strings.Lines(card) {
		property, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || value == "" {
			continue
		}
		// item1.TEL;waid=15550100017:+1 555 010 0017
		name, _, _ := strings.Cut(property, ";")
		switch strings.ToUpper(name[strings.LastIndex(name, ".")+1:]) {
		case "FN":
			out.Name = value
		case "TEL":
			out.Phones = append(out.Phones, value)
		case "EMAIL":
			out.Emails = append(out.Emails, value)
		}
	}
	return out
}
