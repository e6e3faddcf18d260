package rules

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parley-chat/parley/state"
)

// Audit reads the whole store and reports everything that disagrees: headers
// with the work index, lengths with the lists, lists without a header, dedupe
// ids with their windows, totals with dead letters, numbers with counters. It is
// for tests and for looking at a store that is suspected.
func (s *Store) Audit(ctx context.Context) error {
	return s.view(ctx, "audit", func(r Reader) error {
		a := &audit{r: r, known: map[string]header{}}
		a.headers()
		a.index()
		a.idle()
		for _, t := range []Table{Inbox, Outbox, Journals, History} {
			a.list(t)
		}
		a.lengths()
		a.early()
		a.ends(Seen, Expiry, func(v []byte) []byte { return v })
		a.ends(Links, LinkExpiry, linkEnd)
		a.letters()
		return errors.Join(a.wrong...)
	})
}

type audit struct {
	r     Reader
	known map[string]header // by key; list and lengths count down in it
	wrong []error
}

func (a *audit) report(format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Errorf(format, args...))
}

// each runs do on every entry of a table.
func (a *audit) each(t Table, do func(key, value []byte)) {
	key, v := a.r.Seek(t, nil)
	for key != nil {
		do(key, v)
		key, v = a.r.Seek(t, append(clone(key), 0))
	}
}

func (a *audit) headers() {
	a.each(Headers, func(key, v []byte) {
		h, err := decodeHeader(v)
		if err != nil {
			a.report("a header does not decode")
			return
		}
		a.known[string(key)] = h
		pending := h.token.Number != 0 || h.events > 0 || h.rows > 0 || h.wake > 0
		if pending != (h.score != 0) {
			a.report("a conversation has pending work %t and an entry %t", pending, h.score != 0)
		}
		if h.token.Number != 0 && h.score != h.until {
			a.report("the entry of a lease is not at its end")
		}
		if h.score != 0 && a.r.Get(DueIndex, dueKey(h.score, key)) == nil {
			a.report("work without an entry in the index")
		}
		if h.look == 0 || a.r.Get(Idle, dueKey(h.look, key)) == nil {
			a.report("a conversation that is kept for ever")
		}
		n, err := counter(a.r, []byte{state.Conv(nameOf(key)).Partition()})
		if err != nil || n < max(h.token.Number, h.event, h.row, h.last.token.Number, h.trail.event) {
			a.report("the counter of a partition went back")
		}
	})
}

func (a *audit) idle() {
	a.each(Idle, func(key, _ []byte) {
		at, conv, err := splitDue(key)
		if h, ok := a.known[string(convKey(conv))]; err != nil || !ok || h.look != at {
			a.report("a look at a conversation that does not know of it")
		}
	})
}

func (a *audit) early() {
	a.each(Early, func(key, v []byte) {
		h, err := decodeHeader(a.r.Get(Headers, key))
		texts, bad := decodeTexts(kindEarly, v)
		if err != nil || !h.early || bad != nil || len(texts) == 0 || len(texts) > 2*state.MaxEarly {
			a.report("early statuses that nobody waits for")
		}
	})
	for key, h := range a.known {
		if h.early && a.r.Get(Early, []byte(key)) == nil {
			a.report("a conversation without its early statuses")
		}
	}
}

// linkEnd is the end of a stored link, as in a key of LinkExpiry.
func linkEnd(v []byte) []byte {
	if len(v) < sealedHead {
		return nil
	}
	return v[1:sealedHead]
}

// nameOf is the conversation of a key that convKey made.
func nameOf(key []byte) string {
	in := input{rest: key}
	return in.text()
}

func (a *audit) index() {
	a.each(DueIndex, func(key, _ []byte) {
		at, conv, err := splitDue(key)
		if h, ok := a.known[string(convKey(conv))]; err != nil || !ok || h.score != at {
			a.report("an entry in the index without work")
		}
	})
}

