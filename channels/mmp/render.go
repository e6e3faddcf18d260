package mmp

import (
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is a part of a request.
type payload map[string]any

// render makes the message, in the form of the platform's type RawMessage in
// https://github.com/peacom/peacom; that the API takes that form is inferred.
func (c *Channel) render(m *channels.Message) (payload, error) {
	if m.Conversation == "" {
		return nil, errors.New("the conversation is empty")
	}
	switch {
	case m.Template != nil:
		return c.template(m.Template)
	case c.application == whatsapp && (m.Form == channels.FormButtons || m.Form == channels.FormList):
		return payload{"type": "FB_WHATSAPP_INTERACTIVE", "whatsappInteractive": c.interactive(m)}, nil
	case m.Media != nil && m.Media.URL != "":
		return media(m), nil
	case m.Location != nil:
		return payload{
			"type": "location", "message": strings.Trim(m.Location.Name+", "+m.Location.Address, ", "),
			"location": payload{"longitude": m.Location.Longitude, "latitude": m.Location.Latitude},
		}, nil
	case m.Text != "":
		p := payload{"type": "text", "message": m.Text}
		if m.Form == channels.FormButtons {
			p["suggestions"] = suggestions(m.Options)
		}
		return p, nil
	default:
		return nil, errors.New("nothing that MMP can send")
	}
}

// suggestions are buttons of RCS and Viber Bot. How a tap comes back is not
// published, but as its postback or its label; so both are the label, which an
// open question takes as an answer.
func suggestions(options []channels.Option) []payload {
	var out []payload
	for _, o := range options {
		out = append(out, payload{"action": "reply", "text": o.Label, "postbackData": o.Label})
	}
	return out
}

// media is a picture, a video or a file. There is no kind for sounds.
func media(m *channels.Message) payload {
	p := payload{"fileUrl": m.Media.URL, "fileName": fileName(m.Media)}
	switch m.Media.Kind {
	case channels.Image:
		p["type"] = "picture"
	case channels.Video:
		p["type"] = "video"
	default:
		p["type"] = "file"
	}
	if m.Media.Size > 0 {
		p["fileSize"] = m.Media.Size
	}
	if m.Text != "" {
		p["message"] = m.Text
	}
	return p
}

// fileName is the name, else the end of the address, else the kind.
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

// interactive is WhatsApp's message with buttons, maybe under a picture, or with a
// list. The names sessions and ID are as the platform's types have them.
func (c *Channel) interactive(m *channels.Message) payload {
	out := payload{"body": payload{"text": m.Text}}
	if m.Form == channels.FormList {
		var rows []payload
		for _, o := range m.Options {
			row := payload{"title": o.Label, "ID": o.ID}
			if o.Hint != "" {
				row["description"] = o.Hint
			}
			rows = append(rows, row)
		}
		out["type"] = "list"
		out["action"] = payload{"button": c.listButton, "sessions": []payload{{"title": c.listButton, "id": "options", "rows": rows}}}
		return out
	}
	var buttons []payload
	for _, o := range m.Options {
		buttons = append(buttons, payload{"type": "reply", "title": o.Label, "id": o.ID})
	}
	out["type"], out["action"] = "button", payload{"buttons": buttons}
	if m.Media != nil && m.Media.URL != "" {
		out["header"] = payload{"type": "image", "media": payload{
			"type": imageType(m.Media), "name": fileName(m.Media), "url": m.Media.URL,
		}}
	}
	return out
}

// imageType is the media type, which the platform's type of a file wants.
func imageType(m *channels.Media) string {
	if m.MIME != "" {
		return m.MIME
	}
	switch strings.ToLower(path.Ext(fileName(m))) {
	case ".png":
		return "image/png"
	case ".webp":
		return "image/webp"
	default:
		return "image/jpeg"
	}
}

// template is a template of WhatsApp, whose name is MMP's templateId. Type 1 is a
// template of text.
func (c *Channel) template(t *channels.Template) (payload, error) {
	if c.application != whatsapp {
		return nil, errors.New("templates are for application: whatsapp")
	}
	param := payload{"templateId": t.Name, "type": 1}
	if t.Language != "" {
		param["language"] = t.Language
	}
	if len(t.Values) > 0 {
		param["body"] = t.Values
	}
	return payload{"type": "fb_whatsapp_template", "whatsappTemplateParam": param}, nil
}
