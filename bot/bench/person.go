package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// An exchange is what a person writes and what the bot has to answer.
type exchange struct{ say, want string }

// exchanges is the n-th order-status conversation: four turns. Each fifth person
// gets the order number wrong first, and has one turn more.
func exchanges(n int) []exchange {
	order := fmt.Sprintf("%c-%04d", 'A'+n%26, n%10_000)
	status := " is on its way"
	if strings.HasSuffix(order, "0") {
		status = " was delivered yesterday"
	}
	all := []exchange{
		{"good morning, I have a question", "Hi Ann, this is Acme. What can I do for you?"},
		{"Track an order", "What is the order number? It looks like A-1234."},
		{" " + strings.ToLower(order), order + status + ". Anything else?"},
		{"That is all", "Thank you for writing to Acme. Bye!"},
	}
	if n%5 == 0 {
		wrong := exchange{"no idea", "I cannot read that as an order number. An example is A-1234."}
		all = slices.Insert(all, 2, wrong)
	}
	return all
}

// update is a message as Telegram posts it.
func update(id, chat int64, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil { // a string always has JSON
		quoted = []byte(`""`)
	}
	return fmt.Appendf(nil, `{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Ann","last_name":"Lee",`+
		`"username":"ann_lee","language_code":"en"},"chat":{"id":%d,"first_name":"Ann","last_name":"Lee","username":"ann_lee","type":"private"},`+
		`"date":%d,"text":%s}}`, id, id, chat, chat, time.Now().Unix(), quoted)
}

// Faults count what must not happen.
type faults struct {
	Refused, Wrong, Missing, Doubled, Reordered int
}

func (f *faults) add(g faults) {
	f.Refused += g.Refused
	f.Wrong += g.Wrong
	f.Missing += g.Missing
	f.Doubled += g.Doubled
	f.Reordered += g.Reordered
}

func (f faults) String() string {
	return fmt.Sprintf("%d refused, %d wrong, %d missing, %d doubled, %d out of order", f.Refused, f.Wrong, f.Missing, f.Doubled, f.Reordered)
}

// A person has one conversation.
type person struct {
	chat  int64
	all   []exchange
	heard chan time.Time // takes one reply without a receiver

	mu     sync.Mutex
	next   int    // of all
	want   string // the reply that is awaited; empty: none
	last   string // the reply before
	faults faults
}

func newPerson(chat int64, n int) *person {
	return &person{chat: chat, all: exchanges(n), heard: make(chan time.Time, 1)}
}

// turn begins the next exchange; there is none when the conversation is over.
func (p *person) turn() (exchange, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == len(p.all) {
		return exchange{}, false
	}
	e := p.all[p.next]
	p.next++
	p.want = e.want
	return e, true
}

// over reports whether all was said.
func (p *person) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next == len(p.all) && p.want == ""
}

// leave ends the conversation before its end.
func (p *person) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.want = len(p.all), ""
}

// hear takes a message that the bot sent.
func (p *person) hear(text string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.want != "" && text == p.want:
		p.want, p.last = "", text
		p.heard <- at
	case text == p.last:
		p.faults.Doubled++
	case p.ofAnotherTurn(text):
		p.faults.Reordered++
	default:
		p.faults.Wrong++
	}
}

func (p *person) ofAnotherTurn(text string) bool {
	for _, e := range p.all {
		if e.want == text {
			return true
		}
	}
	return false
}

// takeFaults returns what went wrong since it was asked last.
func (p *person) takeFaults() faults {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.faults
	p.faults = faults{}
	return f
}
