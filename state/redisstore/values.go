package redisstore

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/parley-chat/parley/state"
)

// An element of a list is its kind, its number and its time, big-endian, before
// its payload. The constants are those of the scripts.
const (
	kindEvent = 1
	kindWake  = 2
	kindRow   = 3
	kindIn    = 4 // of the history
	kindOut   = 5

	// What came back from the dead letters. Events have their first number before
	// their payload.
	kindEventAgain = 6
	kindWakeAgain  = 7
	kindRowAgain   = 8

	elementHead = 1 + 8 + 8

	// A state that lies apart lies behind this byte, another that tells whether there
	// is one, and the number of the flows. States of the first version were JSON.
	stateMark = 0
)

// errDamaged: an answer that no script of this package gives.
var errDamaged = errors.New("stored data is damaged")

// An element as it is stored.
type element struct {
	kind    byte
	number  uint64
	at      time.Time
	payload []byte
}

// Times are microseconds since 1970: those of Redis, and numbers that Lua keeps
// exactly until the year 2255.
const (
	maxStamp = 1<<53 - 1
	maxDelay = 100 * 365 * 24 * time.Hour
)

// stampOf packs a time, rounded up so that nothing is early. Zero stays free to
// mean none; times out of range end at its edges.
func stampOf(t time.Time) int64 {
	switch {
	case t.Year() < 1970:
		return 1
	case t.Year() > 2254:
		return maxStamp
	}
	return max(t.Add(time.Microsecond-1).UnixMicro(), 1)
}

func timeOf(stamp int64) time.Time { return time.UnixMicro(stamp).UTC() }

// microsOf rounds a duration up; a negative one is none.
func microsOf(d time.Duration) int64 {
	return (min(max(d, 0), maxDelay) + time.Microsecond - 1).Microseconds()
}

func bit(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

// oneOrZero is a bit among the small numbers of packed.
func oneOrZero(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// packed puts numbers, small ones and a text together, so that Redis gets one
// argument in place of many: the numbers with 8 bytes, the small ones with one. A
// script takes it apart with struct.unpack.
func packed(numbers []uint64, small []byte, text string) string {
	b := make([]byte, 0, 8*len(numbers)+len(small)+4+len(text))
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = binary.BigEndian.AppendUint32(append(b, small...), uint32(len(text)))
	return string(append(b, text...))
}

// A reply reads an answer of a script from its start. After a read that found
// something else, bad is set and everything reads as zero.
type reply struct {
	rest []any
	bad  bool
}

func newReply(v any) *reply {
	all, ok := v.([]any)
	return &reply{rest: all, bad: !ok}
}

func (r *reply) next() any {
	if len(r.rest) == 0 {
		r.bad = true
		return nil
	}
	v := r.rest[0]
	r.rest = r.rest[1:]
	return v
}

func (r *reply) number() int64 {
	n, ok := r.next().(int64)
	r.bad = r.bad || !ok
	return n
}

func (r *reply) text() string {
	s, ok := r.next().(string)
	r.bad = r.bad || !ok
	return s
}

// bytes returns nil where the answer is none.
func (r *reply) bytes() []byte {
	v := r.next()
	if v == nil {
		return nil
	}
	s, ok := v.(string)
	r.bad = r.bad || !ok
	return []byte(s)
}

func (r *reply) list() []any {
	all, ok := r.next().([]any)
	r.bad = r.bad || !ok
	return all
}

// element reads one with a kind that is expected.
func (r *reply) element(kinds ...byte) element {
	e, err := openElement(r.text())
	for _, kind := range kinds {
		if e.kind == kind {
			return e
		}
	}
	r.bad = r.bad || err != nil || len(kinds) > 0
	return e
}

// event reads an element of an inbox.
func (r *reply) event() state.Event {
	e := r.element(kindEvent, kindWake, kindEventAgain, kindWakeAgain)
	out := state.Event{Number: e.number, First: e.number, At: e.at, Wake: e.kind == kindWake || e.kind == kindWakeAgain}
	if e.kind == kindEventAgain || e.kind == kindWakeAgain {
		if len(e.payload) < 8 {
			r.bad = true
			return out
		}
		out.First, e.payload = binary.BigEndian.Uint64(e.payload), e.payload[8:]
	}
	if !out.Wake {
		out.Payload = e.payload
	}
	return out
}

func openElement(s string) (element, error) {
	if len(s) < elementHead {
		return element{}, errDamaged
	}
	b := []byte(s)
	return element{
		kind:    b[0],
		number:  binary.BigEndian.Uint64(b[1:]),
		at:      timeOf(int64(binary.BigEndian.Uint64(b[9:]))),
		payload: b[elementHead:],
	}, nil
}
