package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
)

// The limits of the intake. Platforms cut off after 2 s at the earliest, so an
// answer comes after 1 s at the latest.
const (
	maxWebhook = 1 << 20 // unless the channel says otherwise
	maxAnyBody = 16 << 20
	firstBody  = 8 << 10 // of memory for a body whose sender is not known yet
	intakeTime = time.Second
	retryAfter = "2" // seconds, with every 503

	// maxBodies bounds what is in hand at once of bodies over firstBody, in bytes that
	// came.
	maxBodies = 128 << 20
)

// errBusy: there is no room for what was posted; it comes again.
var errBusy = errors.New("too much is in hand")

// webhookPath is where a channel's webhooks arrive, for every channel alike.
func webhookPath(channel string) string { return "/webhooks/" + url.PathEscape(channel) }

// webhook takes in what a platform posts. The answer is 200 once everything in
// the request is durable, 503 when the store can't say so in time (the platform
// comes again, and what is in already is a duplicate then), and a 4xx for what
// is not from the platform. It is never 410, for which platforms switch a
// webhook off.
func (b *Bot) webhook(c *gin.Context) {
	v := b.version.Load()
	ch, ok := v.channels[c.Param("channel")]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	if b.crowded.Load() {
		b.unavailable(c)
		return
	}
	r, release, err := b.request(c, v, ch.maxBody)
	defer release()
	if errors.Is(err, errBusy) {
		b.log.WarnContext(c.Request.Context(), "webhook not accepted", "channel", ch.name, "error", err)
		b.unavailable(c)
		return
	}
	if err != nil {
		b.refuse(c, ch, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), intakeTime)
	defer cancel()
	got, err := b.receive(ctx, ch, r)
	if err != nil {
		b.refuse(c, ch, err)
		return
	}
	failpoint.Hit(failpoint.AfterSignature)
	if err := b.take(ctx, ch, got.Events); err != nil {
		b.log.WarnContext(ctx, "webhook not accepted", "channel", ch.name, "events", len(got.Events), "error", err)
		b.unavailable(c)
		return
	}
	respond(c, got.Answer)
}

// unavailable has the platform come again.
func (b *Bot) unavailable(c *gin.Context) {
	c.Header("Retry-After", retryAfter)
	c.Status(http.StatusServiceUnavailable)
}

// handshake answers the GET by which some platforms check an address.
func (b *Bot) handshake(c *gin.Context) {
	v := b.version.Load()
	ch, ok := v.channels[c.Param("channel")]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	shaker, ok := ch.Channel.(channels.Handshaker)
	if !ok {
		c.Header("Allow", http.MethodPost)
		c.Status(http.StatusMethodNotAllowed)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), intakeTime)
	defer cancel()
	var answer *channels.Answer
	err := guarded(func() (err error) {
		answer, err = shaker.Handshake(ctx, &channels.Request{
			Method: c.Request.Method, URL: calledURL(c.Request, v.public), Header: c.Request.Header, Now: b.o.Now(),
		})
		return err
	})
	if err != nil {
		b.refuse(c, ch, err)
		return
	}
	b.arrivals.note(ch.name, func(a *Arrivals) { a.Handshakes++ })
	respond(c, answer)
}

// WebhookLimit is the largest body that a webhook of a type of channels may have, in
// bytes.
func WebhookLimit(f *channels.Factory) int64 {
	return min(cmp.Or(max(f.MaxBody, 0), maxWebhook), maxAnyBody)
}

// tooLarge says that a body is over its limit.
func tooLarge(limit int64) error {
	return &channels.RequestError{Status: http.StatusRequestEntityTooLarge, Reason: fmt.Sprintf("body over %d MB", limit>>20)}
}

