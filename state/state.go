// Package state is the contract between Parley and the store that holds its
// conversations: what is durable, who may decide, and in which order.
//
// A conversation has an inbox of events that wait for their turn, an outbox of
// rows that wait to be sent, an opaque state, a journal of the turn in hand, a
// capped history, and at most one lease. The operations of a store move a
// message through them:
//
//	Accept   webhook events -> inbox        (the caller usually gets the lease)
//	Journal  a result within a turn         (and rows that leave before it)
//	Commit   a turn -> state, outbox, wake  (the event leaves the inbox)
//	Mark     what became of a row           (the row leaves the outbox)
//	Fail     a turn that could not be done  (later, or to the dead letters)
//	Renew, Release, Claim                   (the lease; Claim takes over)
//
// What processes share beside conversations is in [Shared], what operators do in
// [Operator].
//
// Three rules hold in every implementation, and package statetest checks them:
//
//   - Decisions need the fence. Journal, Commit, Fail, Renew and Release name the
//     [Token] of the lease and do nothing once it is lost. Facts are recorded
//     from anyone: Mark with [Sent] counts even after the lease moved.
//   - Work without an entry in the work index cannot exist. A conversation that
//     has a lease, an event, a row or a wake time is found by Due.
//   - Each operation may be repeated. A caller that did not get the answer asks
//     again, with the same arguments, and gets the answer it would have got, as
//     long as nobody else got the lease in between. Only Accept and Claim cannot
//     tell a repeat from a second caller of the same process: they answer
//     [Duplicate], and [Busy] with the token of a lease that is the caller's own.
//     Who does not know of that lease releases it and claims.
//
// A lease that ran out goes on to hold until Claim replaces it; Accept never
// does.
//
// All times come from the clock of the store, which alone judges leases. Stores
// are safe for concurrent use. Payloads are opaque to a store, never nil-checked
// and never kept by reference after the call returns.
package state

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// The limits and times of every store. They are part of the contract: the suite
// in statetest expects them.
const (
	// LeaseTime is how long a lease lasts after it was given or renewed.
	LeaseTime = 12 * time.Second
	// LeaseExtend is the time left under which a hand-out extends the lease.
	LeaseExtend = 9 * time.Second
	// MaxEvent is the largest payload of an event, in bytes.
	MaxEvent = 64 << 10
	// MaxRow is the largest payload of a row, in bytes.
	MaxRow = 64 << 10
	// MaxJournalEntry is the largest payload of a journal entry, in bytes, and
	// MaxJournal bounds the journal of one turn, keys included.
	MaxJournalEntry = 64 << 10
	MaxJournal      = 1 << 20
	// MaxInboxEvents and MaxInboxBytes bound the inbox of one conversation.
	MaxInboxEvents = 1000
	MaxInboxBytes  = 1 << 20
	// MaxOutboxRows bounds the outbox of one conversation.
	MaxOutboxRows = 200
	// MaxState is the largest state of a conversation, in bytes.
	MaxState = 1 << 20
	// MaxHistory is the number of history entries kept per conversation.
	MaxHistory = 50
	// MaxEarly is the number of statuses kept per conversation, and per id of a
	// message, that came before it was recorded as sent.
	MaxEarly = 32
	// LinkTime is how long the id of a message leads to its conversation.
	LinkTime = 7 * 24 * time.Hour
	// AliveTime is how long a process counts as living after it said so.
	AliveTime = 30 * time.Second
	// Retention is how long an idle conversation is kept after its last turn, and
	// HistoryTime an entry of its history, unless the store was opened with others.
	Retention   = 400 * 24 * time.Hour
	HistoryTime = 90 * 24 * time.Hour
	// MaxLetters bounds the dead letters of a store, MaxLettersEach those of one
	// conversation: the oldest go, and the store logs how many. LetterTime is how
	// long one is kept.
	MaxLetters     = 10_000
	MaxLettersEach = 1000
	LetterTime     = 30 * 24 * time.Hour
	// MaxDeaths is the number of processes an event may take down before the store
	// sets it aside. It is a backstop: a bot convicts an event much earlier, on
	// better evidence than that it was in hand.
	MaxDeaths = 100
)

// Partitions is the number of parts that conversations are spread over. It never
// changes: keys contain it.
const Partitions = 256

// A Conv names a conversation: channel, account and key, joined by "/".
type Conv string

