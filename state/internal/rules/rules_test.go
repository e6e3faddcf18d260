package rules

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// plain is a backend as plain as can be: maps, and a look at every key to seek.
type plain [Tables]map[string][]byte

func (p *plain) Update(_ context.Context, do func(Tx) error) error   { return do(p) }
func (p *plain) View(_ context.Context, do func(Reader) error) error { return do(p) }
func (p *plain) Get(t Table, key []byte) []byte                      { return p[t][string(key)] }

func (p *plain) Seek(t Table, from []byte) (key, value []byte) {
	best, found := "", false
	for k := range p[t] {
		if k >= string(from) && (!found || k < best) {
			best, found = k, true
		}
	}
	if !found {
		return nil, nil
	}
	return []byte(best), p[t][best]
}

func (p *plain) Put(t Table, key, value []byte) error {
	if p[t] == nil {
		p[t] = map[string][]byte{}
	}
	p[t][string(key)] = value
	return nil
}

func (p *plain) Delete(t Table, key []byte) error {
	delete(p[t], string(key))
	return nil
}

// newStore returns a store, its tables, and its clock.
func newStore() (*Store, *plain, *time.Time) {
	p, now := new(plain), time.Unix(1_700_000_000, 0)
	return New(p, Options{Now: func() time.Time { return now }}), p, &now
}

const conv = state.Conv("chat/main/ann")

func accept(t *testing.T, s *Store, id string, window time.Duration, payload []byte) {
	t.Helper()
	events := []state.NewEvent{{DedupeID: id, Window: window, Payload: payload}}
	if _, _, err := s.Accept(t.Context(), conv, events, state.Caller{}); err != nil {
		t.Fatal(err)
	}
}

func TestDedupeIDsAreForgottenInPieces(t *testing.T) {
	s, p, now := newStore()
	for i := range 50 {
		accept(t, s, fmt.Sprint(i), time.Minute, nil)
	}
	*now = now.Add(time.Minute)
	for i, left := 0, 50; left > 0; i++ {
		accept(t, s, fmt.Sprint("later ", i), time.Hour, nil)
		left = max(left-sweepEach, 0)
		if got := len(p[Seen]) - i - 1; got != left || len(p[Expiry]) != len(p[Seen]) {
			t.Fatalf("%d old ids left, want %d; %d ends of windows", got, left, len(p[Expiry]))
		}
	}
}

