package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// The limits of calls.
const (
	defaultCallTime = 10 * time.Second
	maxAnswer       = 1 << 20
	maxHandled      = 64 << 10 // of the result of a handler
	maxCallWait     = 30 * time.Second
)

// The kinds of errors of a call, as flows read them in error.kind.
const (
	callNetwork = "network"
	callTimeout = "timeout"
	callLarge   = "too_large"
	callNotJSON = "not_json"
	callRefused = "refused"
	callHandler = "handler"
	callNobody  = "unknown_handler"
	callCrowded = "busy"
)

// maxUnderWay is how many calls of one API, or of one handler, are under way at
// once: half of the conversations that are worked on, so that a slow one leaves
// room for the others. Further calls fail at once.
const maxUnderWay = maxConversations / 2

// underWay counts calls by what is called.
type underWay struct {
	mu    sync.Mutex
	calls map[string]int
}

func newUnderWay() *underWay { return &underWay{calls: map[string]int{}} }

// enter takes a place; leave gives it up.
func (u *underWay) enter(name string) (leave func(), room bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.calls[name] >= maxUnderWay {
		return nil, false
	}
	u.calls[name]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.calls[name]--; u.calls[name] == 0 {
			delete(u.calls, name)
		}
	}, true
}

// A caller makes the calls that flows ask for.
type caller struct {
	log      *slog.Logger
	client   *http.Client
	media    *http.Client // for what people send
	handlers map[string]Handler
	jitter   func(time.Duration) time.Duration
	now      func() time.Time
	under    *underWay
}

func (b *Bot) newCaller(allow []string) *caller {
	c := &caller{log: b.log, handlers: map[string]Handler{}, jitter: b.jitter, now: b.o.Now, under: b.under}
	g := newGuard(append(append([]string{}, allow...), b.o.AllowHosts...))
	c.client, c.media = g.client(), g.downloads()
	for _, h := range b.o.Handlers {
		c.handlers[h.Name] = h
	}
	return c
}

func (c *caller) close() {
	c.client.CloseIdleConnections()
	c.media.CloseIdleConnections()
}

// make makes a call. Whatever goes wrong is in the result: flows have paths for
// errors. The context is that of all calls of the turn.
func (c *caller) make(ctx context.Context, call flows.Call, h HandlerCall) flows.CallResult {
	var r flows.CallResult
	switch {
	case call.HTTP != nil:
		r = c.http(ctx, call)
	case call.Do != nil:
		h.With = call.Do.With
		r = c.do(ctx, call, h)
	default:
		r = failed(callRefused, "the call names nothing to call")
	}
	r.Key, r.Fingerprint = call.Key, call.Fingerprint
	return r
}

func failed(kind, text string) flows.CallResult {
	return flows.CallResult{Error: kind, ErrorText: text}
}

// http makes an HTTP call, again as often as the flow wants it after a network
// error, 429 or 5xx.
func (c *caller) http(ctx context.Context, call flows.Call) flows.CallResult {
	for attempt := 1; ; attempt++ {
		r, after := c.once(ctx, call)
		again := r.Error == callNetwork || r.Error == callTimeout || r.Status == http.StatusTooManyRequests || r.Status >= 500
		if !again || attempt > call.HTTP.Retry || ctx.Err() != nil {
			return r
		}
		wait := min(firstWait<<min(attempt-1, 6), maxCallWait)
		wait = max(wait/2+c.jitter(wait/2), after)
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return r // there is no time left for another attempt
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return r
		}
	}
}

// once makes one attempt, and returns for how long the server asked to wait.
func (c *caller) once(ctx context.Context, call flows.Call) (flows.CallResult, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeOf(call))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, call.HTTP.Method, call.HTTP.URL, bytes.NewReader(call.HTTP.Body))
	if err != nil || r.URL.Host == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return failed(callRefused, "not an address that begins with http:// or https://"), 0
	}
	leave, room := c.under.enter("http " + r.URL.Host)
	if !room {
		return failed(callCrowded, "too many calls of it are under way"), 0
	}
	defer leave()
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Parley")
	if call.IdempotencyKey != "" {
		r.Header.Set("Idempotency-Key", call.IdempotencyKey)
	}
	for name, value := range call.HTTP.Header {
		r.Header.Set(name, value)
	}
	resp, err := c.client.Do(r)
	if err != nil {
		return networkError(err), 0 // not err itself: it has the address, and secrets in it
	}
	defer resp.Body.Close()
	after, _ := channels.RetryAfter(resp.Header.Get("Retry-After"), c.now())
	return read(resp, call.HTTP), min(after, maxCallWait)
}

