package twilio

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Acknowledge marks a message on WhatsApp as read and shows that an answer is being
// written, until it comes or for 25 seconds, where the setting typing is on:
// …/whatsapp/api/typing-indicators-resource.
func (c *Channel) Acknowledge(ctx context.Context, e *channels.Event) error {
	answered := e.Kind == channels.KindMessage || e.Kind == channels.KindChoice
	if !c.typing || !answered || !strings.HasPrefix(e.Conversation, whatsApp) || e.ID == "" {
		return nil
	}
	return c.call(ctx, request{
		method: http.MethodPost, url: c.messagingURL + "/v2/Indicators/Typing.json",
		form: url.Values{"channel": {"whatsapp"}, "messageId": {e.ID}},
	}, nil)
}
