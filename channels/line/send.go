package line

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is an object of the Messaging API.
type payload map[string]any

// labelMark stands between the id of an option and its label in the data of a postback.
const labelMark = "\n"

// Send pushes a message: …/#send-push-message. It is not a reply to a reply token: such a
// token works once and soon, and takes no retry key, so that a message whose outcome is
// unknown could come twice.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	header := c.authorization()
	if key := retryKey(m.Ref); key != "" {
		header.Set(retryHeader, key)
	}
	var out outcome
	call := channels.Call{
		Method: http.MethodPost, URL: c.apiURL + "/v2/bot/message/push", Header: header, Secrets: c.secrets(),
		In:      payload{"to": m.Conversation, "messages": []payload{p}},
		Failure: out.read,
	}
	if err := call.Do(ctx, c.http); err != nil && !out.repeated {
		return channels.Receipt{}, err
	}
	return channels.Receipt{MessageID: out.id}, nil
}

// retryKey makes the idempotency key of a message from its reference: a UUID, of version
// 4 by its look.
func retryKey(ref string) string {
	if len(ref) != 32 || strings.Trim(ref, "0123456789abcdef") != "" {
		return ""
	}
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", ref[:8], ref[8:12], ref[13:16], ref[17:20], ref[20:])
}

// render makes the message object: …/#message-objects.
func (c *Channel) render(m *channels.Message) (payload, error) {
	if m.Conversation == "" {
		return nil, errors.New("the message has no conversation")
	}
	p, err := c.content(m)
	if err != nil {
		return nil, err
	}
	if m.Form != channels.FormButtons || len(m.Options) == 0 {
		return p, nil
	}
	if c.template && m.Media == nil && m.Location == nil {
		return buttons(m), nil
	}
	var items []payload
	for _, a := range actions(m.Options) {
		items = append(items, payload{"type": "action", "action": a})
	}
	p["quickReply"] = payload{"items": items}
	return p, nil
}

func (c *Channel) content(m *channels.Message) (payload, error) {
	switch {
	case m.Media != nil:
		return c.media(m.Media)
	case m.Location != nil:
		return place(m.Location), nil
	case m.Text != "":
		return payload{"type": "text", "text": m.Text}, nil
	}
	return nil, errors.New("nothing that LINE can send")
}

// media makes media by their address, which LINE gives to phones: https only. A picture
// is its own preview.
func (c *Channel) media(m *channels.Media) (payload, error) {
	if !strings.HasPrefix(m.URL, "https://") {
		return nil, errors.New("the media have no https address: LINE takes no other")
	}
	p := payload{"type": string(m.Kind), "originalContentUrl": m.URL}
	switch {
	case m.Kind == channels.Image:
		p["previewImageUrl"] = m.URL
	case m.Kind == channels.Video && c.videoPreview != "":
		p["previewImageUrl"] = c.videoPreview
	case m.Kind == channels.Audio && c.audioLength > 0:
		p["duration"] = c.audioLength
	default:
		return nil, fmt.Errorf("no media of kind %q with these settings", m.Kind)
	}
	return p, nil
}

// place makes a location, which needs a title and an address.
func place(l *channels.Location) payload {
	where := strconv.FormatFloat(l.Latitude, 'f', -1, 64) + ", " + strconv.FormatFloat(l.Longitude, 'f', -1, 64)
	title, address := strings.TrimSpace(channels.Clean(l.Name)), strings.TrimSpace(channels.Clean(l.Address))
	if address == "" {
		address = where
	}
	if title == "" {
		title = address
	}
	return payload{
		"type": "location", "title": cut(title, maxPlace), "address": cut(address, maxPlace),
		"latitude": l.Latitude, "longitude": l.Longitude,
	}
}

// buttons makes a template with buttons: …/#buttons. altText is for notifications and for
// devices that show no templates.
func buttons(m *channels.Message) payload {
	return payload{
		"type": "template", "altText": cut(m.Text, maxAltText),
		"template": payload{"type": "buttons", "text": m.Text, "actions": actions(m.Options)},
	}
}

// actions are the options as taps: …/#postback-action. The chat shows the label as what
// the person said.
func actions(options []channels.Option) []payload {
	var out []payload
	for _, o := range options {
		label := strings.Join(strings.Fields(o.Label), " ") // in one line
		out = append(out, payload{
			"type": "postback", "label": label, "data": postbackData(o.ID, label), "displayText": label,
		})
	}
	return out
}

// postbackData is the option's id, and its label where there is room: a tap brings nothing
// but the data, and one on an old question counts as its label.
func postbackData(id, label string) string {
	if data := id + labelMark + label; channels.Measure(data, channels.UTF16) <= maxPostbackData {
		return data
	}
	return id
}

// cut shortens a text to UTF-16 units, at a border that a reader sees.
func cut(s string, most int) string {
	if parts := channels.Split(s, channels.TextLimit{Max: most, Unit: channels.UTF16}); len(parts) > 0 {
		return parts[0]
	}
	return s
}
