package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// retries has Twilio try again, up to five times within 15 s, when the bot can't be
// reached or has no room; without it Twilio tries again only when it can't connect, and
// once: …/usage/webhooks/webhooks-connection-overrides. It is in no signature.
const retries = "rc=5&rp=5xx,ct,rt"

// Check asks about the account and returns its name: …/iam/api/account.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var a struct {
		Name   string `json:"friendly_name"`
		SID    string `json:"sid"`
		Status string `json:"status"`
		Type   string `json:"type"`
	}
	err := c.call(ctx, request{method: http.MethodGet, url: c.accountURL() + ".json", asAccount: true}, &a)
	switch {
	case err != nil:
		return "", fmt.Errorf("ask about the account: %w", err)
	case a.SID != c.account:
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not about the account")}
	case a.Status != "active":
		return "", &channels.SendError{Kind: channels.ErrUnauthorized, Err: errors.New("the account is not active, but suspended or closed")}
	case a.Type == "Trial":
		return a.Name + " (a trial account)", nil
	}
	return a.Name, nil
}

// A delivery is how Twilio hands over what comes in for a sender.
type delivery struct {
	url, method string
	// elsewhere is what keeps Twilio from using the url; "" for nothing.
	elsewhere string
	// problems keep messages away, though the webhook is right.
	problems []string
	// update makes the request that sets the webhook, and where statuses go if the sender
	// says that.
	update func(webhook, statuses string) request
}

// Register tells Twilio where messages go, if that differs. An address that has overrides
// of its own after # keeps them. Statuses go there too from now on. With register: false
// it only remembers the address for them.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	address := webhook.String()
	c.webhook.Store(&address)
	if !c.register {
		return false, nil
	}
	d, err := c.delivery(ctx)
	if err != nil {
		return false, fmt.Errorf("get the webhook: %w", err)
	}
	set, overrides, _ := strings.Cut(d.url, "#")
	if set == address && overrides != "" && d.method == http.MethodPost && d.elsewhere == "" {
		return false, nil
	}
	if set != address || overrides == "" {
		overrides = retries
	}
	if err := c.call(ctx, d.update(address+"#"+overrides, c.statuses()), nil); err != nil {
		return false, fmt.Errorf("set the webhook: %w", err)
	}
	return true, nil
}

// Inspect tells where Twilio delivers what comes in for the Messaging Service, or for
// from. How much waits it does not tell: nothing does.
func (c *Channel) Inspect(ctx context.Context) (channels.Inspection, error) {
	d, err := c.delivery(ctx)
	if err != nil {
		return channels.Inspection{}, fmt.Errorf("get the webhook: %w", err)
	}
	set, overrides, _ := strings.Cut(d.url, "#")
	in := channels.Inspection{Webhook: set, Pending: -1, Problems: d.problems}
	if d.elsewhere != "" {
		in.Problems = append(in.Problems, d.elsewhere)
	}
	if set != "" && d.method != http.MethodPost {
		in.Problems = append(in.Problems, "the webhook is called by "+d.method+", not by POST")
	}
	if set != "" && overrides == "" {
		in.Problems = append(in.Problems, "Twilio offers a message once while the bot has no room: the webhook has no #"+retries)
	}
	return in, nil
}
