package channels

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// maxAnswer is the longest answer of an API that is read.
	maxAnswer = 1 << 20
	// maxRetryAfter is the longest time that a platform can ask for.
	maxRetryAfter = time.Hour
	// maxReason is how much of a platform's error text is kept, in bytes.
	maxReason = 300
)

// NewClient returns a client for platforms' APIs: many connections to one host,
// deadlines from contexts only, no redirects to other hosts.
func NewClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 256,
			IdleConnTimeout:     90 * time.Second,
			DisableCompression:  true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 || r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

// A Call is one request to a platform's API, with JSON or a form in and JSON out.
type Call struct {
	Method string
	URL    string
	Header http.Header
	// In is the body as JSON; nil sends none.
	In any
	// Form is the body as a form, instead of In; nil sends none.
	Form url.Values
	// Out takes the answer when the call succeeds; nil drops it.
	Out any
	// Secrets never appear in an error of this call.
	Secrets []string
	// Failure says what an answer that is no success means; nil is [StatusError].
	// It also sees answers with a status of 2xx, and returns nil for a success.
	Failure func(status int, header http.Header, body []byte) *SendError
}

// Do makes the call. The context reaches the wire. A failure is a *SendError: of
// ErrRefused when the request was not written, of ErrUnknown when it was written
// but no answer could be read, and of the kind that Failure says otherwise.
func (c *Call) Do(ctx context.Context, client *http.Client) error {
	body, contentType, err := c.body()
	if err != nil {
		return &SendError{Kind: ErrInvalid, Err: c.redact(fmt.Errorf("encode the request: %w", err))}
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// A request that is sent again on a new connection was not written before.
		GotConn: func(httptrace.GotConnInfo) { written.Store(false) },
		// From the headers on some of it may be on the wire.
		WroteHeaders: func() { written.Store(true) },
	})
	r, err := http.NewRequestWithContext(ctx, c.Method, c.URL, body)
	if err != nil {
		return &SendError{Kind: ErrInvalid, Err: c.redact(fmt.Errorf("make the request: %w", err))}
	}
	for k, v := range c.Header {
		r.Header[k] = v
	}
	if contentType != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := client.Do(r)
	if err != nil {
		kind := ErrRefused
		if written.Load() {
			kind = ErrUnknown
		}
		return &SendError{Kind: kind, Err: c.redact(err)}
	}
	defer resp.Body.Close()
	return c.read(resp)
}

// body makes the body and says what it is; "" for none.
func (c *Call) body() (body io.Reader, contentType string, err error) {
	if c.Form != nil {
		return strings.NewReader(c.Form.Encode()), "application/x-www-form-urlencoded", nil
	}
	if c.In == nil {
		return http.NoBody, "", nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c.In); err != nil {
		return nil, "", err
	}
	return bytes.NewReader(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), "application/json", nil
}

// read classifies an answer and decodes a success.
func (c *Call) read(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	success := resp.StatusCode/100 == 2
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is over 1 MB")
	}
	if err != nil && success {
		return &SendError{Kind: ErrUnknown, Err: c.redact(fmt.Errorf("read the answer: %w", err))}
	}
	failure := c.Failure
	if failure == nil {
		failure = StatusError
	}
	e := failure(resp.StatusCode, resp.Header, body)
	if e == nil && !success {
		e = StatusError(resp.StatusCode, resp.Header, body)
	}
	if e != nil {
		e.Code = c.redactText(e.Code)
		e.Err = c.redact(e.Err)
		return e
	}
	if c.Out == nil {
		return nil
	}
	if err := Decode(body, c.Out); err != nil {
		return &SendError{Kind: ErrUnknown, Err: c.redact(fmt.Errorf("read the answer: %w", err))}
	}
	return nil
}

// StatusError says what an HTTP status means where a platform says no more:
//
//	429                 rate limited, with Retry-After
//	401, 403            unauthorized
//	other 4xx           invalid
//	3xx, 408, 5xx       unavailable, with Retry-After
//
// It returns nil for 2xx.
func StatusError(status int, header http.Header, _ []byte) *SendError {
	if status/100 == 2 {
		return nil
	}
	e := &SendError{Code: strconv.Itoa(status), Err: errors.New(http.StatusText(status))}
	if http.StatusText(status) == "" {
		e.Err = errors.New("the platform refused the request")
	}
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind = ErrRateLimited
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = ErrUnauthorized
	case status == http.StatusRequestTimeout, status < 400, status > 499:
		e.Kind = ErrUnavailable
	default:
		e.Kind = ErrInvalid
	}
	if e.Kind == ErrRateLimited || e.Kind == ErrUnavailable {
		// The platform's own clock: dates are compared with its Date header.
		now, _ := http.ParseTime(header.Get("Date"))
		e.RetryAfter, _ = RetryAfter(header.Get("Retry-After"), now)
	}
	return e
}

// RetryAfter reads a Retry-After header: whole seconds, or a date, of which one
// in the past is 0. It is at most an hour. Anything else is false, and so is a
// date when now is zero.
func RetryAfter(h string, now time.Time) (time.Duration, bool) {
	h = strings.TrimSpace(h)
	if h != "" && strings.Trim(h, "0123456789") == "" {
		n, err := strconv.Atoi(h)
		if err != nil || n > int(maxRetryAfter/time.Second) {
			return maxRetryAfter, true
		}
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(h)
	if err != nil || now.IsZero() {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}

// redact returns an error without secrets: not the URL that net/http adds, and
// none of c.Secrets. The cause stays unless its text holds one.
func (c *Call) redact(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	text := err.Error()
	if clean := c.redactText(text); clean != text {
		return errors.New(clean)
	}
	return err
}

func (c *Call) redactText(s string) string {
	for _, secret := range c.Secrets {
		if secret == "" {
			continue
		}
		s = strings.ReplaceAll(s, secret, "***")
		s = strings.ReplaceAll(s, url.PathEscape(secret), "***")
		s = strings.ReplaceAll(s, url.QueryEscape(secret), "***")
	}
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "")
	}
	return s
}

// Equal compares secrets in a time that depends on neither. An empty secret
// equals nothing, so that one that was never set lets nobody in. All comparisons
// of secrets go through it.
func Equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1 && a != "" && b != ""
}
