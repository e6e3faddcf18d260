package viber

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is an object of the API.
type payload map[string]any

// Send sends a message: …/bots-api/resources/messaging/send-message. Viber takes no
// idempotency key.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	a, err := c.call(ctx, "send_message", p)
	if err != nil {
		return channels.Receipt{}, err
	}
	return channels.Receipt{MessageID: string(a.Token)}, nil
}

// envelope is what every message has. The name is required in each.
func (c *Channel) envelope(tracking string) payload {
	sender := payload{"name": c.senderName}
	if c.senderAvatar != "" {
		sender["avatar"] = c.senderAvatar
	}
	return payload{"sender": sender, "tracking_data": tracking}
}

// render makes the body of a message: …/bots-api/data-models/message.
func (c *Channel) render(m *channels.Message) (payload, error) {
	if m.Conversation == "" {
		return nil, errors.New("the message has no conversation")
	}
	tracking := ""
	if m.Form == channels.FormButtons {
		tracking = trackingData(m.Options)
	}
	p := c.envelope(tracking)
	p["receiver"] = m.Conversation
	if m.Form == channels.FormButtons && len(m.Options) > 0 {
		p["keyboard"] = keyboard(m.Options)
	}
	switch {
	case m.Media != nil:
		return p, addFile(p, m.Media, m.Text)
	case m.Location != nil:
		addPlace(p, m.Location)
	case m.Contact != nil:
		addCard(p, m.Contact)
	case m.Text != "":
		setText(p, m.Text)
	default:
		return nil, errors.New("nothing that Viber can send")
	}
	return p, nil
}

func setText(p payload, text string) { p["type"], p["text"] = "text", text }

// addFile adds media by their address. Viber wants to know the size of videos and files,
// and goes by the ending of an address; what does not meet that goes as a link.
func addFile(p payload, m *channels.Media, caption string) error {
	switch m.Kind {
	case channels.Image, channels.Audio, channels.Video, channels.File:
	default:
		return fmt.Errorf("no media of kind %q", m.Kind)
	}
	if !web(m.URL) {
		return errors.New("the media have no address")
	}
	if caption != "" && m.Kind != channels.Image {
		return errors.New("only pictures have a caption on Viber")
	}
	name, ending := fileName(m)
	sized := func(most int64) bool { return m.Size > 0 && m.Size <= most }
	switch {
	case m.Kind == channels.Image && slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif"}, ending):
		p["type"], p["media"], p["text"] = "picture", m.URL, caption
	case m.Kind == channels.Video && ending == ".mp4" && sized(maxVideoSize):
		p["type"], p["media"], p["size"] = "video", m.URL, m.Size
	case m.Kind != channels.Image && name != "" && ending != "" && !forbidden(ending) && sized(maxFileSize):
		p["type"], p["media"], p["size"], p["file_name"] = "file", m.URL, m.Size, name
	default:
		setText(p, lines(caption, m.Name, m.URL))
	}
	return nil
}

// forbidden reports whether Viber takes no files of this ending:
// …/bots-api/data-models/message, forbidden file formats.
func forbidden(ending string) bool {
	const endings = " .bat .bin .cmd .com .cpl .exe .gadget .inf1 .ins .inx .isu .job .jse .lnk .msc .msi .msp .mst .paf .pif .ps1 " +
		".reg .rgs .sct .shb .shs .u3p .vb .vbe .vbs .vbscript .ws .wsf .action .app .command .csh .osx .workflow .ksh .out .run .apk .ipa "
	return strings.Contains(endings, " "+ending+" ")
}

// fileName is the name of a file with the ending of its address, and that ending in lower
// case; no name when it is too long.
func fileName(m *channels.Media) (name, ending string) {
	u, err := url.Parse(m.URL)
	if err != nil {
		return "", ""
	}
	base := path.Base(u.Path)
	ending = path.Ext(base)
	if name = oneLine(m.Name); name == "" {
		name = base
	} else if !strings.EqualFold(path.Ext(name), ending) {
		name += ending
	}
	if channels.Measure(name, channels.UTF16) > maxFileName {
		name = ""
	}
	return name, strings.ToLower(ending)
}

// addPlace adds a location, which has no words on Viber: one with a name goes as a text
// with a link to a map.
func addPlace(p payload, l *channels.Location) {
	if strings.TrimSpace(l.Name+l.Address) == "" {
		p["type"], p["location"] = "location", payload{"lat": l.Latitude, "lon": l.Longitude}
		return
	}
	where := strconv.FormatFloat(l.Latitude, 'f', -1, 64) + "," + strconv.FormatFloat(l.Longitude, 'f', -1, 64)
	setText(p, lines(l.Name, l.Address, "https://www.google.com/maps/search/?api=1&query="+url.QueryEscape(where)))
}

// addCard adds a contact, of which Viber shows a name and one number; a card without a
// number that fits goes as a text.
func addCard(p payload, c *channels.Contact) {
	name := oneLine(c.Name)
	for _, s := range c.Phones {
		number := phone(s)
		if number == "" || len(number) > maxPhone {
			continue
		}
		if name == "" {
			name = number
		}
		parts := channels.Split(name, channels.TextLimit{Max: maxContactName, Unit: channels.UTF16})
		p["type"], p["contact"] = "contact", payload{"name": parts[0], "phone_number": number}
		return
	}
	setText(p, lines(append(append([]string{c.Name}, c.Phones...), c.Emails...)...))
}

// phone is a number with its country, without what people write between digits.
func phone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if digits != "" && strings.HasPrefix(strings.TrimSpace(s), "+") {
		return "+" + digits
	}
	return digits
}

// lines joins what is not empty.
func lines(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s = strings.TrimSpace(channels.Clean(s)); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}

// keyboard shows options, one in a row of six columns:
// …/bots-api/resources/messaging/keyboards. The text of a button is HTML; what it says
// when tapped is the label too, since the chat shows that.
func keyboard(options []channels.Option) payload {
	var buttons []payload
	for _, o := range options {
		label := oneLine(o.Label)
		buttons = append(buttons, payload{
			"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": label, "Text": html.EscapeString(label), "TextSize": "regular",
		})
	}
	return payload{"Type": "keyboard", "DefaultHeight": false, "Buttons": buttons}
}
