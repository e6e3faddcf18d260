package greenapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// payload is the body of a call.
type payload map[string]any

// Send puts a message into the instance's queue, which holds it for 24 hours; the
// receipt is no delivery.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	method, p, err := render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var sent struct {
		IDMessage string `json:"idMessage"`
	}
	if method == "sendFileByUrl" && c.uploads(m.Media.URL) {
		err = c.upload(ctx, m, &sent)
	} else {
		err = c.call(ctx, http.MethodPost, method, p, &sent)
	}
	if err != nil {
		return channels.Receipt{}, err
	}
	if sent.IDMessage == "" {
		return channels.Receipt{}, &channels.SendError{
			Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message"),
		}
	}
	return channels.Receipt{MessageID: sent.IDMessage}, nil
}

// render makes the method and its body. Options, locations, contacts and links
// are in the text already.
func render(m *channels.Message) (string, payload, error) {
	if m.Conversation == "" {
		return "", nil, errors.New("the conversation is empty")
	}
	p := payload{"chatId": m.Conversation}
	switch {
	case m.Template != nil:
		p["templateId"] = m.Template.Name
		if len(m.Template.Values) > 0 {
			p["params"] = m.Template.Values
		}
		return "sendTemplate", p, nil
	case m.Media != nil && m.Media.URL != "":
		p["urlFile"], p["fileName"] = m.Media.URL, fileName(m.Media)
		if m.Text != "" {
			p["caption"] = m.Text
		}
		return "sendFileByUrl", p, nil
	case m.Text != "":
		p["message"] = m.Text
		return "sendMessage", p, nil
	default:
		return "", nil, errors.New("nothing that GREEN-API can send")
	}
}

// fileName names a file with an extension, since that decides how it is sent: its
// name, else the end of its address, else one for its kind.
func fileName(m *channels.Media) string {
	if path.Ext(m.Name) != "" {
		return m.Name
	}
	if u, err := url.Parse(m.URL); err == nil && u.Opaque == "" {
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
		return name + ".mp3"
	case channels.Video:
		return name + ".mp4"
	default:
		return name + ".bin"
	}
}

// call calls a method of the instance.
func (c *Channel) call(ctx context.Context, verb, method string, in, out any) error {
	return c.callAt(ctx, verb, method, "", in, out)
}

// callAt calls a method whose address goes on behind the token.
func (c *Channel) callAt(ctx context.Context, verb, method, after string, in, out any) error {
	call := c.request(verb, method, after)
	call.In, call.Out = in, out
	return call.Do(ctx, c.http)
}

// request makes the request of a method. The token is part of the address.
func (c *Channel) request(verb, method, after string) *channels.Call {
	return &channels.Call{
		Method: verb, URL: c.apiURL + "/waInstance" + c.instance + "/" + method + "/" + url.PathEscape(c.token) + after,
		Secrets: []string{c.token, c.webhookToken}, Failure: failure,
	}
}

// quotaExceeded is the classic product's status for a used up plan.
const quotaExceeded = 466

// clientClosed is what GREEN-API answers when it thinks that we hung up.
const clientClosed = 499

// failure says what an answer means, by https://green-api.com/en/waba/api/common-errors.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	if e == nil {
		return nil
	}
	var a struct {
		Message              string `json:"message"`
		InvokeStatus         quota  `json:"invokeStatus"`
		CorrespondentsStatus quota  `json:"correspondentsStatus"`
	}
	if err := channels.Decode(body, &a); err != nil {
		// Some errors are plain text, such as the two about the instance.
		a.Message = string(body)
	}
	switch status {
	case http.StatusBadRequest:
		refused(e, a.Message)
	case quotaExceeded:
		quotaError(e, a.InvokeStatus, a.CorrespondentsStatus)
	case clientClosed:
		e.Kind = channels.ErrUnknown
	}
	return e
}

// refused tells a message that is wrong from an instance that is not ready. Only
// known sentences are kept: others quote the message.
func refused(e *channels.SendError, text string) {
	for _, known := range []struct {
		text string
		kind channels.ErrorKind
	}{
		{"instance in starting process", channels.ErrUnavailable},
		{"not authorized", channels.ErrUnauthorized},
		{"account is expired", channels.ErrUnauthorized},
		{"instance is deleted", channels.ErrUnauthorized},
	} {
		if strings.Contains(strings.ToLower(text), known.text) {
			e.Kind, e.Err = known.kind, errors.New(known.text)
		}
	}
}

// quota is one of the two counts of a plan.
type quota struct {
	Status string `json:"status"`
}

func (q quota) used() bool { return strings.HasSuffix(q.Status, "_EXCEEDED") }

// quotaError tells whom a used up plan concerns: the chats beyond those of the
// plan, or the instance until an operator changes the plan.
func quotaError(e *channels.SendError, calls, chats quota) {
	e.Kind, e.Err = channels.ErrUnauthorized, errors.New("the plan's quota is used up")
	e.Code = strconv.Itoa(quotaExceeded)
	switch {
	case chats.used():
		e.Kind, e.Code = channels.ErrBlocked, channels.Clean(chats.Status)
	case calls.used():
		e.Code = channels.Clean(calls.Status)
	}
}
