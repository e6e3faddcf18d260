// Package inspect shows what platforms post to a bot, without being in its way: a
// proxy of its own process that verifies and decodes each webhook with the
// channels of the bot folder, answers as the bot would or passes it on byte for
// byte, and keeps it in a file from which it can be shown and replayed.
//
// An [Inspector] takes requests in, a [Log] is the file, a [Mask] hides secrets,
// and a [Page] shows it all in a browser. What is kept has what people wrote and
// the secrets of requests: the file is for its owner alone.
package inspect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
)

// A Record is one request with what became of it.
type Record struct {
	// N counts requests from 1 on; a [Log] gives it.
	N int64 `json:"n"`
	// Time is when the request came, or was replayed.
	Time time.Time `json:"time"`
	// ReplayOf is the number of the record that this one repeats; 0 for a request of
	// a platform.
	ReplayOf int64   `json:"replay_of,omitempty"`
	Request  Request `json:"request"`
	// Channel and Type are those of bot.yaml; empty when no channel is asked.
	Channel   string    `json:"channel,omitempty"`
	Type      string    `json:"type,omitempty"`
	Signature Signature `json:"signature"`
	// Reason says why the request was not taken, or why nobody could tell. It has no
	// secret.
	Reason string `json:"reason,omitempty"`
	// Events are what the channel read.
	Events []Event `json:"events,omitempty"`
	// Handshake is true for a GET by which a platform checks the address.
	Handshake bool `json:"handshake,omitempty"`
	// Answer is what the platform got.
	Answer Answer `json:"answer"`
	// Forward is nil for what was not passed on.
	Forward *Forward `json:"forward,omitempty"`
	// Millis is how long it took to answer, in milliseconds.
	Millis float64 `json:"ms"`
}

// A Request is a request as it came. Names of headers are in canonical form, since
// net/http does not tell how they were written.
type Request struct {
	Method string `json:"method"`
	// Target is the path with the query, as it stood in the request.
	Target Text              `json:"target"`
	Proto  string            `json:"proto,omitempty"`
	Host   string            `json:"host,omitempty"`
	Remote string            `json:"remote,omitempty"`
	Header map[string][]Text `json:"header,omitempty"`
	Body   Text              `json:"body,omitempty"`
	// Cut is true when the body is not whole: it was too large, or its end never came.
	// Such a request can't be replayed.
	Cut bool `json:"cut,omitempty"`
}

// An Answer is a response.
type Answer struct {
	Status int               `json:"status"`
	Header map[string][]Text `json:"header,omitempty"`
	Body   Text              `json:"body,omitempty"`
	// Cut is true when the body has more than is kept.
	Cut bool `json:"cut,omitempty"`
}

// A Forward says what became of a request that was passed on. Error is empty when
// there was an answer.
type Forward struct {
	To     string  `json:"to"`
	Error  string  `json:"error,omitempty"`
	Millis float64 `json:"ms"`
}

// An Event is a decoded event with its dedupe id.
type Event struct {
	DedupeID string `json:"dedupe_id,omitempty"`
	channels.Event
}

// A Signature says whether a request is proven to be from the platform.
type Signature string

// The results of verifying.
const (
	SignatureOK     Signature = "ok"
	SignatureFailed Signature = "failed"
	// SignatureOff: the channel has verify: off, and takes requests from anybody.
	SignatureOff Signature = "off"
	// SignatureNone: nobody looked at it: no channel was asked, or the request was
	// refused for something else.
	SignatureNone Signature = "none"
)

// Text is bytes that are mostly text. In JSON it is a string, or an object with
// base64 where it is no valid UTF-8, so that not a byte is lost.
type Text string

type base64Text struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON writes a string, or {"base64": …}.
func (t Text) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		return json.Marshal(base64Text{[]byte(t)})
	}
	return json.Marshal(string(t))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var o base64Text
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
		*t = Text(o.Base64)
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = Text(s)
	return nil
}

// headerOf keeps headers.
func headerOf(h http.Header) map[string][]Text {
	out := make(map[string][]Text, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], Text(v))
		}
	}
	return out
}

// httpHeader gives kept headers back.
func httpHeader(h map[string][]Text) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], string(v))
		}
	}
	return out
}

// Path is the path of the request, without the query.
func (r *Record) Path() string {
	path, _, _ := strings.Cut(string(r.Request.Target), "?")
	return path
}

// url reads the target; never nil.
func (r *Record) url() *url.URL {
	u, err := url.ParseRequestURI(string(r.Request.Target))
	if err != nil {
		return &url.URL{Path: r.Path()}
	}
	return u
}

// Failed reports whether something is wrong: the request was refused, could not be
// passed on, or was answered with a status of 400 or more.
func (r *Record) Failed() bool {
	return r.Reason != "" || r.Answer.Status >= 400 || r.Forward != nil && r.Forward.Error != ""
}

// Kind is the kind of the first event, "handshake", "refused" for what a channel
// did not take, or "request".
func (r *Record) Kind() string {
	switch {
	case len(r.Events) > 0:
		return string(r.Events[0].Kind)
	case r.Reason != "":
		return "refused"
	case r.Handshake:
		return "handshake"
	}
	return "request"
}

// maxShort bounds what Short gives of a text, in characters.
const maxShort = 80

// Short says in a few words what the request is about: what was written, the state
// of a message, why it was refused. It may have texts of people.
func (r *Record) Short() string {
	text := ""
	switch {
	case len(r.Events) > 0:
		text = about(&r.Events[0].Event)
	case r.Reason != "" && r.Channel != "":
		text = r.Reason
	case r.Reason != "":
		text = r.Request.Method + " " + r.Path() + ": " + r.Reason
	default:
		text = r.Request.Method + " " + r.Path()
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxShort {
		text = string(runes[:maxShort-1]) + "…"
	}
	if more := len(r.Events) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

func about(e *channels.Event) string {
	who := e.Sender.Name
	if who == "" {
		who = e.Conversation
	}
	what := ""
	switch {
	case e.Status != nil:
		who, what = "", e.Status.State+" "+e.Status.MessageID
		if e.Status.Error != "" {
			what += " (" + e.Status.Error + ")"
		}
	case e.Text != "":
		what = e.Text
	case e.Choice != nil:
		what = e.Choice.ID
	case len(e.Media) > 0:
		what = string(e.Media[0].Kind)
	case e.Location != nil:
		what = "a location"
	case len(e.Contacts) > 0:
		what = "a contact"
	case e.Kind == channels.KindUnknown && len(e.Raw) < 64<<10:
		what = string(e.Raw)
	}
	if who != "" && what != "" {
		return who + ": " + what
	}
	return who + what
}
