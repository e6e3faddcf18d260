// Package webchat is a channel that Parley serves itself: a chat page, a widget
// that opens the page on other sites, and the small HTTP protocol that both
// speak. There is no platform in between, so there is no webhook and no send
// API: a message that went out is an entry of the conversation's history, and
// each open page reads the history on from the last entry it has.
//
// The protocol, below the address where the channel is mounted:
//
//	GET  /            the page, with its styles, scripts and icon
//	GET  /widget.js   the script that other sites embed
//	POST /visitors    makes a visitor: {"visitor": "…"}
//	POST /identity    tells whether a token is taken, and until when
//	POST /messages    {"id": "…", "text": "…"} or "choice": {"id", "title"};
//	                  {"started": true} once, when a visitor comes; 202 means kept
//	PUT  /files/{id}  a file as it is; 202 means kept
//	GET  /events      the history after Last-Event-ID (or ?after=), then what is
//	                  new, as server-sent events whose id is the entry's number;
//	                  "live" says that the past is complete, "typing" that the bot
//	                  is about to say something, "replaced" that a newer stream of
//	                  the visitor took the place of this one
//
// Visitors show who they are with "Authorization: Bearer <visitor>", or with a
// token that the site signed. There are no cookies. README.md tells what that
// protects and what it does not.
package webchat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The limits of what visitors and flows may say.
const (
	maxText     = 4096 // runes of a message, in and out
	maxOptionID = 200  // bytes
	maxBody     = 64 << 10
)

// Channel is a web chat. It is safe for concurrent use.
type Channel struct {
	name     string
	files    map[string]file // by name
	pages    *pages
	sites    []string // origins that may embed the page and call the protocol
	secret   []byte   // empty: visitors are not signed
	identity []byte   // empty: no tokens are taken
	uploads  *uploads
	log      *slog.Logger
	now      func() time.Time
	pace     pace
	streams  *streams
}

// Factory returns the description of web chat channels.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "webchat",
		Summary:      "A chat page and an embeddable widget, served by Parley itself.",
		Settings:     settings(),
		Capabilities: func(*channels.Config) channels.Capabilities { return capabilities() },
		// The page gives up on a message that it could not send for a day.
		DedupeWindow: 48 * time.Hour,
		New:          newChannel,
	}
}

func capabilities() channels.Capabilities {
	text := channels.TextLimit{Max: maxText, Unit: channels.Runes}
	c := channels.Capabilities{
		Text:     text,
		Caption:  text,
		OptionID: maxOptionID,
		Media:    []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		Location: true,
		Contact:  true,
		Links:    true,
	}
	c.Buttons.Max = 8
	c.Buttons.Label = channels.TextLimit{Max: 40, Unit: channels.Graphemes}
	c.List.Max = 50
	c.List.Label = channels.TextLimit{Max: 80, Unit: channels.Graphemes}
	c.List.Hint = channels.TextLimit{Max: 160, Unit: channels.Graphemes}
	return c
}

// Receive refuses: visitors write through the pages below /channels/<name>/, and
// nobody else has a reason to call a webhook.
func (c *Channel) Receive(context.Context, *channels.Request) (*channels.Received, error) {
	return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "web chat has no webhook"}
}

// Send sends nothing: the message is shown by the history entry that is written
// once it counts as sent. Its id is its reference. A context that ended is a
// refusal, since then no entry will follow.
func (c *Channel) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrRefused, Err: err}
	}
	if m.Conversation == "" {
		return channels.Receipt{}, &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("message without a conversation")}
	}
	return channels.Receipt{MessageID: m.Ref}, nil
}

// Typing shows on the open pages of a visitor that an answer is being written.
// Pages that are open at other processes do not learn of it.
func (c *Channel) Typing(_ context.Context, _, conversation string) error {
	c.streams.typing(conversation)
	return nil
}

var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Server  = (*Channel)(nil)
	_ channels.Typer   = (*Channel)(nil)
)