// request reads the body within its limit. release is called when the body is not
// needed any more, after an error too.
func (b *Bot) request(c *gin.Context, v *version, limit int64) (got *channels.Request, release func(), err error) {
	var held int64
	release = func() { b.bodies.Add(-held) }
	r := c.Request
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, release, &channels.RequestError{Status: http.StatusUnsupportedMediaType, Reason: "compressed body"}
	}
	if r.ContentLength > limit {
		return nil, release, tooLarge(limit)
	}
	// What is announced is no reason to set memory aside: anybody can announce.
	body := make([]byte, 0, min(max(r.ContentLength, 511), firstBody)+1)
	body, err = readAll(http.MaxBytesReader(c.Writer, r.Body, limit), body, func(n int) error {
		held += int64(n)
		if b.bodies.Add(int64(n)) > maxBodies {
			return errBusy
		}
		return nil
	})
	if errors.Is(err, errBusy) {
		return nil, release, err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, release, tooLarge(limit)
	}
	if err != nil {
		return nil, release, &channels.RequestError{Status: http.StatusBadRequest, Reason: "the body could not be read"}
	}
	return &channels.Request{Method: r.Method, URL: calledURL(r, v.public), Header: r.Header, Body: body, Now: b.o.Now()}, release, nil
}

// readAll appends what r has to b, and asks before it takes more memory.
func readAll(r io.Reader, b []byte, more func(bytes int) error) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			before := cap(b)
			b = append(b, 0)[:len(b)]
			if err := more(cap(b) - before); err != nil {
				return b, err
			}
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// calledURL is the address that the platform called: some signatures cover it.
// What a proxy says about it is not believed.
func calledURL(r *http.Request, public *url.URL) *url.URL {
	u := *r.URL
	u.Scheme, u.Host = "http", r.Host
	if r.TLS != nil {
		u.Scheme = "https"
	}
	if public != nil {
		full := public.JoinPath(r.URL.EscapedPath())
		full.RawQuery = r.URL.RawQuery
		return full
	}
	return &u
}

// receive has the channel verify and decode. A channel that panics on a request
// has refused it: nobody knows whether it was verified.
func (b *Bot) receive(ctx context.Context, ch *channel, r *channels.Request) (*channels.Received, error) {
	var got *channels.Received
	err := guarded(func() (err error) {
		got, err = ch.Receive(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if got == nil {
		got = &channels.Received{}
	}
	return got, nil
}

// refuse answers a request that is not from the platform, or not for us. The text
// of an error that is no refusal may hold what was posted.
func (b *Bot) refuse(c *gin.Context, ch *channel, err error) {
	ctx, status := c.Request.Context(), http.StatusBadRequest
	if e, ok := errors.AsType[*channels.RequestError](err); ok {
		switch e.Status {
		case 400, 401, 404, 405, 413, 415:
			status = e.Status
		}
		level := slog.LevelInfo
		if status == http.StatusUnauthorized {
			// A secret that is wrong here or at the platform: no message comes in until
			// somebody mends it.
			level = slog.LevelWarn
		}
		b.log.Log(ctx, level, "webhook refused", "channel", ch.name, "status", status, "reason", e.Reason)
		b.arrivals.note(ch.name, func(a *Arrivals) { a.Refused, a.Refusal = a.Refused+1, fmt.Sprintf("%d: %s", status, e.Reason) })
	} else if p, ok := errors.AsType[*panicError](err); ok {
		b.log.ErrorContext(ctx, "panic in a channel", "channel", ch.name, "panic", p.what, "stack", p.stack)
	} else {
		b.log.WarnContext(ctx, "webhook refused", "channel", ch.name, "status", status, "reason", "the channel could not read it")
		b.log.DebugContext(ctx, "webhook refused", "channel", ch.name, "error", err)
	}
	c.Status(status)
}

// respond sends a channel's answer.
func respond(c *gin.Context, a *channels.Answer) {
	switch {
	case a == nil:
		c.Status(http.StatusOK)
	case len(a.Body) == 0:
		c.Status(a.Status)
	default:
		c.Data(a.Status, a.ContentType, a.Body)
	}
}