// NewConv returns the name of a conversation. A name over 200 bytes keeps its
// channel and account and hashes its key.
func NewConv(channel, account, key string) Conv {
	name := channel + "/" + account + "/" + key
	if len(name) > 200 {
		name = fmt.Sprintf("%s/%s/#%016x%016x", channel, account, xxhash.Sum64String(key), xxhash.Sum64String("~"+key))
	}
	return Conv(name)
}

// Channel returns the name of the channel, the part before the first "/".
func (c Conv) Channel() string {
	channel, _, _ := strings.Cut(string(c), "/")
	return channel
}

// Account returns the account on the channel, the second part of the name.
func (c Conv) Account() string {
	_, rest, _ := strings.Cut(string(c), "/")
	account, _, _ := strings.Cut(rest, "/")
	return account
}

// Key returns the key of the conversation on its account, the rest of the name.
func (c Conv) Key() string {
	_, rest, _ := strings.Cut(string(c), "/")
	_, key, _ := strings.Cut(rest, "/")
	return key
}

// Partition returns the part of the store that the conversation lies in: the top
// byte of the xxhash64 of its name, for ever.
func (c Conv) Partition() uint8 { return uint8(xxhash.Sum64String(string(c)) >> 56) }

// A Token is the fence of a lease. The number grows with every lease of a
// partition and is never given out again; the process tells two owners of one
// number apart. The zero Token is no lease.
type Token struct {
	Number  uint64
	Process string
}

// A Caller is a process that asks for work.
type Caller struct {
	// Process is random for each start of a process.
	Process string
	// Room is false when the process can take no more turns: Accept then keeps
	// the events and leases nothing.
	Room bool
	// Flows is the number of the caller's flows, see [Shared]. A conversation that
	// has seen newer ones is not leased to it. Zero: it takes any.
	Flows uint64
}

// A NewEvent is offered to Accept.
type NewEvent struct {
	// DedupeID is unique for the event within its channel and account. It is
	// known again when it is offered to the same conversation.
	DedupeID string
	// Window is how long DedupeID is remembered, from the first offer on. Zero:
	// not at all.
	Window time.Duration
	// Payload is the event, opaque, at most MaxEvent bytes.
	Payload []byte
}

// A Verdict tells what Accept did with an event.
type Verdict string

// The verdicts of Accept. All of them are durable: a webhook whose events got
// any of them may be answered 200.
const (
	Appended  Verdict = "appended"  // it waits in the inbox
	Duplicate Verdict = "duplicate" // its dedupe id was seen within the window
	SetAside  Verdict = "set_aside" // too large, or the inbox is full: a dead letter
)

// An Event waits in an inbox.
type Event struct {
	// Number orders the events of a conversation; it grows and never repeats.
	Number uint64
	// Wake is true for the event that stands for a wake time that came. It has
	// no payload.
	Wake    bool
	Payload []byte
	// At is when the event was accepted.
	At time.Time
	// First is the number it had when it was accepted: Number, unless it was set
	// aside and put back since.
	First uint64
}

// A Row waits in an outbox: one request to the API of a channel.
type Row struct {
	// Number orders the rows of a conversation; it grows and never repeats.
	Number  uint64
	Payload []byte
	// At is when the row was committed.
	At time.Time
}

// A JournalEntry keeps a result that a turn asked for, so that a crash does not
// ask again.
type JournalEntry struct {
	Key     string
	Payload []byte
}

// A HandOutKind says what a HandOut hands out.
type HandOutKind string

// What an operation hands out. With Turn and Send the caller holds the lease
// and has to do the work; with all others it holds nothing, save that Proceed
// tells it to go on with the turn in hand.
const (
	Turn    HandOutKind = "turn"    // handle Event on State
	Send    HandOutKind = "send"    // send Row
	Proceed HandOutKind = "proceed" // no row to send now: go on with the turn in hand
	Free    HandOutKind = "free"    // nothing to do now: the lease is given back
	Busy    HandOutKind = "busy"    // somebody holds the lease: with Token, the caller itself
	Early   HandOutKind = "early"   // nothing is due yet
	Newer   HandOutKind = "newer"   // it has seen newer flows than the caller's: left as it is
	Lost    HandOutKind = "lost"    // the token is not the lease any more: stop
)

