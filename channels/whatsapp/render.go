package whatsapp

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

// render makes the body of a request: …/whatsapp/messages.
func (c *Channel) render(m *channels.Message) (payload, error) {
	p, err := c.address(m)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Template != nil:
		return p, c.addTemplate(p, m.Template)
	case m.Location != nil:
		p["type"], p["location"] = "location", location(m.Location)
	case m.Contact != nil && len(m.Contact.Phones) > 0:
		p["type"], p["contacts"] = "contacts", []payload{contactCard(m.Contact)}
	default:
		return p, c.addBody(p, m)
	}
	return p, nil
}

// userID reports whether a text is the id of a person for a business, such as
// US.13491208655302741918, or for several businesses of one owner, US.ENT.118…:
// …/whatsapp/business-scoped-user-ids.
func userID(s string) bool {
	country, id, ok := strings.Cut(s, ".")
	id = strings.TrimPrefix(id, "ENT.")
	return ok && len(country) == 2 && strings.Trim(country, capitals) == "" &&
		id != "" && len(id) <= maxUserID && strings.Trim(id, capitals+strings.ToLower(capitals)+"0123456789") == ""
}

const (
	capitals  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	maxUserID = 128 // characters after the country
)

// address says to whom: a number, the id of a person, or a group. Parley's reference
// comes back in the statuses of the message; a second message with the same is not held
// back.
func (c *Channel) address(m *channels.Message) (payload, error) {
	p := payload{"messaging_product": "whatsapp", "recipient_type": "individual"}
	number := strings.TrimPrefix(m.Conversation, "+")
	switch {
	case digits(number):
		p["to"] = number
	case userID(m.Conversation):
		p["recipient"] = m.Conversation
	case m.Conversation != "" && c.groups:
		p["recipient_type"], p["to"] = "group", m.Conversation
	default:
		return nil, errors.New("the conversation is neither a number with its country nor the id of a person")
	}
	if m.Ref != "" && len(m.Ref) <= maxOpaque {
		p["biz_opaque_callback_data"] = m.Ref
	}
	return p, nil
}

// addTemplate adds a template by its name. Its header and buttons, should they have
// variables, are not in Parley's templates.
func (c *Channel) addTemplate(p payload, t *channels.Template) error {
	language := t.Language
	if language == "" {
		language = c.templateLanguage
	}
	if language == "" {
		return errors.New("the template has no language, which WhatsApp requires; see the setting template_language")
	}
	out := payload{"name": t.Name, "language": payload{"code": language}}
	if len(t.Values) > 0 {
		var values []payload
		for _, v := range t.Values {
			values = append(values, payload{"type": "text", "text": v})
		}
		out["components"] = []payload{{"type": "body", "parameters": values}}
	}
	p["type"], p["template"] = "template", out
	return nil
}

// addBody adds text, media, options and links.
func (c *Channel) addBody(p payload, m *channels.Message) error {
	options := len(m.Options) > 0 && (m.Form == channels.FormButtons || m.Form == channels.FormList)
	if options && m.Text == "" {
		return errors.New("options without a text")
	}
	if !options && nativeLink(m) {
		return addLink(p, m)
	}
	text := strings.Join(append([]string{m.Text}, linkLines(m.Links)...), "\n")
	hangs := options || hasMedia(m)
	switch {
	case hangs && len(m.Links) > 0 && channels.Measure(text, channels.UTF16) > maxBody:
		return addText(p, plain(m, text))
	case options:
		return c.addInteractive(p, m, text)
	case hasMedia(m):
		return addMediaFile(p, m.Media, text)
	}
	return addText(p, text)
}

func hasMedia(m *channels.Message) bool {
	return m.Media != nil && (m.Media.URL != "" || m.Media.ID != "")
}

func addText(p payload, text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return errors.New("nothing that WhatsApp can send")
	}
	if channels.Measure(text, channels.UTF16) > maxText {
		return fmt.Errorf("the text with its links and options is over %d characters", maxText)
	}
	link := strings.Contains(text, "https://") || strings.Contains(text, "http://")
	p["type"], p["text"] = "text", payload{"body": text, "preview_url": link}
	return nil
}

