package zalo

import (
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// addMessage adds what somebody sent: OA/webhook/tin-nhan. Each of its attachments is of one
// type; what has none that is known, and no text, stays unknown.
func (c *Channel) addMessage(e *channels.Event, p *payload) {
	m := &p.Message
	e.ID, e.RefersTo = string(m.MsgID), string(m.QuoteID)
	if e.ID != "" {
		e.DedupeID = "message:" + e.ID
	}
	if e.Conversation == "" {
		return
	}
	card := strings.HasSuffix(string(p.Event), "_business_card")
	var lines []string
	if m.Text != "" {
		e.Kind, lines = channels.KindMessage, []string{string(m.Text)}
	}
	for i := range m.Attachments {
		if text, ok := addAttachment(e, &m.Attachments[i], card); ok {
			e.Kind = channels.KindMessage
			if text != "" && text != string(m.Text) {
				lines = append(lines, text)
			}
		}
	}
	e.Text = strings.Join(lines, "\n")
	if choice := readOption(e.Text); choice != nil && len(m.Attachments) == 0 {
		e.Kind, e.Text, e.Choice = channels.KindChoice, choice.Title, choice
	}
	if e.Kind != channels.KindUnknown {
		addData(e, "user_id_by_app", p.UserByApp)
	}
}

// addAttachment adds an attachment, and returns what of it is text.
func addAttachment(e *channels.Event, a *attachment, card bool) (text string, ok bool) {
	at := &a.Payload
	switch {
	case card:
		return "", addCard(e, a)
	case a.Type == "image" || a.Type == "photo" || a.Type == "gif":
		return "", addMedia(e, channels.Image, a)
	case a.Type == "audio":
		return "", addMedia(e, channels.Audio, a)
	case a.Type == "video":
		return string(at.Description), addMedia(e, channels.Video, a)
	case a.Type == "file":
		return "", addMedia(e, channels.File, a)
	case a.Type == "sticker":
		addData(e, "sticker_id", at.ID)
		return "", addMedia(e, channels.Image, a) || at.ID != ""
	case a.Type == "link":
		addData(e, "link", at.URL)
		addData(e, "description", at.Description)
		return string(at.URL), at.URL != ""
	case a.Type == "location":
		return "", addLocation(e, at.Coordinates.Latitude, at.Coordinates.Longitude)
	}
	return "", false
}

func addMedia(e *channels.Event, kind channels.MediaKind, a *attachment) bool {
	if !web(string(a.Payload.URL)) {
		return false
	}
	media := channels.Media{Kind: kind, URL: string(a.Payload.URL), Name: string(a.Payload.Name)}
	if n, err := strconv.ParseInt(string(a.Payload.Size), 10, 64); err == nil && n > 0 {
		media.Size = n
	}
	if strings.Contains(string(a.Payload.Type), "/") {
		media.MIME = string(a.Payload.Type)
	}
	e.Media = append(e.Media, media)
	return true
}

func addLocation(e *channels.Event, lat, lon word) bool {
	latitude, ok1 := degrees(lat, 90)
	longitude, ok2 := degrees(lon, 180)
	if ok1 && ok2 {
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude}
	}
	return ok1 && ok2
}

func degrees(w word, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(string(w), 64)
	return f, err == nil && math.Abs(f) <= most
}

// addCard adds a contact: a link whose description is JSON with the number, and maybe a
// name. One that is not of this form is a link.
func addCard(e *channels.Event, a *attachment) bool {
	var d struct {
		Phone  word `json:"phone"`
		Name   word `json:"name"`
		QRCode word `json:"qrCodeUrl"`
	}
	if err := channels.Unmarshal([]byte(a.Payload.Description), &d); err != nil || d.Phone == "" {
		addData(e, "link", a.Payload.URL)
		addData(e, "description", a.Payload.Description)
		return a.Payload.URL != ""
	}
	e.Contacts = append(e.Contacts, channels.Contact{Name: string(d.Name), Phones: []string{string(d.Phone)}})
	addData(e, "link", a.Payload.URL)
	return true
}

// optionMark begins what a tap on a button writes: the id of its option and its label
// follow. It begins with #, so that an app that only gets messages with # (the filter of the
// console) gets it too.
const optionMark = "#parley/"

// optionPayload is what a tap brings. The label is for a tap on an old question, which
// counts as its label; it is left out where there is no room.
func optionPayload(o channels.Option) string {
	s := optionMark + url.QueryEscape(o.ID) + "/"
	if with := s + oneLine(o.Label); channels.Measure(with, channels.UTF16) <= maxPayload {
		return with
	}
	return s
}

// readOption reads what a tap brought; nil for anything else.
func readOption(text string) *channels.Choice {
	rest, ok := strings.CutPrefix(text, optionMark)
	if !ok {
		return nil
	}
	id, label, ok := strings.Cut(rest, "/")
	if !ok {
		return nil
	}
	id, err := url.QueryUnescape(id)
	if err != nil || id == "" {
		return nil
	}
	return &channels.Choice{ID: channels.Clean(id), Title: label}
}

// oneLine is a label as buttons show it.
func oneLine(s string) string { return strings.Join(strings.Fields(channels.Clean(s)), " ") }
