package greenapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/parley-chat/parley/channels"
)

// settings returns those of the instance. One that it does not show is empty.
func (c *Channel) settings(ctx context.Context) (payload, error) {
	now := payload{}
	if err := c.call(ctx, http.MethodGet, "getSettings", nil, &now); err != nil {
		return nil, fmt.Errorf("get the settings: %w", err)
	}
	return now, nil
}

// Register sets the webhook if anything differs from what it should be. Setting
// restarts the instance, and takes up to five minutes to have an effect.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	return c.set(ctx, payload{
		"webhookUrl": webhook.String(), "webhookUrlToken": c.webhookToken,
		"incomingWebhook": "yes", "outgoingWebhook": "yes",
	})
}

// set compares the settings of the instance with those wanted, and sets them all
// if one differs: https://green-api.com/en/waba/api/account/SetSettings.
func (c *Channel) set(ctx context.Context, want payload) (changed bool, err error) {
	now, err := c.settings(ctx)
	if err != nil {
		return false, err
	}
	for name, value := range want {
		if !same(now[name], value) {
			changed = true
		}
	}
	if !changed {
		return false, nil
	}
	var done struct {
		SaveSettings bool `json:"saveSettings"`
	}
	if err := c.call(ctx, http.MethodPost, "setSettings", want, &done); err != nil {
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
	address, _ := now["webhookUrl"].(string)
	in := channels.Inspection{Webhook: address, Pending: -1}
	if now["incomingWebhook"] != "yes" {
		in.Problems = append(in.Problems, "messages are switched off (incomingWebhook)")
	}
	if now["outgoingWebhook"] != "yes" {
		in.Problems = append(in.Problems, "statuses are switched off (outgoingWebhook)")
	}
	if address != "" && !same(now["webhookUrlToken"], c.webhookToken) {
		in.Problems = append(in.Problems, "it sends another token than webhook_token, so that its webhooks are refused")
	}
	return in, nil
}

// same compares settings, one of which is a secret.
func same(now, want any) bool {
	a, ok := now.(string)
	b, _ := want.(string)
	return (ok || now == nil) && (channels.Equal(a, b) || a == "" && b == "")
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