// list checks the elements of a list one by one and takes them off the counts of
// their header.
func (a *audit) list(t Table) {
	a.each(t, func(key, v []byte) {
		conv, number := key[:max(len(key)-8, 0)], uint64(0)
		h, ok := a.known[string(conv)]
		if !ok {
			a.report("table %d: an element without a header", t)
			return
		}
		number = binary.BigEndian.Uint64(key[len(conv):])
		var err error
		switch t {
		case Inbox:
			err = a.event(&h, conv, number, v)
		case Outbox:
			if _, err = decodeRow(number, v); a.first(t, conv) && number != h.row {
				a.report("the head of an outbox is not its first row")
			}
			h.rows--
		case Journals:
			var e state.JournalEntry
			e, err = decodeEntry(v)
			h.entries--
			h.entryBytes -= uint64(len(e.Key) + len(e.Payload))
		case History:
			_, err = decodeHistory(number, v)
			h.history--
		}
		if err != nil {
			a.report("table %d: an element does not decode", t)
		}
		a.known[string(conv)] = h
	})
}

func (a *audit) event(h *header, conv []byte, number uint64, v []byte) error {
	e, err := decodeEvent(number, v)
	if a.first(Inbox, conv) && number != h.event {
		a.report("the head of an inbox is not its first event")
	}
	h.events--
	h.eventBytes -= uint64(len(e.Payload))
	return err
}

// first reports whether no element of the list was counted yet.
func (a *audit) first(t Table, conv []byte) bool {
	h, err := decodeHeader(a.r.Get(Headers, conv))
	left := a.known[string(conv)]
	if t == Inbox {
		return err == nil && h.events == left.events
	}
	return err == nil && h.rows == left.rows
}

func (a *audit) lengths() {
	for _, h := range a.known {
		if h.events != 0 || h.eventBytes != 0 || h.rows != 0 || h.entries != 0 || h.entryBytes != 0 || h.history != 0 {
			a.report("lengths and lists disagree: %d events, %d bytes, %d rows, %d journal entries, %d bytes, %d of history",
				int64(h.events), int64(h.eventBytes), int64(h.rows), int64(h.entries), int64(h.entryBytes), int64(h.history))
		}
	}
}

// ends compares a table of what is forgotten with the table of its ends.
func (a *audit) ends(table, expiry Table, end func(v []byte) []byte) {
	ids := 0
	a.each(table, func(id, v []byte) {
		ids++
		if a.r.Get(expiry, append(clone(end(v)), id...)) == nil {
			a.report("table %d: an id that is never forgotten", table)
		}
	})
	a.each(expiry, func(key, _ []byte) {
		ids--
		if len(key) < 8 || !bytes.Equal(end(a.r.Get(table, key[8:])), key[:8]) {
			a.report("table %d: an end without its id", table)
		}
	})
	if ids != 0 {
		a.report("table %d: %d more ids than ends", table, ids)
	}
}

func (a *audit) letters() {
	var count, bytes uint64
	counts := map[string]uint64{}
	a.each(Letters, func(key, v []byte) {
		count++
		bytes += uint64(len(v))
		if len(key) != 8 {
			a.report("a dead letter without a number")
			return
		}
		l, err := viewLetter(binary.BigEndian.Uint64(key), v)
		if err != nil {
			a.report("a dead letter does not decode")
			return
		}
		conv := convKey(l.Conv)
		counts[string(conv)]++
		if a.r.Get(LettersOf, append(conv, key...)) == nil {
			a.report("a dead letter that its conversation does not know")
		}
	})
	known := 0
	a.each(LettersOf, func(key, v []byte) {
		if len(v) == 0 {
			known++
		} else if n, err := lettersOf(a.r, key); err != nil || n != counts[string(key)] {
			a.report("a conversation has %d dead letters, found %d", n, counts[string(key)])
		}
	})
	t, err := loadTotals(a.r)
	if err != nil || t.count != count || t.bytes != bytes || uint64(known) != count {
		a.report("totals of dead letters: %d of %d bytes, of conversations %d, found %d of %d", t.count, t.bytes, known, count, bytes)
	}
}
