package chaos

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestKillNineLosesNothing kills the embedded bot at random moments, under load,
// and starts it again. PARLEY_KILLS says how often.
func TestKillNineLosesNothing(t *testing.T) {
	t.Parallel()
	kills := 20
	if text := os.Getenv("PARLEY_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("PARLEY_KILLS: %v", err)
		}
		kills = n
	}
	s := scenario{name: "kill on file", store: onFile, bots: 1, people: 20, twins: 0.1,
		faults: func(w *world) { killSome(w, kills, 400*time.Millisecond) },
		check: func(w *world, s sum) {
			if s.messages < 10*kills {
				w.t.Errorf("only %d messages were taken: the kills hit nothing", s.messages)
			}
		}}
	report(t, []line{s.play(t, seed(t))})
}

// TestTerminationUnderLoadLosesNothing ends the bot in order: requests that it has
// begun to read are answered, and no reply comes twice.
func TestTerminationUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	s := scenario{name: "termination", store: onFile, bots: 1, people: 20, faults: func(w *world) {
		for round := range 3 {
			w.answered(100)
			terminateInFlight(w, 900+10*round)
		}
	}}
	report(t, []line{s.play(t, seed(t))})
}

// terminateInFlight terminates the bot while it reads the webhooks of ten people,
// and starts it again.
func terminateInFlight(w *world, first int) {
	p := w.fleet.all[0]
	var flying []*halfPosted
	for i := range 10 {
		flying = append(flying, postHalf(w.t, p.address, update(first+i, 1, "1")))
	}
	w.fleet.signal(0, syscall.SIGTERM)
	until(w.t, "the bot takes no connections any more", func() bool {
		conn, err := new(net.Dialer).DialContext(w.t.Context(), "tcp", p.address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	for i, f := range flying {
		f.finish()
		w.ledger.write(func() {
			t := w.ledger.of(first + i)
			t.offered, t.acked = append(t.offered, time.Now()), append(t.acked, time.Now())
		})
	}
	w.fleet.terminated(0)
	w.fleet.start(0)
}

// halfPosted is a webhook whose body has begun to arrive.
type halfPosted struct {
	t    *testing.T
	conn net.Conn
	rest string
}

// postHalf posts the first half of a body. The bot has begun to read it when
// postHalf returns: it said so.
func postHalf(t *testing.T, address, body string) *halfPosted {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
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
