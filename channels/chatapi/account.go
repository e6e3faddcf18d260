package chatapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// maxWebhooks is how many addresses a channel of 1MSG keeps
// (https://github.com/1msg/1msg-cli, README.md).
const maxWebhooks = 5

// Register tells the platform the address of the webhook, with the token in it,
// and that it sends statuses, if anything differs. Chat API keeps one address;
// 1MSG keeps a list, whose other addresses stay.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	address := *webhook
	if c.webhookToken != "" {
		q := address.Query()
		q.Set("token", c.webhookToken)
		address.RawQuery = q.Encode()
	}
	var now struct {
		WebhookURL word `json:"webhookUrl"`
		Ack        word `json:"ackNotificationsOn"`
		Chats      word `json:"chatUpdateOn"`
		Instance   word `json:"statusNotificationsOn"`
		Guaranteed word `json:"guaranteedHooks"`
	}
	if err := c.call(ctx, http.MethodGet, "settings", nil, nil, &now); err != nil {
		return false, fmt.Errorf("get the settings: %w", err)
	}
	if c.oneMSG {
		return c.registerInList(ctx, address.String(), now.Ack.yes())
	}
	if sameAddress(string(now.WebhookURL), address.String()) && now.Ack.yes() && now.Chats.yes() && now.Instance.yes() && now.Guaranteed.yes() {
		return false, nil
	}
	// Without guaranteedHooks a webhook that meets a restart is lost.
	p := payload{
		"webhookUrl": address.String(), "ackNotificationsOn": true, "chatUpdateOn": true, "statusNotificationsOn": true,
		"guaranteedHooks": true,
	}
	if err := c.call(ctx, http.MethodPost, "settings", nil, p, nil); err != nil {
		return false, fmt.Errorf("set the settings: %w", err)
	}
	return true, nil
}

// registerInList puts the address into the list of 1MSG, which a new list replaces
// as a whole. An older address of this webhook, with another token, gives way.
func (c *Channel) registerInList(ctx context.Context, address string, acks bool) (bool, error) {
	var now struct {
		WebhookURL json.RawMessage `json:"webhookUrl"`
	}
	if err := c.call(ctx, http.MethodGet, "webhook", nil, nil, &now); err != nil {
		return false, fmt.Errorf("get the webhooks: %w", err)
	}
	list := addresses(now.WebhookURL)
	changed := !slices.ContainsFunc(list, func(a string) bool { return sameAddress(a, address) })
	if changed {
		list = append(slices.DeleteFunc(list, func(a string) bool { return withoutQuery(a) == withoutQuery(address) }), address)
		if len(list) > maxWebhooks {
			return false, &channels.SendError{
				Kind: channels.ErrInvalid, Err: fmt.Errorf("the channel has %d webhooks already; remove one in 1MSG", maxWebhooks),
			}
		}
		var value any = list
		if len(list) == 1 {
			value = address
		}
		if err := c.call(ctx, http.MethodPost, "webhook", nil, payload{"webhookUrl": value}, nil); err != nil {
			return false, fmt.Errorf("set the webhooks: %w", err)
		}
	}
	if !acks {
		if err := c.call(ctx, http.MethodPost, "settings", nil, payload{"ackNotificationsOn": true}, nil); err != nil {
			return changed, fmt.Errorf("set the settings: %w", err)
		}
	}
	return changed || !acks, nil
}

// addresses reads one address, a list, or an older text with commas.
func addresses(raw json.RawMessage) []string {
	list, ok := part[[]word](raw)
	if !ok {
		one, _ := part[word](raw)
		for s := range strings.SplitSeq(string(one), ",") {
			list = append(list, word(s))
		}
	}
	var out []string
	for _, w := range list {
		if s := strings.TrimSpace(string(w)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// sameAddress compares addresses that hold a secret; a slash at the end does not
// count, as in the vendor's own node.
func sameAddress(a, b string) bool {
	return channels.Equal(strings.TrimSuffix(strings.TrimSpace(a), "/"), strings.TrimSuffix(b, "/"))
}

func withoutQuery(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return strings.TrimSuffix(before, "/")
}

// Check asks for the state of the instance and returns it. Any but a working one
// is an error. An instance of Chat API that sleeps (init) is left asleep.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var state struct {
		AccountStatus word `json:"accountStatus"`
		Status        word `json:"status"`
	}
	query, ready := url.Values{"no_wakeup": {"true"}}, []word{"authenticated", "init"}
	if c.oneMSG {
		query, ready = nil, []word{"connected", "connecting"}
	}
	if err := c.call(ctx, http.MethodGet, "status", query, nil, &state); err != nil {
		return "", fmt.Errorf("ask for the state: %w", err)
	}
	now := state.AccountStatus
	if c.oneMSG {
		now = state.Status
	}
	if !slices.Contains(ready, now) {
		code := "unknown"
		if slices.Contains(states(), string(now)) {
			code = string(now)
		}
		return "", &channels.SendError{Kind: channels.ErrUnauthorized, Code: code, Err: errors.New("the instance is not ready")}
	}
	return "instance " + c.instance + " is " + string(now), nil
}

// Acknowledge marks a message as read and puts a reaction on it, as the settings
// want.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	if e.Kind != channels.KindMessage && e.Kind != channels.KindChoice {
		return nil
	}
	if c.markRead {
		method, p := "readChat", payload{"chatId": e.Conversation}
		if c.oneMSG {
			method, p = "readMessage", payload{"messageId": e.ID, "typingIndicator": true}
		}
		if err := c.call(ctx, http.MethodPost, method, nil, p, nil); err != nil {
			return fmt.Errorf("mark as read: %w", err)
		}
	}
	if c.reaction == "" || e.ID == "" {
		return nil
	}
	p := payload{"chatId": e.Conversation, "body": c.reaction, "quotedMsgId": e.ID}
	if err := c.call(ctx, http.MethodPost, "sendReaction", nil, p, nil); err != nil {
		return fmt.Errorf("react: %w", err)
	}
	return nil
}

// Typing shows that the bot types, in Chat API. 1MSG shows it only with a message
// that is marked as read: see Acknowledge.
func (c *Channel) Typing(ctx context.Context, _, conversation string) error {
	if c.oneMSG {
		return nil
	}
	return c.call(ctx, http.MethodPost, "typing", nil, payload{"chatId": conversation}, nil)
}

// OpenMedia opens media of Meta's own webhooks by their id: 1MSG gives an address
// that lasts about five minutes.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	if !c.oneMSG {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("media of Chat API have addresses")}
	}
	var media struct {
		URL  word `json:"url"`
		MIME word `json:"mime_type"`
	}
	if err := c.call(ctx, http.MethodGet, "retrieveMedia", url.Values{"mediaId": {id}}, nil, &media); err != nil {
		return nil, "", fmt.Errorf("ask for the media: %w", err)
	}
	if !webAddress(string(media.URL)) {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the media have no address")}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, string(media.URL), http.NoBody)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the media have no address")}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: err}
	}
	if e := channels.StatusError(resp.StatusCode, resp.Header, nil); e != nil {
		_ = resp.Body.Close()
		return nil, "", e
	}
	if t, _, err := mime.ParseMediaType(string(media.MIME)); err == nil {
		return resp.Body, t, nil
	}
	if t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil {
		return resp.Body, t, nil
	}
	return resp.Body, "application/octet-stream", nil
}
