package messenger

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

// Check asks about the page, and returns its name.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var p struct {
		ID   meta.Word `json:"id"`
		Name meta.Word `json:"name"`
	}
	if err := c.Get(ctx, c.page+"?fields=id,name", &p); err != nil {
		return "", fmt.Errorf("ask about the page: %w", err)
	}
	if string(p.ID) != c.page {
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not about the page")}
	}
	return string(p.Name), nil
}

// fields are those of webhooks that the channel reads.
func fields() []string {
	return []string{
		"messages", "messaging_postbacks", "messaging_optins", "messaging_referrals", "message_deliveries", "message_reads",
		"message_echoes", "message_reactions", "message_edits", "messaging_handovers", "standby", "messaging_account_linking",
		"messaging_policy_enforcement",
	}
}

// registering is a channel that subscribes its app to the events of the page.
type registering struct{ *Channel }

// Register subscribes the app to the page, if it lacks a field. The address that events
// go to is that of the app, which the token of a page cannot change.
func (c registering) Register(ctx context.Context, _ *url.URL) (bool, error) {
	return c.Subscribe(ctx, fields()...)
}
