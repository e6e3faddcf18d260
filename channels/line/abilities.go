package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// typingSeconds is how long the loading indicator is shown unless a message comes first:
// 5 to 60, a multiple of 5.
const typingSeconds = 20

// Acknowledge marks the messages up to this one as read, unless the setting receipts is
// off: …/#mark-as-read.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	token, _ := e.Data["mark_as_read_token"].(string)
	if !c.receipts || e.Kind != channels.KindMessage || token == "" {
		return nil
	}
	return c.call(ctx, http.MethodPost, "/v2/bot/chat/markAsRead", payload{"markAsReadToken": token}, nil)
}

// Typing shows the loading indicator, which exists in chats with one person only:
// …/#display-a-loading-indicator.
func (c *Channel) Typing(ctx context.Context, _, conversation string) error {
	if strings.HasPrefix(conversation, "C") || strings.HasPrefix(conversation, "R") {
		return nil
	}
	return c.call(ctx, http.MethodPost, "/v2/bot/chat/loading/start", payload{"chatId": conversation, "loadingSeconds": typingSeconds}, nil)
}

// Register sets the webhook's address if it differs: …/#set-webhook-endpoint-url. That
// webhooks are used at all can be switched in LINE's console only; a log says so.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	const path = "/v2/bot/channel/webhook/endpoint"
	var set struct {
		Endpoint string `json:"endpoint"`
		Active   *bool  `json:"active"`
	}
	err := c.call(ctx, http.MethodGet, path, nil, &set)
	// None was ever set.
	if e, ok := errors.AsType[*channels.SendError](err); err != nil && (!ok || e.Code != "404") {
		return false, fmt.Errorf("get the webhook: %w", err)
	}
	if set.Active != nil && !*set.Active {
		c.log.Warn("LINE sends no webhooks: switch on Use webhook in the LINE Developers Console", "channel", c.name)
	}
	if set.Endpoint == webhook.String() {
		return false, nil
	}
	if err := c.call(ctx, http.MethodPut, path, payload{"endpoint": webhook.String()}, nil); err != nil {
		return false, fmt.Errorf("set the webhook: %w", err)
	}
	return true, nil
}

// Check asks about the account and returns its name and basic ID: …/#get-bot-info.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var me struct {
		UserID  word `json:"userId"`
		BasicID word `json:"basicId"`
		Name    word `json:"displayName"`
	}
	if err := c.call(ctx, http.MethodGet, "/v2/bot/info", nil, &me); err != nil {
		return "", fmt.Errorf("ask about the account: %w", err)
	}
	if me.UserID == "" {
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not about an account")}
	}
	return fmt.Sprintf("%s (%s)", me.Name, me.BasicID), nil
}

// OpenMedia opens what a person sent by the id of the message, and returns its MIME type:
// …/#get-content. LINE keeps it for a while that it does not publish. A video or a sound
// that is still being prepared is unavailable.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	if id == "" || strings.Trim(id, "0123456789") != "" {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the id is not one of media")}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.contentURL+"/v2/bot/message/"+id+"/content", http.NoBody)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the media have no address")}
	}
	r.Header = c.authorization()
	resp, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: fmt.Errorf("open the media: %w", err)}
	}
	e := channels.StatusError(resp.StatusCode, resp.Header, nil)
	if resp.StatusCode == http.StatusAccepted {
		e = &channels.SendError{Kind: channels.ErrUnavailable, Code: "202", Err: errors.New("LINE still prepares the media")}
	}
	if e != nil {
		_ = resp.Body.Close()
		return nil, "", e
	}
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		t = "application/octet-stream"
	}
	return resp.Body, t, nil
}
