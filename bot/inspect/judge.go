package inspect

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// webhooks is where channels get theirs, as in a bot.
const webhooks = "/webhooks/"

// judge has the channel of a request verify and decode it, writes down what comes
// of it, and returns the answer that the bot would give. Of what is passed on, only
// webhooks are judged: what else the bot serves, it knows itself.
func (i *Inspector) judge(ctx context.Context, rec *Record, refused *channels.RequestError, passedOn bool) *channels.Answer {
	rec.Signature = SignatureNone
	if i.o.Bot == nil {
		return i.refuse(rec, refused)
	}
	name, isWebhook := channelName(rec)
	if passedOn && !isWebhook {
		return i.refuse(rec, refused)
	}
	c := i.channels[name]
	if c != nil {
		rec.Channel, rec.Type = name, c.spec.Factory.Type
	}
	if why := outside(rec, isWebhook, c); why != nil {
		return i.refuse(rec, why)
	}
	ctx, cancel := context.WithTimeout(ctx, decodeTime)
	defer cancel()
	if rec.Request.Method == http.MethodGet {
		return i.shake(ctx, c, rec)
	}
	if refused != nil {
		return i.refuse(rec, refused)
	}
	return i.receive(ctx, c, rec)
}

// outside says why no channel is asked about a request.
func outside(rec *Record, isWebhook bool, c *channel) *channels.RequestError {
	m := rec.Request.Method
	switch {
	case headerSize(rec) > maxHeaders:
		return &channels.RequestError{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "headers over 32 kB"}
	case !isWebhook:
		return &channels.RequestError{Status: http.StatusNotFound, Reason: "not the address of a webhook, which is " + webhooks + "NAME"}
	case m != http.MethodPost && m != http.MethodGet:
		return &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "neither a POST nor a GET"}
	case c == nil:
		return &channels.RequestError{Status: http.StatusNotFound, Reason: "there is no channel of this name in bot.yaml"}
	case c.Channel == nil:
		return &channels.RequestError{Status: http.StatusNotFound, Reason: "the channel is off: " + c.off}
	}
	return nil
}

// receive has the channel verify and decode a POST.
func (i *Inspector) receive(ctx context.Context, c *channel, rec *Record) *channels.Answer {
	if e := rec.header("Content-Encoding"); e != "" && e != "identity" {
		return i.refuse(rec, &channels.RequestError{Status: http.StatusUnsupportedMediaType, Reason: "compressed body"})
	}
	var got *channels.Received
	err := guarded(func() (err error) {
		got, err = c.Receive(ctx, i.request(rec))
		return err
	})
	if err != nil {
		return i.refuse(rec, err)
	}
	rec.Signature = c.proven()
	if got == nil {
		return nil
	}
	for _, e := range got.Events {
		rec.Events = append(rec.Events, Event{DedupeID: e.DedupeID, Event: e})
	}
	rec.Handshake = len(got.Events) == 0 && got.Answer != nil && len(got.Answer.Body) > 0
	return got.Answer
}

// shake has the channel answer a GET.
func (i *Inspector) shake(ctx context.Context, c *channel, rec *Record) *channels.Answer {
	shaker, ok := c.Channel.(channels.Handshaker)
	if !ok {
		return i.refuse(rec, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST: the channel has no handshake"})
	}
	var answer *channels.Answer
	err := guarded(func() (err error) {
		answer, err = shaker.Handshake(ctx, i.request(rec))
		return err
	})
	if err != nil {
		return i.refuse(rec, err)
	}
	rec.Signature, rec.Handshake = c.proven(), true
	return answer
}

// refuse writes down why a request is not taken.
func (i *Inspector) refuse(rec *Record, err error) *channels.Answer {
	e, ok := errors.AsType[*channels.RequestError](err)
	switch {
	case err == nil || ok && e == nil:
		return nil
	case !ok: // its text may have what was posted, which is what one wants to see here
		rec.Reason = "the channel could not read it: " + err.Error()
		return &channels.Answer{Status: http.StatusBadRequest}
	}
	rec.Reason = e.Reason
	if e.Status == http.StatusUnauthorized {
		rec.Signature = SignatureFailed
	}
	return &channels.Answer{Status: e.Status}
}

// proven is the result of verifying a request that the channel took.
func (c *channel) proven() Signature {
	verify, known := c.spec.Config["verify"]
	if known && verify == "off" {
		return SignatureOff
	}
	return SignatureOK
}

// request is what channels are given: the address is the one that the platform
// called, which some signatures cover.
func (i *Inspector) request(rec *Record) *channels.Request {
	u := rec.url()
	called := *u
	called.Scheme, called.Host = "http", rec.Request.Host
	if i.public != nil {
		called = *i.public.JoinPath(u.EscapedPath())
		called.RawQuery = u.RawQuery
	}
	return &channels.Request{
		Method: rec.Request.Method, URL: &called, Header: httpHeader(rec.Request.Header), Body: []byte(rec.Request.Body), Now: rec.Time,
	}
}

// channelName finds the name in the address of a webhook.
func channelName(rec *Record) (string, bool) {
	rest, ok := strings.CutPrefix(rec.url().EscapedPath(), webhooks)
	if !ok || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	name, err := url.PathUnescape(rest)
	return name, err == nil
}

func (r *Record) header(name string) string {
	if v := r.Request.Header[name]; len(v) > 0 {
		return string(v[0])
	}
	return ""
}

// headerSize is about that of the head on the wire, in bytes.
func headerSize(rec *Record) int {
	size := len(rec.Request.Method) + len(rec.Request.Target) + len(rec.Request.Host) + 20
	for name, values := range rec.Request.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	return size
}
