package messaging

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a webhook, which may bring several events. What is not understood, or
// is for another account than the channel's, is an event of KindUnknown. The answer is
// an empty 200.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if err := c.s.App.Verify(r); err != nil {
		return nil, err
	}
	b := batch{c: c, body: r.Body}
	var err error
	if b.wrapped = bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("[")); b.wrapped {
		err = b.list()
	} else {
		var w webhook
		if err = channels.Unmarshal(r.Body, &w); err == nil {
			b.whole(0, w.Entry)
		}
	}
	if err != nil {
		err = b.apart()
	}
	if err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	if len(b.events) == 0 {
		b.unknown("", r.Body)
	}
	return &channels.Received{Events: b.events}, nil
}

// A batch is what one webhook brings.
type batch struct {
	c       *Channel
	body    []byte
	wrapped bool // the body is a list of webhooks, as in examples of Instagram
	events  []channels.Event
	parts   []loose // the body in parts, once somebody asked
}

// loose is a webhook with its events as they came.
type loose struct {
	Entry []struct {
		ID        word              `json:"id"`
		Time      word              `json:"time"`
		Messaging []json.RawMessage `json:"messaging"`
		Standby   []json.RawMessage `json:"standby"`
		Changes   []json.RawMessage `json:"changes"`
		change
	} `json:"entry"`
}

// list takes a body that is a list.
func (b *batch) list() error {
	var list []webhook
	if err := channels.Unmarshal(b.body, &list); err != nil {
		return err
	}
	for i := range list {
		b.whole(i, list[i].Entry)
	}
	return nil
}

// whole takes the entries of a webhook whose form was foreseen.
func (b *batch) whole(n int, entries []entry) {
	for i := range entries {
		en := &entries[i]
		part := func(pick func(p *loose) json.RawMessage) func() json.RawMessage {
			return func() json.RawMessage { return b.part(n, pick) }
		}
		for j := range en.Messaging {
			b.item(en, &en.Messaging[j], false, part(func(p *loose) json.RawMessage { return p.Entry[i].Messaging[j] }))
		}
		for j := range en.Standby {
			b.item(en, &en.Standby[j], true, part(func(p *loose) json.RawMessage { return p.Entry[i].Standby[j] }))
		}
		for j := range en.Changes {
			b.change(en, &en.Changes[j], part(func(p *loose) json.RawMessage { return p.Entry[i].Changes[j] }))
		}
		if en.Field != "" {
			b.change(en, &en.change, func() json.RawMessage { return encode(en.change) })
		}
	}
}

// part returns a part of the body as it came.
func (b *batch) part(n int, pick func(p *loose) json.RawMessage) json.RawMessage {
	if b.parts == nil {
		if err := b.split(); err != nil {
			b.parts = nil
			return b.body
		}
	}
	return pick(&b.parts[n])
}

// split takes the body apart.
func (b *batch) split() error {
	if b.wrapped {
		return channels.Unmarshal(b.body, &b.parts)
	}
	b.parts = make([]loose, 1)
	return channels.Unmarshal(b.body, &b.parts[0])
}

// apart takes each event by itself, so that one of an unforeseen form does not take the
// others with it. An error says that the body is no JSON.
func (b *batch) apart() error {
	var raw json.RawMessage
	if err := channels.Unmarshal(b.body, &raw); err != nil {
		return err
	}
	if b.split() != nil {
		return nil // JSON of another form: nothing of it is known
	}
	for _, p := range b.parts {
		for _, e := range p.Entry {
			en := entry{ID: e.ID, Time: e.Time}
			for _, raw := range e.Messaging {
				b.loose(&en, raw, false)
			}
			for _, raw := range e.Standby {
				b.loose(&en, raw, true)
			}
			for _, raw := range e.Changes {
				var ch change
				if err := channels.Unmarshal(raw, &ch); err != nil {
					b.unknown(en.ID, raw)
					continue
				}
				b.change(&en, &ch, func() json.RawMessage { return raw })
			}
			if e.Field != "" {
				b.change(&en, &e.change, func() json.RawMessage { return encode(e.change) })
			}
		}
	}
	return nil
}

