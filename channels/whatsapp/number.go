package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Check asks about the number of the settings, and returns its name and number.
func (c *Channel) Check(ctx context.Context) (string, error) {
	var n struct {
		ID     word `json:"id"`
		Number word `json:"display_phone_number"`
		Name   word `json:"verified_name"`
	}
	path := c.number + "?fields=id,display_phone_number,verified_name"
	if err := c.app.Call(ctx, http.MethodGet, path, nil, &n, meanings()); err != nil {
		return "", fmt.Errorf("ask about the number: %w", err)
	}
	if string(n.ID) != c.number {
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not about the number")}
	}
	return fmt.Sprintf("%s (%s)", n.Name, n.Number), nil
}

// OpenMedia opens media by the id that an event gave, and returns the MIME type. It
// takes two steps: the id has an address for five minutes, which opens with the token:
// …/whatsapp/business-phone-numbers/media. Ids of webhooks end after 7 days.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	if !digits(id) {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the id is not one of media")}
	}
	var m struct {
		URL  word `json:"url"`
		MIME word `json:"mime_type"`
	}
	if err := c.app.Call(ctx, http.MethodGet, id, nil, &m, meanings()); err != nil {
		return nil, "", fmt.Errorf("ask for the media: %w", err)
	}
	u, err := url.Parse(string(m.URL))
	if err != nil || !c.trusted(u) {
		return nil, "", &channels.SendError{
			Kind: channels.ErrInvalid, Err: errors.New("the media are at a host that does not get the access token; see the setting media_hosts"),
		}
	}
	body, kind, err := c.app.Open(ctx, u.String())
	if err == nil && kind == "application/octet-stream" && m.MIME != "" {
		kind = string(m.MIME)
	}
	return body, kind, err
}

// trusted reports whether the access token may go to an address: of the Graph API, of
// Meta's store of media (lookaside.fbsbx.com), or of the setting media_hosts.
func (c *Channel) trusted(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	meta := u.Scheme == "https" && strings.HasSuffix(host, ".fbsbx.com") && u.Port() == ""
	return u.User == nil && (meta || c.app.Home(u) || c.mediaHosts[origin(u)])
}

// registering is a channel that tells WhatsApp where the messages of its number go.
type registering struct{ *Channel }

// Register overrides the app's callback URL for the number of the settings, if its
// webhooks go elsewhere: …/whatsapp/webhooks/override. WhatsApp then makes a handshake.
func (c registering) Register(ctx context.Context, webhook *url.URL) (bool, error) {
	var n struct {
		Config struct {
			Number  word `json:"phone_number"`
			Account word `json:"whatsapp_business_account"`
			App     word `json:"application"`
		} `json:"webhook_configuration"`
	}
	if err := c.app.Call(ctx, http.MethodGet, c.number+"?fields=webhook_configuration", nil, &n, meanings()); err != nil {
		return false, fmt.Errorf("get the webhook: %w", err)
	}
	// The nearest that is set counts.
	now := n.Config.Number
	if now == "" {
		now = n.Config.Account
	}
	if now == "" {
		now = n.Config.App
	}
	if string(now) == webhook.String() {
		return false, nil
	}
	p := payload{"webhook_configuration": payload{"override_callback_uri": webhook.String(), "verify_token": c.app.VerifyToken()}}
	if err := c.app.Call(ctx, http.MethodPost, c.number, p, nil, meanings()); err != nil {
		return false, fmt.Errorf("set the webhook: %w", err)
	}
	return true, nil
}
