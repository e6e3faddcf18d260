package oneroute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// object is a JSON object of a request.
type object map[string]any

// Send sends a text or a template to the customer's number:
// https://docs.oneroute.io/whatsapp-api/endpoints/send-session-message and
// https://docs.oneroute.io/whatsapp-api/endpoints/send-template-message. The
// receipt is no delivery, and OneRoute reports none.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	path, body, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var answer struct {
		Data results `json:"data"`
	}
	if err := c.call(ctx, http.MethodPost, path, body, &answer); err != nil {
		return channels.Receipt{}, err
	}
	id, err := answer.Data.id()
	return channels.Receipt{MessageID: id}, err
}

// A result is what became of a message: of a text it has the ids, of a template
// the status, and with success WhatsApp's id as the response. The form of the
// response to a failure is not published.
type result struct {
	ID         word `json:"id"`
	ExternalID word `json:"externalId"`
	Status     word `json:"status"`
	Response   word `json:"response"`
}

// results is the message that a text became, or a list with one for each number
// of a template.
type results struct {
	one  part[result]
	list []part[result]
}

// UnmarshalJSON takes any value.
func (r *results) UnmarshalJSON(b []byte) error {
	*r = results{}
	if b[0] == '[' {
		return json.Unmarshal(b, &r.list)
	}
	return json.Unmarshal(b, &r.one)
}

// id returns WhatsApp's id where there is one, since webhooks know messages by
// that alone, and else OneRoute's.
func (r results) id() (string, error) {
	one := r.one.is
	if len(r.list) > 0 {
		one = r.list[0].is
		if one.Status != "" && !strings.EqualFold(string(one.Status), "success") {
			return "", &channels.SendError{
				Kind: channels.ErrInvalid, Code: code(string(one.Status)), Err: errors.New("the template was not sent"),
			}
		}
	}
	for _, id := range []word{one.Response, one.ExternalID, one.ID} {
		if id != "" {
			return string(id), nil
		}
	}
	return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
}

// render makes the path and the body. Options, media, locations, contacts and
// links are in the text already.
func (c *Channel) render(m *channels.Message) (string, object, error) {
	to := number(m.Conversation)
	if to == "" {
		return "", nil, errors.New("the conversation has no WhatsApp number to send to: OneRoute does not publish where its webhooks " +
			"have the customer's; see the setting customer_number")
	}
	switch {
	case m.Template != nil:
		return "/conversation/template", object{"from": c.from, "messages": []object{
			{"to": to, "save": c.save, "template": c.template(m.Template)},
		}}, nil
	case m.Text != "" && m.Media == nil:
		return "/conversation/text", object{"from": c.from, "to": to, "message": m.Text}, nil
	default:
		return "", nil, errors.New("nothing that OneRoute can send")
	}
}

// template names an approved template. Its parameters are there even when it has
// none, and the button of an authentication template needs the code once more.
func (c *Channel) template(t *channels.Template) object {
	parameters := make([]object, 0, len(t.Values))
	for _, v := range t.Values {
		parameters = append(parameters, object{"type": "text", "text": v})
	}
	out := object{"name": t.Name, "parameters": parameters}
	if slices.Contains(c.codeTemplates, t.Name) && len(parameters) > 0 {
		out["buttons"] = parameters[:1]
	}
	return out
}

// Check makes the request of the setting check_path and returns a line. Without
// that setting it asks nothing, and says so.
func (c *Channel) Check(ctx context.Context) (string, error) {
	if c.checkPath == "" {
		return "not asked: set check_path to have the key tried", nil
	}
	if err := c.call(ctx, http.MethodGet, c.checkPath, nil, nil); err != nil {
		return "", fmt.Errorf("ask for check_path: %w", err)
	}
	return "the API takes the key", nil
}

func (c *Channel) call(ctx context.Context, verb, path string, body object, out any) error {
	call := channels.Call{
		Method: verb, URL: c.apiURL + path, Header: http.Header{"apiKey": {c.apiKey}}, Out: out,
		Secrets: []string{c.apiKey, c.secretKey, c.webhookToken}, Failure: failure,
	}
	if body != nil {
		call.In = body
	}
	return call.Do(ctx, c.http)
}

// failure says what an answer means. Published are 400 with the field that is
// missing and 401, both with success false; that a refusal with another status, or
// with 200, looks the same is inferred. Sentences may quote the message, so only
// what is known of them is kept.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	var a struct {
		Success *bool `json:"success"`
		Message word  `json:"message"`
	}
	known := channels.Decode(body, &a) == nil && a.Success != nil
	e := channels.StatusError(status, header, body)
	if e == nil {
		if !known || *a.Success {
			return nil
		}
		e = &channels.SendError{Kind: channels.ErrInvalid, Code: "success_false", Err: errors.New("the platform refused the request")}
	}
	text := strings.ToLower(string(a.Message))
	switch {
	case e.Kind != channels.ErrInvalid:
	case !known && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed):
		// Not an answer of the platform: the address is wrong, which an operator mends.
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("nothing is there; see the setting api_url")
	case strings.Contains(text, "api key"):
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("the platform does not take the API key")
	// Meta's number for a closed window, and the words of OneRoute's own page.
	case strings.Contains(text, "131047"), strings.Contains(text, "24 hour"), strings.Contains(text, "24hour"):
		e.Kind, e.Err = channels.ErrWindowClosed, errors.New("the last message of the customer is over 24 hours old")
	default:
		named(e, text)
	}
	return e
}

// named adds the field of the request that a sentence such as "to is required"
// begins with.
func named(e *channels.SendError, text string) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })
	fields := []string{"from", "to", "message", "messages", "template", "name", "parameters", "buttons"}
	if len(words) > 1 && slices.Contains(fields, words[0]) && (slices.Contains(words, "required") || slices.Contains(words, "missing")) {
		e.Err = errors.New("the platform misses the field " + words[0])
	}
}

// code keeps a word such as failed.
func code(s string) string {
	if len(s) > 40 || strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return "not_success"
	}
	return s
}
