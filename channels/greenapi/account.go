package greenapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/parley-chat/parley/channels"
)

// instanceSettings are those of the instance that concern webhooks.
type instanceSettings struct {
	WebhookURL      string `json:"webhookUrl"`
	WebhookURLToken string `json:"webhookUrlToken"`
	IncomingWebhook string `json:"incomingWebhook"`
	OutgoingWebhook string `json:"outgoingWebhook"`
}

func (c *Channel) settings(ctx context.Context) (now instanceSettings, err error) {
	if err := c.call(ctx, http.MethodGet, "getSettings", nil, &now); err != nil {
		return now, fmt.Errorf("get the settings: %w", err)
	}
	return now, nil
}

// knows reports whether the token is that of the channel; none is one too.
func (c *Channel) knows(token string) bool {
	return channels.Equal(token, c.webhookToken) || c.webhookToken == "" && token == ""
}

// Register sets the webhook if anything differs from what it should be. Setting
// restarts the instance, and takes up to five minutes to have an effect.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	now, err := c.settings(ctx)
	if err != nil {
		return false, err
	}
	if now.WebhookURL == webhook.String() && c.knows(now.WebhookURLToken) && now.IncomingWebhook == "yes" && now.OutgoingWebhook == "yes" {
		return false, nil
	}
	var done struct {
		SaveSettings bool `json:"saveSettings"`
	}
	if err := c.call(ctx, http.MethodPost, "setSettings", payload{
		"webhookUrl": webhook.String(), "webhookUrlToken": c.webhookToken,
		"incomingWebhook": "yes", "outgoingWebhook": "yes",
	}, &done); err != nil {
		return false, fmt.Errorf("set the settings: %w", err)
	}
	if !done.SaveSettings {
		return false, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the settings were not saved")}
	}
	return true, nil
}

// Inspect tells where the instance delivers, and what it does not deliver. It does
// not tell how much waits.
func (c *Channel) Inspect(ctx context.Context) (channels.Inspection, error) {
	now, err := c.settings(ctx)
	if err != nil {
		return channels.Inspection{}, err
	}
	in := channels.Inspection{Webhook: now.WebhookURL, Pending: -1}
	if now.IncomingWebhook != "yes" {
		in.Problems = append(in.Problems, "messages are switched off (incomingWebhook)")
	}
	if now.OutgoingWebhook != "yes" {
		in.Problems = append(in.Problems, "statuses are switched off (outgoingWebhook)")
	}
	if now.WebhookURL != "" && !c.knows(now.WebhookURLToken) {
		in.Problems = append(in.Problems, "it sends another token than webhook_token, so that its webhooks are refused")
	}
	return in, nil
}

// Check asks for the state of the instance and returns it. Any but "authorized"
// is an error.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var state struct {
		StateInstance string `json:"stateInstance"`
	}
	if err := c.call(ctx, http.MethodGet, "getStateInstance", nil, &state); err != nil {
		return "", fmt.Errorf("ask for the state: %w", err)
	}
	if state.StateInstance != "authorized" {
		return "", &channels.SendError{
			Kind: channels.ErrUnauthorized, Code: state.StateInstance, Err: errors.New("the instance is not authorized"),
		}
	}
	return "instance " + c.instance + " is authorized", nil
}
