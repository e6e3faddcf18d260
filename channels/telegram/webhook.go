package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// maxConnections is how many chats Telegram serves at once; within a chat it
// waits for each answer.
const maxConnections = 40

// updates are the kinds that the channel asks for.
func updates() []string {
	return []string{"callback_query", "edited_message", "message", "message_reaction", "my_chat_member"}
}

// Register sets the webhook if anything differs from what it should be. Telegram
// does not tell which secret it has, so the webhook is also set again while the
// last delivery failed with a 401.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	var info struct {
		URL              string   `json:"url"`
		MaxConnections   int      `json:"max_connections"`
		AllowedUpdates   []string `json:"allowed_updates"`
		LastErrorMessage string   `json:"last_error_message"`
	}
	if err := c.call(ctx, "getWebhookInfo", payload{}, &info); err != nil {
		return false, fmt.Errorf("get the webhook: %w", err)
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
