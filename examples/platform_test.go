package examples

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// A sent is a message as a send API took it.
type sent struct {
	chat, text string
	id         int64 // the platform's
	buttons    []button
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

// A platform keeps what was sent, by chat and in order. It is safe for
// concurrent use.
type platform struct {
	t   *testing.T
	log *logBook
	url string

	mu       sync.Mutex
	chats    map[string]chan sent
	attempts int // of all messages, failed ones included
	lastID   int64
	other    []call // other methods than those that send a message
	// fault may answer in place of the platform: it gets the number of the attempt
	// to send this message, from 1 on, and says whether it did.
	fault func(w http.ResponseWriter, m sent, attempt int) bool
	tries map[string]int // by chat, of the message that was not taken yet
}

// A call is a request to another method.
type call struct {
	method string
	body   map[string]any
}

func newPlatform(t *testing.T, log *logBook, h http.HandlerFunc) *platform {
	p := &platform{t: t, log: log, chats: map[string]chan sent{}, tries: map[string]int{}, lastID: 100}
	server := httptest.NewServer(h)
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

// take takes a message, or has the fault answer. It returns 0 for the latter.
func (p *platform) take(w http.ResponseWriter, m sent) int64 {
	p.log.keepOut(m.text)
	p.mu.Lock()
	p.attempts++
	p.tries[m.chat]++
	fault, attempt := p.fault, p.tries[m.chat]
	p.mu.Unlock()
	if fault != nil && fault(w, m, attempt) {
		return 0
	}
	p.mu.Lock()
	p.tries[m.chat] = 0
	p.lastID++
	m.id = p.lastID
	p.mu.Unlock()
	p.chat(m.chat) <- m
	return m.id
}

// sends returns how many attempts there were to send anything.
func (p *platform) sends() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attempts
}

func (p *platform) called(method string, body map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.other = append(p.other, call{method, body})
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

// A botAPI is the Bot API of Telegram.
type botAPI struct{ *platform }

func newBotAPI(t *testing.T, log *logBook) *botAPI {
	a := &botAPI{}
	a.platform = newPlatform(t, log, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r) })
	return a
}

func (a *botAPI) serve(w http.ResponseWriter, r *http.Request) {
	method, ok := strings.CutPrefix(r.URL.Path, "/bot"+telegramToken+"/")
	if !ok || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		a.t.Errorf("not a call of the Bot API: %s %s", r.Method, r.URL.Path)
		telegramError(w, http.StatusNotFound, "Not Found", 0)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender hung up
	}
	if method != "sendMessage" {
		var fields map[string]any
		if err := json.Unmarshal(body, &fields); err != nil {
			a.t.Errorf("%s: %v", method, err)
		}
		a.called(method, fields)
		answerJSON(w, http.StatusOK, map[string]any{"ok": true, "result": telegramResult(method)})
		return
	}
	var in struct {
		ChatID int64  `json:"chat_id"`
		Text   string `json:"text"`
		Markup struct {
			Rows [][]button `json:"inline_keyboard"`
		} `json:"reply_markup"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		a.t.Errorf("sendMessage: %v in %s", err, body)
	}
	if n := len(utf16.Encode([]rune(in.Text))); n == 0 || n > 4096 {
		a.t.Errorf("sendMessage: a text of %d characters", n)
		telegramError(w, http.StatusBadRequest, "Bad Request: message text is empty", 0)
		return
	}
	m := sent{chat: strconv.FormatInt(in.ChatID, 10), text: in.Text}
	for _, row := range in.Markup.Rows {
		m.buttons = append(m.buttons, row...)
	}
	for _, b := range m.buttons {
		if len(b.Data) == 0 || len(b.Data) > 64 {
			a.t.Errorf("sendMessage: callback_data of %d bytes", len(b.Data))
		}
	}
	if id := a.take(w, m); id != 0 {
		answerJSON(w, http.StatusOK, map[string]any{"ok": true, "result": map[string]any{
			"message_id": id, "date": time.Now().Unix(), "chat": map[string]any{"id": in.ChatID, "type": "private"}, "text": in.Text,
		}})
	}
}

func telegramResult(method string) any {
	if method == "getWebhookInfo" {
		return map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": 0}
	}
	return true
}

// telegramError answers like the Bot API does when a call fails.
func telegramError(w http.ResponseWriter, code int, description string, retryAfter int) {
	body := map[string]any{"ok": false, "error_code": code, "description": description}
	if retryAfter > 0 {
		body["parameters"] = map[string]any{"retry_after": retryAfter}
	}
	answerJSON(w, code, body)
}

// A greenAPI is the API of GREEN-API.
type greenAPI struct{ *platform }

func newGreenAPI(t *testing.T, log *logBook) *greenAPI {
	a := &greenAPI{}
	a.platform = newPlatform(t, log, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r) })
	return a
}

func (a *greenAPI) serve(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/waInstance"+greenInstance+"/")
	method, token, _ := strings.Cut(rest, "/")
	if !ok || token != greenToken {
		a.t.Errorf("not a call of GREEN-API: %s %s", r.Method, r.URL.Path)
		answerJSON(w, http.StatusUnauthorized, map[string]any{})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender hung up
	}
	if method != "sendMessage" {
		fields := map[string]any{}
		if len(body) > 0 {
			if err := json.Unmarshal(body, &fields); err != nil {
				a.t.Errorf("%s: %v", method, err)
			}
		}
		a.called(method, fields)
		answerJSON(w, http.StatusOK, map[string]any{"saveSettings": true, "webhookUrl": ""})
		return
	}
	var in struct {
		ChatID  string `json:"chatId"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &in); err != nil || !strings.HasSuffix(in.ChatID, "@c.us") || in.Message == "" {
		a.t.Errorf("sendMessage: %v in %s", err, body)
	}
	if id := a.take(w, sent{chat: in.ChatID, text: in.Message}); id != 0 {
		answerJSON(w, http.StatusOK, map[string]any{"idMessage": "OUT" + strconv.FormatInt(id, 10)})
	}
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who is gone needs no answer
}
