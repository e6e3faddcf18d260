package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook. What is not understood becomes an event of KindUnknown
// with the item as it came, save for the keys that are hidden.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if why := c.proof.refusal(r); why != "" {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: why}
	}
	in := &incoming{c: c, raw: bytes.TrimSpace(r.Body), query: r.URL.Query(), header: r.Header}
	if c.isForm(r.Header) {
		if err := in.readForm(); err != nil {
			return nil, err
		}
	} else if err := channels.Decode(r.Body, &in.body); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	items := in.items(c.items)
	if len(items) > maxItems {
		return nil, &channels.RequestError{Status: http.StatusRequestEntityTooLarge, Reason: "the body has over 1,000 items"}
	}
	return &channels.Received{Events: in.events(items), Answer: c.answer}, nil
}

// maxItems is how many items a webhook may have: what comes of them has to be
// durable before the platform loses patience.
const maxItems = 1000

func (c *Channel) isForm(h http.Header) bool {
	if c.format != "auto" {
		return c.format == "form"
	}
	typ, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(typ), "application/x-www-form-urlencoded")
}

// An incoming is a body, of a webhook or of the answer of a queue.
type incoming struct {
	c *Channel
	// raw is the body as it came; nil when it is no JSON.
	raw    []byte
	body   any
	query  url.Values
	header http.Header
}

// readForm reads a form as an object of texts, and of lists of them.
func (in *incoming) readForm() error {
	form, err := url.ParseQuery(string(in.raw))
	if err != nil || len(form) == 0 {
		return &channels.RequestError{Status: http.StatusBadRequest, Reason: "the body is no form"}
	}
	body := map[string]any{}
	for name, values := range form {
		list := make([]any, 0, len(values))
		for _, v := range values {
			list = append(list, v)
		}
		body[name] = any(list)
		if len(list) == 1 {
			body[name] = list[0]
		}
	}
	in.body, in.raw = body, nil
	return nil
}

// events are those of all items; a body without any item is one itself.
func (in *incoming) events(items []any) []channels.Event {
	whole := len(items) == 0
	if whole {
		items = []any{in.body}
	}
	var out []channels.Event
	for _, item := range items {
		out = append(out, in.read(item, whole)...)
	}
	return out
}

func (in *incoming) items(at []expr) []any {
	d := &document{item: in.body, body: in.body, query: in.query, header: in.header, own: in.c.from}
	var out []any
	for _, x := range at {
		out = append(out, x.present(d)...)
	}
	return out
}

// read makes the events of an item, small enough to be kept.
func (in *incoming) read(item any, whole bool) []channels.Event {
	raw := in.raw
	if !whole || raw == nil {
		raw = encode(item)
	}
	sum := sha256.Sum256(raw)
	events := in.c.mapping.read(&document{item: item, body: in.body, query: in.query, header: in.header, own: in.c.from}, hex.EncodeToString(sum[:16]))
	for i := range events {
		e := &events[i]
		e.Channel = in.c.name
		hidden := false
		for k, v := range e.Data {
			e.Data[k], hidden = in.c.mapping.hidden(v, hidden)
		}
		if e.Kind == channels.KindUnknown {
			e.Raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
			if kept, hidden := in.c.mapping.hidden(item, false); hidden {
				e.Raw = encode(kept)
			}
		}
		fit(e, len(raw))
	}
	return events
}

// encode writes what came from JSON, or from a form.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}

// hidden returns a value without those of the keys to hide, and whether there were
// any, or was already. The value itself is not changed.
func (m *mapping) hidden(v any, already bool) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if slices.ContainsFunc(m.hide, func(h string) bool { return strings.EqualFold(h, k) }) {
				already = already || e != nil
				out[k] = nil
				continue
			}
			out[k], already = m.hidden(e, already)
		}
		return out, already
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i], already = m.hidden(e, already)
		}
		return out, already
	}
	return v, already
}

// How large an event may become, in bytes. The stores take 64 kB; what they do not
// take would come again without end.
const (
	maxEvent  = 48 << 10
	maxRaw    = 32 << 10
	maxDedupe = 256
	tooLarge  = "too large to be kept"
)

// fit cuts an event to what can be kept: a long id of its own, cards, a text that
// no person typed, the payload of what was not understood. Data then says how long
// the item was.
func fit(e *channels.Event, size int) {
	if len(e.DedupeID) > maxDedupe {
		sum := sha256.Sum256([]byte(e.DedupeID))
		e.DedupeID = hex.EncodeToString(sum[:16])
	}
	if fits(e) {
		return
	}
	cut := map[string]any{"cut_from_bytes": size}
	if e.Kind != channels.KindUnknown {
		for i := range e.Contacts {
			e.Contacts[i].VCard = ""
		}
		e.Data = cut
		for n := len(e.Text) / 2; n > 1<<10 && !fits(e); n /= 2 {
			e.Text = strings.ToValidUTF8(e.Text[:n], "")
		}
	}
	if !fits(e) {
		*e = channels.Event{
			Kind: channels.KindUnknown, Channel: e.Channel, Account: e.Account, DedupeID: e.DedupeID, Time: e.Time,
			Text: tooLarge, Data: cut, Raw: json.RawMessage(`"` + tooLarge + `"`),
		}
	}
}

// fits reports whether an event can be kept, as long as it is when it is stored.
func fits(e *channels.Event) bool {
	b, err := json.Marshal(e)
	return err == nil && len(b) <= maxEvent && len(e.Raw) <= maxRaw
}
