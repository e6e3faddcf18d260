package viber

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// tokenHeader carries the token in requests: …/bots-api/getting-started/authentication. It
// is in no body and no address, so that it is in no log on the way.
const tokenHeader = "X-Viber-Auth-Token"

// answer is how the API answers, with HTTP status 200 whatever became of it.
type answer struct {
	Status  word `json:"status"`
	Message word `json:"status_message"`
	Token   word `json:"message_token"`
	// Of get_account_info.
	ID         word   `json:"id"`
	Name       word   `json:"name"`
	URI        word   `json:"uri"`
	Webhook    word   `json:"webhook"`
	EventTypes []word `json:"event_types"`
}

// call calls a method of the API.
func (c *Channel) call(ctx context.Context, method string, in payload) (*answer, error) {
	var a answer
	call := channels.Call{
		Method: http.MethodPost, URL: c.apiURL + "/pa/" + method, Header: http.Header{tokenHeader: {c.token}}, In: in,
		Secrets: []string{c.token},
		Failure: func(status int, header http.Header, body []byte) *channels.SendError {
			return a.read(method, status, header, body)
		},
	}
	if err := call.Do(ctx, c.http); err != nil {
		return nil, err
	}
	return &a, nil
}

// read reads an answer, once, and says what it means.
func (a *answer) read(method string, status int, header http.Header, body []byte) *channels.SendError {
	err := channels.Decode(body, a)
	switch {
	case err == nil && a.Status != "" && a.Status != "0" && (status/100 == 2 || meanings()[a.Status].kind != ""):
		return a.failure(header)
	case status/100 != 2:
		e := channels.StatusError(status, header, body)
		if status == http.StatusNotFound { // the method is always there: the address is wrong
			e.Kind = channels.ErrUnauthorized
		}
		return e
	case err != nil:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	case a.Status != "0":
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not one of the Bot API")}
	case method == "send_message" && (a.Token == "" || a.Token == "0"):
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no token of the message")}
	}
	return nil
}

// failure says what a status of the API means. One that is not in the table is a general
// error: Viber says to try again.
func (a *answer) failure(header http.Header) *channels.SendError {
	e := &channels.SendError{Kind: channels.ErrUnavailable, Code: string(a.Status), Err: errors.New("a general error of Viber")}
	if m, ok := meanings()[a.Status]; ok {
		e.Kind, e.Err = m.kind, errors.New(m.text)
	} else if a.Message != "" {
		e.Err = fmt.Errorf("a general error of Viber: %s", a.Message)
	}
	if e.Kind == channels.ErrRateLimited || e.Kind == channels.ErrUnavailable {
		now, _ := http.ParseTime(header.Get("Date"))
		e.RetryAfter, _ = channels.RetryAfter(header.Get("Retry-After"), now)
	}
	return e
}

type meaning struct {
	kind channels.ErrorKind
	text string
}

// meanings are the codes of …/bots-api/errors.
func meanings() map[word]meaning {
	return map[word]meaning{
		"1":  {channels.ErrInvalid, "the webhook's address is not valid or does not answer with 200"},
		"2":  {channels.ErrUnauthorized, "the authentication token is wrong"},
		"3":  {channels.ErrInvalid, "the request has an error"},
		"4":  {channels.ErrInvalid, "a required field is missing"},
		"5":  {channels.ErrBlocked, "the person is not on Viber"},
		"6":  {channels.ErrBlocked, "the person is not subscribed to the bot"},
		"7":  {channels.ErrUnauthorized, "the bot is blocked"},
		"8":  {channels.ErrUnauthorized, "the token is no bot's"},
		"9":  {channels.ErrUnauthorized, "the bot is suspended"},
		"10": {channels.ErrUnauthorized, "the bot has no webhook"},
		"11": {channels.ErrBlocked, "the person's device or Viber does not know bots"},
		"12": {channels.ErrRateLimited, "too many messages, such as more than 100 in an hour to a person who does not answer"},
		"13": {channels.ErrInvalid, "the person's Viber is too old for the message"},
		"14": {channels.ErrInvalid, "the message needs a higher min_api_version"},
		"15": {channels.ErrUnauthorized, "the bot is not authorized"},
		"16": {channels.ErrInvalid, "inline messages are not allowed"},
		"17": {channels.ErrInvalid, "the bot is not an inline bot"},
		"18": {channels.ErrInvalid, "the bot has no public chat"},
		"19": {channels.ErrInvalid, "the broadcast cannot be sent"},
		"20": {channels.ErrInvalid, "the bot may not broadcast"},
		"21": {channels.ErrBlocked, "Viber does not take the message to the person's country"},
		"22": {channels.ErrInvalid, "the bot does not support payments"},
		"23": {channels.ErrUnauthorized, "the month's free messages out of sessions are used up"},
		"24": {channels.ErrUnauthorized, "the bot has no balance left"},
	}
}

// eventTypes are the callbacks that can be chosen; messages, subscribed and unsubscribed
// come in any case: …/bots-api/getting-started/web-hooks.
func (c *Channel) eventTypes() []word {
	if c.receipts {
		return []word{"conversation_started", "delivered", "failed", "seen"}
	}
	return []word{"conversation_started", "failed"}
}

// Register sets the webhook if its address or its callbacks are others. Viber calls the
// new address before it answers.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	a, err := c.call(ctx, "get_account_info", payload{})
	if err != nil {
		return false, fmt.Errorf("get the webhook: %w", err)
	}
	if string(a.Webhook) == webhook.String() && slices.Equal(optional(a.EventTypes), c.eventTypes()) {
		return false, nil
	}
	p := payload{"url": webhook.String(), "event_types": c.eventTypes(), "send_name": true, "send_photo": false}
	if _, err := c.call(ctx, "set_webhook", p); err != nil {
		return false, fmt.Errorf("set the webhook: %w", err)
	}
	return true, nil
}

// optional are the callbacks of a list that can be chosen, in order.
func optional(types []word) []word {
	var out []word
	for _, t := range types {
		if slices.Contains([]word{"conversation_started", "delivered", "failed", "seen"}, t) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b word) int { return strings.Compare(string(a), string(b)) })
	return out
}

// Check asks about the bot and returns its name: …/bots-api/resources/app/get-info.
func (c *Channel) Check(ctx context.Context) (string, error) {
	a, err := c.call(ctx, "get_account_info", payload{})
	if err != nil {
		return "", fmt.Errorf("ask about the bot: %w", err)
	}
	if a.ID == "" {
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not about a bot")}
	}
	return fmt.Sprintf("%s (%s)", a.Name, a.URI), nil
}
