package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// maxConnections is how many chats Telegram serves at once; within a chat it
// waits for each answer.
const maxConnections = 40

// updates are the kinds that the channel asks for.
func updates() []string {
	return []string{"callback_query", "edited_message", "message", "message_reaction", "my_chat_member"}
}

// webhookInfo is what Telegram has: https://core.telegram.org/bots/api#webhookinfo.
type webhookInfo struct {
	URL              string   `json:"url"`
	Pending          int      `json:"pending_update_count"`
	MaxConnections   int      `json:"max_connections"`
	AllowedUpdates   []string `json:"allowed_updates"`
	LastErrorDate    int64    `json:"last_error_date"`
	LastErrorMessage string   `json:"last_error_message"`
}

func (c *Channel) webhookInfo(ctx context.Context) (info webhookInfo, err error) {
	if err := c.call(ctx, "getWebhookInfo", payload{}, &info); err != nil {
		return info, fmt.Errorf("get the webhook: %w", err)
	}
	return info, nil
}

// Register sets the webhook if anything differs from what it should be. Telegram
// does not tell which secret it has, so the webhook is also set again while the
// last delivery failed with a 401.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	info, err := c.webhookInfo(ctx)
	if err != nil {
		return false, err
	}
	slices.Sort(info.AllowedUpdates)
	if info.URL == webhook.String() && info.MaxConnections == maxConnections &&
		slices.Equal(info.AllowedUpdates, updates()) && !strings.Contains(info.LastErrorMessage, "401") {
		return false, nil
	}
	p := payload{"url": webhook.String(), "max_connections": maxConnections, "allowed_updates": updates()}
	if c.secret != "" {
		p["secret_token"] = c.secret
	}
	if err := c.call(ctx, "setWebhook", p, nil); err != nil {
		return false, fmt.Errorf("set the webhook: %w", err)
	}
	return true, nil
}

// Inspect tells what Telegram knows of the webhook: its address, the updates that
// wait, the last delivery that failed, and the kinds of updates it leaves out.
func (c *Channel) Inspect(ctx context.Context) (channels.Inspection, error) {
	info, err := c.webhookInfo(ctx)
	if err != nil {
		return channels.Inspection{}, err
	}
	in := channels.Inspection{Webhook: info.URL, Pending: info.Pending}
	if info.LastErrorMessage != "" {
		when := ""
		if info.LastErrorDate > 0 {
			when = " at " + time.Unix(info.LastErrorDate, 0).UTC().Format(time.RFC3339)
		}
		in.Problems = append(in.Problems, fmt.Sprintf("the last delivery that failed%s: %s", when, channels.Clean(info.LastErrorMessage)))
	}
	// An empty list stands for Telegram's own choice, which has no reactions.
	var off []string
	for _, kind := range updates() {
		if !slices.Contains(info.AllowedUpdates, kind) && (len(info.AllowedUpdates) > 0 || kind == "message_reaction") {
			off = append(off, kind)
		}
	}
	if info.URL != "" && len(off) > 0 {
		in.Problems = append(in.Problems, "not delivered: "+strings.Join(off, ", "))
	}
	return in, nil
}

// Check asks who the bot is and returns its name.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var me user
	if err := c.call(ctx, "getMe", payload{}, &me); err != nil {
		return "", fmt.Errorf("ask who the bot is: %w", err)
	}
	if string(me.ID) != c.account {
		return "", &channels.SendError{Kind: channels.ErrUnauthorized, Err: errors.New("the token is another bot's")}
	}
	return fmt.Sprintf("@%s (%s)", me.Username, name(me.FirstName, me.LastName)), nil
}
