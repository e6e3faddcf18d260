package innopaas

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// addMessage adds what a person wrote, tapped or shared. Of the documented types
// order and system have no published body, and stay unknown.
func (c *Channel) addMessage(e *channels.Event, m *messageBody) {
	e.Account = account(m.WabaID, m.To)
	e.Conversation = strings.TrimPrefix(string(m.From), "+")
	e.ID = string(m.Wamid)
	if e.ID == "" {
		e.ID = string(m.ID)
	}
	// Whether one that comes again has the same event id is not published.
	if e.ID != "" {
		e.DedupeID = "message:" + e.ID
	}
	if t := timeOf(m.SendTime); !t.IsZero() {
		e.Time = t
	}
	who, _ := part[profile](m.Profile)
	e.Sender = channels.Sender{ID: e.Conversation, Name: string(who.Name), Phone: phone(e.Conversation)}
	if q, ok := part[quoted](m.Context); ok {
		e.RefersTo = string(q.ID)
	}
	if e.Conversation == "" {
		return
	}
	c.addContent(e, m)
}

func (c *Channel) addContent(e *channels.Event, m *messageBody) {
	switch m.Type {
	case "text":
		if t, ok := part[textPart](m.Text); ok && t.Body != "" {
			e.Kind, e.Text = channels.KindMessage, string(t.Body)
		}
	case "image":
		c.addMedia(e, channels.Image, m.Image)
	case "sticker":
		c.addMedia(e, channels.Image, m.Sticker)
	case "audio":
		c.addMedia(e, channels.Audio, m.Audio)
	case "video":
		c.addMedia(e, channels.Video, m.Video)
	case "document":
		c.addMedia(e, channels.File, m.Document)
	case "location":
		addLocation(e, m.Location)
	case "contacts":
		addContacts(e, m.Contacts)
		addContacts(e, m.Contact)
	case "reaction":
		if r, ok := part[reaction](m.Reaction); ok && r.MessageID != "" {
			e.Kind, e.Text, e.RefersTo = channels.KindReaction, string(r.Emoji), string(r.MessageID)
		}
	case "button":
		if b, ok := part[button](m.Button); ok {
			setChoice(e, b.Payload, b.Text)
		}
	case "interactive":
		addReply(e, m.Interactive)
	}
}

// addReply adds a tap on a button or on a row of a list.
func addReply(e *channels.Event, raw json.RawMessage) {
	i, _ := part[interactive](raw)
	r, ok := part[reply](i.Button)
	if !ok {
		r, ok = part[reply](i.List)
	}
	if ok {
		setChoice(e, r.ID, r.Title)
	}
}

func setChoice(e *channels.Event, id, title word) {
	if id == "" && title == "" {
		return
	}
	e.Kind, e.Text = channels.KindChoice, string(title)
	e.Choice = &channels.Choice{ID: string(id), Title: string(title)}
}

// addMedia adds media with a caption. A link that opens only with the credentials
// is an id, which the bot opens.
func (c *Channel) addMedia(e *channels.Event, kind channels.MediaKind, raw json.RawMessage) {
	f, ok := part[media](raw)
	if !ok || f.Link == "" {
		return
	}
	m := channels.Media{Kind: kind, MIME: string(f.MIMEType), Name: string(f.Filename)}
	if c.guarded(string(f.Link)) {
		m.ID = string(f.Link)
	} else {
		m.URL = string(f.Link)
	}
	e.Kind, e.Text, e.Media = channels.KindMessage, string(f.Caption), []channels.Media{m}
}

func addLocation(e *channels.Event, raw json.RawMessage) {
	p, _ := part[place](raw)
	latitude, ok1 := degrees(p.Latitude, 90)
	longitude, ok2 := degrees(p.Longitude, 180)
	if ok1 && ok2 {
		e.Kind = channels.KindMessage
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude, Name: string(p.Name), Address: string(p.Address)}
	}
}

func degrees(w word, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(string(w), 64)
	return f, err == nil && math.Abs(f) <= most
}

func addContacts(e *channels.Event, raw json.RawMessage) {
	cards, _ := part[[]card](raw)
	for _, c := range cards {
		contact := contactOf(&c)
		if contact.Name == "" && contact.Phones == nil && contact.Emails == nil {
			continue
		}
		e.Kind, e.Contacts = channels.KindMessage, append(e.Contacts, contact)
	}
}

func contactOf(c *card) channels.Contact {
	var out channels.Contact
	name, _ := part[cardName](c.Name)
	if out.Name = string(name.Formatted); out.Name == "" {
		out.Name = strings.TrimSpace(string(name.First) + " " + string(name.Last))
	}
	phones, _ := part[[]cardPhone](c.Phones)
	for _, p := range phones {
		switch {
		case p.Phone != "":
			out.Phones = append(out.Phones, string(p.Phone))
		case p.WaID != "":
			out.Phones = append(out.Phones, phone(string(p.WaID)))
		}
	}
	emails, _ := part[[]cardEmail](c.Emails)
	for _, m := range emails {
		if m.Email != "" {
			out.Emails = append(out.Emails, string(m.Email))
		}
	}
	return out
}

// phone writes a number, which has its country and no plus, with the plus; "" for
// what is no number.
func phone(s string) string {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return "+" + s
}
