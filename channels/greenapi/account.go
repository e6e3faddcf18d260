package greenapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/parley-chat/parley/channels"
)

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
	// One that the instance does not show is empty.
	now := payload{}
	if err := c.call(ctx, http.MethodGet, "getSettings", nil, &now); err != nil {
		return false, fmt.Errorf("get the settings: %w", err)
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
