package examples

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// second is one of a platform's when it waits: the patterns are theirs, a hundred
// times as fast.
const second = 10 * time.Millisecond

// An order is what a platform keeps of the order in which things happened.
type order int

const (
	noOrder    order = iota // several webhooks are under way at once
	byChat                  // one at a time for each chat
	byInstance              // one at a time for all
)

// Manners are how a platform deals with the bot, apart from its words.
type manners struct {
	order order
	// again is the pause after so many attempts, from 1 on, that were not answered 200.
	again func(attempt int) time.Duration
	// statuses are reported of each message, in this order; none where there are none.
	statuses []string
	// registers: the bot tells the platform where its webhooks go.
	registers bool
	// pulls: the bot fetches from a queue, and gets no webhooks.
	pulls bool
	// limited and broken answer a request that was too much, or when the platform is
	// out of order.
	limited, broken func(w http.ResponseWriter)
	// late: the bot learns with the person's next message that it has a conversation
	// back.
	late bool
	// unblocks: the conversation begins anew for who takes messages again.
	unblocks bool
}

// A reporter is a dialect that reports what became of a message.
type reporter interface {
	status(m sent, number int, state string, at time.Time) any
}

// A batcher is a dialect that puts several webhooks into one request.
type batcher interface {
	batch(webhooks []any) any
}

// A road is the way of webhooks to the bot. There is a load balancer on it that has
// no bot at times, and at times loses the answer, so that the platform tries again
// with what the bot has.
type road struct {
	t       *testing.T
	p       *platform
	manners manners
	url     string // of the load balancer
	client  *http.Client
	ctx     context.Context
	bot     atomic.Value // where it is
	passed  atomic.Int64
	again   atomic.Int64 // how often it had to be tried again

	mu     sync.Mutex
	hook   string                   // where webhooks go, once the platform knows
	lanes  map[string]chan struct{} // closed when the last one of the lane was taken
	flying int                      // not taken yet
	posted int
	queue  *pullQueue
}

// answerTime is how long a platform waits for the answer to a webhook.
const answerTime = 20 * second

// newRoad builds the road of a platform. The bot may come later.
func newRoad(t *testing.T, p *platform, m manners) *road {
	ctx, cancel := context.WithCancel(context.Background())
	r := &road{t: t, p: p, manners: m, ctx: ctx, client: &http.Client{Transport: &http.Transport{}}, lanes: map[string]chan struct{}{}}
	balancer := httptest.NewServer(http.HandlerFunc(r.balance))
	r.url = balancer.URL
	t.Cleanup(func() {
		cancel()
		r.client.CloseIdleConnections()
		balancer.Close()
	})
	if !m.registers {
		r.hook = r.url + p.path()
	}
	r.queue = newPullQueue(r)
	p.road, p.manners = r, m
	return r
}

// balance passes a request to the bot, but has no bot for every ninth and loses the
// answer to another one of nine.
func (r *road) balance(w http.ResponseWriter, in *http.Request) {
	n := r.passed.Add(1)
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return
	}
	if n%9 == 3 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	bot, _ := r.bot.Load().(string)
	out, err := http.NewRequestWithContext(r.ctx, in.Method, bot+in.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return
	}
	out.Header = in.Header.Clone()
	resp, err := r.client.Do(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	if n%9 == 6 {
		select {
		case <-in.Context().Done():
		case <-r.ctx.Done():
		}
		return
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // the platform may be gone
}

// registered takes the address of the webhook from the bot, and wants its secret.
func (r *road) registered(body []byte, address, name, secret string) {
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil || name != "" && in[name] != secret {
		r.t.Errorf("the bot registers its webhook with another secret: %v", err)
	}
	hook, _ := in[address].(string)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

// deliver posts a webhook in its lane until it was taken, and returns at once.
func (r *road) deliver(chat string, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flying++
	if r.manners.pulls {
		r.queue.put(body)
		return
	}
	r.posted++
	before := make(chan struct{})
	close(before)
	done, copied := make(chan struct{}), r.posted%5 == 0 && r.manners.order == noOrder
	if r.manners.order != noOrder {
		if r.manners.order == byInstance {
			chat = ""
		}
		if last := r.lanes[chat]; last != nil {
			before = last
		}
		r.lanes[chat] = done
	}
	go func() {
		defer close(done)
		select {
		case <-before:
		case <-r.ctx.Done():
			return
		}
		if copied {
			go r.post(body)
		}
		for attempt := 1; r.ctx.Err() == nil && !r.post(body); attempt++ {
			r.again.Add(1)
			r.wait(r.manners.again(attempt))
		}
		r.landed()
	}()
}

func (r *road) landed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flying--
}

// post posts a webhook once and reports whether the platform saw a 200.
func (r *road) post(body []byte) bool {
	r.mu.Lock()
	hook := r.hook
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.ctx, answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook, bytes.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return true
	}
	req.Header = r.p.header(body)
	resp, err := r.client.Do(req)
	if err != nil {
		return false // no answer in time
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusBadGateway {
		r.t.Errorf("the bot answered a webhook with %d: %s", resp.StatusCode, body)
	}
	return resp.StatusCode == http.StatusOK
}

func (r *road) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

// empty reports whether the bot has taken everything.
func (r *road) empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flying == 0
}

// known reports whether the platform knows where the bot is.
func (r *road) known() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hook != "" || r.manners.pulls
}

// report reports what becomes of a message that was taken.
func (r *road) report(m sent) {
	d, ok := r.p.dialect.(reporter)
	if !ok {
		return
	}
	var all []any
	for i, state := range r.manners.statuses {
		all = append(all, d.status(m, i, state, r.p.now()))
	}
	if b, ok := r.p.dialect.(batcher); ok && len(all) > 0 {
		all = []any{b.batch(all)}
	}
	for _, webhook := range all {
		r.deliver(m.chat, encode(r.t, webhook))
	}
}
