package rules

import (
	"encoding/binary"

	"github.com/parley-chat/parley/state"
)

// A sealed value is one that is ready to be stored but for its time, which only
// the transaction knows. Sealing copies the payload, so that an operation that
// outlives its call never reads memory of the caller.
type sealed []byte

// Stored values begin with their kind, so that a later version of one can be told
// from this.
const (
	kindEvent     = 1
	kindWake      = 2
	kindRow       = 3
	kindState     = 4
	kindJournal   = 5
	kindHistory   = 6
	kindOldLetter = 7 // without Wake and the time of the event
	kindLetter    = 8
	kindEventBack = 9 // that was set aside and put back
	kindWakeBack  = 10
	kindRowBack   = 11
	kindEarly     = 12
	kindLink      = 13
	kindLinkEarly = 14 // statuses that came before a link
	kindLinkAfter = 15 // a link, and the statuses that came before it
)

// sealedHead is the kind and the time before the payload of a sealed value.
const sealedHead = 1 + 8

func seal(kind byte, payload []byte) sealed {
	v := make(sealed, sealedHead, sealedHead+len(payload))
	v[0] = kind
	return append(v, payload...)
}

func sealAll(kind byte, payloads [][]byte) []sealed {
	all := make([]sealed, len(payloads))
	for i, p := range payloads {
		all[i] = seal(kind, p)
	}
	return all
}

// stamp sets the time and returns the value to store.
func (v sealed) stamp(at int64) []byte {
	binary.BigEndian.PutUint64(v[1:], uint64(at))
	return v
}

func (v sealed) size() int { return len(v) - sealedHead }

// unseal returns kind, time and payload of a stored value, which still belong to
// the transaction.
func unseal(v []byte) (kind byte, at int64, payload []byte, err error) {
	if len(v) < sealedHead {
		return 0, 0, nil, errDamaged
	}
	return v[0], int64(binary.BigEndian.Uint64(v[1:])), v[sealedHead:], nil
}

// viewEvent reads an event whose payload still belongs to the transaction.
func viewEvent(number uint64, v []byte) (state.Event, error) {
	kind, at, payload, err := unseal(v)
	if err != nil {
		return state.Event{}, err
	}
	e := state.Event{Number: number, First: number, At: timeOf(at)}
	switch kind {
	case kindEvent:
		e.Payload = payload
	case kindWake:
		e.Wake = true
	case kindEventBack, kindWakeBack:
		in := input{rest: payload}
		e.Wake, e.First = kind == kindWakeBack, in.uvarint()
		if in.bad {
			return state.Event{}, errDamaged
		}
		if !e.Wake {
			e.Payload = in.rest
		}
	default:
		return state.Event{}, errDamaged
	}
	return e, nil
}

func decodeEvent(number uint64, v []byte) (state.Event, error) {
	e, err := viewEvent(number, v)
	if err == nil && !e.Wake {
		e.Payload = clone(e.Payload)
	}
	return e, err
}

// sealBack packs an event that is put back.
func sealBack(l letter) sealed {
	v := make(sealed, sealedHead, sealedHead+binary.MaxVarintLen64+len(l.Payload))
	v[0] = kindEventBack
	if l.Wake {
		v[0] = kindWakeBack
	}
	v = binary.AppendUvarint(v, l.Number)
	if l.Wake {
		return v
	}
	return append(v, l.Payload...)
}

func decodeRow(number uint64, v []byte) (state.Row, error) {
	kind, at, payload, err := unseal(v)
	if err != nil || kind != kindRow && kind != kindRowBack {
		return state.Row{}, errDamaged
	}
	return state.Row{Number: number, Payload: clone(payload), At: timeOf(at)}, nil
}

func encodeState(b []byte) []byte {
	return append(append(make([]byte, 0, 1+len(b)), kindState), b...)
}

// decodeState returns nil for a conversation without a state.
func decodeState(v []byte) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	if len(v) < 1 || v[0] != kindState {
		return nil, errDamaged
	}
	return clone(v[1:]), nil
}

func encodeEntry(e state.JournalEntry) []byte {
	b := append(make([]byte, 0, len(e.Key)+len(e.Payload)+4), kindJournal)
	return append(appendText(b, e.Key), e.Payload...)
}

func decodeEntry(v []byte) (state.JournalEntry, error) {
	in := input{rest: v}
	kind, key := in.byte(), in.text()
	if in.bad || kind != kindJournal {
		return state.JournalEntry{}, errDamaged
	}
	return state.JournalEntry{Key: key, Payload: clone(in.rest)}, nil
}

