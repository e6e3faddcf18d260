package examples

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// oneroute is OneRoute, an inbox of people and the bot: https://docs.oneroute.io.
// Webhooks are signed by their compact JSON. Every message of a conversation says which
// agent has it, and that is all that there is about people. It is not published whether
// it reports what its API sends, so here it does. Neither are order and retries: here
// nothing is in order and it comes again. There are no statuses and no buttons.
type oneroute struct {
	mu    sync.Mutex
	agent any // who has the conversation
	count int
}

// The credentials of OneRoute.
const (
	oneKey     = "MARKED-oneroute-key"
	oneSecret  = "MARKED-oneroute-secret"
	oneNumber  = "2347000000001"
	oneChannel = "b7d9f1a3-c5e7-4092-b4d6-f8a0c2e4a6b8"
	oneTalk    = "3a1c5e7f-9b2d-4f60-8a4c-6e8f0a2b4c6d"
	oneBot     = "Shop bot"
	oneAgent   = "c0ffee00-1111-4222-8333-444455556666"
)

const onerouteChannel = `
  shop:
    type: oneroute
    from: "` + oneNumber + `"
    api_key: ${ env.ONEROUTE_API_KEY }
    secret_key: ${ env.ONEROUTE_SECRET_KEY }
    customer_number: [conversation.customer.phone]
    bot_users: [` + oneBot + `]
    events: ["give_back: conversation.agent_id=null, message.sender.authUser=false"]
    api_url: ${ env.API_URL }/api/public
`

func oneManners() manners {
	refused := func(status int, message string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			answerJSON(w, status, map[string]any{"data": nil, "success": false, "message": message})
		}
	}
	return manners{
		late:    true,
		again:   func(attempt int) time.Duration { return time.Duration(attempt) * 5 * second },
		limited: refused(http.StatusTooManyRequests, "Too many requests"), broken: refused(http.StatusInternalServerError, "Server error"),
	}
}

func (d *oneroute) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method != http.MethodPost || r.Header.Get("Apikey") != oneKey {
		p.complain("not a call of OneRoute: %s %s", r.Method, r.URL.Path)
		answerJSON(w, http.StatusUnauthorized, map[string]any{"data": nil, "success": false, "message": "Invalid API key"})
		return
	}
	m, err := d.read(p, r.URL.Path, body)
	if err != nil {
		p.refuse(w, http.StatusBadRequest, map[string]any{"data": nil, "success": false, "message": "message is required"}, err.Error())
		return
	}
	id := p.take(w, m, "wamid.OUT%d")
	if id == "" {
		return
	}
	var data any = []any{map[string]any{"status": "success", "response": id}}
	if m.template == "" {
		said := d.said(oneBot, true, m.text, id, p.now())
		said["id"], said["subject"] = "f1e2d3c4-b5a6-4978-8a9b-0c1d2e3f4a5b", nil
		data = said
	}
	answerJSON(w, http.StatusOK, map[string]any{"data": data, "message": "sent", "success": true})
	p.road.deliver(m.chat, encode(p.t, d.webhook(m.chat, d.said(oneBot, true, m.text, id, p.now()), p.now())))
}

func (d *oneroute) read(p *platform, path string, body []byte) (m sent, err error) {
	var in struct {
		From     string `json:"from"`
		To       string `json:"to"`
		Message  string `json:"message"`
		Messages []struct {
			To       string `json:"to"`
			Save     bool   `json:"save"`
			Template struct {
				Name       string              `json:"name"`
				Parameters []map[string]string `json:"parameters"`
			} `json:"template"`
		} `json:"messages"`
	}
	if err := strictly(body, &in); err != nil {
		return m, err
	}
	m = sent{chat: in.To, text: in.Message}
	switch {
	case in.From != oneNumber:
		return m, errors.New("from is another number")
	case path == "/api/public/conversation/text" && len(in.Messages) == 0:
		if p.closed(m.chat) {
			return m, errors.New("more than 24 hours since the customer wrote")
		}
		return m, fits(m, 4096)
	case path == "/api/public/conversation/template" && len(in.Messages) == 1 && in.To == "":
		var values []string
		for _, v := range in.Messages[0].Template.Parameters {
			values = append(values, v["text"])
		}
		m.chat, m.template = in.Messages[0].To, in.Messages[0].Template.Name
		m.text, err = fill(m.template, values)
		return m, err
	}
	return m, fmt.Errorf("nothing is at %s", path)
}

func (*oneroute) path() string { return "/webhooks/shop" }

func (*oneroute) header(body []byte) http.Header {
	mac := hmac.New(sha512.New, []byte(oneSecret))
	mac.Write(body)
	return http.Header{"Content-Type": {"application/json"}, "X-Oneroute-Signature": {hex.EncodeToString(mac.Sum(nil))}}
}

func (*oneroute) conversation(chat string) channels.Event {
	return channels.Event{Channel: "shop", Account: oneChannel, Conversation: chat}
}

func oneTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (*oneroute) said(who string, own bool, text, id string, at time.Time) map[string]any {
	return map[string]any{
		"sender": map[string]any{"name": who, "authUser": own, "lastActivity": oneTime(at)}, "externalId": id, "content": text,
		"contentType": "TEXT", "imageUrl": nil, "videoUrl": nil, "documentUrl": nil, "audioUrl": nil, "quoted_message_id": nil,
		"conversation_id": oneTalk,
	}
}

func (d *oneroute) webhook(chat string, message map[string]any, at time.Time) any {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count++
	status := "in-queue"
	if d.agent != nil {
		status = "assigned"
	}
	return map[string]any{"event": "newMessage", "message": message, "conversation": map[string]any{
		"id": oneTalk, "subject": nil, "agent": nil, "agent_id": d.agent, "status": status, "country": "NG", "read": false,
		"customer":      map[string]any{"name": "Dana", "email": "dana@example.test", "phone": chat},
		"lastMessageAt": oneTime(at.Add(time.Duration(d.count) * time.Millisecond)), "createdAt": oneTime(monday()), "updatedAt": oneTime(at),
		"Channel": map[string]any{"id": oneChannel, "phone": nil, "identifier": "shop-main", "medium": "WHATSAPP",
			"credentials": map[string]any{"key": "MARKED-oneroute-credentials"}, "name": "Shop", "type": "CUSTOM", "env": "LIVE", "status": "ACTIVE"},
	}}
}

func (d *oneroute) message(p *person, number int, text string) any {
	at := p.s.clock.now()
	return d.webhook(p.chat, d.said(p.name, false, text, fmt.Sprintf("wamid.IN%d", number), at), at)
}

// tap never happens: options are text on this channel.
func (d *oneroute) tap(p *person, number int, b button) any { return d.message(p, number, b.Text) }

// takes has an agent take the conversation, which the next message says.
func (d *oneroute) takes(*person) bool {
	d.has(oneAgent)
	return true
}

func (d *oneroute) givesBack(*person) { d.has(nil) }

func (d *oneroute) has(agent any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.agent = agent
}

func (d *oneroute) writes(p *person, text string) {
	p.on.note(p.chat, "Acme, by a person: "+text)
	p.next++
	at := p.s.clock.now()
	p.post(d.webhook(p.chat, d.said("Bo", true, text, fmt.Sprintf("wamid.AGENT%d", p.next), at), at))
}
