package chaos

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// window is how many messages a person sends ahead of the last reply.
const window = 50

// A sender plays the platform: it posts the numbered messages of each person, one
// at a time and again until it was answered 200, to any of the bots.
type sender struct {
	t      *testing.T
	s      scenario
	seed   uint64
	ledger *ledger
	client *http.Client
	bots   []string
	queue  *queue        // that messages are put into, instead of being posted
	off    []atomic.Bool // taken out of rotation, as a load balancer does
	twins  sync.WaitGroup

	enough context.CancelFunc // no new messages
	crowd  sync.WaitGroup
}

func newSender(t *testing.T, s scenario, seed uint64, l *ledger, bots []*process) *sender {
	p := &sender{t: t, s: s, seed: seed, ledger: l, off: make([]atomic.Bool, len(bots)),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}}}
	for _, b := range bots {
		p.bots = append(p.bots, b.address)
	}
	return p
}

// begin has everybody write until they have sent their messages, or stop is called.
func (p *sender) begin() {
	ctx, cancel := context.WithCancel(p.t.Context())
	stop, enough := context.WithCancel(ctx)
	p.enough = enough
	if p.s.balanced {
		p.crowd.Go(func() { p.balance(stop) })
	}
	for i := range p.s.people {
		p.crowd.Go(func() { p.person(ctx, stop, 1000+i) })
	}
	p.t.Cleanup(func() {
		cancel()
		p.crowd.Wait()
		p.twins.Wait()
		p.client.CloseIdleConnections()
	})
}

// end waits until the last message of everybody was taken.
func (p *sender) end() {
	p.t.Helper()
	if p.s.messages == 0 {
		p.enough()
	}
	ended := make(chan struct{})
	go func() {
		p.crowd.Wait()
		p.twins.Wait()
		close(ended)
	}()
	defer p.enough()
	if p.s.balanced {
		p.enough()
	}
	timer := time.NewTimer(2 * patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		p.t.Fatal("it takes too long until the bots have taken all messages")
	}
}

func (p *sender) person(ctx, stop context.Context, id int) {
	random := rand.New(rand.NewPCG(p.seed, uint64(id)))
	pad := ""
	if p.s.pad > 0 {
		pad = " " + strings.Repeat("x", p.s.pad)
	}
	for n := 1; stop.Err() == nil && (p.s.messages == 0 || n <= p.s.messages); n++ {
		text := fmt.Sprint(n) + pad
		if p.s.rings {
			text = "ring"
		}
		p.ledger.write(func() { t := p.ledger.of(id); t.offered = append(t.offered, time.Now()) })
		if random.Float64() < p.s.twins {
			bot := random.IntN(len(p.bots))
			p.twins.Go(func() {
				wait(ctx, time.Millisecond)
				p.post(ctx, id, n, text, bot)
			})
		}
		if !p.insist(ctx, id, n, text, random) {
			return
		}
		p.ledger.write(func() { t := p.ledger.of(id); t.acked = append(t.acked, time.Now()) })
		if p.s.pace > 0 {
			wait(stop, time.Duration(random.Int64N(int64(2*p.s.pace))))
		}
		for answered := 0; ctx.Err() == nil; {
			heard := p.ledger.read(func() { answered = len(p.ledger.of(id).replies) })
			if answered >= n-window {
				break
			}
			select {
			case <-heard:
			case <-stop.Done():
				return
			case <-ctx.Done():
			}
		}
	}
}

// insist posts a message until it was taken.
func (p *sender) insist(ctx context.Context, id, n int, text string, random *rand.Rand) bool {
	for backoff := 5 * time.Millisecond; ctx.Err() == nil; backoff = min(2*backoff, 250*time.Millisecond) {
		if p.post(ctx, id, n, text, p.pick(random)) {
			return true
		}
		wait(ctx, time.Duration(random.Int64N(int64(backoff)))+time.Millisecond)
	}
	return false
}

// pick chooses a bot that is in rotation.
func (p *sender) pick(random *rand.Rand) int {
	first := random.IntN(len(p.bots))
	for i := range p.bots {
		if at := (first + i) % len(p.bots); !p.off[at].Load() {
			return at
		}
	}
	return first
}

// post posts a message once and reports whether it was taken.
func (p *sender) post(ctx context.Context, id, n int, text string, bot int) bool {
	if p.queue != nil {
		p.queue.put(id, n, text)
		return true
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.bots[bot]+"/webhooks/telegram", strings.NewReader(update(id, n, text)))
	if err != nil {
		p.ledger.problem("%v", err)
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", telegramSecret)
	resp, err := p.client.Do(r)
	if err != nil {
		p.ledger.write(func() { p.ledger.resets++ })
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	switch {
	case resp.StatusCode == http.StatusOK:
		return true
	case resp.StatusCode != http.StatusServiceUnavailable:
		p.ledger.problem("a webhook was answered with %s", resp.Status)
	case resp.Header.Get("Retry-After") == "":
		p.ledger.problem("a 503 without Retry-After")
	}
	p.ledger.write(func() { p.ledger.refused++ })
	return false
}

// update is the n-th message of a person.
func update(id, n int, text string) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":%d,"text":%q,`+
		`"from":{"id":%d,"is_bot":false,"first_name":"Ann"},"chat":{"id":%d,"type":"private"}}}`,
		id*1_000_000+n, n, time.Now().Unix(), text, id, id)
}

// balance looks after the rotation as load balancers do: it asks every bot each half
// second whether it is ready, and believes a no that it hears twice.
func (p *sender) balance(stop context.Context) {
	noes := make([]int, len(p.bots))
	for stop.Err() == nil {
		for i, address := range p.bots {
			if ready(stop, address) {
				noes[i] = 0
			} else {
				noes[i]++
			}
			p.off[i].Store(noes[i] >= 2)
		}
		wait(stop, 500*time.Millisecond)
	}
}

// wait waits for a while, or until the context ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
