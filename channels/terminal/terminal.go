// Package terminal is the channel of `parley chat`: messages become lines of
// text, with options numbered. It takes no webhooks; what is typed reaches the
// bot from the command that reads it.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/parley-chat/parley/channels"
)

// Factory describes the channel. Its channels write to standard output.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "terminal",
		Summary:      "Plain lines in a terminal, as parley chat shows them.",
		Capabilities: func(*channels.Config) channels.Capabilities { return channels.Capabilities{} },
		New:          func(*channels.Config) (channels.Channel, error) { return New(os.Stdout), nil },
	}
}

// New returns a channel that writes each message to w, ended by a line break. One
// message is one call of Write, and never two at a time.
func New(w io.Writer) channels.Channel { return &channel{w: w} }

type channel struct {
	mu sync.Mutex
	w  io.Writer
}

// Receive refuses every webhook.
func (c *channel) Receive(context.Context, *channels.Request) (*channels.Received, error) {
	return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "a terminal takes no webhooks"}
}

// Send writes the text. The receipt has no id.
func (c *channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrRefused, Err: err}
	}
	if strings.TrimSpace(m.Text) == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("no text to write")}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.w, m.Text+"\n"); err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrUnknown, Err: fmt.Errorf("write the message: %w", err)}
	}
	return channels.Receipt{}, nil
}
