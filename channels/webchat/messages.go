package webchat

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
	"golang.org/x/text/language"
)

// said is the body of POST /messages.
type said struct {
	// ID is made by the browser, 8 to 64 letters of base64url. A message that is
	// sent again under its id counts once.
	ID      string  `json:"id"`
	Text    string  `json:"text"`
	Choice  *choice `json:"choice"`
	Started bool    `json:"started"`
}

type choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// A badMessage is what a visitor's browser did wrong.
type badMessage struct {
	status  int
	code    string
	message string
}

func (e *badMessage) Error() string { return e.message }

func bad(code, message string) error {
	return &badMessage{status: http.StatusBadRequest, code: code, message: message}
}

// startedID is too short for an id that a browser may give a message.
const startedID = "started"

func (s *server) postMessage(w http.ResponseWriter, r *http.Request) {
	v, ok := s.visitor(w, r, s.wrote)
	if !ok {
		return
	}
	body, err := readSaid(w, r)
	if err != nil {
		b, ok := errors.AsType[*badMessage](err)
		if !ok { // the connection broke
			b = &badMessage{http.StatusBadRequest, "malformed", "The message did not arrive whole."}
		}
		refuse(w, b.status, b.code, b.message)
		return
	}
	event := s.event(v, body, r.Header.Get("Accept-Language"))
	s.accept(w, r, event)
}

// accept hands an event over and answers the request.
func (s *server) accept(w http.ResponseWriter, r *http.Request, event channels.Event) {
	if err := s.host.Accept(r.Context(), []channels.Event{event}); err != nil {
		s.log.WarnContext(r.Context(), "webchat message not accepted", "channel", s.name, "error", err)
		retryAfter(w, 2*time.Second)
		refuse(w, http.StatusServiceUnavailable, "unavailable", "The message could not be kept. Please send it again.")
		return
	}
	answer(w, http.StatusAccepted, struct{}{})
}

// readSaid decodes and checks a body.
func readSaid(w http.ResponseWriter, r *http.Request) (*said, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &badMessage{http.StatusUnsupportedMediaType, "malformed", "Send application/json."}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, &badMessage{http.StatusRequestEntityTooLarge, "too_long", "The message is over 64 kB."}
		}
		return nil, fmt.Errorf("reading a message: %w", err)
	}
	var m said
	if err := channels.Decode(raw, &m); err != nil {
		return nil, bad("malformed", "The body is not a message in JSON.")
	}
	return &m, m.check()
}

// check tidies what was said and refuses what says nothing, too much, or two
// things at once.
func (m *said) check() error {
	m.Text = tidy(m.Text)
	if m.Started {
		if m.Text != "" || m.Choice != nil {
			return bad("malformed", "started stands alone.")
		}
		m.ID = startedID
		return nil
	}
	if !isMessageID(m.ID) {
		return bad("id", "id must be 8 to 64 letters, digits, - or _.")
	}
	if m.Choice == nil {
		return checkText(m.Text)
	}
	if m.Text != "" {
		return bad("malformed", "Send text or choice, not both.")
	}
	if m.Choice.ID == "" || len(m.Choice.ID) > maxOptionID || !utf8.ValidString(m.Choice.ID) {
		return bad("choice", "choice.id must be 1 to 200 bytes.")
	}
	m.Choice.Title = tidy(m.Choice.Title)
	if m.Choice.Title == "" {
		m.Choice.Title = m.Choice.ID
	}
	return checkText(m.Choice.Title)
}

func isMessageID(id string) bool { return len(id) >= 8 && len(id) <= 64 && isURLWord(id) }

func checkText(text string) error {
	if text == "" {
		return bad("empty", "The message is empty.")
	}
	if utf8.RuneCountInString(text) > maxText {
		return bad("too_long", fmt.Sprintf("The message is longer than %d characters.", maxText))
	}
	return nil
}

// tidy drops space around a text and control characters within: what a keyboard
// can't write.
func tidy(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

func (s *server) event(v visitor, m *said, languages string) channels.Event {
	e := channels.Event{
		Kind:         channels.KindMessage,
		Channel:      s.name,
		Account:      s.name,
		Conversation: v.conversation,
		Sender:       channels.Sender{ID: v.conversation},
		ID:           m.ID,
		DedupeID:     v.conversation + "/" + m.ID,
		Time:         s.now(),
		Text:         m.Text,
	}
	if v.person != nil {
		e.Sender = v.person.sender()
	}
	if e.Sender.Language == "" {
		e.Sender.Language = preferred(languages)
	}
	switch {
	case m.Started:
		e.Kind = channels.KindStarted
	case m.Choice != nil:
		e.Kind = channels.KindChoice
		e.Choice = &channels.Choice{ID: m.Choice.ID, Title: m.Choice.Title}
		e.Text = m.Choice.Title
	}
	return e
}

// preferred returns the language that an Accept-Language header likes best, as a
// BCP 47 tag, or "".
func preferred(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 || strings.HasPrefix(strings.TrimSpace(header), "*") {
		return ""
	}
	return tags[0].String()
}