// A HandOut is work for the holder of a lease. Rows come before events.
type HandOut struct {
	Kind HandOutKind
	// Token is the lease, with Turn, Send, Proceed, and with Busy when the lease
	// is the caller's own; else zero.
	Token Token
	// Now is the time of the store. Left is what is left of the lease, with Turn,
	// Send, Proceed and Busy; never negative.
	Now  time.Time
	Left time.Duration

	// With Turn. State is nil for a new conversation.
	Event   Event
	State   []byte
	Journal []JournalEntry
	// Rows counts the rows of this turn that are already in the outbox or gone.
	Rows int
	// Deaths counts processes that died in this turn, Fails the times it failed.
	Deaths, Fails int

	// With Send. Attempt counts from 1 for each row; the same Row and Attempt
	// again is the same attempt, not another. Unknown is true when an attempt
	// before was cut between request and Mark, so that this one may be the second
	// copy.
	Row     Row
	Attempt int
	Unknown bool
}

// A Direction tells who wrote an entry of the history.
type Direction string

// The directions of history entries.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// A HistoryEntry is a message as it came in or went out.
type HistoryEntry struct {
	// Number grows within a conversation.
	Number    uint64
	Direction Direction
	At        time.Time
	Payload   []byte
	// MessageID is the provider's id of a message that went out.
	MessageID string
	// Status of a message that went out only rises: see [StatusRank].
	Status string
}

// A Result is what a turn leaves behind.
type Result struct {
	// State replaces the state; nil leaves it as it is.
	State []byte
	// Rows are all rows of the turn, those that Journal took included.
	Rows [][]byte
	// Wake is when the conversation must be looked at; zero for never. It
	// replaces the wake time before.
	Wake time.Time
	// Cancel drops every row that is neither of this turn nor in flight.
	Cancel bool
	// History is the entry for the event; nil writes none.
	History []byte
	// Flows is the number of the flows that handled it. The conversation keeps the
	// highest.
	Flows uint64
}

// A Failure says how a turn ends that could not be done.
type Failure struct {
	// Delay over zero leaves the event at the head, its journal kept, and hands it
	// out again after it, one fail more. With none it becomes a dead letter.
	Delay time.Duration
	// Cause, of the dead letter, is for people; it holds no secret.
	Cause string
	// Payload, at most MaxEvent bytes, replaces that of the event in the dead
	// letter; nil leaves it.
	Payload []byte
	// Rows (an apology) go to the outbox with the dead letter; with a delay they
	// are left alone.
	Rows [][]byte
}

// An OutcomeKind says what became of a row.
type OutcomeKind string

// The outcomes of a row.
const (
	Sent    OutcomeKind = "sent"    // the provider took it
	Later   OutcomeKind = "later"   // not now: again after Delay
	Dead    OutcomeKind = "dead"    // never: a dead letter with Cause
	Unknown OutcomeKind = "unknown" // cut between request and answer: again after Delay, marked
)

// An Outcome is what Mark records.
type Outcome struct {
	Kind OutcomeKind
	// MessageID is the provider's id, with Sent.
	MessageID string
	// History is the entry for a row that was sent; nil writes none.
	History []byte
	// Delay, with Later and Unknown, is how long the row waits.
	Delay time.Duration
	// Cause, with Dead, is for people; it holds no secret.
	Cause string
}

// A Letter is an event or a row that was set aside, with its cause.
type Letter struct {
	// ID orders dead letters and names one.
	ID   string
	Conv Conv
	// Direction is In for an event, Out for a row.
	Direction Direction
	// Number is that of the event, its First, or of the row.
	Number uint64
	// Wake is true for the event that stands for a wake time.
	Wake bool
	// At is when it was set aside.
	At      time.Time
	Cause   string
	Payload []byte
}

// Due is a conversation that somebody must look at.
type Due struct {
	Conv Conv
	At   time.Time
}

// Errors of stores. Any other error says that the store could not be asked: the
// operation may or may not have happened, and may be repeated.
var (
	// ErrTooLarge: an event, a state, a row or a journal over its limit. Nothing was
	// changed.
	ErrTooLarge = errors.New("state: too large")
	// ErrFull: the outbox has no room for the rows of the turn, or inbox or outbox
	// has none for a dead letter. Nothing was changed.
	ErrFull = errors.New("state: no room")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("state: closed")
	// ErrNotFound: there is no dead letter of that id (any more).
	ErrNotFound = errors.New("state: not found")
)

// StatusRank orders the statuses of a message that went out: a status replaces
// one of a lower rank. An unknown status has rank 0.
func StatusRank(status string) int {
	switch status {
	case "sent":
		return 1
	case "delivered":
		return 2
	case "read":
		return 3
	case "failed":
		return 4
	}
	return 0
}