func TestOldDeadLettersGo(t *testing.T) {
	s, p, now := newStore()
	large := make([]byte, state.MaxEvent+1)
	for i := range 10 {
		accept(t, s, fmt.Sprint(i), time.Hour, large)
	}
	*now = now.Add(state.LetterTime + time.Second)
	if all, err := s.DeadLetters(t.Context(), "", 100); err != nil || len(all) != 0 {
		t.Fatalf("%d letters are shown that are too old, %v", len(all), err)
	}
	accept(t, s, "new", time.Hour, large)
	if got := len(p[Letters]); got != 11-sweepEach {
		t.Fatalf("%d letters are kept, want %d", got, 11-sweepEach)
	}
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestDeadLettersAreCapped(t *testing.T) {
	s, p, now := newStore()
	big := make([]byte, maxLetterBytes/8)
	for i := range 10 {
		accept(t, s, fmt.Sprint(i), 0, big)
	}
	all, err := s.DeadLetters(t.Context(), "", 100)
	if err != nil || len(all) != 7 || all[0].ID != letterID(4) {
		t.Fatalf("%d letters of an eighth of the cap are kept, %v", len(all), err)
	}
	clear(p[Letters])
	clear(p[LettersOf])
	if err := (totals{last: 1 << 20, count: state.MaxLetters}).save(p); err != nil {
		t.Fatal(err)
	}
	for i := range state.MaxLetters {
		l := letter{Letter: state.Letter{Conv: state.Conv(fmt.Sprint("chat/main/", i)), At: *now}}
		if err := p.Put(Letters, letterKey(uint64(i+1)), encodeLetter(l)); err != nil {
			t.Fatal(err)
		}
	}
	accept(t, s, "one more", 0, big)
	if len(p[Letters]) != state.MaxLetters || p.Get(Letters, letterKey(1)) != nil {
		t.Fatalf("%d letters are kept, want %d without the oldest", len(p[Letters]), state.MaxLetters)
	}
}

func TestAuditFindsWhatDisagrees(t *testing.T) {
	one := []byte{1}
	for name, tamper := range map[string]func(p *plain){
		"no entry in the index":    func(p *plain) { clear(p[DueIndex]) },
		"an entry without work":    func(p *plain) { _ = p.Put(DueIndex, dueKey(7, convKey("other")), one) },
		"no header":                func(p *plain) { clear(p[Headers]) },
		"a header that is damaged": func(p *plain) { _ = p.Put(Headers, convKey(conv), one) },
		"a lost event":             func(p *plain) { clear(p[Inbox]) },
		"an event that is damaged": func(p *plain) { k, _ := p.Seek(Inbox, nil); _ = p.Put(Inbox, k, one) },
		"a row too many":           func(p *plain) { _ = p.Put(Outbox, append(convKey(conv), make([]byte, 8)...), seal(kindRow, nil)) },
		"a journal without its turn": func(p *plain) {
			_ = p.Put(Journals, append(convKey(conv), make([]byte, 8)...), encodeEntry(state.JournalEntry{}))
		},
		"a history without a header":           func(p *plain) { _ = p.Put(History, append(convKey("other"), make([]byte, 8)...), one) },
		"a counter that went back":             func(p *plain) { clear(p[Counters]) },
		"an id that is kept for ever":          func(p *plain) { clear(p[Expiry]) },
		"a window without its id":              func(p *plain) { clear(p[Seen]) },
		"a conversation that is kept for ever": func(p *plain) { clear(p[Idle]) },
		"a look at nothing":                    func(p *plain) { _ = p.Put(Idle, dueKey(7, convKey("other")), one) },
		"early statuses without a message":     func(p *plain) { _ = p.Put(Early, convKey(conv), encodeTexts(kindEarly, []string{"m", "read"})) },
		"a link that is kept for ever":         func(p *plain) { clear(p[LinkExpiry]) },
		"the end of a link without it":         func(p *plain) { clear(p[Links]) },
		"a count of letters without them":      func(p *plain) { _ = p.Put(LettersOf, convKey("other"), one) },
		"a letter that nobody knows":           func(p *plain) { _ = p.Put(LettersOf, append(convKey("other"), make([]byte, 8)...), nil) },
		"a letter that nobody counts":          func(p *plain) { _ = p.Put(Letters, letterKey(1), encodeLetter(letter{})) },
	} {
		t.Run(name, func(t *testing.T) {
			s, p, _ := newStore()
			accept(t, s, "1", time.Hour, []byte("hello"))
			if _, err := s.Link(t.Context(), "chat", "m1", conv); err != nil {
				t.Fatal(err)
			}
			if err := s.Audit(t.Context()); err != nil {
				t.Fatalf("before: %v", err)
			}
			tamper(p)
			if err := s.Audit(t.Context()); err == nil {
				t.Fatal("the audit found nothing")
			}
		})
	}
}

func TestDamagedHeaderIsAnError(t *testing.T) {
	s, p, _ := newStore()
	accept(t, s, "1", time.Hour, nil)
	_ = p.Put(Headers, convKey(conv), []byte("no header"))
	_, err := s.Claim(t.Context(), conv, state.Caller{Process: "a"})
	if err == nil || !strings.Contains(err.Error(), "damaged") || strings.Contains(err.Error(), "ann") {
		t.Fatalf("got %v, want an error that tells of the damage and names nobody", err)
	}
}

func TestTimesOutOfRangeEndAtItsEdges(t *testing.T) {
	for _, year := range []int{-100, 1, 1969, 1970, 2024, 2261, 2262, 9999} {
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if got := stampOf(at); got <= 0 || year > 1970 && year < 2262 && !timeOf(got).Equal(at) {
			t.Errorf("%d is stored as %d", year, got)
		}
	}
	if got := after(stampOf(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), time.Hour); got <= 0 {
		t.Errorf("an hour after the end is %d", got)
	}
}

// fullHeader has a value of its own in every field.
func fullHeader() header {
	h := header{turn: true, begun: true, inFlight: true, unknown: true, early: true}
	for i, n := range h.numbers() {
		*n = uint64(1000 + i)
	}
	for i, s := range h.stamps() {
		*s = int64(2000 + i)
	}
	h.token.Process, h.last.token.Process = "a", "b"
	return h
}

func TestHeaderKeepsEveryField(t *testing.T) {
	h := fullHeader()
	v := reflect.ValueOf(h)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Fatalf("the test does not set %s", v.Type().Field(i).Name)
		}
	}
	got, err := decodeHeader(h.encode(nil))
	if err != nil || got != h {
		t.Fatalf("got %+v, %v; want %+v", got, err, h)
	}
}

func TestHeaderCutShortIsRefused(t *testing.T) {
	h := fullHeader()
	b := h.encode(nil)
	for n := range b {
		if _, err := decodeHeader(b[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for a header", n, len(b))
		}
	}
}

func FuzzDecodeHeader(f *testing.F) {
	full, empty := fullHeader(), header{}
	f.Add(full.encode(nil))
	f.Add(empty.encode(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeHeader(b)
		if err != nil {
			return
		}
		again, err := decodeHeader(h.encode(nil))
		if err != nil || again != h {
			t.Fatalf("%x decodes to %+v and then to %+v, %v", b, h, again, err)
		}
	})
}

func FuzzDecodeValues(f *testing.F) {
	f.Add(encodeLetter(letter{Letter: state.Letter{Conv: conv, Cause: "c", Payload: []byte("p")}}))
	f.Add([]byte(sealHistory(state.HistoryEntry{MessageID: "m", Status: "sent"})))
	f.Add(encodeEntry(state.JournalEntry{Key: "k"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		kept := bytes.Clone(b)
		_, _ = decodeLetter(1, b)
		_, _ = decodeHistory(1, b)
		_, _ = decodeEntry(b)
		_, _ = decodeEvent(1, b)
		_, _ = decodeRow(1, b)
		_, _ = decodeState(b)
		_, _, _ = splitDue(b)
		if !bytes.Equal(b, kept) {
			t.Fatal("decoding changed the value")
		}
	})
}
