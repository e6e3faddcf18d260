package examples

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A platform plays a messaging platform: people have it on their phones, it posts
// webhooks to the bot and has the API that the bot sends to. What both look like is
// its dialect. It is safe for concurrent use.
type platform struct {
	dialect
	manners manners
	t       *testing.T
	log     *logBook
	now     func() time.Time
	url     string // of its API

	mu       sync.Mutex
	chats    map[string]chan sent
	phones   map[string]*strings.Builder // what a person sees, by chat
	heard    map[string]time.Time        // when a person wrote last, by chat
	attempts int                         // of all messages, failed ones included
	lastID   int64
	other    []call // other methods than those that send a message
	// fault may answer in place of the platform: it gets the number of the attempt
	// to send this message, from 1 on, and says whether it did.
	fault func(w http.ResponseWriter, m sent, attempt int) bool
	tries map[string]int // by chat, of the message that was not taken yet

	taken    []*asked // requests whose message was taken
	refusals func()   // called for a request that breaks what the vendor documents; nil: the test fails

	road *road // the way of webhooks to the bot; nil: straight, once
}

// firstID is before the first message.
const firstID = 100

// A dialect is what one platform says and takes, as its vendor documents it. It
// says in comments what is not documented and assumed.
type dialect interface {
	// serve takes a call of the API.
	serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte)
	// path is where webhooks go, with a query where the secret is in one; header
	// proves one.
	path() string
	header(body []byte) http.Header
	// conversation says of which one an event is.
	conversation(chat string) channels.Event
	// message is the webhook of a text, with a number that is this one's alone.
	message(p *person, number int, text string) any
	// tap is that of an option of the message that was heard last.
	tap(p *person, number int, b button) any
}

// A sent is a message as a send API took it.
type sent struct {
	chat, text string
	id         string   // the platform's
	buttons    []button // what can be tapped
	list       bool     // as a list that opens, not as buttons
	template   string
}

// A button is an option that can be tapped, with what the tap sends back.
type button struct{ Text, Data, Hint string }

// An asked is a request to the API, and where its answer goes.
type asked struct {
	http.ResponseWriter
	r    *http.Request
	body []byte
}

// Unwrap is for http.ResponseController.
func (a *asked) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// A call is a request to another method.
type call struct {
	method string
	body   map[string]any
}

func newPlatform(t *testing.T, log *logBook, now func() time.Time, d dialect) *platform {
	p := &platform{
		dialect: d, t: t, log: log, now: now, lastID: firstID, chats: map[string]chan sent{}, phones: map[string]*strings.Builder{},
		heard: map[string]time.Time{}, tries: map[string]int{},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the sender hung up
		}
		d.serve(p, &asked{w, r, body}, r, body)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// failing sets the fault of what is sent from now on.
func (p *platform) failing(fault func(w http.ResponseWriter, m sent, attempt int) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

func (p *platform) chat(key string) chan sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.chats[key]
	if !ok {
		c = make(chan sent, 1000)
		p.chats[key] = c
	}
	return c
}

// take takes a message, or has the fault answer. It returns "" for the latter, else
// its id, in which %d stands for its number.
func (p *platform) take(w http.ResponseWriter, m sent, id string) string {
	p.log.keepOut(m.text)
	p.mu.Lock()
	p.attempts++
	p.tries[m.chat]++
	fault, attempt := p.fault, p.tries[m.chat]
	p.mu.Unlock()
	if fault != nil && fault(w, m, attempt) {
		return ""
	}
	p.mu.Lock()
	p.tries[m.chat] = 0
	p.lastID++
	m.id = fmt.Sprintf(id, p.lastID)
	if a, ok := w.(*asked); ok {
		p.taken = append(p.taken, a)
	}
	p.mu.Unlock()
	p.shows(m)
	if p.road != nil {
		p.road.report(m)
	}
	p.chat(m.chat) <- m
	return m.id
}

// shows writes a message to the phone as the person sees it.
func (p *platform) shows(m sent) {
	lines := []string{"Acme: " + strings.ReplaceAll(m.text, "\n", "\n      ")}
	if m.template != "" {
		lines[0] += " (template " + m.template + ")"
	}
	for _, b := range m.buttons {
		form := "[%s]"
		if m.list {
			form = "= %s"
		}
		line := "      " + fmt.Sprintf(form, b.Text)
		if b.Hint != "" {
			line += ", " + b.Hint
		}
		lines = append(lines, line)
	}
	p.note(m.chat, strings.Join(lines, "\n"))
}

// note adds to what the person sees.
func (p *platform) note(chat, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phones[chat] == nil {
		p.phones[chat] = new(strings.Builder)
	}
	p.phones[chat].WriteString(line + "\n")
}

// phone is all that the person sees.
func (p *platform) phone(chat string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phones[chat].String()
}

// closed reports whether a person wrote more than 24 hours ago, or never.
func (p *platform) closed(chat string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now().Sub(p.heard[chat]) > 24*time.Hour
}

// refuse answers a request that breaks what the vendor documents: a fault of the
// bot. The error is the vendor's.
func (p *platform) refuse(w http.ResponseWriter, status int, answer any, why string) {
	p.complain("the platform refuses a request: %s", why)
	answerJSON(w, status, answer)
}

// complain says that the bot broke what the vendor documents.
func (p *platform) complain(format string, args ...any) {
	p.mu.Lock()
	refusals := p.refusals
	p.mu.Unlock()
	if refusals == nil {
		p.t.Errorf(format, args...)
		return
	}
	refusals()
}

// sends returns how many attempts there were to send anything.
func (p *platform) sends() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attempts
}

// called notes a call of another method than one that sends.
func (p *platform) called(method string, body []byte) {
	fields := map[string]any{}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &fields); err != nil {
			p.complain("%s: %v", method, err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.other = append(p.other, call{method, fields})
}

// calls returns the bodies that a method got.
func (p *platform) calls(method string) []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []map[string]any
	for _, c := range p.other {
		if c.method == method {
			out = append(out, c.body)
		}
	}
	return out
}

// checkSilence wants that every message was heard.
func (p *platform) checkSilence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, c := range p.chats {
		for len(c) > 0 {
			p.t.Errorf("the bot said to %s what nobody waited for: %q", key, (<-c).text)
		}
	}
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who is gone needs no answer
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}
