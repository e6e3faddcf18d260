package messaging

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is a part of a request.
type payload map[string]any

// Send gives a message to the Send API; the receipt is no delivery.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var sent struct {
		ID word `json:"message_id"`
	}
	if err := c.s.App.Call(ctx, http.MethodPost, c.s.Sender+"/messages", p, &sent, meanings()); err != nil {
		return channels.Receipt{}, err
	}
	if sent.ID == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return channels.Receipt{MessageID: string(sent.ID)}, nil
}

// addressed says what is wrong with an address. The token is for one account only.
func (c *Channel) addressed(account, conversation string) error {
	if account != "" && account != c.s.Account {
		return errors.New("the message is for another account than that of the settings")
	}
	if !digits(conversation) {
		return errors.New("the conversation is not the id of a person, of digits only")
	}
	return nil
}

// render makes the body of a request: …/reference/send-api.
func (c *Channel) render(m *channels.Message) (payload, error) {
	if err := c.addressed(m.Account, m.Conversation); err != nil {
		return nil, err
	}
	body, err := c.body(m)
	if err != nil {
		return nil, err
	}
	if c.s.Marked && m.Ref != "" {
		body["metadata"] = mark + m.Ref
	}
	p := payload{"recipient": payload{"id": m.Conversation}, "message": body}
	switch {
	case c.s.humanAgents:
		p["messaging_type"], p["tag"] = "MESSAGE_TAG", "HUMAN_AGENT"
	case c.s.Typed && m.Bulk:
		p["messaging_type"] = "UPDATE"
	case c.s.Typed:
		p["messaging_type"] = "RESPONSE"
	}
	return p, nil
}

// body makes the message: a text, a template with buttons, or media, each with quick
// replies when there are any: …/send-messages/template/button, …/quick-replies.
func (c *Channel) body(m *channels.Message) (payload, error) {
	if m.Template != nil || m.Location != nil || m.Contact != nil {
		return nil, errors.New("templates, locations and contacts cannot be sent")
	}
	if m.Media != nil {
		return mediaBody(m)
	}
	var options []channels.Option
	if m.Form == channels.FormButtons || m.Form == channels.FormList {
		options = m.Options
	}
	text, buttons := c.links(m, options)
	if text == "" {
		return nil, errors.New("nothing that can be sent")
	}
	if channels.Measure(text, c.s.Text.Unit) > c.s.Text.Max {
		return nil, fmt.Errorf("the text with its links and options is over %d %s", c.s.Text.Max, c.s.Text.Unit)
	}
	if c.s.buttons && len(options)+len(buttons) <= maxButtons && channels.Measure(text, channels.UTF16) <= maxTemplate {
		for _, o := range options {
			buttons = append(buttons, payload{"type": "postback", "title": o.Label, "payload": o.ID})
		}
		options = nil
	}
	out := payload{"text": text}
	if len(buttons) > 0 {
		out = payload{"attachment": payload{
			"type": "template", "payload": payload{"template_type": "button", "text": text, "buttons": buttons},
		}}
	}
	return addQuickReplies(out, options)
}

// mediaBody makes a message of media, which carry no text.
func mediaBody(m *channels.Message) (payload, error) {
	if strings.TrimSpace(m.Text) != "" || len(m.Links) > 0 {
		return nil, errors.New("media carry neither text nor links")
	}
	switch m.Media.Kind {
	case channels.Image, channels.Audio, channels.Video, channels.File:
	default:
		return nil, fmt.Errorf("no media of kind %q", m.Media.Kind)
	}
	if m.Media.URL == "" {
		return nil, errors.New("the media have no address")
	}
	out := payload{"attachment": payload{"type": string(m.Media.Kind), "payload": payload{"url": m.Media.URL}}}
	return addQuickReplies(out, m.Options)
}

// addQuickReplies adds options over the keyboard.
func addQuickReplies(out payload, options []channels.Option) (payload, error) {
	if len(options) > maxQuickReplies {
		return nil, fmt.Errorf("more than %d options", maxQuickReplies)
	}
	var quick []payload
	for _, o := range options {
		quick = append(quick, payload{"content_type": "text", "title": o.Label, "payload": o.ID})
	}
	if quick != nil {
		out["quick_replies"] = quick
	}
	return out, nil
}

// links returns the links as buttons where they fit beside options that are buttons,
// else as lines of the text.
func (c *Channel) links(m *channels.Message, options []channels.Option) (text string, buttons []payload) {
	text = strings.TrimSpace(m.Text)
	room := maxButtons
	if c.s.buttons && len(options) <= maxButtons {
		room -= len(options)
	}
	fits := len(m.Links) <= room && text != "" && channels.Measure(text, channels.UTF16) <= maxTemplate
	for _, l := range m.Links {
		u, err := url.Parse(l.URL)
		n := channels.Measure(l.Label, channels.UTF16)
		fits = fits && err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.TrimSpace(l.Label) != "" && n <= maxTitle
	}
	for _, l := range m.Links {
		if fits {
			buttons = append(buttons, payload{"type": "web_url", "title": l.Label, "url": l.URL})
			continue
		}
		line := l.URL
		if label := strings.TrimSpace(channels.Clean(l.Label)); label != "" {
			line = label + ": " + l.URL
		}
		text = strings.TrimSpace(text + "\n" + line)
	}
	return text, buttons
}