// plain writes what does not fit under a text with links into the text: the options
// with their numbers, and the address of the media.
func plain(m *channels.Message, text string) string {
	lines := []string{text}
	for i, o := range m.Options {
		lines = append(lines, strconv.Itoa(i+1)+" "+o.Label)
	}
	if hasMedia(m) && m.Media.URL != "" {
		lines = append(lines, m.Media.URL)
	}
	return strings.Join(lines, "\n")
}

// linkLines are links that have no button.
func linkLines(links []channels.Link) []string {
	var lines []string
	for _, l := range links {
		lines = append(lines, strings.TrimPrefix(l.Label+": "+l.URL, ": "))
	}
	return lines
}

// nativeLink reports whether a link can be a button: there is one per message, and none
// beside options: …/messages/interactive-cta-url-messages.
func nativeLink(m *channels.Message) bool {
	if len(m.Links) != 1 || m.Text == "" || channels.Measure(m.Text, channels.UTF16) > maxBody {
		return false
	}
	l := m.Links[0]
	u, err := url.Parse(l.URL)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && strings.TrimSpace(l.Label) != "" &&
		channels.Measure(l.Label, channels.UTF16) <= maxButtonTitle && (!hasMedia(m) || m.Media.Kind != channels.Audio)
}

func addLink(p payload, m *channels.Message) error {
	i := payload{"type": "cta_url", "body": payload{"text": m.Text}, "action": payload{
		"name": "cta_url", "parameters": payload{"display_text": m.Links[0].Label, "url": m.Links[0].URL},
	}}
	p["type"], p["interactive"] = "interactive", i
	return addHeader(i, m)
}

// addInteractive adds options, as buttons that may hang on a picture, a video or a
// file, or as a list of one section, which needs no title:
// …/messages/interactive-reply-buttons-messages, …/interactive-list-messages.
func (c *Channel) addInteractive(p payload, m *channels.Message, text string) error {
	i := payload{"type": "button", "body": payload{"text": text}}
	p["type"], p["interactive"] = "interactive", i
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
	return addHeader(i, m)
}

// addHeader puts media above the text of an interactive message.
func addHeader(i payload, m *channels.Message) error {
	if !hasMedia(m) {
		return nil
	}
	kind, err := mediaType(m.Media.Kind)
	if err != nil || kind == "audio" {
		return fmt.Errorf("buttons cannot hang on media of kind %q", m.Media.Kind)
	}
	i["header"] = payload{"type": kind, kind: file(m.Media, kind)}
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

func addMediaFile(p payload, m *channels.Media, caption string) error {
	kind, err := mediaType(m.Kind)
	if err != nil {
		return err
	}
	f := file(m, kind)
	if caption != "" {
		if kind == "audio" {
			return errors.New("a sound carries no text")
		}
		f["caption"] = caption
	}
	p["type"], p[kind] = kind, f
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

// file names media by address, or by the id of an upload.
func file(m *channels.Media, kind string) payload {
	f := payload{}
	if m.URL != "" {
		f["link"] = m.URL
	} else {
		f["id"] = m.ID
	}
	if name := fileName(m); kind == "document" && name != "" {
		f["filename"] = name
	}
	return f
}

// fileName is the name, else the end of the address. Its extension decides how a
// document is shown.
func fileName(m *channels.Media) string {
	if m.Name != "" {
		return m.Name
	}
	if u, err := url.Parse(m.URL); err == nil {
		if base := path.Base(u.Path); path.Ext(base) != "" {
			return base
		}
	}
	return ""
}

// location has texts throughout: …/messages/location-messages.
func location(l *channels.Location) payload {
	p := payload{
		"latitude":  strconv.FormatFloat(l.Latitude, 'f', -1, 64),
		"longitude": strconv.FormatFloat(l.Longitude, 'f', -1, 64),
	}
	if l.Name != "" {
		p["name"] = l.Name
	}
	if l.Address != "" {
		p["address"] = l.Address
	}
	return p
}
