package zalo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// object is an object of the API.
type object map[string]any

// Send sends a message: OA/tin-nhan/tin-tu-van. Zalo takes no idempotency key. A file is
// fetched and uploaded first, and nothing is sent to the person before that is done.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	r, err := c.request(ctx, m)
	if err != nil {
		if e, ok := errors.AsType[*channels.SendError](err); ok {
			return channels.Receipt{}, e
		}
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	d, err := c.do(ctx, r)
	if err != nil {
		return channels.Receipt{}, err
	}
	id := d.MessageID
	if id == "" {
		id = d.MsgID
	}
	if id == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return channels.Receipt{MessageID: string(id)}, nil
}

// request makes the request that sends a message. Where it goes is in the key of the
// conversation: to a person, a group, or somebody without a Zalo account.
func (c *Channel) request(ctx context.Context, m *channels.Message) (request, error) {
	if m.Conversation == "" {
		return request{}, errors.New("the message has no conversation")
	}
	if m.Template != nil {
		return c.template(m)
	}
	r := request{method: http.MethodPost, url: c.apiURL + "/v3.0/oa/message/cs"}
	to, plainOnly := object{"user_id": m.Conversation}, false
	if id, ok := strings.CutPrefix(m.Conversation, groupPrefix); ok {
		r.url, to, plainOnly = c.apiURL+"/v3.0/oa/group/message", object{"group_id": id}, true
	}
	if ids, ok := strings.CutPrefix(m.Conversation, anonymousPrefix); ok {
		id, conversation, _ := strings.Cut(ids, ":")
		// Not shut down with the other messages of v2: OA/tin-nhan/cac-loai-tin-khac.
		r.url, to, plainOnly = c.apiURL+"/v2.0/oa/message", object{"anonymous_id": id, "conversation_id": conversation}, true
	}
	if strings.HasPrefix(m.Conversation, phonePrefix) {
		return request{}, &channels.SendError{Kind: channels.ErrWindowClosed, Err: errors.New("a phone number gets templates only")}
	}
	content, err := c.content(ctx, m, plainOnly)
	if err != nil {
		return request{}, err
	}
	r.in = object{"recipient": to, "message": content}
	return r, nil
}

// content makes the message object. Buttons hang on a text to one person only; elsewhere
// options and links are lines.
func (c *Channel) content(ctx context.Context, m *channels.Message, plainOnly bool) (object, error) {
	text, out := m.Text, object{}
	var buttons []object
	switch {
	case m.Media != nil:
		a, err := c.attachment(ctx, m.Media)
		if err != nil {
			return nil, err
		}
		if a == nil {
			text = lines(text, m.Media.Name, m.Media.URL)
		} else {
			out["attachment"] = a
		}
		text = lines(text, options(m), links(m.Links))
	case m.Text == "":
		return nil, errors.New("nothing that Zalo can send")
	case plainOnly || !c.native:
		text = lines(text, options(m), links(m.Links))
	default:
		var rest []channels.Link
		buttons, rest = c.buttons(m)
		text = lines(text, links(rest))
	}
	if strings.HasPrefix(m.Conversation, groupPrefix) {
		text = unmentioned(text)
	}
	if n := channels.Measure(text, channels.UTF16); n > maxText {
		return nil, fmt.Errorf("the text has %d characters with its options and links; Zalo takes %d", n, maxText)
	}
	if text != "" {
		out["text"] = text
	}
	if len(buttons) > 0 {
		out["attachment"] = object{"type": "template", "payload": object{"buttons": buttons}}
	}
	return out, nil
}

// buttons are the options and, as long as there is room, the links; rest are the others:
// OA/phu-luc/cau-truc-cua-tham-so-buttons.
func (c *Channel) buttons(m *channels.Message) (out []object, rest []channels.Link) {
	if m.Form == channels.FormButtons {
		for _, o := range m.Options {
			b := object{"title": oneLine(o.Label), "type": "oa.query.hide", "payload": optionPayload(o)}
			if c.show {
				b["type"], b["payload"] = "oa.query.show", oneLine(o.Label)
			}
			out = append(out, b)
		}
	}
	for _, l := range m.Links {
		b := linkButton(l)
		if b == nil || len(out) >= maxButtons {
			rest = append(rest, l)
			continue
		}
		out = append(out, b)
	}
	return out, rest
}

// linkButton makes a button that opens an address, or a number to call or to write to; nil
// when there is none for it.
func linkButton(l channels.Link) object {
	title := oneLine(l.Label)
	if title == "" || channels.Measure(title, channels.UTF16) > maxLabel {
		return nil
	}
	u, err := url.Parse(l.URL)
	switch {
	case err != nil:
		return nil
	case web(l.URL):
		return object{"title": title, "type": "oa.open.url", "payload": object{"url": l.URL}}
	case u.Scheme == "tel" && u.Opaque != "":
		return object{"title": title, "type": "oa.open.phone", "payload": object{"phone_code": strings.TrimPrefix(u.Opaque, "+")}}
	case u.Scheme == "sms" && u.Opaque != "":
		return object{"title": title, "type": "oa.open.sms", "payload": object{
			"phone_code": strings.TrimPrefix(u.Opaque, "+"), "content": u.Query().Get("body"),
		}}
	}
	return nil
}

// options are lines for options that can't be buttons here; with FormText they are in the
// text already.
func options(m *channels.Message) string {
	if m.Form == channels.FormText {
		return ""
	}
	var out []string
	for i, o := range m.Options {
		out = append(out, strconv.Itoa(i+1)+" "+oneLine(o.Label))
	}
	return strings.Join(out, "\n")
}

func links(list []channels.Link) string {
	var out []string
	for _, l := range list {
		out = append(out, strings.TrimPrefix(oneLine(l.Label)+": "+l.URL, ": "))
	}
	return strings.Join(out, "\n")
}

// unmentioned breaks what would mention somebody in a group, [@id], or all of it: a text may
// hold what people wrote. OA/nhom-chat-gmf/tin-nhan.
func unmentioned(text string) string { return strings.ReplaceAll(text, "[@", "[ @") }

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

// attachment makes media: pictures by their address, what lies below upload_from by an
// upload. nil is what Zalo does not take, which goes as a link.
func (c *Channel) attachment(ctx context.Context, m *channels.Media) (object, error) {
	if !web(m.URL) {
		return nil, errors.New("the media have no address")
	}
	ending := endingOf(m)
	switch {
	case m.Kind != channels.Image && m.Kind != channels.File:
		return nil, nil
	case c.uploads(m.URL):
		return c.upload(ctx, m, ending)
	case m.Kind == channels.Image && ending != ".gif" && picture(m, ending) && m.Size <= maxImageSize:
		return media(object{"media_type": "image", "url": m.URL}), nil
	}
	return nil, nil
}

// picture reports whether an image may be one that Zalo takes: a JPEG or PNG, or nobody
// says what.
func picture(m *channels.Media, ending string) bool {
	switch ending {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return ending == "" && (m.MIME == "" || m.MIME == "image/jpeg" || m.MIME == "image/png")
}

func media(element object) object {
	return object{"type": "template", "payload": object{"template_type": "media", "elements": []object{element}}}
}

// endingOf is the ending of the address of media, in lower case, with its dot.
func endingOf(m *channels.Media) string {
	u, err := url.Parse(m.URL)
	if err != nil {
		return ""
	}
	ending := strings.ToLower(path.Ext(u.Path))
	if ending == "" && m.MIME == "image/gif" {
		return ".gif"
	}
	return ending
}