// sealHistory packs an entry but for its number, which is in its key, and its
// time.
func sealHistory(e state.HistoryEntry) sealed {
	v := make(sealed, sealedHead, sealedHead+len(e.Payload)+len(e.MessageID)+len(e.Status)+8)
	v[0] = kindHistory
	v = append(v, directionByte(e.Direction))
	v = appendText(v, e.MessageID)
	v = appendText(v, e.Status)
	return append(v, e.Payload...)
}

func decodeHistory(number uint64, v []byte) (state.HistoryEntry, error) {
	kind, at, rest, err := unseal(v)
	if err != nil || kind != kindHistory {
		return state.HistoryEntry{}, errDamaged
	}
	in := input{rest: rest}
	e := state.HistoryEntry{Number: number, At: timeOf(at)}
	e.Direction = direction(in.byte())
	e.MessageID = in.text()
	e.Status = in.text()
	if in.bad {
		return state.HistoryEntry{}, errDamaged
	}
	e.Payload = clone(in.rest)
	return e, nil
}

// A letter is a dead letter as it is stored: accepted is when its event was, zero
// of a row and of what the first version set aside.
type letter struct {
	state.Letter
	accepted int64
}

func encodeLetter(l letter) []byte {
	v := make(sealed, sealedHead, sealedHead+len(l.Payload)+len(l.Conv)+len(l.Cause)+34)
	v[0] = kindLetter
	about := directionByte(l.Direction)
	if l.Wake {
		about |= 2
	}
	v = append(v, about)
	v = binary.AppendUvarint(v, uint64(l.accepted))
	v = binary.AppendUvarint(v, l.Number)
	v = appendText(v, string(l.Conv))
	v = appendText(v, l.Cause)
	return append(v, l.Payload...).stamp(stampOf(l.At))
}

// viewLetter reads a letter whose payload still belongs to the transaction.
func viewLetter(id uint64, v []byte) (letter, error) {
	kind, at, rest, err := unseal(v)
	if err != nil || kind != kindLetter && kind != kindOldLetter {
		return letter{}, errDamaged
	}
	in := input{rest: rest}
	l := letter{Letter: state.Letter{ID: letterID(id), At: timeOf(at)}}
	about := in.byte()
	l.Direction, l.Wake = direction(about&1), about&2 != 0
	if kind == kindLetter {
		l.accepted = int64(in.uvarint())
	}
	l.Number = in.uvarint()
	l.Conv = state.Conv(in.text())
	l.Cause = in.text()
	if in.bad || l.accepted < 0 {
		return letter{}, errDamaged
	}
	l.Payload = in.rest
	if kind == kindOldLetter {
		// An old letter does not tell a wake event; no channel has an event without
		// a payload, so it is one.
		l.Wake = l.Direction == state.In && len(l.Payload) == 0
	}
	return l, nil
}

func decodeLetter(id uint64, v []byte) (state.Letter, error) {
	l, err := viewLetter(id, v)
	if err != nil {
		return state.Letter{}, err
	}
	l.Payload = clone(l.Payload)
	return l.Letter, nil
}

func directionByte(d state.Direction) byte {
	if d == state.Out {
		return 1
	}
	return 0
}

func direction(b byte) state.Direction {
	if b == 1 {
		return state.Out
	}
	return state.In
}

// clone copies bytes out of a transaction; the copy of none is empty, not nil.
func clone(b []byte) []byte { return append([]byte{}, b...) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// An input reads a stored value from its start. After a read that found too
// little, bad is set and everything reads as zero.
type input struct {
	rest []byte
	bad  bool
}

func (in *input) byte() byte {
	if in.bad || len(in.rest) == 0 {
		in.bad = true
		return 0
	}
	b := in.rest[0]
	in.rest = in.rest[1:]
	return b
}

func (in *input) uvarint() uint64 {
	n, size := binary.Uvarint(in.rest)
	if in.bad || size <= 0 {
		in.bad = true
		return 0
	}
	in.rest = in.rest[size:]
	return n
}

func (in *input) text() string {
	n := in.uvarint()
	if in.bad || n > uint64(len(in.rest)) {
		in.bad = true
		return ""
	}
	s := string(in.rest[:n])
	in.rest = in.rest[n:]
	return s
}
