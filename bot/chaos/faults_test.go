package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// killSome kills bots at random moments, so far apart at most, and starts them
// again.
func killSome(w *world, n int, apart time.Duration) {
	for range n {
		w.pass(w.between(20*time.Millisecond, apart))
		i := w.random.IntN(len(w.fleet.all))
		w.fleet.kill(i)
		if len(w.fleet.all) > 1 {
			w.pass(w.between(13*time.Second, 16*time.Second)) // the others take over
		}
		w.fleet.start(i)
	}
}

// takenOver wants that nobody waited longer for a dead process than is promised.
func takenOver(w *world, s sum) {
	const promised, noise = 15 * time.Second, 2 * time.Second
	if s.longest > promised+noise {
		w.t.Errorf("somebody waited %s for a reply, want %s at most after a kill", s.longest, promised)
	}
}

// stoppedAt arms the first bot with a point at which it is stopped.
func stoppedAt(point string) func(w *world, bot int) []string {
	return func(_ *world, bot int) []string {
		if bot != 0 {
			return nil
		}
		return []string{"PARLEY_FAILPOINT=" + point}
	}
}

// wake waits until the first bot stopped itself, and wakes it when all that it held
// was taken over.
func wake(w *world) {
	until(w.t, "the bot is stopped", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.fleet.all[0].cmd.Process.Pid))
		return err == nil && strings.Contains(string(stat), ") T ")
	})
	w.fleet.kills++ // it counts as one for what it cut
	w.pass(w.between(20*time.Second, 25*time.Second))
	w.fleet.signal(0, syscall.SIGCONT)
	w.answered(500)
}

// fenced wants that the bot that was stopped noticed that it holds nothing more.
// That it committed nothing the ledger says.
func fenced(w *world, _ sum) {
	if w.fleet.said(`msg="conversation is another process's now"`) == 0 {
		w.t.Error("the bot that was stopped lost nothing: it held nothing, and the run says nothing")
	}
}

// killRedis kills the server under load and starts it again a moment later.
func killRedis(w *world, n int) {
	for range n {
		w.answered(50)
		w.redis.stop(syscall.SIGKILL)
		w.pass(w.between(time.Second, 2*time.Second))
		w.redis.start()
	}
	w.answered(50)
}

// failover kills the busiest master of a cluster while its replica lags.
func failover(w *world) {
	w.answered(1000)
	i := w.cluster.busiest()
	w.cluster.replicas[i].signal(syscall.SIGSTOP)
	w.pass(700 * time.Millisecond)
	w.cluster.masters[i].stop(syscall.SIGKILL)
	w.cluster.replicas[i].signal(syscall.SIGCONT)
	client := w.cluster.replicas[i].client()
	until(w.t, "the replica takes over", func() bool {
		return strings.Contains(client.Info(w.t.Context(), "replication").Val(), "role:master")
	})
	// It comes back as a replica: without one nothing is confirmed in replicated.
	w.cluster.masters[i].start()
	w.answered(1000)
}

// moveSlots moves every slot that has something in it to another master.
func moveSlots(w *world) {
	w.answered(500)
	ctx := w.t.Context()
	moved := 0
	for from, m := range w.cluster.masters {
		client, done := m.client(), map[int]bool{}
		keys, err := client.Keys(ctx, "*").Result()
		if err != nil {
			w.t.Fatal(err)
		}
		for _, key := range keys {
			slot := int(client.ClusterKeySlot(ctx, key).Val())
			if !done[slot] && from < 2 { // those of the third would have moved before
				done[slot] = true
				w.cluster.move(slot, from, 2)
				moved++
			}
		}
	}
	w.t.Logf("%d slots moved", moved)
	w.answered(500)
}

// unnoticed wants that the sender met no error.
func unnoticed(w *world, _ sum) {
	w.ledger.read(func() {
		if w.ledger.resets+w.ledger.refused > 0 {
			w.t.Errorf("the sender met %d broken connections and %d times 503", w.ledger.resets, w.ledger.refused)
		}
	})
}

// fillDisk fills the disk until webhooks are refused, and then makes room again.
func fillDisk(w *world) {
	w.answered(200)
	path := filepath.Join(w.disk, "ballast")
	ballast, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer ballast.Close()
	for chunk := make([]byte, 64<<10); !errors.Is(err, syscall.ENOSPC); {
		if _, err = ballast.Write(chunk); err != nil && !errors.Is(err, syscall.ENOSPC) {
			w.t.Fatal(err)
		}
	}
	until(w.t, "webhooks are refused", func() (full bool) {
		w.ledger.read(func() { full = w.ledger.refused >= 20 })
		return full
	})
	w.pass(3 * time.Second)
	if err := os.Remove(path); err != nil {
		w.t.Fatal(err)
	}
	if err := ballast.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.answered(500)
}

// goMad has the send API do all that send APIs do.
func goMad(w *world) {
	for _, phase := range []struct {
		mode  mode
		share int64
		time  time.Duration
	}{
		{slow, 2, 12 * time.Second}, {late, 2, 14 * time.Second}, {cut, 3, 5 * time.Second}, {page, 3, 5 * time.Second},
		{seconds, 10, 5 * time.Second}, {date, 10, 5 * time.Second}, {noise, 5, 5 * time.Second},
		{broken, 10, 20 * time.Second}, {dead, 10, 20 * time.Second},
	} {
		w.sink.set(phase.mode, phase.share)
		w.pass(phase.time)
		w.sink.set(fine, 10)
		w.answered(100)
	}
}

// wrongClocks gives each bot a clock of its own.
func wrongClocks(_ *world, bot int) []string {
	return []string{"PARLEY_CLOCK_OFFSET=" + []string{"1h", "-1h", "168h,5s"}[bot]}
}

// jump restarts the bot with a clock that is further ahead each time.
func jump(w *world) {
	for _, offset := range []string{"1h", "2h", "170h"} {
		w.answered(500)
		w.fleet.terminate(0)
		w.fleet.start(0, "PARLEY_CLOCK_OFFSET="+offset)
	}
	w.answered(500)
}

// roll ends one of two bots and starts it again, when the load balancer has it back
// the other, and so on.
func roll(w *world) {
	for i := range 20 {
		one := i % 2
		w.fleet.terminate(one)
		until(w.t, "the load balancer notices", w.sender.off[one].Load)
		w.fleet.start(one)
		until(w.t, "the load balancer sends again", func() bool { return !w.sender.off[one].Load() })
		w.answered(20)
	}
}

// timerWait is what the ring flow waits for.
const timerWait = 10 * time.Second

// killTimers kills the bot when so many timers have fired.
func killTimers(w *world, fired int) {
	w.answered(fired)
	w.fleet.kill(0)
	w.fleet.start(0)
}

// rungOnce wants that no timer was early, or late for longer than is promised and
// it takes to send all that are due at the same time.
func rungOnce(w *world, s sum) {
	w.ledger.read(func() {
		for person, t := range w.ledger.talks {
			for _, r := range t.replies {
				if after := r.at.Sub(t.offered[0]); after < timerWait {
					w.t.Errorf("person %d: the timer fired after %s", person, after)
				}
			}
		}
	})
	const promised, noise = 5 * time.Second, 5 * time.Second
	most := promised + noise + time.Duration(s.messages)*2*time.Millisecond
	if late := s.longest - timerWait; late > most {
		w.t.Errorf("a timer fired %s late, want %s at most", late, most)
	}
}
