package line

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// retryHeader carries the idempotency key, and acceptedHeader the id of the request that
// was accepted with it before:
// https://developers.line.biz/en/docs/messaging-api/retrying-api-request/.
const (
	retryHeader    = "X-Line-Retry-Key"
	acceptedHeader = "X-Line-Accepted-Request-Id"
)

// quotaPause is how long to wait when the month's messages are used up.
const quotaPause = time.Hour

// answer is how the Messaging API answers: a success of a push has sentMessages, a
// failure a message and maybe details: …/#error-responses.
type answer struct {
	Message word `json:"message"`
	Details []struct {
		Message  word `json:"message"`
		Property word `json:"property"`
	} `json:"details"`
	SentMessages []struct {
		ID word `json:"id"`
	} `json:"sentMessages"`
}

// An outcome is what became of a push.
type outcome struct {
	id string
	// repeated tells that LINE had accepted the message before, with the same key.
	repeated bool
}

// read says what the answer to a push means, and takes the message's id. A conflict is a
// repetition where it names what was accepted: the request, the message or both.
func (o *outcome) read(status int, header http.Header, body []byte) *channels.SendError {
	var a answer
	err := channels.Decode(body, &a)
	if err == nil && len(a.SentMessages) > 0 {
		o.id = string(a.SentMessages[0].ID)
	}
	switch {
	case status == http.StatusConflict:
		o.repeated = o.id != "" || header.Get(acceptedHeader) != ""
		return &channels.SendError{Kind: channels.ErrUnknown, Code: "409", Err: errors.New("a conflict that names no accepted request")}
	case status/100 != 2:
		return failure(status, header, body)
	case err != nil:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	case o.id == "":
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no id of the message")}
	}
	return nil
}

// failure says what an answer means: …/#status-codes. 404 is no answer to a push: it is
// the address that is wrong.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	if e == nil {
		return nil
	}
	var a answer
	if err := channels.Decode(body, &a); err != nil {
		a = answer{}
	}
	if text := a.text(); text != "" {
		e.Err = errors.New(text)
	}
	switch {
	case status == http.StatusNotFound:
		e.Kind = channels.ErrUnauthorized
	case status == http.StatusBadRequest && strings.HasPrefix(string(a.Message), "Failed to send messages"):
		e.Kind = channels.ErrBlocked // such as a person who does not exist
	case status == http.StatusTooManyRequests && strings.Contains(string(a.Message), "monthly limit") && e.RetryAfter == 0:
		e.RetryAfter = quotaPause
	}
	return e
}

// text is what LINE says of a failure. It names properties and never quotes them.
func (a *answer) text() string {
	parts := []string{string(a.Message)}
	for _, d := range a.Details {
		parts = append(parts, strings.Trim(string(d.Property)+": "+string(d.Message), ": "))
	}
	return strings.Trim(strings.Join(parts, "; "), "; ")
}

// call calls the Messaging API and reads the answer into out.
func (c *Channel) call(ctx context.Context, method, path string, in, out any) error {
	call := channels.Call{
		Method: method, URL: c.apiURL + path, Header: c.authorization(), In: in, Out: out,
		Secrets: c.secrets(), Failure: failure,
	}
	return call.Do(ctx, c.http)
}

// authorization are the headers of every request. The token is in no address, so that it
// is in no log on the way.
func (c *Channel) authorization() http.Header {
	return http.Header{"Authorization": {"Bearer " + c.token}}
}

// secrets are what no error may hold.
func (c *Channel) secrets() []string { return []string{c.token, c.secret} }
