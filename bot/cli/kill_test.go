package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-chat/parley/state/filestore"
)

// people is how many write at the same time.
const people = 20

// TestKillNineLosesNothing kills the server at random moments, under load, and
// starts it again. PARLEY_KILLS says how often, PARLEY_SEED repeats a run as far
// as the machine does.
func TestKillNineLosesNothing(t *testing.T) {
	kills, seed := setting(t, "PARLEY_KILLS", 50), setting(t, "PARLEY_SEED", time.Now().UnixNano())
	t.Logf("PARLEY_SEED=%d", seed)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	began := time.Now()
	dir, data, address := copyBot(t, "counter"), filepath.Join(t.TempDir(), "data"), freeAddress(t)
	p := newProvider(t, address)
	server := serve(t, dir, data, address, p.api)
	crowd := p.crowd(uint64(seed))

	var starting time.Duration
	for range kills {
		started := time.Now()
		server.ready(address)
		starting = max(starting, time.Since(started))
		wait(t.Context(), 20*time.Millisecond+time.Duration(random.Int64N(int64(400*time.Millisecond))))
		server.kill()
		server = serve(t, dir, data, address, p.api)
	}
	taken := crowd.stop()
	crowd.settle(taken)
	if code := server.terminate(); code != 0 {
		t.Errorf("the server ended with %d:\n%s", code, server.out)
	}
	replies, again := p.audit(taken)
	if most := int(kills) * people; again > most {
		t.Errorf("%d replies came again, want at most one per kill and conversation: %d", again, most)
	}
	noLetters(t, data)
	t.Logf("acked %d, posted %d, replies %d, of them again %d, kills %d, slowest start %s, took %s",
		p.acked.Load(), p.posted.Load(), replies, again, kills, starting.Round(time.Millisecond), time.Since(began).Round(time.Second))
	if p.acked.Load() < 10*kills {
		t.Errorf("only %d messages were taken: the kills hit nothing", p.acked.Load())
	}
}

// TestTerminationUnderLoadLosesNothing ends the server in order: requests that it
// has begun to read are answered, and no reply comes twice.
func TestTerminationUnderLoadLosesNothing(t *testing.T) {
	dir, data, address := copyBot(t, "counter"), filepath.Join(t.TempDir(), "data"), freeAddress(t)
	p := newProvider(t, address)
	total := map[int]int{}
	for round := range 3 {
		server := serve(t, dir, data, address, p.api)
		server.ready(address)
		crowd := p.crowd(uint64(round))
		if !p.until(crowd.ctx, func(replies map[int][]string) bool { return len(replies[crowd.first]) >= 5 }) {
			t.Fatal("nobody answers")
		}
		var flying []*halfPosted
		for i := range 10 {
			flying = append(flying, postHalf(t, address, update(900+10*round+i, 1)))
		}
		if err := server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for !refused(crowd.ctx, address) && crowd.ctx.Err() == nil {
			wait(crowd.ctx, time.Millisecond)
		}
		for i, f := range flying {
			f.finish()
			total[900+10*round+i] = 1
		}
		if code := server.wait(); code != 0 {
			t.Errorf("the server ended with %d:\n%s", code, server.out)
		}
		server = serve(t, dir, data, address, p.api) // who was not answered comes again
		taken := crowd.stop()
		for id, n := range taken {
			total[id] = n
		}
		crowd.settle(total)
		if code := server.terminate(); code != 0 {
			t.Errorf("the idle server ended with %d:\n%s", code, server.out)
		}
	}
	replies, again := p.audit(total)
	if again != 0 {
		t.Errorf("%d of %d replies came again", again, replies)
	}
	noLetters(t, data)
}

// A crowd is people who write until they are stopped.
type crowd struct {
	p           *provider
	ctx         context.Context
	first       int // number of the first of them
	enough, end context.CancelFunc
	all         sync.WaitGroup
	mu          sync.Mutex
	taken       map[int]int
}

// crowd has people begin to write; the seed makes what they do by chance, and
// who they are.
func (p *provider) crowd(seed uint64) *crowd {
	c := &crowd{p: p, taken: map[int]int{}, first: 1000 + people*int(seed%1000)}
	var stop context.Context
	c.ctx, c.end = context.WithTimeout(p.t.Context(), 30*time.Minute)
	stop, c.enough = context.WithCancel(c.ctx)
	for i := range people {
		c.all.Go(func() {
			id := c.first + i
			n := p.person(c.ctx, stop, id, rand.New(rand.NewPCG(seed, uint64(id))))
			c.mu.Lock()
			defer c.mu.Unlock()
			c.taken[id] = n
		})
	}
	p.t.Cleanup(func() {
		c.end()
		c.all.Wait()
	})
	return c
}

// stop waits until everybody's last message was taken, and returns how many
// messages each wrote.
func (c *crowd) stop() map[int]int {
	c.enough()
	c.all.Wait()
	return c.taken
}

// settle waits until every message was answered.
func (c *crowd) settle(taken map[int]int) {
	c.p.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	for id, n := range taken {
		c.p.until(ctx, func(replies map[int][]string) bool {
			got := replies[id]
			return len(got) > 0 && got[len(got)-1] == reply(n)
		})
	}
}

// halfPosted is a webhook whose body has begun to arrive.
type halfPosted struct {
	t    *testing.T
	conn net.Conn
	rest string
}

// postHalf posts the first half of a body. The server has begun to read it when
// postHalf returns: it said so.
func postHalf(t *testing.T, address, body string) *halfPosted {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /webhooks/telegram HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, telegramSecret, len(body))
	if err != nil {
		t.Fatal(err)
	}
	const goOn = "HTTP/1.1 100 Continue\r\n\r\n"
	got := make([]byte, len(goOn))
	if _, err := conn.Read(got); err != nil || string(got) != goOn {
		t.Fatalf("%q %v", got, err)
	}
	if _, err := conn.Write([]byte(body[:len(body)/2])); err != nil {
		t.Fatal(err)
	}
	return &halfPosted{t: t, conn: conn, rest: body[len(body)/2:]}
}

// finish posts the rest and wants it taken.
func (h *halfPosted) finish() {
	h.t.Helper()
	if _, err := h.conn.Write([]byte(h.rest)); err != nil {
		h.t.Errorf("a request in flight was cut: %v", err)
		return
	}
	resp, err := http.ReadResponse(bufio.NewReader(h.conn), nil)
	if err != nil {
		h.t.Errorf("a request in flight was not answered: %v", err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		h.t.Errorf("a request in flight was answered with %s", resp.Status)
	}
}

// noLetters wants that nothing was set aside.
func noLetters(t *testing.T, data string) {
	t.Helper()
	store, err := filestore.Open(data, filestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	letters, err := store.DeadLetters(t.Context(), "", 10)
	if err != nil || len(letters) > 0 {
		t.Errorf("dead letters: %v %v", letters, err)
	}
}

// setting reads a number of the environment.
func setting(t *testing.T, name string, or int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
