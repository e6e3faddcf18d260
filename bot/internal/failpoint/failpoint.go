// Package failpoint has named points in the life of a message at which a test can
// end or stop the process. Without the build tag failpoints [Hit] is empty and
// inlined away, and [Clock] returns the clock that it got, so a release holds none
// of it.
//
// With the tag, the environment says what happens in a process:
//
//	PARLEY_FAILPOINT=name:nth[:action]
//	PARLEY_CLOCK_OFFSET=offset[,drift]
//
// The nth hit of the point acts, the first is 1: kill ends the process with SIGKILL
// (the default), stop stops it with SIGSTOP, delay=2s waits at the point. The
// clock of the process goes wrong by the offset, such as -1h, and by the drift more
// with each minute.
package failpoint

// The points, in the order in which a message comes to them.
const (
	// AfterSignature: a webhook is verified and decoded, nothing of it is stored.
	AfterSignature = "after-signature"
	// BeforeAccept: the events of a conversation are about to be stored.
	BeforeAccept = "before-accept"
	// AfterAcceptBefore200: they are stored, and the platform does not know.
	AfterAcceptBefore200 = "after-accept-before-200"
	// AfterPoll: the head of a platform's queue is read, nothing of it is stored.
	AfterPoll = "after-poll"
	// AfterAcceptBeforeDelete: it is stored, and still the head of the queue.
	AfterAcceptBeforeDelete = "after-accept-before-delete"
	// AfterLease: the process holds a conversation and has done nothing for it yet.
	AfterLease = "after-lease"
	// BeforeTurn: the event is read, the flows have not begun.
	BeforeTurn = "before-turn"
	// MidTurnAfterJournal: a result or a reply within a turn was journaled.
	MidTurnAfterJournal = "mid-turn-after-journal"
	// BeforeCommit: the turn is over and only this process knows what it decided.
	BeforeCommit = "before-commit"
	// AfterCommit: what the turn decided is stored, nothing of it was sent.
	AfterCommit = "after-commit"
	// BeforeSend: a row is handed out and the request is not written.
	BeforeSend = "before-send"
	// AfterSendBeforeMark: the platform answered, and the store does not know.
	AfterSendBeforeMark = "after-send-before-mark"
	// AfterMark: what became of the row is stored.
	AfterMark = "after-mark"
	// DuringTimerFire: a wake time came and its turn has begun.
	DuringTimerFire = "during-timer-fire"
	// DuringReload: new flows are compiled and do not run yet.
	DuringReload = "during-reload"
	// DuringShutdown: the server is closed, turns are in hand.
	DuringShutdown = "during-shutdown"
)

// Points returns the names of all points.
func Points() []string {
	return []string{
		AfterSignature, BeforeAccept, AfterAcceptBefore200, AfterPoll, AfterAcceptBeforeDelete, AfterLease, BeforeTurn,
		MidTurnAfterJournal, BeforeCommit, AfterCommit, BeforeSend, AfterSendBeforeMark, AfterMark, DuringTimerFire, DuringReload, DuringShutdown,
	}
}
