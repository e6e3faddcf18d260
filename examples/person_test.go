package examples

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// A person writes to the bot on a platform and hears what it says.
type person struct {
	t    *testing.T
	s    *server
	wire wire
	chat string
	last sent // what the person heard last
	next int  // number of the next webhook

	// twice has the platform post each webhook twice, at the same time.
	twice bool
}

// A wire makes the webhooks of a platform.
type wire interface {
	// message is the webhook of a text, with a number that is this one's alone.
	message(p *person, number int, text string) any
	// tap is that of a button under the message that was heard last.
	tap(p *person, number int, b button) any
	path() string
	header() http.Header
	platform(s *server) *platform
	conversation(chat string) channels.Event
}

// onTelegram is a person in a chat with the bot; number tells people apart.
func (s *server) onTelegram(number int) *person {
	return &person{t: s.t, s: s, wire: telegramWire{}, chat: strconv.Itoa(810000000 + number), next: 1000 * number}
}

// onWhatsApp is a person on WhatsApp, through GREEN-API.
func (s *server) onWhatsApp(number int) *person {
	phone := strconv.Itoa(15550100000 + number)
	s.log.keepOut(phone)
	return &person{t: s.t, s: s, wire: greenWire{}, chat: phone + "@c.us", next: 1000 * number}
}

// says has the person write a text. Nothing is waited for but the answer to the
// webhook.
func (p *person) says(text string) {
	p.t.Helper()
	p.s.log.keepOut(text)
	p.next++
	p.post(p.wire.message(p, p.next, text))
}

// taps has the person tap a button of the message heard last.
func (p *person) taps(label string) {
	p.t.Helper()
	i := slices.IndexFunc(p.last.buttons, func(b button) bool { return b.Text == label })
	if i < 0 {
		p.t.Fatalf("there is no button %q under %q: %v", label, p.last.text, p.last.buttons)
	}
	p.next++
	p.post(p.wire.tap(p, p.next, p.last.buttons[i]))
}

func (p *person) post(webhook any) {
	p.t.Helper()
	body := encode(p.t, webhook)
	times := 1
	if p.twice {
		times = 2
	}
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			if status := p.s.post(p.wire.path(), p.wire.header(), body); status != http.StatusOK {
				p.t.Errorf("the webhook was answered with %d: %s", status, body)
			}
		})
	}
	all.Wait()
}

// hears waits for the next message of the bot and wants it to have this text and
// these buttons, no others.
func (p *person) hears(text string, labels ...string) {
	p.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p.last = <-p.wire.platform(p.s).chat(p.chat):
	case <-timer.C:
		p.t.Fatalf("the bot is silent, want %q", text)
	}
	var got []string
	for _, b := range p.last.buttons {
		got = append(got, b.Text)
	}
	if p.last.text != text || !slices.Equal(got, labels) {
		p.t.Fatalf("the bot says %q %q\n          want %q %q", p.last.text, got, text, labels)
	}
}

// event is an event of the team in the conversation of the person.
func (p *person) event(kind channels.Kind, text string) channels.Event {
	e := p.wire.conversation(p.chat)
	e.Kind, e.Text = kind, text
	return e
}

func (p *person) conv() state.Conv {
	e := p.wire.conversation(p.chat)
	return state.NewConv(e.Channel, e.Account, e.Conversation)
}

// telegramWire makes updates: https://core.telegram.org/bots/api#update.
type telegramWire struct{}

func (telegramWire) path() string                 { return "/webhooks/telegram" }
func (telegramWire) platform(s *server) *platform { return s.telegram.platform }

func (telegramWire) header() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {telegramSecret}}
}

func (telegramWire) conversation(chat string) channels.Event {
	return channels.Event{Channel: "telegram", Account: telegramAccount, Conversation: chat}
}

func telegramUser(chat string) map[string]any {
	return map[string]any{"id": jsonNumber(chat), "is_bot": false, "first_name": "Ann", "language_code": "en"}
}

func (telegramWire) message(p *person, number int, text string) any {
	return map[string]any{"update_id": number, "message": map[string]any{
		"message_id": number, "date": p.s.clock.now().Unix(), "from": telegramUser(p.chat),
		"chat": map[string]any{"id": jsonNumber(p.chat), "type": "private", "first_name": "Ann"}, "text": text,
	}}
}

func (telegramWire) tap(p *person, number int, b button) any {
	var rows [][]button
	for _, b := range p.last.buttons {
		rows = append(rows, []button{b})
	}
	return map[string]any{"update_id": number, "callback_query": map[string]any{
		"id": fmt.Sprintf("%s%d", p.chat, number), "from": telegramUser(p.chat), "chat_instance": "1", "data": b.Data,
		"message": map[string]any{
			"message_id": p.last.id, "date": p.s.clock.now().Unix(), "text": p.last.text,
			"from": map[string]any{"id": jsonNumber(telegramAccount), "is_bot": true, "first_name": "Acme"},
			"chat": map[string]any{"id": jsonNumber(p.chat), "type": "private"}, "reply_markup": map[string]any{"inline_keyboard": rows},
		},
	}}
}

// greenWire makes notifications: https://green-api.com/en/waba/.
type greenWire struct{}

func (greenWire) path() string                 { return "/webhooks/whatsapp" }
func (greenWire) platform(s *server) *platform { return s.green.platform }

func (greenWire) header() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + greenSecret}}
}

func (greenWire) conversation(chat string) channels.Event {
	return channels.Event{Channel: "whatsapp", Account: greenInstance, Conversation: chat}
}

func (greenWire) message(p *person, number int, text string) any {
	return map[string]any{
		"typeWebhook": "incomingMessageReceived", "timestamp": p.s.clock.now().Unix(), "idMessage": fmt.Sprintf("IN%d", number),
		"instanceData": map[string]any{"idInstance": jsonNumber(greenInstance), "wid": "15550100001@c.us", "typeInstance": "whatsapp"},
		"senderData":   map[string]any{"chatId": p.chat, "sender": p.chat, "chatName": "Dana", "senderName": "Dana"},
		"messageData":  map[string]any{"typeMessage": "textMessage", "textMessageData": map[string]any{"textMessage": text}},
	}
}

// tap never happens: options are text on this channel.
func (w greenWire) tap(p *person, number int, b button) any { return w.message(p, number, b.Text) }

func jsonNumber(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // of a constant
	return n
}
