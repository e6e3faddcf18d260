package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"sync"
	"sync/atomic"
	"time"
)

const (
	telegramToken   = "7000000017:telegram-token"
	telegramAccount = "7000000017"
	telegramSecret  = "telegram-secret"
)

// A platform plays Telegram's Bot API: it takes the messages of a bot and tells
// the people they are for. It speaks HTTP by itself, on plain connections, to
// leave the processor to those who are measured.
type platform struct {
	listener net.Listener
	messages atomic.Int64
	strays   atomic.Int64 // messages to people whom nobody knows

	mu     sync.Mutex
	people map[int64]*person
	conns  map[net.Conn]bool
}

func newPlatform(ctx context.Context) (*platform, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the send API: %w", err)
	}
	p := &platform{listener: l, people: map[int64]*person{}, conns: map[net.Conn]bool{}}
	go p.run()
	return p, nil
}

// api is its address.
func (p *platform) api() string { return "http://" + p.listener.Addr().String() }

func (p *platform) run() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // it was closed
		}
		p.mu.Lock()
		p.conns[conn] = true
		p.mu.Unlock()
		go p.serve(conn)
	}
}

func (p *platform) close() {
	_ = p.listener.Close() // nothing can be lost
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close()
	}
}

// serve answers the requests of one connection.
func (p *platform) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		answer := `{"ok":true,"result":true}`
		if path.Base(r.URL.Path) == "sendMessage" {
			answer = p.take(body)
		}
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer); err != nil {
			return
		}
	}
}

// take takes a message and answers as Telegram does: with the message.
func (p *platform) take(body []byte) string {
	at := time.Now()
	var m struct {
		ChatID int64  `json:"chat_id"`
		Text   string `json:"text"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		p.strays.Add(1)
		return `{"ok":false,"error_code":400,"description":"Bad Request: can't parse"}`
	}
	if who := p.who(m.ChatID); who != nil {
		who.hear(m.Text, at)
	} else {
		p.strays.Add(1)
	}
	quoted, err := json.Marshal(m.Text)
	if err != nil { // a string always has JSON
		quoted = []byte(`""`)
	}
	return fmt.Sprintf(`{"ok":true,"result":{"message_id":%d,"from":{"id":%s,"is_bot":true,"first_name":"Acme","username":"acme_bot"},`+
		`"chat":{"id":%d,"first_name":"Ann","last_name":"Lee","username":"ann_lee","type":"private"},"date":%d,"text":%s}}`,
		p.messages.Add(1), telegramAccount, m.ChatID, at.Unix(), quoted)
}

func (p *platform) who(chat int64) *person {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.people[chat]
}

// know has a chat belong to a person from now on, and returns what went wrong
// with the one before; not ok when that one's conversation is not over.
func (p *platform) know(who *person) (before faults, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.people[who.chat]; old != nil {
		if !old.over() {
			return faults{}, false
		}
		before = old.takeFaults()
	}
	p.people[who.chat] = who
	return before, true
}

// faults returns what went wrong with anybody since it was asked last.
func (p *platform) faults() faults {
	f := faults{Wrong: int(p.strays.Swap(0))}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, who := range p.people {
		f.add(who.takeFaults())
	}
	return f
}