func timeOf(call flows.Call) time.Duration {
	if call.Timeout <= 0 {
		return defaultCallTime
	}
	return call.Timeout
}

// read takes the answer that the flow reads: JSON within the limit. One that is no
// success, or that nobody reads, may be anything.
func read(resp *http.Response, c *flows.HTTPCall) flows.CallResult {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	var r flows.CallResult
	switch body = bytes.TrimSpace(body); {
	case resp.StatusCode/100 != 2 || !c.Reads():
	case err != nil:
		r = networkError(err)
	case len(body) > maxAnswer:
		r = failed(callLarge, "the answer is over 1 MB")
	case len(body) > 0 && !json.Valid(body):
		r = failed(callNotJSON, "the answer is not JSON")
	case len(body) > 0:
		r.Body = c.Narrow(body)
	}
	r.Status = resp.StatusCode
	return r
}

// networkError says why there was no answer, in words that name no address: it
// may hold a secret.
func networkError(err error) flows.CallResult {
	timeout, isTimeout := errors.AsType[net.Error](err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, errGuarded):
		return failed(callRefused, errGuarded.Error())
	case errors.Is(err, errRedirect):
		return failed(callRefused, errRedirect.Error())
	case errors.Is(err, context.DeadlineExceeded), isTimeout && timeout.Timeout():
		return failed(callTimeout, "no answer in time")
	case isDNS && dns.IsNotFound:
		return failed(callNetwork, "there is no host of that name")
	case isDNS:
		return failed(callNetwork, "the name of the host could not be looked up")
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(callNetwork, "the connection was refused")
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		return failed(callNetwork, "the server's certificate or TLS is not right")
	}
	return failed(callNetwork, "the connection broke")
}

// do calls a handler. One that does not end in time is left behind.
func (c *caller) do(ctx context.Context, call flows.Call, hc HandlerCall) flows.CallResult {
	h, ok := c.handlers[call.Do.Handler]
	if !ok {
		return failed(callNobody, fmt.Sprintf("there is no handler %q", call.Do.Handler))
	}
	leave, room := c.under.enter("do " + h.Name)
	if !room {
		return failed(callCrowded, "too many calls of it are under way")
	}
	ctx, cancel := context.WithTimeout(ctx, timeOf(call))
	defer cancel()
	came := make(chan flows.CallResult, 1)
	go func() {
		defer leave() // also when nobody waits for it any more
		var got any
		err := guarded(func() (err error) {
			got, err = h.Call(ctx, hc)
			return err
		})
		came <- c.handled(ctx, h.Name, got, err)
	}()
	select {
	case r := <-came:
		return r
	case <-ctx.Done():
		return failed(callTimeout, "the handler took too long")
	}
}

// handled encodes what a handler returned.
func (c *caller) handled(ctx context.Context, name string, got any, err error) flows.CallResult {
	if p, ok := errors.AsType[*panicError](err); ok {
		c.log.ErrorContext(ctx, "panic in a handler", "handler", name, "panic", p.what, "stack", p.stack)
		return failed(callHandler, "the handler failed")
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		return failed(callTimeout, "the handler took too long")
	}
	if err != nil {
		return failed(callHandler, err.Error())
	}
	if got == nil {
		return flows.CallResult{}
	}
	body, err := json.Marshal(got)
	if err != nil {
		return failed(callHandler, "the result of the handler can't be encoded")
	}
	if len(body) > maxHandled {
		return failed(callLarge, "the result of the handler is over 64 kB")
	}
	return flows.CallResult{Body: body}
}
