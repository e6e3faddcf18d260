package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxIdle is how many connections to a server are kept.
const maxIdle = 4096

// A poster posts webhooks as Telegram does, on connections that it keeps.
type poster struct {
	address string
	idle    chan *wire
}

// A wire is a connection to a server.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
}

func newPoster(address string) *poster {
	return &poster{address: address, idle: make(chan *wire, maxIdle)}
}

// post posts a body and returns the status of the answer.
func (p *poster) post(ctx context.Context, body []byte) (int, error) {
	w, err := p.wire(ctx)
	if err != nil {
		return 0, err
	}
	status, err := w.post(p.address, body)
	if err != nil {
		_ = w.conn.Close() // it is broken
		return 0, err
	}
	select {
	case p.idle <- w:
	default:
		_ = w.conn.Close() // more than are kept
	}
	return status, nil
}

func (p *poster) wire(ctx context.Context) (*wire, error) {
	select {
	case w := <-p.idle:
		return w, nil
	default:
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (w *wire) post(host string, body []byte) (int, error) {
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	request := fmt.Appendf(make([]byte, 0, 1024), "POST /webhooks/telegram HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n%s", host, telegramSecret, len(body), body)
	if _, err := w.conn.Write(request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// close closes the connections that nobody uses.
func (p *poster) close() {
	for {
		select {
		case w := <-p.idle:
			_ = w.conn.Close() // nothing can be lost
		default:
			return
		}
	}
}
