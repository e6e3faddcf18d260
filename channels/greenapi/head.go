package greenapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/channels"
)

const (
	// maxAnswer is the longest answer that is kept in memory, maxSkip how much of a
	// longer one is read for its receipt.
	maxAnswer = 1 << 20
	maxSkip   = 16 << 20
)

// An answer is what the queue answered: a body, or of one that is too long the
// receipt alone.
type answer struct {
	body    []byte
	receipt string
}

// empty reports whether nothing came: an empty body, or null.
func (a *answer) empty() bool {
	return a.receipt == "" && (len(a.body) == 0 || string(a.body) == "null")
}

// A head is the first notification of the queue. Whatever is wrong with it, it has
// a receipt, by which it can be deleted.
type head struct {
	receipt string
	body    json.RawMessage
	// broken: it was no whole JSON; body is all of it.
	broken bool
	// large: it was too long to be read; there is no body.
	large bool
}

// readHead reads an answer. One without a receipt is none of the queue's: an error,
// since nothing could be deleted.
func readHead(a *answer) (head, error) {
	if a.receipt != "" {
		return head{receipt: a.receipt, large: true}, nil
	}
	var parts struct {
		Body json.RawMessage `json:"body"`
	}
	receipt := receiptOf(bytes.NewReader(a.body))
	if receipt == "" {
		return head{}, &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("the answer is no notification with a receiptId")}
	}
	if !json.Valid(a.body) {
		return head{receipt: receipt, body: a.body, broken: true}, nil
	}
	// Valid, so that this fails for too deep a nesting alone, of which all is kept.
	if channels.Decode(a.body, &parts) != nil || len(parts.Body) == 0 {
		parts.Body = a.body
	}
	return head{receipt: receipt, body: parts.Body}, nil
}

// receiptOf finds the receiptId of an answer, with all its digits, as far as the
// answer can be read; "" when there is none.
func receiptOf(r io.Reader) string {
	d := json.NewDecoder(r)
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for {
		key, err := d.Token()
		if err != nil || key == json.Delim('}') {
			return ""
		}
		if key == "receiptId" {
			return digits(d)
		}
		if skip(d) != nil {
			return ""
		}
	}
}

// digits reads a whole number that is not negative.
func digits(d *json.Decoder) string {
	t, err := d.Token()
	if err != nil {
		return ""
	}
	n, ok := t.(json.Number)
	if s := n.String(); ok && len(s) <= 40 && strings.Trim(s, "0123456789") == "" {
		return s
	}
	return ""
}

// skip passes a value without keeping it.
func skip(d *json.Decoder) error {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// eventOfHead makes the event of a head: one that can be kept, so that the head
// can be deleted and never holds back those behind it. A copy of it has the same
// receipt and one that comes anew has another, so what has no id of its own is
// told by that.
func (c *Channel) eventOfHead(h head) channels.Event {
	if !h.broken && !h.large && c.concerns(h.body) {
		e := c.event(h.body)
		if e.ID == "" && e.RefersTo == "" {
			e.DedupeID = "receipt:" + h.receipt + ":" + digest(h.body)
		}
		return e
	}
	e := channels.Event{Kind: channels.KindUnknown, Channel: c.name, Account: c.instance, DedupeID: "receipt:" + h.receipt + ":" + digest(h.body)}
	switch {
	case h.large:
		e.Text, e.Data, e.Raw = tooLarge, map[string]any{"over_bytes": maxAnswer}, json.RawMessage(`"`+tooLarge+`"`)
	case h.broken:
		// As a text, since it is no JSON.
		e.Raw, _ = json.Marshal(strings.ToValidUTF8(string(h.body), "\uFFFD")) // a text is always JSON
		e.Text = "no whole JSON"
	default:
		e.Raw = bytes.ToValidUTF8(h.body, []byte("\uFFFD"))
	}
	fit(&e, len(h.body))
	return e
}

// A shortener reads long answers of the queue for their receipt alone, so that a
// notification too long for memory can be deleted as well.
type shortener struct {
	base   http.RoundTripper
	answer *answer
}

// RoundTrip makes the request.
func (s *shortener) RoundTrip(r *http.Request) (*http.Response, error) {
	base := s.base
	if base == nil {
		base = http.DefaultTransport
	}
	resp, err := base.RoundTrip(r)
	if err != nil || resp.StatusCode/100 != 2 {
		return resp, err
	}
	start, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil || len(start) <= maxAnswer {
		resp.Body = &replaced{io.MultiReader(bytes.NewReader(start), failing{err}), resp.Body}
		return resp, nil
	}
	s.answer.receipt = receiptOf(io.LimitReader(io.MultiReader(bytes.NewReader(start), resp.Body), maxSkip))
	if s.answer.receipt != "" {
		start = nil
	} // else it is too long for the caller too, who says so
	resp.Body = &replaced{bytes.NewReader(start), resp.Body}
	return resp, nil
}

// replaced is another body of a response, which closes the first.
type replaced struct {
	io.Reader
	io.Closer
}

// failing ends with an error, or at once.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
