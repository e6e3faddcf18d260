// Package messaging is Meta's Messenger Platform, which Messenger and Instagram share:
// the events of webhooks, the Send API, sender actions, and who has a conversation. What
// differs is in [Setup]. Wire facts are those of
// https://developers.facebook.com/documentation/business-messaging/messenger-platform
// (webhooks below …/webhooks/webhook-events, messages below …/send-messages), of
// …/business-messaging/instagram-messaging and of
// https://developers.facebook.com/documentation/instagram-platform; the READMEs of the
// channels say which were confirmed, inferred, or are not published.
package messaging

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

// A Setup is how a channel uses the platform.
type Setup struct {
	App *meta.App
	// Name is that of the channel in bot.yaml.
	Name string
	// Account is the page or the Instagram account that events are for, Sender the
	// object that messages go out from.
	Account, Sender string
	// Marked tells that messages may carry metadata, which come back in their echoes,
	// and that an echo without an app was written by a person.
	Marked bool
	// Typed tells that messages say why they are sent (messaging_type).
	Typed bool
	// Text is the longest text.
	Text channels.TextLimit
	// GetStarted is the payload of the button of that name; "" where there is none.
	GetStarted string

	appID, giveBack                      string
	takeOver, seen, humanAgents, buttons bool
}

// A Channel is one page or account. All its methods are safe for concurrent use.
type Channel struct{ s Setup }

// New makes a channel. What [Settings] describe is read from the config.
func New(s Setup, c *channels.Config) (*Channel, error) {
	s.appID, s.giveBack = c.Text("app_id"), strings.TrimSpace(c.Text("give_back"))
	s.takeOver, s.seen = c.Text("inbox") != "echo", c.Text("receipts") != "off"
	s.humanAgents, s.buttons = c.Bool("human_agent"), c.Text("options") == "buttons"
	if s.appID != "" && !digits(s.appID) {
		return nil, errors.New(`setting "app_id" is the id of an app, of digits only`)
	}
	if c.Bool("register") && s.appID == "" {
		return nil, errors.New(`setting "register" needs "app_id", to tell the app's subscription from others`)
	}
	return &Channel{s}, nil
}

// digits reports whether a text is an id of Meta's, of digits only.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Handshake answers the GET with which Meta checks the address of the webhook.
func (c *Channel) Handshake(_ context.Context, r *channels.Request) (*channels.Answer, error) {
	return c.s.App.Handshake(r)
}

// Typing shows that an answer is being written: …/send-messages/sender-actions.
func (c *Channel) Typing(ctx context.Context, account, conversation string) error {
	if err := c.act(ctx, account, conversation, "typing_on"); err != nil {
		return fmt.Errorf("show typing: %w", err)
	}
	return nil
}

// Acknowledge marks what a person wrote or tapped as seen, unless the setting receipts
// is off.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	if !c.s.seen || e.Kind != channels.KindMessage && e.Kind != channels.KindChoice {
		return nil
	}
	if err := c.act(ctx, e.Account, e.Conversation, "mark_seen"); err != nil {
		return fmt.Errorf("mark as seen: %w", err)
	}
	return nil
}

// act sends a sender action, which goes without anything else.
func (c *Channel) act(ctx context.Context, account, conversation, action string) error {
	if err := c.addressed(account, conversation); err != nil {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	p := payload{"recipient": payload{"id": conversation}, "sender_action": action}
	return c.s.App.Call(ctx, http.MethodPost, c.s.Sender+"/messages", p, nil, meanings())
}

// Subscribe subscribes the app of the setting app_id to fields of the sender's webhooks,
// if it lacks one; changed reports whether it did. Other fields stay:
// …/messenger-platform/webhooks#connect-your-app. Where the app's webhooks go is set in
// the console.
func (c *Channel) Subscribe(ctx context.Context, fields ...string) (changed bool, err error) {
	var now struct {
		Data []struct {
			ID     word   `json:"id"`
			Fields []word `json:"subscribed_fields"`
		} `json:"data"`
	}
	path := c.s.Sender + "/subscribed_apps"
	if err := c.s.App.Call(ctx, http.MethodGet, path, nil, &now, meanings()); err != nil {
		return false, fmt.Errorf("get the subscription: %w", err)
	}
	var want []string
	for _, app := range now.Data {
		if string(app.ID) != c.s.appID {
			continue
		}
		for _, f := range app.Fields {
			want = append(want, string(f))
		}
	}
	had := len(want)
	for _, f := range fields {
		if !slices.Contains(want, f) {
			want = append(want, f)
		}
	}
	if len(want) == had {
		return false, nil
	}
	path += "?subscribed_fields=" + url.QueryEscape(strings.Join(want, ","))
	if err := c.s.App.Call(ctx, http.MethodPost, path, nil, nil, meanings()); err != nil {
		return false, fmt.Errorf("subscribe: %w", err)
	}
	return true, nil
}

// Get asks the Graph API about an object.
func (c *Channel) Get(ctx context.Context, path string, out any) error {
	return c.s.App.Call(ctx, http.MethodGet, path, nil, out, meanings())
}
