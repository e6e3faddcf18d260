package state

import (
	"context"
	"time"
)

// Intake takes events in.
type Intake interface {
	// Accept appends the events, in order, to the inbox of conv: all of them or,
	// with an error, maybe none. There is one verdict per event. When the
	// conversation is free and the caller has room, and there is something to do
	// now, it is leased to the caller and the hand-out is Turn or Send; else it
	// is Free or Busy, or Newer in place of a lease. A set-aside event leaves a dead
	// letter, and its dedupe id is remembered like that of any other.
	Accept(ctx context.Context, conv Conv, events []NewEvent, caller Caller) ([]Verdict, HandOut, error)
}

// Turns moves a conversation on. Commit, Fail and Mark answer with the next
// hand-out, rows before events, and end the lease when there is none.
type Turns interface {
	// Claim leases a conversation that is due. A lease that ran out is replaced;
	// its turn counts one death, and an event that reaches MaxDeaths is set
	// aside; its attempt to send becomes unknown. A wake time that came becomes
	// an event at the end of the inbox. The hand-out is Turn or Send; Free when
	// the lease that ran out left nothing to do; Busy; Newer of what is due, and
	// then nothing was changed; or Early, even of what was due, when a wake event
	// has to wait behind a turn that failed.
	Claim(ctx context.Context, conv Conv, caller Caller) (HandOut, error)
	// Journal keeps results of the turn in hand and appends the rows that are
	// not yet taken: rows are all rows of the turn so far. The hand-out is Send
	// when a row can leave now, else Proceed, or Lost. An entry replaces one of
	// the same key.
	Journal(ctx context.Context, conv Conv, token Token, event uint64, entries []JournalEntry, rows [][]byte) (HandOut, error)
	// Commit ends the turn of the event at the head of the inbox.
	Commit(ctx context.Context, conv Conv, token Token, event uint64, r Result) (HandOut, error)
	// Fail ends a turn that could not be done: the event is handed out again later,
	// or it is set aside.
	Fail(ctx context.Context, conv Conv, token Token, event uint64, f Failure) (HandOut, error)
	// Mark records what became of a row. Within a turn (after Journal) the
	// hand-out is Send, Proceed or Lost. With Sent, the row leaves the outbox even
	// if the token is lost or another attempt has begun, and statuses of its
	// MessageID that came early count.
	Mark(ctx context.Context, conv Conv, token Token, row uint64, attempt int, o Outcome) (HandOut, error)
	// Renew makes the lease end LeaseTime from now; the hand-out is Proceed or Lost.
	Renew(ctx context.Context, conv Conv, token Token) (HandOut, error)
	// Release gives the lease back: whatever is pending becomes due, the turn in
	// hand (not a death) included. An attempt in flight becomes unknown. The
	// hand-out is Free or Lost.
	Release(ctx context.Context, conv Conv, token Token) (HandOut, error)
}

// Index finds work.
type Index interface {
	// Due returns up to limit conversations whose time has come, the oldest
	// first, and when the next one after now is due (zero: none).
	Due(ctx context.Context, limit int) (due []Due, next time.Time, err error)
	// Backlog counts the conversations whose time has come; it stops at limit.
	Backlog(ctx context.Context, limit int) (int, error)
}

// Reader looks at conversations and changes nothing.
type Reader interface {
	// Load returns the state of a conversation, nil when it has none.
	Load(ctx context.Context, conv Conv) ([]byte, error)
	// History returns up to limit entries whose number is above after, oldest
	// first.
	History(ctx context.Context, conv Conv, after uint64, limit int) ([]HistoryEntry, error)
	// DeadLetters returns up to limit dead letters whose id is above after.
	DeadLetters(ctx context.Context, after string, limit int) ([]Letter, error)
}

// Facts records what others tell about messages that went out.
type Facts interface {
	// Status raises the status of the message with the provider's id messageID
	// in the history of conv, and reports whether it rose. One that came before its
	// message was marked as sent is kept for that Mark, up to MaxEarly of them, as
	// long as rows wait in the outbox of conv.
	Status(ctx context.Context, conv Conv, messageID, status string) (bool, error)
	// Link records for LinkTime that the message belongs to conv, where statuses
	// do not name the conversation, and returns those that came before, in order, to
	// a repeat too. A message id is that of one channel.
	Link(ctx context.Context, channel, messageID string, conv Conv) (early []string, err error)
	// Linked returns the conversation of a message, "" when it is not linked: then
	// the status, unless it is "", is kept for the Link to come, up to MaxEarly of
	// them, for LinkTime.
	Linked(ctx context.Context, channel, messageID, status string) (Conv, error)
}

// Operator is for people who mend things.
type Operator interface {
	// Retry puts a dead letter back: an event as the last of its inbox, with a new
	// Number, and First and At as they were; a row as the last of its outbox, with
	// a new Number, the time of now, and no attempt yet. The letter is gone then.
	// ErrNotFound, also for a repeat; ErrFull when there is no room, ErrTooLarge of
	// an event that was set aside for that: nothing was changed.
	Retry(ctx context.Context, id string) error
	// Drop deletes a dead letter, or returns ErrNotFound.
	Drop(ctx context.Context, id string) error
	// Forget erases a conversation and its dead letters; a holder has lost its
	// lease. What remains is a hash of the ids of its events and the links of its
	// messages, until their time is over. Forgetting nothing is no error.
	Forget(ctx context.Context, conv Conv) error
}

// A Store is all of it.
type Store interface {
	Intake
	Turns
	Index
	Reader
	Facts
	Shared
	Operator
	// Close lets running calls end; later calls return ErrClosed, a second Close
	// does nothing.
	Close() error
}
