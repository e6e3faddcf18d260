// Package channels holds the words that platforms and flows share: an [Event]
// that came in, a [Reply] that a flow gives, the rendered [Message] that goes
// out, what a [Channel] is and can do, and the kinds of send errors.
//
// A channel is a value made by a [Factory]. Two methods are its core: Receive
// verifies and decodes a webhook, Send makes one request to the platform's API.
// Everything else a platform may have is an optional interface of one method.
// Channels hold no conversation: what they need is in the event and in the
// message. All their methods are safe for concurrent use.
package channels

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// A Channel receives webhooks of a platform and sends to its API.
type Channel interface {
	// Receive verifies a webhook request and decodes its events. Nothing of an
	// unverified request is used. A refusal is a *RequestError. What is verified
	// but not understood is an event of KindUnknown, never an error.
	Receive(ctx context.Context, r *Request) (*Received, error)
	// Send makes one request and returns the platform's id of the message. A
	// failure is a *SendError; the context's deadline reaches the wire.
	Send(ctx context.Context, m *Message) (Receipt, error)
}

// A Request is a webhook request whose body was read within its limit.
type Request struct {
	Method string
	// URL as the platform called it: the public address where one is set.
	URL    *url.URL
	Header http.Header
	Body   []byte
	// Now is when it came, for timestamp tolerances.
	Now time.Time
}

// Received is what a webhook brought.
type Received struct {
	Events []Event
	// Answer is sent once the events are durable; nil is an empty 200.
	Answer *Answer
}

// Polled is what came from a queue.
type Polled struct {
	Events []Event
	// Done tells the platform that the events are durable; nil when it need not
	// know. Until then the platform offers them again.
	Done func(ctx context.Context) error
}

// An Answer is the response to a webhook or a handshake.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// A RequestError refuses a webhook request. Its reason is for the operator's
// log, never for the caller, and tells nothing about what was expected.
type RequestError struct {
	// Status is 400, 401, 404, 405, 413 or 415. It is never 410, which makes
	// platforms remove the webhook, and never a 5xx.
	Status int
	Reason string
}

// Error returns the reason.
func (e *RequestError) Error() string { return fmt.Sprintf("refused with %d: %s", e.Status, e.Reason) }

// A Receipt is what the platform answered to a message.
type Receipt struct {
	// MessageID is the platform's id; empty where it gives none.
	MessageID string
}

// The optional abilities of a channel.
type (
	// A Handshaker answers GET requests to the webhook address.
	Handshaker interface {
		Handshake(ctx context.Context, r *Request) (*Answer, error)
	}
	// A Registrar tells the platform where its webhooks go. It compares first
	// and changes only what differs; changed reports whether it did.
	Registrar interface {
		Register(ctx context.Context, webhook *url.URL) (changed bool, err error)
	}
	// A Checker asks the platform whether the settings work, and returns a line
	// such as the name of the bot.
	Checker interface {
		Check(ctx context.Context) (string, error)
	}
	// An Inspector asks the platform how it delivers, and changes nothing. An error
	// is, or wraps, a *SendError.
	Inspector interface {
		Inspect(ctx context.Context) (Inspection, error)
	}
	// An Acknowledger tells the platform that an event was taken (the spinner of
	// a tapped button stops). Best effort, after the event is durable.
	Acknowledger interface {
		Acknowledge(ctx context.Context, e *Event) error
	}
	// A Typer shows that an answer is being written. Best effort.
	Typer interface {
		Typing(ctx context.Context, account, conversation string) error
	}
	// A MediaOpener opens media that an event named by ID only, because their
	// address would give away a secret. It returns the content and the type that the
	// platform says it has. The bot bounds size and time, and the context goes on
	// until the content is closed.
	MediaOpener interface {
		OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error)
	}
	// A Poller fetches events from a queue of the platform, instead of webhooks or
	// beside them. One process of the bot polls a channel at a time, and two do no
	// harm. Poll waits for events for a while, at most a minute, and returns nil
	// when none came. What can't be decoded is an event of KindUnknown, so that it
	// does not block the queue. An error is a *SendError.
	Poller interface {
		Poll(ctx context.Context) (*Polled, error)
	}
	// A Server serves pages of its own below /channels/<name>/ and talks to the
	// bot through the host.
	Server interface {
		Serve(h Host) http.Handler
	}
)

// An Inspection is how a platform delivers to a bot.
type Inspection struct {
	// Webhook is the address that the platform has; empty for none.
	Webhook string
	// Pending counts what waits at the platform to be delivered; negative when it
	// does not tell.
	Pending int
	// Problems are what keeps events away, or did lately, in sentences for
	// operators, without secrets.
	Problems []string
}

