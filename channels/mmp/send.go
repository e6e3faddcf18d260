package mmp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Send posts a message to a conversation, as the settings say. The receipt is no
// delivery.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	message, err := c.render(m)
	if err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	id, err := c.post(ctx, values{"account": m.Account, "conversation": m.Conversation, "ref": uuid(m.Ref)}, message)
	return channels.Receipt{MessageID: id}, err
}

// Typing shows that the bot types, where the platform's types have that: in RCS
// and Apple. It is a message of its own kind.
func (c *Channel) Typing(ctx context.Context, account, conversation string) error {
	if c.application != rcs && c.application != apple {
		return nil
	}
	ref := make([]byte, 16)
	_, _ = rand.Read(ref) // never fails
	v := values{"account": account, "conversation": conversation, "ref": uuid(hex.EncodeToString(ref))}
	call, err := c.call(http.MethodPost, v, payload{"type": "TYPING_INDICATOR_START", "message": ""})
	if err != nil {
		return err
	}
	return call.Do(ctx, c.http)
}

// Check makes the request of the setting check_path and returns a line. Without
// that setting it asks nothing, and says so.
func (c *Channel) Check(ctx context.Context) (string, error) {
	if c.checkPath == "" {
		return "not asked: set check_path to have the key tried", nil
	}
	v := values{"api_key": c.apiKey}
	at := request{path: c.checkPath, header: c.send.header}
	address, err := at.url(v)
	if err != nil {
		return "", &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	header, err := at.headers(v)
	if err != nil {
		return "", &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	call := channels.Call{
		Method: http.MethodGet, URL: c.apiURL + address, Header: header, Secrets: c.secrets(), Failure: failure,
	}
	if err := call.Do(ctx, c.http); err != nil {
		return "", fmt.Errorf("ask for check_path: %w", err)
	}
	return "the API takes the key", nil
}

func (c *Channel) secrets() []string { return []string{c.apiKey, c.webhookToken} }

// post sends and returns the id by which statuses know the message.
func (c *Channel) post(ctx context.Context, v values, message payload) (string, error) {
	call, err := c.call(http.MethodPost, v, message)
	if err != nil {
		return "", err
	}
	if c.messageID == nil {
		return v["ref"], call.Do(ctx, c.http)
	}
	var answer any
	call.Out = &answer
	if err := call.Do(ctx, c.http); err != nil {
		return "", err
	}
	id := c.messageID.text(answer)
	if id == "" {
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: fmt.Errorf(
			"the answer has no id of the message at %s; see the setting message_id", strings.Join(c.messageID, "."))}
	}
	return id, nil
}

// call makes the request of the settings.
func (c *Channel) call(method string, v values, message payload) (*channels.Call, error) {
	v["api_key"] = c.apiKey
	invalid := func(err error) error { return &channels.SendError{Kind: channels.ErrInvalid, Err: err} }
	address, err := c.send.url(v)
	if err != nil {
		return nil, invalid(err)
	}
	header, err := c.send.headers(v)
	if err != nil {
		return nil, invalid(err)
	}
	body, err := c.send.fill(v, message)
	if err != nil {
		return nil, invalid(err)
	}
	return &channels.Call{
		Method: method, URL: c.apiURL + address, Header: header, In: body, Secrets: c.secrets(), Failure: failure,
	}, nil
}

// uuid writes a reference of 32 hexadecimal digits as the UUID that a
// clientMessageId is.
func uuid(ref string) string {
	if len(ref) != 32 {
		return ref
	}
	return strings.Join([]string{ref[:8], ref[8:12], ref[12:16], ref[16:20], ref[20:]}, "-")
}

// statusTimeOut is what the platform's types call a time-out, whatever HTTP does.
const statusTimeOut = http.StatusPaymentRequired

// failure says what an answer means. MMP publishes no errors: the words are those
// of the types FormError and FieldError in https://github.com/peacom/peacom, and
// that the API answers with them is inferred.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	if e == nil {
		return nil
	}
	var a struct {
		Errors []struct {
			Name json.RawMessage `json:"name"`
			Code json.RawMessage `json:"code"`
		} `json:"errors"`
	}
	known := channels.Decode(body, &a) == nil && len(a.Errors) > 0
	switch {
	case status == statusTimeOut:
		e.Kind, e.Err = channels.ErrUnknown, errors.New("the platform timed out")
	case known && status < 500 && status != http.StatusTooManyRequests:
		code, _ := part[word](a.Errors[0].Code)
		name, _ := part[word](a.Errors[0].Name)
		named(e, string(code), string(name))
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		// Not an answer of the platform: the address is wrong, which an operator mends.
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("nothing is there; see the settings api_url and send_path")
	}
	return e
}

// named adds the code and the field that an error names. Its sentence may quote
// the message, so it is left out.
func named(e *channels.SendError, code, field string) {
	const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if code == "" || len(code) > 64 || strings.Trim(code, upper) != "" {
		return
	}
	e.Code, e.Err = code, errors.New("the platform refused the request")
	if field != "" && len(field) <= 64 && strings.Trim(strings.ToUpper(field), upper+".-[]") == "" {
		e.Err = errors.New("the platform refused the field " + field)
	}
	switch code {
	case "API_KEY_NOT_FOUND", "NOT_AUTHENTICATE", "INVALID_TOKEN", "TOKEN_EXPIRED", "FORBIDDEN_ERROR",
		"COMPANY_IS_NOT_ACTIVE", "USER_NOT_ACTIVE", "USER_NOT_ACTIVE_KYC":
		e.Kind = channels.ErrUnauthorized
	case "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR":
		e.Kind = channels.ErrUnavailable
	}
}
