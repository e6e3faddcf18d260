package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// answer is how the Bot API answers every method:
// https://core.telegram.org/bots/api#making-requests.
type answer struct {
	OK          bool   `json:"ok"`
	Result      any    `json:"result"` // a pointer to what the method returns
	ErrorCode   int    `json:"error_code"`
	Description string `json:"description"`
	Parameters  struct {
		RetryAfter      int64            `json:"retry_after"`
		MigrateToChatID channels.Integer `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// call calls a method and reads its result into out.
func (c *Channel) call(ctx context.Context, method string, in, out any) error {
	call := channels.Call{
		Method: http.MethodPost, URL: c.apiURL + "/bot" + c.token + "/" + method, In: in, Secrets: c.secrets(),
		Failure: func(status int, header http.Header, body []byte) *channels.SendError {
			return read(status, header, body, out)
		},
	}
	return call.Do(ctx, c.http)
}

// read reads an answer, once: what the method returns goes into out, unless that
// is nil.
func read(status int, header http.Header, body []byte, out any) *channels.SendError {
	if out == nil {
		out = new(json.RawMessage)
	}
	a := answer{Result: out}
	err := channels.Unmarshal(body, &a)
	switch {
	case status/100 != 2:
		return failure(&a, err, status, header, body)
	case err != nil:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	case !a.OK && a.ErrorCode == 0:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not one of the Bot API")}
	case !a.OK:
		return failure(&a, nil, status, header, body)
	}
	return nil
}

// secrets are what no error may hold: the token, and its part after the colon.
func (c *Channel) secrets() []string {
	_, key, _ := strings.Cut(c.token, ":")
	return []string{c.token, key, c.secret}
}

// gone are parts of the descriptions, with code 400, of chats that cannot be
// written to.
func gone() []string {
	return []string{
		"chat not found", "user not found", "peer_id_invalid", "user_is_blocked", "input_user_deactivated",
		"user_is_deactivated", "group chat was deactivated", "upgraded to a supergroup", "bot was kicked",
		"not enough rights", "have no rights", "chat_write_forbidden", "chat_restricted",
		"message thread not found", "topic_closed", "topic_deleted", "chat_admin_required",
	}
}

// failure says what an answer means that is no success; err says why it could not
// be read. The description is the better witness: most of what goes wrong has the
// code 400.
func failure(a *answer, err error, status int, header http.Header, body []byte) *channels.SendError {
	if err != nil || a.OK || a.ErrorCode == 0 {
		return notFound(channels.StatusError(status, header, body))
	}
	e := &channels.SendError{Code: strconv.Itoa(a.ErrorCode), Err: errors.New(channels.Clean(a.Description))}
	switch {
	case a.ErrorCode == http.StatusForbidden, a.Parameters.MigrateToChatID != "", blocked(a.Description):
		e.Kind = channels.ErrBlocked
	case a.Parameters.RetryAfter > 0:
		e.Kind = channels.ErrRateLimited
		e.RetryAfter = time.Duration(min(a.Parameters.RetryAfter, 3600)) * time.Second
	default:
		s := notFound(channels.StatusError(a.ErrorCode, header, body))
		if s == nil {
			return &channels.SendError{Kind: channels.ErrUnknown, Code: e.Code, Err: e.Err}
		}
		e.Kind, e.RetryAfter = s.Kind, s.RetryAfter
	}
	return e
}

// notFound sees that the method is always there: it is the token that is wrong.
func notFound(e *channels.SendError) *channels.SendError {
	if e != nil && e.Code == "404" {
		e.Kind = channels.ErrUnauthorized
	}
	return e
}

func blocked(description string) bool {
	d := strings.ToLower(description)
	for _, s := range gone() {
		if strings.Contains(d, s) {
			return true
		}
	}
	return false
}
