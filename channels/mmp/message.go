package mmp

import (
	"math"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// addMessage adds what a person wrote, tapped or did.
func addMessage(e *channels.Event, w *webhook, m *rawMessage) {
	e.ID, e.Conversation, e.Sender = string(w.MessageID), string(w.From), sender(w)
	if e.DedupeID == "" && w.MessageID != "" {
		e.DedupeID = strings.ToLower(string(m.Type)) + ":" + string(w.MessageID)
	}
	if e.Conversation == "" {
		return
	}
	if addTap(e, w, m) {
		return
	}
	switch strings.ToLower(string(m.Type)) {
	case "text", "quickreply", "listpicker", "zalo_list_picker", "rich_card", "fb_whatsapp_template",
		"fb_whatsapp_interactive", "choices":
		setText(e, string(m.Message))
	case "text_with_attachment":
		setText(e, string(m.Message))
		addAttachments(e, m)
	case "picture":
		addFile(e, m, channels.Image)
	case "video":
		addFile(e, m, channels.Video)
	case "file":
		addFile(e, m, channels.File)
	case "richlink":
		setText(e, strings.TrimSpace(string(m.Message)+"\n"+string(m.RichLinkURL)))
	case "location":
		addLocation(e, m)
	case "share_info":
		addContacts(e, m)
	case "reaction":
		e.Kind, e.Text = channels.KindReaction, string(m.Message)
	case "subscribed":
		e.Kind = channels.KindOptIn
	case "unsubscribed":
		e.Kind = channels.KindOptOut
	case "conversation_started":
		e.Kind = channels.KindStarted
	}
}

// addTap adds a choice, where its form is known. The form of a tap is not
// published: the list pick is inferred from the platform's types, the taps of
// WhatsApp from extra being the channel's own content. Others come as a text.
func addTap(e *channels.Event, w *webhook, m *rawMessage) bool {
	if w.ApplicationID == whatsappID {
		if t, ok := part[tapped](m.Extra); ok {
			switch {
			case t.Interactive.Button != nil:
				return setChoice(e, t.Interactive.Button.ID, t.Interactive.Button.Title)
			case t.Interactive.List != nil:
				return setChoice(e, t.Interactive.List.ID, t.Interactive.List.Title)
			case t.Button != nil:
				return setChoice(e, t.Button.Payload, t.Button.Text)
			}
		}
	}
	p, ok := part[picked](m.Reply)
	return ok && setChoice(e, p.Value, p.Title)
}

func setChoice(e *channels.Event, id, title word) bool {
	if id == "" && title == "" {
		return false
	}
	e.Kind, e.Text = channels.KindChoice, string(title)
	e.Choice = &channels.Choice{ID: string(id), Title: string(title)}
	return true
}

func setText(e *channels.Event, text string) {
	if text != "" {
		e.Kind, e.Text = channels.KindMessage, text
	}
}

// addFile adds media with a caption. The address is in the message, or in the
// object of the file.
func addFile(e *channels.Event, m *rawMessage, kind channels.MediaKind) {
	media := channels.Media{Kind: kind, URL: string(m.FileURL), Name: string(m.FileName), Size: size(m.FileSize)}
	if f, ok := part[fileInfo](m.File); ok {
		o := mediaOf(f)
		if kind == channels.File {
			media.Kind = o.Kind
		}
		if media.URL == "" {
			media.URL = o.URL
		}
		if media.Name == "" {
			media.Name = o.Name
		}
		if media.Size == 0 {
			media.Size = o.Size
		}
		media.MIME = o.MIME
	}
	if media.URL == "" {
		return
	}
	e.Kind, e.Text, e.Media = channels.KindMessage, string(m.Message), []channels.Media{media}
}

func addAttachments(e *channels.Event, m *rawMessage) {
	files, _ := part[[]fileInfo](m.Attachments)
	for _, f := range files {
		if f.URL != "" {
			e.Kind, e.Media = channels.KindMessage, append(e.Media, mediaOf(f))
		}
	}
}

func mediaOf(f fileInfo) channels.Media {
	media := channels.Media{Kind: channels.File, URL: string(f.URL), MIME: string(f.Type), Name: string(f.Name), Size: size(f.Size)}
	class, _, _ := strings.Cut(media.MIME, "/")
	switch strings.ToLower(class) {
	case "image":
		media.Kind = channels.Image
	case "audio":
		media.Kind = channels.Audio
	case "video":
		media.Kind = channels.Video
	}
	return media
}

func addLocation(e *channels.Event, m *rawMessage) {
	p, _ := part[place](m.Location)
	latitude, ok1 := degrees(p.Latitude, 90)
	longitude, ok2 := degrees(p.Longitude, 180)
	if ok1 && ok2 {
		e.Kind, e.Text = channels.KindMessage, string(m.Message)
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude}
	}
}

func degrees(w word, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(string(w), 64)
	return f, err == nil && math.Abs(f) <= most
}

func addContacts(e *channels.Event, m *rawMessage) {
	cards, _ := part[[]card](m.Contacts)
	for _, c := range cards {
		if c.Name == "" && c.Phone == "" {
			continue
		}
		contact := channels.Contact{Name: string(c.Name)}
		if c.Phone != "" {
			contact.Phones = []string{string(c.Phone)}
		}
		e.Kind, e.Text, e.Contacts = channels.KindMessage, string(m.Message), append(e.Contacts, contact)
	}
}

// sender reads the person. What a payload has of them is no id but that of the
// conversation.
func sender(w *webhook) channels.Sender {
	p, _ := part[person](w.Contact)
	return channels.Sender{
		ID: string(w.From), Name: string(p.Name), Phone: phone(string(p.Phone)), Language: string(p.Language),
	}
}

// phone writes a number such as 84900000017, which has its country (inferred),
// as +84900000017. One with a leading zero is a national one and stays.
func phone(s string) string {
	if len(s) >= 8 && s[0] != '0' && strings.Trim(s, "0123456789") == "" {
		return "+" + s
	}
	return s
}

// size reads a size, which is a number or a text in the platform's types.
func size(w word) int64 {
	n, err := strconv.ParseInt(string(w), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