// A Host is the bot as a [Server] sees it.
type Host interface {
	// Accept makes events durable, as a webhook does. When it returns nil they
	// are kept, duplicates included.
	Accept(ctx context.Context, events []Event) error
	// History returns the entries of a conversation after a number, oldest
	// first, at most limit.
	History(ctx context.Context, account, conversation string, after uint64, limit int) ([]Entry, error)
	// Watch returns a channel that gets a value after the conversation changed,
	// and a function that ends it. Hints may be lost: look again now and then.
	Watch(account, conversation string) (<-chan struct{}, func())
	// Keep stores a file that a visitor of the conversation sent, and returns it as
	// media whose URL opens it and ends. It is kept once Keep returns nil. A file
	// that is too large or of a type that is not allowed is a *MediaError; any other
	// error is of the body or of the store. History gives such media a URL that has
	// not ended. Without a public address the URL is the path of one: "/media/…".
	Keep(ctx context.Context, account, conversation string, f Upload) (Media, error)
}

// An Upload is a file that a visitor sends.
type Upload struct {
	// Name is what the visitor calls it, and MIME its type as the visitor says; both
	// may be empty, and neither is trusted.
	Name, MIME string
	// Body is read to its end, or until it is too large. The caller bounds the time.
	Body io.Reader
	// Takes reports whether the channel takes a file of the type that it turned out to
	// have, a MIME type; nil: of each that the bot keeps. One that is not taken is a
	// *MediaError, and not kept.
	Takes func(mime string) bool
}

// An Entry is a message of the history: exactly one of Event and Message is set.
type Entry struct {
	Number  uint64
	At      time.Time
	Event   *Event
	Message *Message
	// Status of a message: sent, delivered, read, failed.
	Status string
}

// A Factory makes the channels of a type and describes them.
type Factory struct {
	// Type is the word in bot.yaml.
	Type string
	// Summary is one sentence for the reference.
	Summary string
	// Settings are the keys under the channel in bot.yaml.
	Settings []Setting
	// Capabilities describe what can be sent with these settings.
	Capabilities func(c *Config) Capabilities
	// Variants are settings that change what can be shown, for the reference; nil: none
	// does.
	Variants []Variant
	// Sources say where the limits of Capabilities are written down.
	Sources []Source
	// DedupeWindow is the platform's retry window plus a day.
	DedupeWindow time.Duration
	// MaxBody is the largest body of a webhook that the platform sends, in bytes; 0 is
	// 1 MB. It is at most 16 MB.
	MaxBody int64
	// NoRetry tells that the platform offers a webhook once: what comes while the
	// bot or its store is down is lost.
	NoRetry bool
	// Setup says to a person, in a line or two, what they do at the platform that no
	// [Registrar] of a channel with these settings does: where in its console the
	// webhook goes, say. {webhook} stands for its address and {NAME} for the value of
	// a setting. Nil, or "": nothing is left to do.
	Setup func(c *Config) string
	// Simulation says how to play the platform towards a channel with these settings;
	// nil for a type without webhooks, and so is what it returns when these settings
	// have none. It does no I/O.
	Simulation func(c *Config) *Simulation
	// New makes a channel; it does no I/O. Settings were checked against the
	// table before. An error is for authors and names the setting.
	New func(c *Config) (Channel, error)
}

// A Variant is a channel of a type as some of its settings make it.
type Variant struct {
	// Name is a word or two, as "sms".
	Name string
	// Values and Lists are the settings that make it so.
	Values map[string]string
	Lists  map[string][]string
}

// A Source says where a fact about a platform is written down.
type Source struct {
	// Fact is what is written there, in a few words; what it does not say outright is
	// marked as inferred.
	Fact string
	// URL is a page of the platform, or a file of its libraries; "": nobody publishes it,
	// so it was chosen.
	URL string
}

// A SettingKind is the form of a setting.
type SettingKind string

// The forms of settings.
const (
	SettingText   SettingKind = "text"
	SettingSecret SettingKind = "secret"
	SettingURL    SettingKind = "url"
	SettingInt    SettingKind = "int"
	SettingBool   SettingKind = "bool"
	SettingEnum   SettingKind = "enum"
	SettingList   SettingKind = "list" // of texts
)

// A Setting describes a key of a channel in bot.yaml. One table feeds decoding,
// errors, schema and reference.
type Setting struct {
	Name     string
	Kind     SettingKind
	Required bool
	Default  string
	// Own is a secret that the operator chooses and the platform is told: a program may
	// make one up, of letters and digits.
	Own bool
	// Values are those of an enum.
	Values  []string
	Doc     string
	Example string
}

// A Config is the settings of one channel, as the table describes them, with
// defaults filled in.
type Config struct {
	// Name of the channel in bot.yaml.
	Name string
	// Values by the name of the setting. Lists are in Lists.
	Values map[string]string
	Lists  map[string][]string
	// HTTP is the client for the platform's API: shared, with deadlines from
	// contexts only, no redirects to other hosts.
	HTTP *http.Client
	// Log is never nil.
	Log *slog.Logger
}

// Text returns the value of a setting, "" when it has none.
func (c *Config) Text(name string) string { return c.Values[name] }

// Bool reports whether a setting is "true".
func (c *Config) Bool(name string) bool { return c.Values[name] == "true" }
