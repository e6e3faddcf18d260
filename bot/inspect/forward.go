package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// retryAfter is when a platform shall come again that could not be answered, in
// seconds.
const retryAfter = "2"

// handle judges a request, answers it or passes it on to a bot, and keeps it. The
// answer goes to w, which may be nil.
func (i *Inspector) handle(ctx context.Context, rec *Record, refused *channels.RequestError, to *url.URL, w http.ResponseWriter) {
	began := time.Now()
	own := i.judge(ctx, rec, refused, to != nil)
	var body []byte
	switch {
	case to == nil || rec.Request.Cut:
		body = i.answer(rec, own)
	default:
		var streamed bool
		if body, streamed = i.forward(ctx, rec, to, w); streamed {
			w = nil
		}
	}
	rec.Millis = millis(time.Since(began))
	err := i.o.Log.Add(rec)
	i.o.Observe(rec, err)
	if w != nil {
		reply(w, rec, body)
	}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// answer writes the bot's own answer down.
func (i *Inspector) answer(rec *Record, own *channels.Answer) []byte {
	rec.Answer.Status = http.StatusOK
	if own == nil {
		return nil
	}
	rec.Answer.Status = own.Status
	if len(own.Body) > 0 {
		rec.Answer.Header = map[string][]Text{"Content-Type": {Text(own.ContentType)}}
	}
	rec.Answer.keep(own.Body)
	return own.Body
}

// keep writes as much of a body down as is kept.
func (a *Answer) keep(body []byte) {
	a.Cut = a.Cut || len(body) > keepAnswer
	a.Body = Text(body[:min(len(body), keepAnswer)])
}

// reply sends the answer of a record, with its whole body.
func reply(w http.ResponseWriter, rec *Record, body []byte) {
	for name, values := range httpHeader(rec.Answer.Header) {
		w.Header()[name] = values
	}
	status := rec.Answer.Status
	if status < 200 || status > 999 {
		status = http.StatusBadGateway
	}
	w.WriteHeader(status)
	if rec.Request.Method != http.MethodHead {
		_, _ = w.Write(body) // who went away needs no answer
	}
}

// forward passes a request on and writes the answer down. An event stream, which
// has no end, goes to w at once, and streamed is true.
func (i *Inspector) forward(ctx context.Context, rec *Record, to *url.URL, w http.ResponseWriter) (body []byte, streamed bool) {
	began := time.Now()
	rec.Forward = &Forward{To: to.Redacted()}
	defer func() { rec.Forward.Millis = millis(time.Since(began)) }()
	resp, err := i.send(ctx, rec, to)
	if err != nil {
		return nil, failForward(rec, err)
	}
	defer resp.Body.Close()
	rec.Answer.Status, rec.Answer.Header = resp.StatusCode, headerOf(endToEnd(resp.Header))
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && kind == "text/event-stream" && w != nil {
		i.stream(rec, resp.Body, w)
		return nil, true
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("its answer is over %d MB", maxAnswer>>20)
	}
	if err != nil {
		return nil, failForward(rec, err)
	}
	rec.Answer.keep(body)
	return body, false
}

// failForward has the platform come again: a 502 is not the end of a webhook.
func failForward(rec *Record, err error) (streamed bool) {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // its address may have a secret
	}
	rec.Forward.Error = err.Error()
	rec.Answer = Answer{Status: http.StatusBadGateway, Header: map[string][]Text{"Retry-After": {retryAfter}}}
	return false
}

// send makes the request again, as it came: with its Host, which signatures may
// cover, and nothing added.
func (i *Inspector) send(ctx context.Context, rec *Record, to *url.URL) (*http.Response, error) {
	u, at := *to, rec.url()
	u.RawPath = strings.TrimSuffix(to.EscapedPath(), "/") + at.EscapedPath()
	path, err := url.PathUnescape(u.RawPath)
	if err != nil {
		return nil, errors.New("the path can't be read")
	}
	u.Path, u.RawQuery, u.ForceQuery = path, at.RawQuery, at.ForceQuery
	ctx, cancel := context.WithCancel(ctx)
	r, err := http.NewRequestWithContext(ctx, rec.Request.Method, u.String(), bytes.NewReader([]byte(rec.Request.Body)))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("make the request: %w", err)
	}
	r.Header = endToEnd(httpHeader(rec.Request.Header))
	r.Header.Del("Content-Length")
	r.Header.Del("Expect") // it was answered
	if _, named := r.Header["User-Agent"]; !named {
		r.Header["User-Agent"] = []string{""} // which sends none
	}
	r.Host = rec.Request.Host
	// The transport bounds the time until the head of the answer; a body has as long
	// again, unless it is a stream.
	resp, err := i.client.Do(r)
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, cancel: cancel}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		resp.Body.(*body).late = time.AfterFunc(forwardTime, cancel)
	}
	return resp, nil
}

// A body ends its request when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
	late   *time.Timer
}

// Close closes the body.
func (b *body) Close() error {
	if b.late != nil {
		b.late.Stop()
	}
	defer b.cancel()
	return b.ReadCloser.Close()
}

// stream passes an event stream on as it comes, for as long as it goes on.
func (i *Inspector) stream(rec *Record, from io.Reader, w http.ResponseWriter) {
	out := http.NewResponseController(w)
	if err := out.SetWriteDeadline(time.Time{}); err != nil {
		rec.Forward.Error = "the stream can't be passed on"
		return
	}
	reply(w, rec, nil)
	var kept []byte
	for buf := make([]byte, 4096); ; {
		n, err := from.Read(buf)
		kept = append(kept, buf[:min(n, max(0, keepCut-len(kept)))]...)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil || out.Flush() != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	rec.Answer.Body, rec.Answer.Cut = Text(kept), len(kept) == keepCut
}

// endToEnd leaves out the headers that belong to one connection.
func endToEnd(h http.Header) http.Header {
	out := h.Clone()
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			out.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		out.Del(name)
	}
	return out
}