func (b *batch) loose(en *entry, raw json.RawMessage, standby bool) {
	var it item
	if err := channels.Unmarshal(raw, &it); err != nil {
		b.unknown(en.ID, raw)
		return
	}
	b.item(en, &it, standby, func() json.RawMessage { return raw })
}

// change takes an event in the form of a change: one of messaging, or one of something
// else at the page or account.
func (b *batch) change(en *entry, ch *change, raw func() json.RawMessage) {
	switch ch.Field {
	case "messages", "message_echoes", "message_edits", "message_edit", "message_reactions", "message_reads", "message_deliveries",
		"messaging_account_linking", "messaging_feedback", "messaging_game_plays", "messaging_handover", "messaging_handovers",
		"messaging_optins", "messaging_policy_enforcement", "messaging_postbacks", "messaging_referral", "messaging_referrals",
		"messaging_seen", "response_feedback", "send_cart", "standby":
		var it item
		if err := channels.Unmarshal(ch.Value, &it); err == nil {
			b.item(en, &it, ch.Field == "standby", raw)
			return
		}
	}
	e := channels.Event{Kind: family(ch.Field), Account: string(en.ID), Time: at(en.Time)}
	if e.Kind == channels.KindUnknown || !b.notice(&e, string(ch.Field), ch.Value) {
		e = channels.Event{Kind: channels.KindUnknown, Account: string(en.ID), Time: at(en.Time)}
	}
	// It has no id, and the same may come again later.
	e.DedupeID = digest(raw(), string(en.ID)+":"+string(en.Time))
	b.put(e, raw)
}

// family says what kind of event a field is that is not about a conversation:
// https://developers.facebook.com/docs/graph-api/webhooks/reference. Comments and posts
// are no messages.
func family(field word) channels.Kind {
	switch field {
	case "messenger_template_status_update":
		return channels.KindTemplate
	case "comments", "live_comments", "mentions", "story_insights", "feed", "mention", "ratings":
		return channels.KindChannel
	}
	return channels.KindUnknown
}

// notice fills in an event of KindChannel or KindTemplate: its payload is in the data.
func (b *batch) notice(e *channels.Event, name string, value json.RawMessage) bool {
	var p map[string]any
	if err := channels.Decode(value, &p); err != nil || len(p) == 0 {
		return false
	}
	e.Data = map[string]any{"event": name, "payload": p}
	return true
}

// put adds an event. One that was not understood has the part of the webhook that it is
// in; one without an id is told by that part.
func (b *batch) put(e channels.Event, raw func() json.RawMessage) {
	e.Channel = b.c.s.Name
	if e.Kind == channels.KindUnknown {
		e.Raw = bytes.ToValidUTF8(raw(), []byte("\uFFFD"))
	}
	if e.DedupeID == "" {
		e.DedupeID = digest(raw(), strconv.FormatInt(e.Time.UnixMilli(), 10))
	}
	b.events = append(b.events, e)
}

func (b *batch) unknown(account word, raw json.RawMessage) {
	b.put(channels.Event{Kind: channels.KindUnknown, Account: string(account)}, func() json.RawMessage { return raw })
}

// digest tells payloads without an id apart.
func digest(raw []byte, more string) string {
	sum := sha256.Sum256(append(bytes.Clone(raw), more...))
	return hex.EncodeToString(sum[:16])
}

// encode writes a change of its own again.
func encode(ch change) json.RawMessage {
	b, err := json.Marshal(struct {
		Field word            `json:"field"`
		Value json.RawMessage `json:"value"`
	}{ch.Field, ch.Value})
	if err != nil {
		return ch.Value
	}
	return b
}

// when is the time of an event, else that of its entry.
func when(en *entry, it *item) time.Time {
	if t := at(it.Timestamp); !t.IsZero() {
		return t
	}
	return at(en.Time)
}
