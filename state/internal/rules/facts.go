package rules

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/parley-chat/parley/state"
)

// Status raises the status of a message that went out: see state.Facts.
func (s *Store) Status(ctx context.Context, conv state.Conv, messageID, status string) (bool, error) {
	rose := false
	err := s.change(ctx, "record a status", conv, func(c *conversation) (err error) {
		rose, err = c.raise(messageID, status)
		return err
	})
	if err != nil {
		return false, err
	}
	return rose, nil
}

func (c *conversation) raise(messageID, status string) (bool, error) {
	if messageID == "" {
		return false, nil
	}
	for n, v, ok := c.head(History, 0); ok; n, v, ok = c.head(History, n+1) {
		e, err := decodeHistory(n, v)
		if err != nil {
			return false, err
		}
		if e.Direction != state.Out || e.MessageID != messageID {
			continue
		}
		if state.StatusRank(status) <= state.StatusRank(e.Status) {
			return false, nil
		}
		e.Status = status
		return true, c.tx.Put(History, c.item(n), sealHistory(e).stamp(stampOf(e.At)))
	}
	return false, c.keepEarly(messageID, status)
}

// keepEarly keeps a status of a message that may be among the rows that wait: the
// highest of each message.
func (c *conversation) keepEarly(messageID, status string) error {
	if c.h.rows == 0 || state.StatusRank(status) <= state.StatusRank("sent") {
		return nil
	}
	all, err := c.earlyStatuses()
	if err != nil {
		return err
	}
	for i, e := range all {
		if e.id != messageID {
			continue
		}
		if state.StatusRank(status) <= state.StatusRank(e.status) {
			return nil
		}
		all[i].status = status
		return c.putEarly(all)
	}
	if len(all) >= state.MaxEarly {
		return nil
	}
	return c.putEarly(append(all, earlyStatus{messageID, status}))
}

// withEarly returns the history entry of a message that was just sent, with the
// status that came before. Its status is taken off the list.
func (c *conversation) withEarly(entry sealed, messageID string) (sealed, error) {
	if !c.h.early || messageID == "" {
		return entry, nil
	}
	all, err := c.earlyStatuses()
	if err != nil {
		return nil, err
	}
	for i, e := range all {
		if e.id != messageID {
			continue
		}
		h, err := decodeHistory(0, entry)
		if err != nil {
			return nil, err
		}
		h.Status = e.status
		return sealHistory(h), c.putEarly(append(all[:i], all[i+1:]...))
	}
	return entry, nil
}

// An earlyStatus came before its message was marked as sent.
type earlyStatus struct{ id, status string }

func (c *conversation) earlyStatuses() ([]earlyStatus, error) {
	if !c.h.early {
		return nil, nil
	}
	texts, err := decodeTexts(kindEarly, c.tx.Get(Early, c.key))
	if err != nil || len(texts)%2 != 0 {
		return nil, errDamaged
	}
	all := make([]earlyStatus, 0, len(texts)/2+1)
	for i := 0; i < len(texts); i += 2 {
		all = append(all, earlyStatus{texts[i], texts[i+1]})
	}
	return all, nil
}

func (c *conversation) putEarly(all []earlyStatus) error {
	if len(all) == 0 {
		return c.dropEarly()
	}
	var texts []string
	for _, e := range all {
		texts = append(texts, e.id, e.status)
	}
	c.h.early = true
	return c.tx.Put(Early, c.key, encodeTexts(kindEarly, texts))
}

func (c *conversation) dropEarly() error {
	if !c.h.early {
		return nil
	}
	c.h.early = false
	return c.tx.Delete(Early, c.key)
}

