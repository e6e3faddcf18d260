package bot

import (
	"sync"

	"github.com/parley-chat/parley/state"
)

// maxTried is how many conversations' tries are remembered.
const maxTried = 10_000

// tries counts how often this process tried to send the message at the head of an
// outbox. The attempts that the store counts are not that: a message that waits for
// its turn, or for a channel that pauses, is handed out without being tried.
type tries struct {
	mu  sync.Mutex
	row map[state.Conv]tried
}

type tried struct {
	row   uint64
	times int
}

func newTries() *tries { return &tries{row: map[state.Conv]tried{}} }

// add counts one try that failed, and returns how many there were.
func (t *tries) add(conv state.Conv, row uint64) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	is := t.row[conv]
	if is.row != row {
		is = tried{row: row}
	}
	is.times++
	for other := range t.row {
		if len(t.row) < maxTried {
			break
		}
		delete(t.row, other) // its count begins again
	}
	t.row[conv] = is
	return is.times
}

// forget ends the count: the message was sent, or is a dead letter.
func (t *tries) forget(conv state.Conv) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.row, conv)
}
