package innopaas

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is a part of a request.
type payload map[string]any

// render makes the body of a request:
// https://docs.innopaas.com/api-reference/api-reference-en/whatsapp-business-api/whatsapp-business-api/message.
func (c *Channel) render(m *channels.Message) (payload, error) {
	p, err := address(m)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Template != nil:
		return p, c.addTemplate(p, m.Template)
	case m.Form == channels.FormButtons || m.Form == channels.FormList:
		return p, c.addInteractive(p, m)
	case m.Media != nil && m.Media.URL != "":
		return p, addFile(p, m)
	case m.Location != nil:
		p["messageType"], p["location"] = "location", location(m.Location)
	case m.Contact != nil && len(m.Contact.Phones) > 0:
		p["messageType"], p["contacts"] = "contacts", []payload{contact(m.Contact)}
	case m.Text != "":
		p["messageType"], p["body"] = "text", m.Text
	default:
		return nil, errors.New("nothing that InnoPaaS can send")
	}
	return p, nil
}

// address says from where to whom. The API takes many recipients divided by
// commas; a conversation is one. Parley's reference is the batch number, which has
// at most 32 characters; that a second one is held back is not published.
func address(m *channels.Message) (payload, error) {
	waba, number, _ := strings.Cut(m.Account, ":")
	if waba == "" || !digits(number) {
		return nil, errors.New("the account is not a WhatsApp Business Account with its number, as in 200000000000001:6221900000001")
	}
	if m.Conversation == "" || !digits(m.Conversation) {
		return nil, errors.New("the conversation is not a number with its country")
	}
	p := payload{"wabaId": waba, "recipientNumber": m.Conversation}
	if number != "" {
		p["sendNumber"] = number
	}
	if m.Ref != "" {
		p["uid"] = m.Ref
	}
	return p, nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// addTemplate adds a template by its name. Its header and buttons, should they
// have variables, are not in Parley's templates.
func (c *Channel) addTemplate(p payload, t *channels.Template) error {
	language := t.Language
	if language == "" {
		language = c.templateLanguage
	}
	if language == "" {
		return errors.New("the template has no language, which InnoPaaS requires; see the setting template_language")
	}
	p["messageType"], p["templateName"], p["language"] = "template", t.Name, language
	if len(t.Values) > 0 {
		p["bodyParams"] = t.Values
	}
	return nil
}

// addInteractive adds options, as buttons that may hang on a picture, a video or a
// file, or as a list of one section, which needs no title.
func (c *Channel) addInteractive(p payload, m *channels.Message) error {
	if m.Text == "" {
		return errors.New("options without a text")
	}
	i := payload{"type": "button", "body": payload{"text": m.Text}}
	p["messageType"], p["interactive"] = "interactive", i
	if m.Form == channels.FormList {
		i["type"] = "list"
		i["action"] = payload{"button": c.listButton, "sections": []payload{{"rows": rows(m.Options)}}}
		return nil
	}
	var buttons []payload
	for _, o := range m.Options {
		buttons = append(buttons, payload{"type": "reply", "reply": payload{"id": o.ID, "title": o.Label}})
	}
	i["action"] = payload{"buttons": buttons}
	if m.Media != nil && m.Media.URL != "" {
		kind, err := mediaType(m.Media.Kind)
		if err != nil || kind == "audio" {
			return fmt.Errorf("buttons cannot hang on media of kind %q", m.Media.Kind)
		}
		i["header"] = payload{"type": kind, kind: payload{"link": m.Media.URL}}
	}
	return nil
}

func rows(options []channels.Option) []payload {
	var out []payload
	for _, o := range options {
		row := payload{"id": o.ID, "title": o.Label}
		if o.Hint != "" {
			row["description"] = o.Hint
		}
		out = append(out, row)
	}
	return out
}

func addFile(p payload, m *channels.Message) error {
	kind, err := mediaType(m.Media.Kind)
	if err != nil {
		return err
	}
	f := payload{"link": m.Media.URL}
	if kind == "document" {
		f["filename"] = fileName(m.Media)
	}
	if m.Text != "" {
		f["caption"] = m.Text
	}
	p["messageType"], p["media"] = kind, f
	return nil
}

func mediaType(k channels.MediaKind) (string, error) {
	switch k {
	case channels.Image, channels.Audio, channels.Video:
		return string(k), nil
	case channels.File:
		return "document", nil
	default:
		return "", fmt.Errorf("no media of kind %q", k)
	}
}

// fileName is the name, which documents require, else the end of the address, else
// the kind.
func fileName(m *channels.Media) string {
	if m.Name != "" {
		return m.Name
	}
	if u, err := url.Parse(m.URL); err == nil {
		if base := path.Base(u.Path); path.Ext(base) != "" {
			return base
		}
	}
	return string(m.Kind)
}

// location has texts throughout, unlike one that comes in. Name and address are
// required: one stands for the other, and the coordinates for both.
func location(l *channels.Location) payload {
	latitude, longitude := strconv.FormatFloat(l.Latitude, 'f', -1, 64), strconv.FormatFloat(l.Longitude, 'f', -1, 64)
	name, where := l.Name, l.Address
	if name == "" && where == "" {
		name = latitude + ", " + longitude
	}
	if name == "" {
		name = where
	}
	if where == "" {
		where = name
	}
	return payload{"latitude": latitude, "longitude": longitude, "name": name, "address": where}
}

// contact is a card. Type and waId of a phone are required; WhatsApp wants a part
// of the name beside the whole.
func contact(c *channels.Contact) payload {
	whole := strings.TrimSpace(c.Name)
	if whole == "" {
		whole = c.Phones[0]
	}
	first, last, _ := strings.Cut(whole, " ")
	name := payload{"formattedName": whole, "firstName": first}
	if last = strings.TrimSpace(last); last != "" {
		name["lastName"] = last
	}
	var phones, emails []payload
	for _, p := range c.Phones {
		phones = append(phones, payload{"phone": p, "type": "WORK", "waId": onlyDigits(p)})
	}
	for _, m := range c.Emails {
		emails = append(emails, payload{"email": m, "type": "WORK"})
	}
	out := payload{"name": name, "phones": phones}
	if emails != nil {
		out["emails"] = emails
	}
	return out
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
