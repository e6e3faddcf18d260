package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
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

func (o *poster) noAnswer(err error) (problem, fix string) {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s, which is all that %s waits", brief(o.p.Simulation().Timeout), o.p.kind), "answer before the work is done, not after it"
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address, which may have a token in it
	}
	return fmt.Sprintf("no answer: %v", err), "start the program behind the address; `parley serve` runs a bot"
}

// refusal says what a status means to whoever looks for the cause.
func (o *poster) refusal(status int) (problem, fix string) {
	fixes := map[int]string{
		400: "the program can't read it; its log says why",
		401: "the secrets differ: those here are of bot.yaml and --set, and have to be those that the program has",
		403: "the secrets differ: those here are of bot.yaml and --set, and have to be those that the program has",
		404: fmt.Sprintf("nothing is at this path: is the channel named %s in bot.yaml there, and is it on?", o.p.name),
		405: "the address takes no such request: is the path right?",
		410: "many platforms switch a webhook off for this answer: never give it",
		413: "the body is over the limit of the program, or of a proxy in front of it",
		415: "the program wants another form of the body",
		429: "platforms take this for an outage: take what comes, and work later",
		503: "the program can't keep it now; its log says why, and `parley doctor`. The platform posts it again: see --retry",
	}
	fix, known := fixes[status]
	switch {
	case known:
	case status/100 == 3:
		fix = "platforms follow no redirects: give them the address at the end"
	case status >= 500:
		fix = "the program, or the proxy in front of it, failed; its log says why"
	}
	return strings.TrimSpace(fmt.Sprintf("answered with %d %s", status, http.StatusText(status))), fix
}

// report tells of an attempt, on a line, and of what to do about it.
func (o *poster) report(r posted) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.s.json {
		e := json.NewEncoder(o.a.out)
		e.SetEscapeHTML(false)
		o.err = errors.Join(o.err, e.Encode(r))
		return
	}
	level := "fail"
	switch {
	case r.OK:
		level = "ok"
	case r.Again != nil:
		level = "again"
	}
	line := fmt.Sprintf("%-5s %s: %s", level, r.Event, kindWords(r.Kinds))
	if r.Status != 0 {
		line += fmt.Sprintf(", %d in %.1f ms", r.Status, r.Millis)
	}
	if r.Attempt > 1 {
		line += fmt.Sprintf(", attempt %d", r.Attempt)
	}
	if r.Duplicate {
		line += ", duplicate"
	}
	if r.Problem != "" {
		line += ": " + r.Problem
	}
	if r.Again != nil {
		line += fmt.Sprintf("; again after %s", brief(time.Duration(*r.Again*float64(time.Second))))
	}
	fmt.Fprintln(o.a.out, line)
	if r.Fix != "" && r.Again == nil {
		fmt.Fprintf(o.a.out, "      fix: %s\n", r.Fix)
	}
}

// kindWords counts the kinds of a webhook's events.
func kindWords(kinds []channels.Kind) string {
	if len(kinds) == 0 {
		return "nothing for the bot"
	}
	n := map[channels.Kind]int{}
	for _, k := range kinds {
		n[k]++
	}
	var words []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		word := string(k)
		if n[k] > 1 {
			word = fmt.Sprintf("%d %s", n[k], k)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// printCurl prints requests as commands for a shell.
func (a *app) printCurl(p *player, at aim, all []delivery) error {
	for _, d := range all {
		r, _, err := p.request(at, d, time.Now(), 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "# %s: %s\ncurl -sS -X %s %s", d.Event, kindWords(kindsOf(d.Events)), r.Method, shell(at.with(r.URL.RawQuery)))
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fmt.Fprintf(a.out, " \\\n  -H %s", shell(name+": "+r.Header.Get(name)))
		}
		if len(r.Body) > 0 {
			fmt.Fprintf(a.out, " \\\n  --data-binary %s", shell(string(r.Body)))
		}
		fmt.Fprint(a.out, "\n")
	}
	return nil
}

// shell quotes a word for a shell, whatever is in it.
func shell(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
