package chatapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// answer is what every method that sends answers. 1MSG may answer sent: false with
// a jobId, when the message waits in a queue of its own.
type answer struct {
	Sent    *word           `json:"sent"`
	ID      word            `json:"id"`
	JobID   word            `json:"jobId"`
	Message word            `json:"message"`
	Code    word            `json:"code"`
	Error   json.RawMessage `json:"error"`
}

// Send puts a message into the platform's queue; the receipt is no delivery. It
// has no id where 1MSG gives a job instead.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	method, p, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	var a answer
	if err := c.call(ctx, http.MethodPost, method, nil, p, &a); err != nil {
		return channels.Receipt{}, err
	}
	if a.Sent == nil {
		return channels.Receipt{}, &channels.SendError{
			Kind: channels.ErrUnknown, Err: errors.New("the answer does not say whether the message was sent"),
		}
	}
	return channels.Receipt{MessageID: string(a.ID)}, nil
}

// call calls a method of the instance. The token is in the address: both platforms
// take it nowhere else.
func (c *Channel) call(ctx context.Context, verb, method string, query url.Values, in, out any) error {
	if query == nil {
		query = url.Values{}
	}
	query.Set("token", c.token)
	base := c.apiURL + "/instance" + c.instance
	if c.oneMSG {
		base = c.apiURL + "/" + c.instance
	}
	call := channels.Call{
		Method: verb, URL: base + "/" + method + "?" + query.Encode(),
		In: in, Out: out, Secrets: []string{c.token, c.webhookToken}, Failure: failure,
	}
	return call.Do(ctx, c.http)
}

// failure says what an answer means. The platforms answer 200 with sent: false and
// a sentence for what they, or WhatsApp, refuse.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	var a answer
	readable := channels.Decode(body, &a) == nil
	if e == nil {
		if !readable || a.Sent == nil || a.Sent.yes() || a.JobID != "" {
			return nil
		}
		e = &channels.SendError{Kind: channels.ErrInvalid, Code: "not sent", Err: errors.New("the platform did not send the message")}
		explain(e, &a, "")
		return e
	}
	if status >= 400 && status < 500 && status != http.StatusTooManyRequests {
		plain := ""
		if !readable {
			plain = string(body)
		}
		explain(e, &a, plain)
	}
	if status == http.StatusNotFound && e.Code == "404" {
		// All methods exist: the address is wrong, which an operator mends.
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("nothing is there; see the settings api_url, instance and dialect")
	}
	return e
}

// A reason is a part of the platforms' sentences, or a number of Meta's, and what
// it means. Only these are kept: others quote the message or the token.
type reason struct {
	text string
	kind channels.ErrorKind
}

// reasons are those that the vendor's own clients look for
// (https://github.com/1msg/1msg-n8n-nodes, utils/errors.ts), and Meta's numbers
// (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes).
func reasons() []reason {
	return []reason{
		{"wrong token", channels.ErrUnauthorized},
		{"invalid token", channels.ErrUnauthorized},
		{"unauthorized", channels.ErrUnauthorized},
		{"subscription", channels.ErrUnauthorized},
		{"not paid", channels.ErrUnauthorized},
		{"not_paid", channels.ErrUnauthorized},
		{"too many request", channels.ErrRateLimited},
		{"rate limit", channels.ErrRateLimited},
		{"130429", channels.ErrRateLimited},
		{"131056", channels.ErrRateLimited},
		{"dialog window is closed", channels.ErrWindowClosed},
		{"outside the allowed window", channels.ErrWindowClosed},
		{"re-engagement", channels.ErrWindowClosed},
		{"131047", channels.ErrWindowClosed},
		{"not linked with bsuid", channels.ErrBlocked},
		{"username is not found", channels.ErrBlocked},
		{"part of an experiment", channels.ErrBlocked},
		{"130472", channels.ErrBlocked},
		{"131026", channels.ErrBlocked},
		{"template is not defined", channels.ErrInvalid},
	}
}

// apiError is an error that is an object, as Meta has it.
type apiError struct {
	Code    word `json:"code"`
	Message word `json:"message"`
	Title   word `json:"error_user_title"`
	Detail  word `json:"error_user_msg"`
}

// explain finds a known reason in an answer. The sentence may be the message, the
// error, or a member of an error that is an object.
func explain(e *channels.SendError, a *answer, plain string) {
	text, _ := part[word](a.Error)
	object, _ := part[apiError](a.Error)
	said := strings.ToLower(strings.Join([]string{
		string(a.Code), string(a.Message), string(text), plain,
		string(object.Code), string(object.Message), string(object.Title), string(object.Detail),
	}, "\n"))
	for _, r := range reasons() {
		if mentions(said, r.text) {
			e.Kind, e.Code, e.Err = r.kind, r.text, errors.New("the platform says: "+r.text)
			return
		}
	}
}

// mentions finds a sentence, or a number that is not part of a longer one, such as
// a phone number.
func mentions(said, text string) bool {
	if strings.Trim(text, digits) != "" {
		return strings.Contains(said, text)
	}
	numbers := strings.FieldsFunc(said, func(r rune) bool { return !strings.ContainsRune(digits, r) })
	return slices.Contains(numbers, text)
}
