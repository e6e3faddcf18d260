package chatapi

import (
	"errors"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is the body of a call.
type payload map[string]any

// render makes the method and its body. Every method takes the chat's id.
func (c *Channel) render(m *channels.Message) (method string, p payload, err error) {
	if m.Conversation == "" {
		return "", nil, errors.New("the conversation is empty")
	}
	p = payload{"chatId": m.Conversation}
	switch {
	case m.Template != nil:
		method, err = c.addTemplate(p, m.Template)
	case m.Media != nil && m.Media.URL != "":
		method, err = c.addMedia(p, m)
	case m.Location != nil:
		method = c.addLocation(p, m.Location)
	case m.Contact != nil && len(m.Contact.Phones) > 0:
		method = c.addContact(p, m.Contact)
	case m.Text != "":
		method, err = c.addText(p, m)
	default:
		err = errors.New("nothing that the platform can send")
	}
	return method, p, err
}

// addText adds a text with what hangs on it: buttons, a list or a link, or else
// lines of the text.
func (c *Channel) addText(p payload, m *channels.Message) (string, error) {
	one := len(m.Links) == 1 && len(m.Options) == 0 && webAddress(m.Links[0].URL) && m.Links[0].Label != ""
	interactive := c.oneMSG && len(m.Links) == 0 && fits(m.Text, maxInteractiveText)
	switch {
	case interactive && m.Form == channels.FormButtons && len(m.Options) > 0:
		p["body"], p["sections"] = m.Text, replies(m.Options)
		return "sendButton", nil
	case interactive && m.Form == channels.FormList && len(m.Options) > 0:
		// The newest SDK has both names for the button, the older reference action only.
		p["body"], p["action"], p["buttonText"] = m.Text, c.listButton, c.listButton
		p["sections"] = []payload{{"rows": rows(m.Options)}}
		return "sendList", nil
	case one && c.oneMSG && fits(m.Text, maxInteractiveText) && fits(m.Links[0].Label, maxButtonTitle):
		p["body"], p["displayText"], p["url"] = m.Text, m.Links[0].Label, m.Links[0].URL
		return "sendCtaUrl", nil
	case one && c.preview != "" && fits(m.Text, maxDescription):
		p["body"], p["title"], p["description"], p["previewBase64"] = m.Links[0].URL, m.Links[0].Label, m.Text, c.preview
		return "sendLink", nil
	}
	body := withLines(m)
	if c.oneMSG && !fits(body, maxText) {
		return "", errors.New("the links and options do not fit under the text")
	}
	p["body"] = body
	return "sendMessage", nil
}

func fits(s string, n int) bool { return channels.Measure(s, channels.UTF16) <= n }

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// withLines is the text with the links, and the options numbered where the form
// has not put them into the text.
func withLines(m *channels.Message) string {
	var lines []string
	if m.Text != "" {
		lines = append(lines, m.Text)
	}
	for _, l := range m.Links {
		if l.Label == "" {
			lines = append(lines, l.URL)
			continue
		}
		lines = append(lines, l.Label+": "+l.URL)
	}
	if m.Form == channels.FormButtons || m.Form == channels.FormList {
		for i, o := range m.Options {
			line := strconv.Itoa(i+1) + " " + o.Label
			if m.Form == channels.FormList && o.Hint != "" {
				line += " - " + o.Hint
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func replies(options []channels.Option) []payload {
	out := make([]payload, len(options))
	for i, o := range options {
		out[i] = payload{"type": "reply", "reply": payload{"id": o.ID, "title": o.Label}}
	}
	return out
}

func rows(options []channels.Option) []payload {
	out := make([]payload, len(options))
	for i, o := range options {
		out[i] = payload{"id": o.ID, "title": o.Label}
		if o.Hint != "" {
			out[i]["description"] = o.Hint
		}
	}
	return out
}

// addMedia adds a file by its address, or a voice message where it is one.
func (c *Channel) addMedia(p payload, m *channels.Message) (string, error) {
	caption := withLines(m)
	if !fits(caption, maxCaption) {
		return "", errors.New("the links and options do not fit under the media")
	}
	voice := isVoice(m.Media)
	if voice && caption == "" && !c.oneMSG {
		p["audio"] = m.Media.URL
		return "sendPTT", nil
	}
	p["body"], p["filename"] = m.Media.URL, fileName(m.Media)
	if caption != "" {
		p["caption"] = caption
	}
	if voice && c.oneMSG {
		p["voice"] = true
	}
	return "sendFile", nil
}

// isVoice tells a voice message, which both platforms take as ogg only.
func isVoice(m *channels.Media) bool {
	if m.Kind != channels.Audio {
		return false
	}
	if m.MIME != "" {
		return voiceType(m.MIME)
	}
	switch strings.ToLower(path.Ext(fileName(m))) {
	case ".ogg", ".oga", ".opus":
		return true
	}
	return false
}

func voiceType(mime string) bool {
	class, _, _ := strings.Cut(mime, ";")
	class = strings.TrimSpace(strings.ToLower(class))
	return class == "audio/ogg" || class == "audio/opus"
}

// fileName names a file with an extension, since that decides how it is sent: its
// name, else the end of its address, else one for its kind.
func fileName(m *channels.Media) string {
	if path.Ext(m.Name) != "" {
		return m.Name
	}
	if u, err := url.Parse(m.URL); err == nil {
		if base := path.Base(u.Path); path.Ext(base) != "" {
			return base
		}
	}
	name := m.Name
	if name == "" {
		name = string(m.Kind)
	}
	switch m.Kind {
	case channels.Image:
		return name + ".jpg"
	case channels.Audio:
		if voiceType(m.MIME) {
			return name + ".ogg"
		}
		return name + ".mp3"
	case channels.Video:
		return name + ".mp4"
	default:
		return name + ".bin"
	}
}

// addLocation adds a place. Chat API wants a text under it, of up to two lines;
// 1MSG wants a name, shows an address only below one, and has its numbers as texts.
// A place without any is named by its numbers.
func (c *Channel) addLocation(p payload, l *channels.Location) string {
	latitude, longitude := degreesText(l.Latitude), degreesText(l.Longitude)
	name := l.Name
	if name == "" && l.Address == "" {
		name = latitude + ", " + longitude
	}
	if !c.oneMSG {
		p["lat"], p["lng"] = l.Latitude, l.Longitude
		p["address"] = strings.Trim(name+"\n"+l.Address, "\n")
		return "sendLocation"
	}
	if name == "" {
		name = l.Address
	}
	p["lat"], p["lng"], p["name"] = latitude, longitude, name
	if l.Address != "" {
		p["address"] = l.Address
	}
	return "sendLocation"
}

func degreesText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// addContact adds a card: Chat API takes a vCard, 1MSG an object of WhatsApp.
func (c *Channel) addContact(p payload, k *channels.Contact) string {
	if !c.oneMSG {
		p["vcard"] = vcard(k)
		return "sendVCard"
	}
	name := k.Name
	if name == "" {
		name = k.Phones[0]
	}
	card := payload{"name": payload{"formatted_name": name, "first_name": name}}
	phones := make([]payload, len(k.Phones))
	for i, n := range k.Phones {
		phones[i] = payload{"phone": n}
	}
	card["phones"] = phones
	if len(k.Emails) > 0 {
		emails := make([]payload, len(k.Emails))
		for i, a := range k.Emails {
			emails[i] = payload{"email": a}
		}
		card["emails"] = emails
	}
	p["contacts"] = []payload{card}
	return "sendContact"
}

// vcard is the card as it came, or one of version 3.0, RFC 2426.
func vcard(k *channels.Contact) string {
	if k.VCard != "" {
		return k.VCard
	}
	name := k.Name
	if name == "" {
		name = k.Phones[0]
	}
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`)
	lines := []string{"BEGIN:VCARD", "VERSION:3.0", "N:;" + escape.Replace(name) + ";;;", "FN:" + escape.Replace(name)}
	for _, n := range k.Phones {
		lines = append(lines, "TEL;TYPE=CELL:"+escape.Replace(n))
	}
	for _, a := range k.Emails {
		lines = append(lines, "EMAIL:"+escape.Replace(a))
	}
	return strings.Join(append(lines, "END:VCARD"), "\n")
}

// addTemplate adds a template with the values of its body.
func (c *Channel) addTemplate(p payload, t *channels.Template) (string, error) {
	if !c.oneMSG {
		return "", errors.New("the dialect chatapi has no templates")
	}
	if c.namespace == "" {
		return "", errors.New(`setting "namespace" is missing: 1MSG sends no template without it; GET /templates shows it`)
	}
	language := t.Language
	if language == "" {
		language = c.language
	}
	p["namespace"], p["template"] = c.namespace, t.Name
	p["language"] = payload{"policy": "deterministic", "code": language}
	parameters := make([]payload, len(t.Values))
	for i, v := range t.Values {
		parameters[i] = payload{"type": "text", "text": v}
	}
	params := []payload{}
	if len(parameters) > 0 {
		params = append(params, payload{"type": "body", "parameters": parameters})
	}
	p["params"] = params
	return "sendTemplate", nil
}
