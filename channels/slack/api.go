package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/parley-chat/parley/channels"
)

// answer is how the Web API answers every method:
// https://docs.slack.dev/apis/web-api#responses. The status is 200 even for most
// refusals.
type answer struct {
	OK       bool   `json:"ok"`
	Error    string `json:"error"`
	Needed   string `json:"needed"`
	Metadata struct {
		Messages []string `json:"messages"`
	} `json:"response_metadata"`
}

// call calls a method with JSON, or with nothing but its address.
func (c *Channel) call(ctx context.Context, method string, in, out any) error {
	header := http.Header{"Authorization": {"Bearer " + c.token}}
	if in != nil {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	call := channels.Call{
		Method: http.MethodPost, URL: c.apiURL + "/" + method, Header: header, In: in, Out: out,
		Secrets: c.secrets(), Failure: failure,
	}
	return call.Do(ctx, c.http)
}

// secrets are what no error may hold.
func (c *Channel) secrets() []string { return []string{c.token, c.secret} }

// failure says what an answer means; nil is a success.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	var a answer
	err := channels.Unmarshal(body, &a)
	switch {
	case err != nil && status/100 == 2:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	case err == nil && a.OK && status/100 == 2:
		return nil
	case err != nil || a.Error == "" || status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		if e := channels.StatusError(status, header, body); e != nil {
			return e
		}
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not one of the Web API")}
	}
	e := &channels.SendError{Kind: kindOf(a.Error), Code: channels.Clean(a.Error), Err: errors.New(reason(&a))}
	if e.Kind == channels.ErrRateLimited || e.Kind == channels.ErrUnavailable {
		now, _ := http.ParseTime(header.Get("Date"))
		e.RetryAfter, _ = channels.RetryAfter(header.Get("Retry-After"), now)
	}
	return e
}

// reason is what Slack says beside its code: which scope is missing, or what is
// wrong with the blocks.
func reason(a *answer) string {
	switch {
	case a.Needed != "":
		return channels.Clean("the token lacks the scope " + a.Needed)
	case len(a.Metadata.Messages) > 0:
		return channels.Clean(a.Metadata.Messages[0])
	default:
		return "Slack refused the request"
	}
}

// kindOf reads an error of chat.postMessage; all that Slack publishes and that is
// not here says that the request is wrong:
// https://docs.slack.dev/reference/methods/chat.postMessage#errors.
func kindOf(code string) channels.ErrorKind {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return channels.ErrRateLimited
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope",
		"not_allowed_token_type", "access_denied", "accesslimited", "ekm_access_denied", "enterprise_is_restricted",
		"team_access_not_granted", "two_factor_setup_required", "messages_tab_disabled":
		return channels.ErrUnauthorized
	case "channel_not_found", "not_in_channel", "is_archived", "no_permission", "restricted_action",
		"restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "cannot_dm_bot", "user_not_found":
		return channels.ErrBlocked
	case "service_unavailable", "request_timeout", "team_added_to_org", "org_login_required":
		return channels.ErrUnavailable
	case "internal_error", "fatal_error":
		// "It's possible some aspect of the operation succeeded before the error was
		// raised."
		return channels.ErrUnknown
	default:
		return channels.ErrInvalid
	}
}

// Check asks whose token it is, and returns the name of the bot and its workspace.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var who struct {
		User string `json:"user"`
		Team string `json:"team"`
		Bot  string `json:"bot_id"`
	}
	if err := c.call(ctx, "auth.test", nil, &who); err != nil {
		return "", fmt.Errorf("ask who the bot is: %w", err)
	}
	if who.Bot == "" {
		return "", &channels.SendError{Kind: channels.ErrUnauthorized, Err: errors.New("the token is a person's, not a bot's")}
	}
	return fmt.Sprintf("@%s in %s", channels.Clean(who.User), strconv.Quote(channels.Clean(who.Team))), nil
}
