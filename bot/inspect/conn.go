package inspect

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// keepHead is how much of a connection is kept on which no request could be read.
const keepHead = 2 << 10

// A conn is a connection that remembers how it began, until there is a request.
type conn struct {
	net.Conn
	mu      sync.Mutex
	head    []byte
	arrived bool
}

// Read reads from the connection.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.arrived {
		c.head = append(c.head, b[:min(n, keepHead-len(c.head))]...)
	}
	return n, err
}

// A Listener remembers how connections begin, so that those on which no request can
// be read are shown too.
type Listener struct{ net.Listener }

// Accept waits for a connection.
func (l Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

type connKey struct{}

func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// requestArrived tells the connection of a request that there is one.
func requestArrived(ctx context.Context) {
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrived, c.head = true, nil
}

// connState keeps a connection that ended without a request, if something was sent.
func (i *Inspector) connState(c net.Conn, state http.ConnState) {
	known, ok := c.(*conn)
	if !ok || state != http.StateClosed {
		return
	}
	known.mu.Lock()
	head := known.head
	known.mu.Unlock()
	if len(head) == 0 {
		return
	}
	rec := &Record{
		Time:      i.o.Now(),
		Request:   Request{Method: "?", Target: "/", Remote: c.RemoteAddr().String(), Body: Text(head), Cut: true},
		Signature: SignatureNone,
		Reason:    "no HTTP request could be read: it is malformed, its headers are over 1 MB, or they did not arrive in time",
		Answer:    Answer{Status: http.StatusBadRequest},
	}
	if head[0] == 0x16 { // the first byte of TLS
		rec.Reason = "TLS came in, where plain HTTP is spoken: have the tunnel or the proxy call http://"
	}
	i.o.Observe(rec, i.o.Log.Add(rec))
}
