package floor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// ways is how many connections there are: while one batch is answered, the next
// gathers for the other.
const ways = 2

// A redis is a client with the least that the lean store needs. Calls that come
// while others are on their way share a round trip.
type redis struct {
	next atomic.Uint32
	ways [ways]way
}

// A way is a connection; who finds it idle sends what waits, his own call among it.
type way struct {
	address string
	conn    net.Conn // nil before the first call
	in      *bufio.Reader

	mu      sync.Mutex
	waiting []*call
	busy    bool
}

// A call is one command.
type call struct {
	args   []string
	answer [][]byte
	err    error
	done   chan struct{}
}

func newRedis(address string) *redis {
	r := &redis{}
	for i := range r.ways {
		r.ways[i].address = address
	}
	return r
}

// do makes a call. The answer is one text, or a list of them, nil for null.
func (r *redis) do(ctx context.Context, args ...string) ([][]byte, error) {
	c := &call{args: args, done: make(chan struct{})}
	w := &r.ways[r.next.Add(1)%ways]
	w.mu.Lock()
	w.waiting = append(w.waiting, c)
	lead := !w.busy
	w.busy = true
	w.mu.Unlock()
	if lead {
		w.lead(ctx)
	}
	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lead sends one batch; somebody else sends what came meanwhile.
func (w *way) lead(ctx context.Context) {
	w.mu.Lock()
	batch := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	err := w.exchange(ctx, batch)
	for _, c := range batch {
		if err != nil && c.err == nil {
			c.err = err
		}
		close(c.done)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy = len(w.waiting) > 0; w.busy {
		go w.lead(context.WithoutCancel(ctx))
	}
}

// exchange writes the calls of a batch and reads their answers.
func (w *way) exchange(ctx context.Context, batch []*call) error {
	if w.conn == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", w.address)
		if err != nil {
			return err
		}
		w.conn, w.in = conn, bufio.NewReaderSize(conn, 32<<10)
	}
	out := make([]byte, 0, 1024*len(batch))
	for _, c := range batch {
		out = fmt.Appendf(out, "*%d\r\n", len(c.args))
		for _, arg := range c.args {
			out = append(strconv.AppendInt(append(out, '$'), int64(len(arg)), 10), "\r\n"...)
			out = append(append(out, arg...), "\r\n"...)
		}
	}
	if _, err := w.conn.Write(out); err != nil {
		return err
	}
	for _, c := range batch {
		var err error
		if c.answer, err = read(w.in); err != nil {
			if !errors.As(err, new(refusal)) {
				return err
			}
			c.err = err
		}
	}
	return nil
}

// A refusal is an error that Redis answered.
type refusal string

func (r refusal) Error() string { return string(r) }

// read reads an answer of RESP2.
func read(in *bufio.Reader) ([][]byte, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return nil, errors.New("redis answered an empty line")
	}
	switch n, _ := strconv.Atoi(line[1:]); line[0] {
	case '-':
		return nil, refusal(line[1:])
	case '*':
		var all [][]byte
		for range n {
			one, err := read(in)
			if err != nil {
				return nil, err
			}
			all = append(all, one[0])
		}
		return all, nil
	case '$':
		if n < 0 {
			return [][]byte{nil}, nil
		}
		text := make([]byte, n+2)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		return [][]byte{text[:n]}, nil
	default:
		return [][]byte{[]byte(line[1:])}, nil
	}
}

// close closes the connections.
func (r *redis) close() error {
	var errs []error
	for i := range r.ways {
		if r.ways[i].conn != nil {
			errs = append(errs, r.ways[i].conn.Close())
		}
	}
	return errors.Join(errs...)
}
