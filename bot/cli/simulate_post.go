package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

const (
	// maxAnswerShown is how much of an answer is read.
	maxAnswerShown = 64 << 10
	// fastWait is the longest wait of --fast.
	fastWait = 50 * time.Millisecond
)

// A posted is an attempt to post a webhook, and what came of it.
type posted struct {
	Event string          `json:"event"`
	Kinds []channels.Kind `json:"kinds"`
	// IDs are those of the platform's messages, Conversations what `parley show` takes.
	IDs           []string `json:"ids,omitempty"`
	Conversations []string `json:"conversations,omitempty"`
	Attempt       int      `json:"attempt"` // from 1
	// Duplicate is true for the second of --duplicate.
	Duplicate bool    `json:"duplicate,omitempty"`
	Status    int     `json:"status,omitempty"` // 0: no answer
	Millis    float64 `json:"ms"`
	OK        bool    `json:"ok"`
	Problem   string  `json:"problem,omitempty"`
	Fix       string  `json:"fix,omitempty"`
	// Again is how long the platform waits now before it posts again, in seconds.
	Again  *float64 `json:"again_after_s,omitempty"`
	header http.Header
}

// A poster posts deliveries, several at once, and reports each.
type poster struct {
	a      *app
	p      *player
	s      *simulation
	at     aim
	client *http.Client

	mu         sync.Mutex
	done, well int
	err        error // of writing the report
}

// post posts everything. It ends with findings when an answer was not what the platform
// wants, or when it was interrupted.
func (a *app) post(ctx context.Context, p *player, s *simulation, at aim, all []delivery) error {
	client := channels.NewClient()
	defer client.CloseIdleConnections()
	// Platforms do not follow redirects.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o := &poster{a: a, p: p, s: s, at: at, client: client}
	if s.retry && !s.json {
		fmt.Fprintf(a.out, "%s waits %s for an answer, and %s.\n", p.kind, brief(p.Simulation().Timeout), p.retries())
	}
	next := make(chan delivery)
	var workers sync.WaitGroup
	for range min(s.concurrency, len(all)) {
		workers.Go(func() {
			for d := range next {
				o.deliver(ctx, d)
			}
		})
	}
	for _, d := range all {
		if ctx.Err() != nil {
			break
		}
		next <- d
	}
	close(next)
	workers.Wait()
	return o.summary(ctx, len(all))
}

func (o *poster) summary(ctx context.Context, total int) error {
	if o.err != nil {
		return o.err
	}
	if !o.s.json {
		fmt.Fprintf(o.a.out, "Posted %s: %d answered as the platform wants, %d not.\n", count(o.done, "webhook"), o.well, o.done-o.well)
	}
	if ctx.Err() != nil {
		fmt.Fprintf(o.a.err, "Interrupted: %d of %d were not posted to the end.\n", total-o.done, total)
		return errFindings
	}
	if o.well < o.done || o.done == 0 {
		return errFindings
	}
	return nil
}

// deliver posts a webhook as the platform does: again while it is refused, with --retry,
// and once more with --duplicate.
func (o *poster) deliver(ctx context.Context, d delivery) {
	copies := 1
	if o.s.duplicate && !d.shake {
		copies = 2
	}
	well := true
	for i := range copies {
		ok, whole := o.untilTaken(ctx, d, i > 0)
		if !whole {
			return
		}
		well = well && ok
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done++; well {
		o.well++
	}
}

// untilTaken posts a webhook until it is taken, or the platform gives up. whole is
// false when it was interrupted.
func (o *poster) untilTaken(ctx context.Context, d delivery, duplicate bool) (ok, whole bool) {
	var retries channels.Retries
	if o.s.retry && !d.shake {
		retries = o.p.Retries(d.Body)
	}
	var since time.Duration // as the platform counts, also when --fast does not wait
	for attempt := 1; ; attempt++ {
		began := time.Now()
		r := o.try(ctx, d, attempt)
		if ctx.Err() != nil {
			return false, false
		}
		r.Duplicate = duplicate
		since += time.Since(began)
		wait, again := retries.Next(attempt, since, r.header)
		again = again && !r.OK
		if again {
			seconds := wait.Seconds()
			r.Again = &seconds
		}
		o.report(r)
		if !again {
			return r.OK, true
		}
		since += wait
		if o.s.fast {
			wait = min(wait, fastWait)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, false
		}
	}
}

// try makes one request.
func (o *poster) try(ctx context.Context, d delivery, attempt int) posted {
	out := posted{Event: d.Event, Kinds: kindsOf(d.Events), Attempt: attempt}
	for _, e := range d.Events {
		if e.ID != "" {
			out.IDs = append(out.IDs, e.ID)
		}
		if conv := string(state.NewConv(o.p.name, e.Account, e.Conversation)); e.Conversation != "" && !slices.Contains(out.Conversations, conv) {
			out.Conversations = append(out.Conversations, conv)
		}
	}
	r, holds, err := o.p.request(o.at, d, time.Now(), attempt-1)
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	bound, cancel := context.WithTimeout(ctx, o.p.Simulation().Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(bound, r.Method, o.at.with(r.URL.RawQuery), bytes.NewReader(r.Body))
	if err != nil {
		out.Problem = "the address can't be called"
		return out
	}
	req.Header = r.Header
	began := time.Now()
	resp, err := o.client.Do(req)
	out.Millis = float64(time.Since(began).Microseconds()) / 1000
	if err != nil {
		out.Problem, out.Fix = o.noAnswer(err)
		return out
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerShown))
	out.Millis = float64(time.Since(began).Microseconds()) / 1000
	if err != nil {
		out.Problem, out.Fix = o.noAnswer(err)
		return out
	}
	out.Status, out.header = resp.StatusCode, resp.Header
	switch {
	case d.refused != 0 && (resp.StatusCode == d.refused || resp.StatusCode/100 == 2):
		out.OK = true
	case resp.StatusCode/100 != 2:
		out.Problem, out.Fix = o.refusal(resp.StatusCode)
	case holds != "" && !bytes.Contains(squeeze(body), squeeze([]byte(holds))):
		out.Problem = "the answer does not hold what the platform looks for: " + holds
	default:
		out.OK = true
	}
	return out
}

// request makes the request of a delivery, and says what its answer must hold.
func (p *player) request(at aim, d delivery, now time.Time, attempt int) (*channels.Request, string, error) {
	if d.shake {
		r, holds := p.Handshake(at.called, now)
		return r, holds, nil
	}
	r, err := p.Request(d.Body, at.called, now, attempt)
	holds := ""
	if wants := p.Simulation().Wants; wants != nil {
		holds = wants(d.Body)
	}
	return r, holds, err
}

// with is the address with the query that a platform adds.
func (at aim) with(query string) string {
	u := *at.to
	u.RawQuery = query
	return u.String()
}

func squeeze(b []byte) []byte { return bytes.Join(bytes.Fields(b), nil) }
