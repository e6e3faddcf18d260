package examples

import (
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
	on   *platform
	chat string
	name string
	last sent // what the person heard last
	next int  // number of the next webhook

	// twice has the platform post each webhook twice, at the same time.
	twice bool
}

// onTelegram is a person in a chat with the bot; number tells people apart.
func (s *server) onTelegram(number int) *person {
	return &person{t: s.t, s: s, on: s.telegram, chat: strconv.Itoa(810000000 + number), name: "Ann", next: 1000 * number}
}

// onWhatsApp is a person on WhatsApp, through GREEN-API.
func (s *server) onWhatsApp(number int) *person {
	phone := strconv.Itoa(15550100000 + number)
	s.log.keepOut(phone)
	return &person{t: s.t, s: s, on: s.green, chat: phone + "@c.us", name: "Dana", next: 1000 * number}
}

// says has the person write a text. Nothing is waited for but the answer to the
// webhook.
func (p *person) says(text string) {
	p.t.Helper()
	p.post(p.write(text))
}

// write puts a text of the person on the phone and returns its webhook.
func (p *person) write(text string) any {
	p.s.log.keepOut(text)
	p.on.note(p.chat, p.name+": "+text)
	p.on.mu.Lock()
	p.on.heard[p.chat] = p.s.clock.now()
	p.on.mu.Unlock()
	p.next++
	return p.on.message(p, p.next, text)
}

// taps has the person tap a button of the message heard last.
func (p *person) taps(label string) {
	p.t.Helper()
	i := slices.IndexFunc(p.last.buttons, func(b button) bool { return b.Text == label })
	if i < 0 {
		p.t.Fatalf("there is no button %q under %q: %v", label, p.last.text, p.last.buttons)
	}
	p.on.note(p.chat, p.name+" taps "+label)
	p.on.mu.Lock()
	p.on.heard[p.chat] = p.s.clock.now()
	p.on.mu.Unlock()
	p.next++
	p.post(p.on.tap(p, p.next, p.last.buttons[i]))
}

// post posts a webhook: on the road of the platform, or straight, where it wants a
// 200 at once.
func (p *person) post(webhook any) {
	p.t.Helper()
	body := encode(p.t, webhook)
	if p.on.road != nil {
		p.on.road.deliver(p.chat, body)
		return
	}
	times := 1
	if p.twice {
		times = 2
	}
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			if status := p.s.post(p.on.path(), p.on.header(body), body); status != http.StatusOK {
				p.t.Errorf("the webhook was answered with %d: %s", status, body)
			}
		})
	}
	all.Wait()
}

// listens waits for the next message of the bot.
func (p *person) listens(want string) {
	p.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p.last = <-p.on.chat(p.chat):
	case <-timer.C:
		p.t.Fatalf("the bot is silent, want %q", want)
	}
}

// hears waits for the next message of the bot and wants it to have this text and
// these buttons, no others.
func (p *person) hears(text string, labels ...string) {
	p.t.Helper()
	p.listens(text)
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
	e := p.on.conversation(p.chat)
	e.Kind, e.Text = kind, text
	return e
}

func (p *person) conv() state.Conv {
	e := p.on.conversation(p.chat)
	return state.NewConv(e.Channel, e.Account, e.Conversation)
}