// Link records whose message it is: see state.Facts.
func (s *Store) Link(ctx context.Context, channel, messageID string, conv state.Conv) ([]string, error) {
	key := linkKey(channel, messageID)
	var early []string
	err := s.update(ctx, "link a message", func(w *work) (err error) {
		_, early, err = w.linked(key)
		if err != nil {
			return err
		}
		link := append(seal(kindLink, nil), conv...)
		if len(early) > 0 {
			link = encodeTexts(kindLinkAfter, append([]string{string(conv)}, early...))
		}
		return w.putLink(key, link, after(w.now, state.LinkTime))
	})
	if err != nil {
		return nil, err
	}
	return early, nil
}

// Linked finds out whose message it is: see state.Facts.
func (s *Store) Linked(ctx context.Context, channel, messageID, status string) (state.Conv, error) {
	key := linkKey(channel, messageID)
	var conv state.Conv
	err := s.view(ctx, "look for a link", func(r Reader) (err error) {
		conv, _, _, err = readLink(r, key, s.now())
		return err
	})
	if err != nil || conv != "" || status == "" {
		return conv, err
	}
	err = s.update(ctx, "keep an early status", func(w *work) error {
		known, early, end, err := readLink(w.tx, key, w.now)
		if conv = known; err != nil || conv != "" || len(early) >= state.MaxEarly {
			return err
		}
		if end == 0 {
			end = after(w.now, state.LinkTime)
		}
		return w.putLink(key, encodeTexts(kindLinkEarly, append(early, status)), end)
	})
	if err != nil {
		return "", err
	}
	return conv, nil
}

// linked is readLink without the end.
func (w *work) linked(key []byte) (conv state.Conv, early []string, err error) {
	conv, early, _, err = readLink(w.tx, key, w.now)
	return conv, early, err
}

// readLink returns whose message it is, or the statuses that came before, and
// when they are forgotten; all zero when nothing is known.
func readLink(r Reader, key []byte, now int64) (conv state.Conv, early []string, end int64, err error) {
	v := r.Get(Links, key)
	if v == nil {
		return "", nil, 0, nil
	}
	kind, end, rest, err := unseal(v)
	if err != nil || end <= now {
		return "", nil, 0, err
	}
	switch kind {
	case kindLink:
		return state.Conv(rest), nil, end, nil
	case kindLinkEarly:
		early, err = decodeTexts(kindLinkEarly, v)
		return "", early, end, err
	case kindLinkAfter:
		all, err := decodeTexts(kindLinkAfter, v)
		if err != nil || len(all) == 0 {
			return "", nil, 0, cmp.Or(err, errDamaged)
		}
		return state.Conv(all[0]), all[1:], end, nil
	}
	return "", nil, 0, errDamaged
}

// putLink replaces what is known of a message and when it is forgotten.
func (w *work) putLink(key []byte, v sealed, end int64) error {
	if before := w.tx.Get(Links, key); before != nil {
		_, old, _, err := unseal(before)
		if err != nil {
			return err
		}
		if err := w.tx.Delete(LinkExpiry, expiryKey(old, key)); err != nil {
			return err
		}
	}
	if err := w.tx.Put(Links, key, v.stamp(end)); err != nil {
		return err
	}
	if err := w.tx.Put(LinkExpiry, expiryKey(end, key), []byte{}); err != nil {
		return err
	}
	return w.sweep(Links, LinkExpiry, 1)
}

func expiryKey(end int64, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(key)), uint64(end)), key...)
}

func linkKey(channel, messageID string) []byte {
	sum := sha256.Sum256(append(appendText(nil, channel), messageID...))
	return sum[:16]
}

// encodeTexts packs texts into a sealed value.
func encodeTexts(kind byte, texts []string) sealed {
	v := seal(kind, nil)
	for _, t := range texts {
		v = appendText(v, t)
	}
	return v
}

func decodeTexts(want byte, v []byte) ([]string, error) {
	kind, _, rest, err := unseal(v)
	if err != nil || kind != want {
		return nil, errDamaged
	}
	in := input{rest: rest}
	var texts []string
	for len(in.rest) > 0 {
		texts = append(texts, in.text())
		if in.bad {
			return nil, errDamaged
		}
	}
	return texts, nil
}
