package viber

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// addMessage adds what somebody sent: …/bots-api/events/user-message-received. What has no
// form here, and the search of a chat extension, stays unknown.
func addMessage(e *channels.Event, cb *callback) {
	m := &cb.Message
	if cb.Token != "0" {
		e.ID = string(cb.Token)
	}
	if cb.ReplyType == "query" {
		return
	}
	switch m.Type {
	case "text":
		addText(e, m)
	case "url":
		if m.Media != "" {
			e.Kind, e.Text = channels.KindMessage, string(m.Media)
			if text := string(m.Text); text != "" && text != e.Text {
				e.Text = text + "\n" + e.Text
			}
		}
	case "picture":
		addMedia(e, channels.Image, m)
	case "video":
		addMedia(e, channels.Video, m)
	case "file":
		addMedia(e, channels.File, m)
	case "sticker":
		addSticker(e, m)
	case "location":
		addLocation(e, m)
	case "contact":
		addContact(e, m)
	}
	if cb.Silent == "true" { // the tap is not shown in the chat
		addData(e, "silent", cb.Silent)
	}
	addData(e, "chat_id", cb.ChatID)
	if readOptions(m.TrackingData) == nil {
		addData(e, "tracking_data", m.TrackingData)
	}
}

// addText adds a text, or a tap: Viber sends a tap on a keyboard as the text of the
// button, with the tracking data of the message that the keyboard came with.
func addText(e *channels.Event, m *message) {
	if m.Text == "" {
		return
	}
	e.Kind, e.Text = channels.KindMessage, string(m.Text)
	typed := oneLine(e.Text)
	for _, o := range readOptions(m.TrackingData) {
		if o.Label == typed {
			e.Kind, e.Text = channels.KindChoice, o.Label
			e.Choice = &channels.Choice{ID: o.ID, Title: o.Label}
			return
		}
	}
}

func addMedia(e *channels.Event, kind channels.MediaKind, m *message) {
	if !web(string(m.Media)) {
		return
	}
	media := channels.Media{Kind: kind, URL: string(m.Media), Name: string(m.FileName)}
	for _, w := range []word{m.FileSize, m.Size} {
		if n, err := strconv.ParseInt(string(w), 10, 64); err == nil && n > 0 {
			media.Size = n
		}
	}
	e.Kind, e.Text, e.Media = channels.KindMessage, string(m.Text), []channels.Media{media}
	addData(e, "duration", m.Duration)
}

// addSticker adds a sticker: it is said, like a text; some have a picture.
func addSticker(e *channels.Event, m *message) {
	if m.StickerID == "" {
		return
	}
	e.Kind = channels.KindMessage
	if web(string(m.Media)) {
		e.Media = []channels.Media{{Kind: channels.Image, URL: string(m.Media)}}
	}
	addData(e, "sticker_id", m.StickerID)
}

func addLocation(e *channels.Event, m *message) {
	latitude, ok1 := degrees(m.Location.Latitude, 90)
	longitude, ok2 := degrees(m.Location.Longitude, 180)
	if ok1 && ok2 {
		e.Kind, e.Text = channels.KindMessage, string(m.Text)
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude}
	}
}

func degrees(w word, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(string(w), 64)
	return f, err == nil && math.Abs(f) <= most
}

func addContact(e *channels.Event, m *message) {
	card := channels.Contact{Name: string(m.Contact.Name)}
	if m.Contact.Phone != "" {
		card.Phones = []string{string(m.Contact.Phone)}
	}
	if card.Name != "" || card.Phones != nil {
		e.Kind, e.Contacts = channels.KindMessage, []channels.Contact{card}
	}
}

// tracking is what a message with options takes along, and what comes back with every
// reply to it: …/bots-api/data-models/message, tracking_data. A tap brings the label only,
// so the ids are here.
type tracking struct {
	Options []option `json:"parley_options"`
}

type option struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// trackingData is the tracking data of options, "" for none or where they do not fit: then
// a tap counts as its label, typed. "" is written out, so that older data end.
func trackingData(options []channels.Option) string {
	if len(options) == 0 {
		return ""
	}
	t := tracking{}
	for _, o := range options {
		t.Options = append(t.Options, option{ID: o.ID, Label: oneLine(o.Label)})
	}
	data, err := json.Marshal(t)
	if err != nil || len(data) > maxTrackingData {
		return ""
	}
	return string(data)
}

// readOptions reads tracking data of this channel; nil when they are another's.
func readOptions(data word) []option {
	if !strings.HasPrefix(string(data), `{"parley_options"`) {
		return nil
	}
	var t tracking
	if err := channels.Decode([]byte(data), &t); err != nil {
		return nil
	}
	return t.Options
}

// oneLine is a label as buttons show it.
func oneLine(s string) string { return strings.Join(strings.Fields(channels.Clean(s)), " ") }
