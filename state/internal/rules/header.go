package rules

import (
	"encoding/binary"

	"github.com/parley-chat/parley/state"
)

// A header is what a store keeps of a conversation besides payloads: who holds
// it, what waits, and what the last holder was told. Times are stamps; zero is
// none.
type header struct {
	token state.Token // zero: free
	until int64       // when the lease ends
	turn  bool        // the holder has the event at the head in hand
	begun bool        // and has journaled since
	trail trail       // what the holder finished

	// The inbox; what follows waits belongs to the event at its head.
	events, eventBytes  uint64
	event               uint64
	waits               int64
	deaths, fails       uint64
	taken, firstTaken   uint64 // rows of the turn that the outbox took, number of the first
	entries, entryBytes uint64 // the journal

	// The outbox; what follows row belongs to the row at its head.
	rows     uint64
	row      uint64
	rowWaits int64
	attempt  uint64
	inFlight bool
	unknown  bool

	wake    int64
	score   int64 // the entry in the work index
	history uint64
	early   bool // statuses wait for their messages

	flows  uint64 // the highest number of flows that it has seen
	turned int64  // when its last turn ended, or when it began
	look   int64  // the entry in the index of what is kept too long

	last lastLease
}

// A trail tells a repeat from a decision that was never made.
type trail struct {
	event        uint64 // the last event whose turn ended
	row, attempt uint64 // the last attempt that was marked
}

// covers reports whether the attempt was marked under the lease of the trail.
func (t trail) covers(row, attempt uint64) bool {
	return row < t.row || row == t.row && attempt <= t.attempt
}

// A lastLease is the last lease that its holder saw end.
type lastLease struct {
	token state.Token
	trail trail
}

// The versions of a header. The first had no flows, turned, look and early; it is
// still read.
const (
	headerVersion1 = 1
	headerVersion  = 2
)

// What the first version had of numbers and stamps.
const (
	numbersVersion1 = 21
	stampsVersion1  = 5
)

// The bits of the flag byte of a header, in the order in which encode sets them.
const (
	flagTurn = 1 << iota
	flagBegun
	flagInFlight
	flagUnknown
	flagEarly
	flagsKnown    = 1<<iota - 1
	flagsVersion1 = flagEarly - 1
)

// numbers lists the counting fields in the order in which they are stored; new
// ones come last.
func (h *header) numbers() [22]*uint64 {
	return [...]*uint64{
		&h.token.Number, &h.trail.event, &h.trail.row, &h.trail.attempt,
		&h.events, &h.eventBytes, &h.event, &h.deaths, &h.fails,
		&h.taken, &h.firstTaken, &h.entries, &h.entryBytes,
		&h.rows, &h.row, &h.attempt, &h.history,
		&h.last.token.Number, &h.last.trail.event, &h.last.trail.row, &h.last.trail.attempt,
		&h.flows,
	}
}

// stamps lists the times likewise.
func (h *header) stamps() [7]*int64 {
	return [...]*int64{&h.until, &h.waits, &h.rowWaits, &h.wake, &h.score, &h.turned, &h.look}
}

// encode appends the header to b: version, flags, numbers and times as varints,
// and the two processes, each after its length.
func (h *header) encode(b []byte) []byte {
	var flags byte
	for i, set := range [...]bool{h.turn, h.begun, h.inFlight, h.unknown, h.early} {
		if set {
			flags |= 1 << i
		}
	}
	b = append(b, headerVersion, flags)
	for _, n := range h.numbers() {
		b = binary.AppendUvarint(b, *n)
	}
	for _, t := range h.stamps() {
		b = binary.AppendUvarint(b, uint64(*t))
	}
	b = appendText(b, h.token.Process)
	return appendText(b, h.last.token.Process)
}

// decodeHeader reads what encode wrote and refuses everything else. A header
// that it accepts is consistent: lengths and heads agree.
func decodeHeader(b []byte) (h header, err error) {
	numbers, stamps, known := h.numbers(), h.stamps(), byte(flagsKnown)
	countNumbers, countStamps := len(numbers), len(stamps)
	if len(b) > 0 && b[0] == headerVersion1 {
		countNumbers, countStamps, known = numbersVersion1, stampsVersion1, flagsVersion1
	} else if len(b) == 0 || b[0] != headerVersion {
		return header{}, errDamaged
	}
	if len(b) < 2 || b[1] > known {
		return header{}, errDamaged
	}
	flags := b[1]
	h.turn, h.begun = flags&flagTurn != 0, flags&flagBegun != 0
	h.inFlight, h.unknown = flags&flagInFlight != 0, flags&flagUnknown != 0
	h.early = flags&flagEarly != 0
	in := input{rest: b[2:]}
	for _, n := range numbers[:countNumbers] {
		*n = in.uvarint()
	}
	for _, t := range stamps[:countStamps] {
		*t = int64(in.uvarint())
	}
	h.token.Process = in.text()
	h.last.token.Process = in.text()
	if in.bad || len(in.rest) > 0 || !h.consistent() {
		return header{}, errDamaged
	}
	return h, nil
}

func (h *header) consistent() bool {
	for _, t := range h.stamps() {
		if *t < 0 {
			return false
		}
	}
	leased := h.token.Number != 0
	return (h.events > 0) == (h.event > 0) &&
		(h.rows > 0) == (h.row > 0) &&
		(h.taken > 0) == (h.firstTaken > 0) &&
		leased == (h.until > 0) &&
		(leased || !h.turn && !h.inFlight && h.token.Process == "") &&
		(!h.turn || h.events > 0) &&
		(!h.early || h.rows > 0) &&
		(!h.inFlight || h.rows > 0 && h.attempt > 0)
}
