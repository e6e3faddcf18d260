package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Send sends a message: …/messaging/api/message-resource#create-a-message-resource.
// Twilio takes no idempotency key.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var out struct {
		SID string `json:"sid"`
	}
	if err := c.call(ctx, request{method: http.MethodPost, url: c.accountURL() + "/Messages.json", form: p}, &out); err != nil {
		return channels.Receipt{}, err
	}
	if out.SID == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return channels.Receipt{MessageID: out.SID}, nil
}

// render makes the fields of a request.
func (c *Channel) render(m *channels.Message) (url.Values, error) {
	p := url.Values{}
	if err := c.address(p, m); err != nil {
		return nil, err
	}
	if s := c.statuses(); s != "" {
		p.Set("StatusCallback", s)
	}
	onWhatsApp := strings.HasPrefix(m.Conversation, whatsApp)
	switch {
	case m.Template != nil:
		return p, c.addTemplate(p, m.Template)
	case m.Location != nil && onWhatsApp:
		addPlace(p, m.Location)
		return p, nil
	case onWhatsApp && c.content(m) != "":
		return p, setContent(p, c.content(m), c.variables(m))
	}
	return p, c.addBody(p, m, onWhatsApp)
}

// address says from whom to whom: from the sender that the person wrote to, else from the
// one that is set, else from one that the Messaging Service chooses. Both addresses are of
// one service (…/api/errors/21910).
func (c *Channel) address(p url.Values, m *channels.Message) error {
	from := m.Account
	if from == "" {
		from = c.from
	}
	if m.Conversation == "" {
		return errors.New("the message has no conversation")
	}
	if service(from) != service(m.Conversation) {
		if m.Account != "" || c.service == "" {
			return errors.New("the conversation is of another service than the sender")
		}
		from = "" // the Messaging Service may have one
	}
	p.Set("To", m.Conversation)
	if from != "" {
		p.Set("From", from)
	}
	if c.service != "" {
		p.Set("MessagingServiceSid", c.service)
	}
	return nil
}

// service is the prefix of an address; "" for SMS.
func service(address string) string {
	name, _, ok := strings.Cut(address, ":")
	if !ok {
		return ""
	}
	return name
}

// addTemplate adds a template by its Content SID: …/content/send-templates-created-with-the-content-template-builder.
// Its variables are numbered.
func (c *Channel) addTemplate(p url.Values, t *channels.Template) error {
	content := c.templates[t.Name+"/"+t.Language]
	if content == "" {
		content = c.templates[t.Name]
	}
	if content == "" && sid(t.Name, "HX") {
		content = t.Name
	}
	if content == "" {
		return fmt.Errorf("the template %q has no Content SID; see the setting templates", t.Name)
	}
	return setContent(p, content, t.Values)
}

// content is the template that shows the options of a message, as many as they are, or
// "". Quick replies and lists need a text, and hang on no media.
func (c *Channel) content(m *channels.Message) string {
	var of []string
	switch m.Form {
	case channels.FormButtons:
		of = c.buttons
	case channels.FormList:
		of = c.lists
	}
	n := len(m.Options)
	if n == 0 || n > len(of) || m.Text == "" || m.Media != nil || len(m.Links) > 0 || channels.Measure(m.Text, channels.UTF16) > maxBody {
		return ""
	}
	return of[n-1]
}

// variables fill in such a template: the text, the label that opens a list, then title
// and id of each option.
func (c *Channel) variables(m *channels.Message) []string {
	values := []string{m.Text}
	if m.Form == channels.FormList {
		values = append(values, c.listButton)
	}
	for _, o := range m.Options {
		values = append(values, o.Label, o.ID)
	}
	return values
}

// setContent sets a template and its variables, which are numbered from 1:
// …/content/using-variables-with-content-api.
func setContent(p url.Values, content string, values []string) error {
	p.Set("ContentSid", content)
	if len(values) == 0 {
		return nil
	}
	numbered := make(map[string]string, len(values))
	for i, v := range values {
		numbered[strconv.Itoa(i+1)] = channels.Clean(v)
	}
	b, err := json.Marshal(numbered)
	if err != nil {
		return fmt.Errorf("write the variables of the template: %w", err)
	}
	p.Set("ContentVariables", string(b))
	return nil
}

// addPlace adds a location of WhatsApp: …/whatsapp/message-features. It has to have a
// name.
func addPlace(p url.Values, l *channels.Location) {
	where := strconv.FormatFloat(l.Latitude, 'f', -1, 64) + "," + strconv.FormatFloat(l.Longitude, 'f', -1, 64)
	name, label := strings.TrimSpace(channels.Clean(l.Name)), strings.TrimSpace(channels.Clean(l.Address))
	if name == "" {
		name, label = label, ""
	}
	if name == "" {
		name = where
	}
	p.Set("Body", name)
	p.Set("PersistentAction", "geo:"+where)
	if label != "" {
		p.Set("PersistentAction", "geo:"+where+"|"+label)
	}
}

// addBody adds a text and media. What the service of the conversation lacks is in the
// text.
func (c *Channel) addBody(p url.Values, m *channels.Message, onWhatsApp bool) error {
	r := channels.Reply{Text: m.Text, Media: m.Media, Location: m.Location, Contact: m.Contact, Links: m.Links}
	if m.Form != channels.FormText {
		for _, o := range m.Options { // hints of buttons are in the text already
			r.Options = append(r.Options, channels.Option{ID: o.ID, Label: o.Label})
		}
	}
	if m.Media != nil && (onWhatsApp || c.mms) {
		if !web(m.Media.URL) {
			return errors.New("the media have no address that Twilio can open")
		}
		p.Set("MediaUrl", m.Media.URL)
		r.Media = nil
	}
	text := ""
	for _, part := range channels.Render(channels.Capabilities{}, r) { // one: there is no limit
		text = part.Text
	}
	if text == "" && r.Media == m.Media {
		return errors.New("nothing that Twilio can send")
	}
	if channels.Measure(text, channels.UTF16) > maxText {
		return fmt.Errorf("the text with what is written into it is over %d characters", maxText)
	}
	if text != "" {
		p.Set("Body", text)
	}
	if c.smartEncoding && service(m.Conversation) == "" {
		p.Set("SmartEncoded", "true")
	}
	return nil
}
