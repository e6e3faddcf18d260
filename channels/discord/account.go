package discord

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// application is …/resources/application#application-object.
type application struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	VerifyKey string `json:"verify_key"`
	Endpoint  string `json:"interactions_endpoint_url"`
}

// app asks whose the token is. A public key of another app would refuse everything
// that Discord posts.
func (c *Channel) app(ctx context.Context) (a application, err error) {
	if err := c.call(ctx, http.MethodGet, "/applications/@me", nil, &a); err != nil {
		return a, fmt.Errorf("ask for the application: %w", err)
	}
	switch {
	case !digits(a.ID):
		return a, &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is no application")}
	case c.verify && !strings.EqualFold(a.VerifyKey, hex.EncodeToString(c.key)):
		return a, &channels.SendError{Kind: channels.ErrUnauthorized, Err: errors.New("the public key is not that of the token's application")}
	}
	return a, nil
}

// Check asks whose the token is, and returns the name of the application.
func (c *Channel) Check(ctx context.Context) (string, error) {
	a, err := c.app(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s (%s)", strconv.Quote(channels.Clean(a.Name)), a.ID), nil
}

// Register gives Discord the address of the interactions, which it checks at once, and
// makes the command by which people write to the bot, if there is none of its name.
func (c *Channel) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	a, err := c.app(ctx)
	if err != nil {
		return false, err
	}
	changed := false
	if a.Endpoint != webhook.String() {
		in := map[string]any{"interactions_endpoint_url": webhook.String()}
		if err := c.call(ctx, http.MethodPatch, "/applications/@me", in, nil); err != nil {
			return false, fmt.Errorf("set the address of the interactions: %w", err)
		}
		changed = true
	}
	made, err := c.makeCommand(ctx, a.ID)
	return changed || made, err
}

// makeCommand leaves a command that is there as it is: somebody may have made it so.
func (c *Channel) makeCommand(ctx context.Context, app string) (bool, error) {
	if c.command == "" {
		return false, nil
	}
	path := "/applications/" + app + "/commands"
	var commands []struct {
		Name string `json:"name"`
		Type int64  `json:"type"`
	}
	if err := c.call(ctx, http.MethodGet, path, nil, &commands); err != nil {
		return false, fmt.Errorf("ask for the commands: %w", err)
	}
	for _, x := range commands {
		if x.Name == c.command && x.Type == commandSlash {
			return false, nil
		}
	}
	in := map[string]any{
		"type": commandSlash, "name": c.command, "description": c.description,
		"options": []any{map[string]any{
			"type": optionText, "name": "message", "description": c.description, "required": true, "max_length": maxArgument,
		}},
	}
	if err := c.call(ctx, http.MethodPost, path, in, nil); err != nil {
		return false, fmt.Errorf("make the command: %w", err)
	}
	return true, nil
}
