package chaos

import (
	"syscall"
	"time"
)

// short are the scenarios of every run, besides the crashes.
func short() []scenario {
	return []scenario{
		{name: "kill one of three", store: onRedis, bots: 3, people: 20, pace: 50 * time.Millisecond, twins: 0.1,
			faults: func(w *world) { killSome(w, 1) }, check: takenOver},
		{name: "twins on two bots", store: onRedis, bots: 2, people: 20, messages: 40, twins: 0.3},
		{name: "kill redis", store: onRedis, bots: 2, people: 10, pace: 20 * time.Millisecond,
			faults: func(w *world) { killRedis(w, 1) }},
	}
}

// long are the scenarios of make chaos, besides the crashes.
func long() []scenario {
	return []scenario{
		{name: "kill one of three", store: onRedis, bots: 3, people: 30, pace: 100 * time.Millisecond, twins: 0.3,
			faults: func(w *world) { killSome(w, 6) }, check: takenOver},
		{name: "kill on file", store: onFile, bots: 1, people: 20, pace: 10 * time.Millisecond, twins: 0.1,
			faults: func(w *world) { killSome(w, 40) }},
	}
}

// killSome kills bots at random moments and starts them again.
func killSome(w *world, n int) {
	for range n {
		w.pass(w.between(500*time.Millisecond, 2*time.Second))
		i := w.random.IntN(len(w.fleet.all))
		w.fleet.kill(i)
		if len(w.fleet.all) > 1 {
			w.pass(w.between(13*time.Second, 16*time.Second)) // the others take over
		}
		w.fleet.start(i)
		w.pass(300 * time.Millisecond)
	}
}

// takenOver wants that nobody waited longer for a dead process than is promised.
func takenOver(w *world, s sum) {
	const promised, noise = 15 * time.Second, 2 * time.Second
	if s.longest > promised+noise {
		w.t.Errorf("somebody waited %s for a reply, want %s at most after a kill", s.longest, promised)
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
