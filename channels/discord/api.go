package discord

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// agent is the form of User-Agent without which Discord may block: …/reference#user-agent.
const agent = "DiscordBot (https://github.com/parley-chat/parley, 1.0)"

// call calls a path of the API as the bot.
func (c *Channel) call(ctx context.Context, method, path string, in, out any) error {
	return c.do(ctx, method, path, http.Header{"Authorization": {"Bot " + c.token}}, in, out)
}

// answerTo calls a path of an interaction, whose token is the right to do so.
func (c *Channel) answerTo(ctx context.Context, gr grant, method, rest string, in, out any) error {
	return c.do(ctx, method, "/webhooks/"+gr.app+"/"+url.PathEscape(gr.token)+rest, http.Header{}, in, out, gr.token)
}

func (c *Channel) do(ctx context.Context, method, path string, header http.Header, in, out any, secrets ...string) error {
	header.Set("User-Agent", agent)
	call := channels.Call{
		Method: method, URL: c.apiURL + path, Header: header, In: in, Out: out,
		Secrets: append(secrets, c.token), Failure: failure,
	}
	return call.Do(ctx, c.http)
}

// refusal is an error of the API: …/topics/opcodes-and-status-codes#json. A limit has
// the seconds to wait instead of a code.
type refusal struct {
	Code       int64   `json:"code"`
	Message    string  `json:"message"`
	RetryAfter float64 `json:"retry_after"`
}

// failure says what an answer means; nil is a success.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	if e == nil {
		return nil
	}
	var r refusal
	if channels.Unmarshal(body, &r) != nil || status >= http.StatusInternalServerError || status/100 == 3 {
		return e
	}
	if r.Message != "" {
		e.Err = errors.New(channels.Clean(r.Message))
	}
	if r.Code != 0 {
		e.Code = strconv.FormatInt(r.Code, 10)
		if kind := kindOf(r.Code); kind != "" && status != http.StatusTooManyRequests {
			e.Kind = kind
		} else if status == http.StatusForbidden {
			e.Kind = channels.ErrBlocked // no permission to the place
		}
	}
	if e.Kind == channels.ErrRateLimited && e.RetryAfter == 0 && r.RetryAfter > 0 {
		e.RetryAfter = time.Duration(math.Ceil(min(r.RetryAfter, 3600))) * time.Second
	}
	return e
}

// kindOf says what an error code means for a message, "" for what its status says.
func kindOf(code int64) channels.ErrorKind {
	switch code {
	case 10003, 10004, 10007, 10013, // the channel, the server or the person is unknown
		40007, 50001, 50007, 50013, 50278, // banned, no access, no messages from the bot, no permission, no server in common
		40058, 40067, 50008, 50009, 50024, 50033, 50083, 50095, 160005: // not a place for messages of the bot
		return channels.ErrBlocked
	case 40001, 40002, 40012, 20012, 50014, 50025: // the token
		return channels.ErrUnauthorized
	case 20016, 20028, 20029, 40003, 40062: // limits
		return channels.ErrRateLimited
	case 40004, 40006, 40333, 110001, 130000: // switched off or overloaded for now
		return channels.ErrUnavailable
	case unknownInteraction, unknownWebhook, tooManyFollowups, invalidWebhookToken:
		// The interaction can't be answered any more: the next attempt goes to the channel.
		return channels.ErrUnavailable
	case 20009, 40005, 50006, 50035, 50109, 200000, 240000: // the message
		return channels.ErrInvalid
	default:
		return ""
	}
}

// Codes that say that an interaction can't be answered any more.
const (
	unknownWebhook      = 10015
	unknownInteraction  = 10062
	tooManyFollowups    = 40094
	invalidWebhookToken = 50027
)

// tokenEnded reports whether an interaction can't be answered any more.
func tokenEnded(err error) bool {
	e, ok := errors.AsType[*channels.SendError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case strconv.Itoa(unknownWebhook), strconv.Itoa(unknownInteraction), strconv.Itoa(tooManyFollowups), strconv.Itoa(invalidWebhookToken):
		return true
	}
	return false
}
