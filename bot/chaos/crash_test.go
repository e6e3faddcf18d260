package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/parley-chat/parley/bot/internal/failpoint"
)

// crashes are a crash at each named point, on each store. On Redis another bot
// lives meanwhile.
func crashes(people, messages int) []scenario {
	var all []scenario
	for _, store := range []string{onRedis, onFile} { // those that wait for a takeover first
		for _, point := range failpoint.Points() {
			bots := 1
			if store == onRedis {
				bots = 2
			}
			all = append(all, scenario{
				name: fmt.Sprintf("crash %s %s", point, store), store: store, bots: bots, people: people, messages: messages, twins: 0.1,
				queue:  point == failpoint.AfterPoll || point == failpoint.AfterAcceptBeforeDelete,
				env:    func(w *world, bot int) []string { return armed(w, bot, point) },
				faults: func(w *world) { crash(w, point) },
			})
		}
	}
	return all
}

// armed arms the first bot.
func armed(w *world, bot int, point string) []string {
	if bot != 0 {
		return nil
	}
	most := 40
	switch point {
	case failpoint.MidTurnAfterJournal:
		most = 10
	case failpoint.AfterLease, failpoint.DuringTimerFire:
		most = 3
	case failpoint.DuringReload, failpoint.DuringShutdown:
		most = 1
	}
	return []string{fmt.Sprintf("PARLEY_FAILPOINT=%s:%d", point, 1+w.random.IntN(most))}
}

// crash waits until the first bot came to the point and died, and starts it again.
func crash(w *world, point string) {
	switch point {
	case failpoint.DuringReload:
		w.answered(20)
		change(w)
	case failpoint.DuringShutdown:
		w.answered(20)
		w.fleet.signal(0, syscall.SIGTERM)
	}
	w.fleet.died(0)
	w.fleet.start(0)
}

// change writes a flow that differs.
func change(w *world) {
	path := filepath.Join(w.fleet.dir, "flows", "ring.yaml")
	src, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(src, "  - say: and again\n"...), 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
