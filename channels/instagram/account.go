package instagram

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

// Check asks about the account, and returns its name.
func (c *Channel) Check(ctx context.Context) (string, error) {
	type account struct {
		ID       meta.Word `json:"id"`
		UserID   meta.Word `json:"user_id"` // of /me, whose id is another
		Username meta.Word `json:"username"`
	}
	var a account
	if c.page == "" {
		if err := c.Get(ctx, "me?fields=user_id,username", &a); err != nil {
			return "", fmt.Errorf("ask about the account: %w", err)
		}
		a.ID = a.UserID
	} else {
		var p struct {
			Account account `json:"instagram_business_account"`
		}
		if err := c.Get(ctx, c.page+"?fields=instagram_business_account%7Bid,username%7D", &p); err != nil {
			return "", fmt.Errorf("ask about the page: %w", err)
		}
		a = p.Account
	}
	if string(a.ID) != c.account {
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the token is for another account than account_id")}
	}
	return "@" + string(a.Username), nil
}

// fields are those of webhooks that the channel reads: of the page, where any of them
// lets Instagram's events come, or of the account.
func (c *Channel) fields() []string {
	if c.page != "" {
		return []string{"messages", "messaging_postbacks", "messaging_referrals", "message_reactions", "messaging_handovers", "standby"}
	}
	return []string{"messages", "messaging_postbacks", "messaging_referral", "message_reactions", "messaging_seen", "messaging_handover", "standby"}
}

// registering is a channel that subscribes its app to the events of the account.
type registering struct{ *Channel }

// Register subscribes the app to the page or account, if it lacks a field. The address
// that events go to is that of the app.
func (c registering) Register(ctx context.Context, _ *url.URL) (bool, error) {
	return c.Subscribe(ctx, c.fields()...)
}
