package chaos

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
)

// TestPullLosesNothing kills the bot again and again while it has the head of a
// queue in hand, and the process that polls while another waits. In make chaos it
// is killed 100 times.
func TestPullLosesNothing(t *testing.T) {
	t.Parallel()
	report(t, together(t, pulls(5), 3, seed(t)))
}

// pulls are the scenarios of a queue: a kill at each of the two points, so many
// times, and the death of the process that polls.
func pulls(kills int) []scenario {
	var all []scenario
	for _, point := range []string{failpoint.AfterPoll, failpoint.AfterAcceptBeforeDelete} {
		all = append(all, scenario{
			name: fmt.Sprintf("pull, %d kills %s", kills, point), store: onFile, bots: 1, people: 3, pace: 10 * time.Millisecond, twins: 0.1,
			queue:  true,
			faults: func(w *world) { killAt(w, point, kills) }, check: pulled,
		})
	}
	return append(all, scenario{
		name: "pull, kill the poller", store: onRedis, bots: 2, people: 3, pace: 20 * time.Millisecond, twins: 0.1, queue: true,
		faults: killPoller, check: pulled,
	})
}

// killAt has the bot die at the point so many times. Each life is long enough for
// the turns that the last one cut: what dies with its process three times would be
// set aside.
func killAt(w *world, point string, kills int) {
	w.answered(10)
	w.fleet.kill(0)
	for range kills {
		w.fleet.launch(0, fmt.Sprintf("PARLEY_FAILPOINT=%s:%d", point, 10+w.random.IntN(20)))
		w.fleet.died(0)
	}
	w.fleet.start(0)
	w.sink.queue.poison()
	w.answered(50)
}

// killPoller kills the bot that polls, and wants the other to poll in time. One
// that comes back does not poll, while the other does.
func killPoller(w *world) {
	const promised, noise = 15 * time.Second, 2 * time.Second
	w.answered(50)
	first, _ := w.sink.queue.leader()
	w.fleet.kill(first)
	died, next, at := time.Now(), first, time.Time{}
	until(w.t, "the other bot polls", func() bool {
		next, at = w.sink.queue.leader()
		return next != first
	})
	if took := at.Sub(died); took > promised+noise {
		w.t.Errorf("nobody polled for %s after the kill, want %s at most", took, promised)
	}
	w.fleet.start(first)
	w.answered(100)
	if now, _ := w.sink.queue.leader(); now != next {
		w.t.Errorf("bot %d polls, while bot %d lives and did before", now, next)
	}
}

// pulled wants the queue empty, asked by one bot at a time, and its settings set
// once: the first bot found a webhook, those after it nothing to change. A head
// that is never whole was given out four times, and set aside. What was lost, came
// twice or out of order the ledger says.
func pulled(w *world, s sum) {
	w.sink.queue.look(func() {
		q := w.sink.queue
		if len(q.items) > 0 {
			w.t.Errorf("%d notifications are left in the queue", len(q.items))
		}
		if q.overlaps > 0 {
			w.t.Errorf("%d times a bot asked while another one did", q.overlaps)
		}
		if q.strays > 0 {
			w.t.Errorf("%d deletes of what was not the head", q.strays)
		}
		if q.sets != 1 || q.gets <= w.fleet.kills {
			w.t.Errorf("the settings were read %d times and set %d times, want once for each of %d starts and set once",
				q.gets, q.sets, 1+w.fleet.kills)
		}
		if w.s.bots == 1 && q.poisoned != 4 {
			w.t.Errorf("the head that is no JSON was given out %d times, want 4", q.poisoned)
		}
	})
	if least := 20 + w.fleet.kills; s.messages < least {
		w.t.Errorf("only %d messages came, want %d: the kills hit nothing", s.messages, least)
	}
}
