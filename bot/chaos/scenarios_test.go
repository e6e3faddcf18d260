package chaos

import (
	"time"
)

// short are the scenarios of every run, besides the crashes.
func short() []scenario {
	return []scenario{
		{name: "timers across a kill", store: onFile, bots: 1, people: 500, messages: 1, rings: true,
			faults: func(w *world) { killTimers(w, 50) }, check: rungOnce},
		{name: "kill one of three", store: onRedis, bots: 3, people: 20, pace: 50 * time.Millisecond, twins: 0.1,
			faults: func(w *world) { killSome(w, 1, time.Second) }, check: takenOver},
		{name: "twins on two bots", store: onRedis, bots: 2, people: 20, messages: 40, twins: 0.3},
		{name: "kill redis", store: onStrictRedis, bots: 2, people: 10, pace: 20 * time.Millisecond,
			faults: func(w *world) { killRedis(w, 1) }},
	}
}

// long are the scenarios of make chaos, besides the crashes.
func long() []scenario {
	ms := time.Millisecond
	return append(failovers(), []scenario{
		{name: "send API goes mad", store: onRedis, bots: 2, people: 20, pace: 200 * ms, faults: goMad,
			may: tolerance{letters: true, quiet: 100 * time.Second}},
		{name: "kill on file", store: onFile, bots: 1, people: 20, pace: 10 * ms, twins: 0.1,
			faults: func(w *world) { killSome(w, 100, time.Second) }},
		{name: "kill one of three", store: onRedis, bots: 3, people: 30, pace: 100 * ms, twins: 0.3,
			faults: func(w *world) { killSome(w, 6, time.Second) }, check: takenOver},
		{name: "twins on two bots", store: onRedis, bots: 2, people: 30, messages: 300, twins: 0.3},
		{name: "stopped before commit", store: onRedis, bots: 2, people: 20, pace: 50 * ms, may: tolerance{late: true},
			env: stoppedAt("before-commit:30:stop"), faults: wake, check: fenced},
		{name: "stopped before send", store: onRedis, bots: 2, people: 20, pace: 50 * ms, may: tolerance{late: true},
			env: stoppedAt("before-send:30:stop"), faults: wake, check: fenced},
		{name: "kill redis", store: onStrictRedis, bots: 2, people: 20, pace: 10 * ms, twins: 0.1,
			faults: func(w *world) { killRedis(w, 20) }},
		{name: "kill redis, fast", store: onRedis, bots: 2, people: 20, pace: 10 * ms, twins: 0.1,
			faults: func(w *world) { killRedis(w, 20) }, may: tolerance{lost: true, quiet: 30 * time.Second}},
		{name: "slots move", store: onCluster, bots: 2, people: 150, pace: 100 * ms, faults: moveSlots, check: unnoticed},
		{name: "disk full", store: onSmallDisk, bots: 1, people: 20, pace: 5 * ms, pad: 2000, faults: fillDisk},
		{name: "clocks are wrong", store: onRedis, bots: 3, people: 20, pace: 30 * ms, twins: 0.3, env: wrongClocks,
			faults: func(w *world) { w.pass(20 * time.Second) }},
		{name: "clock jumps on file", store: onFile, bots: 1, people: 20, pace: 10 * ms, twins: 0.1, may: tolerance{early: true},
			faults: jump},
		{name: "rolling restarts", store: onRedis, bots: 2, people: 20, pace: 20 * ms, balanced: true,
			args: []string{"--drain-delay", "3s"}, faults: roll, check: unnoticed},
		{name: "timers across a kill", store: onFile, bots: 1, people: 10_000, messages: 1, rings: true,
			faults: func(w *world) { killTimers(w, 500) }, check: rungOnce},
	}...)
}

// failovers kill a master while its replica lags, under each profile. What fast
// loses is measured; any other profile is written into bot.yaml and loses nothing.
func failovers() []scenario {
	const fast = "fast"
	var all []scenario
	for _, profile := range []string{fast, "replicated"} {
		s := scenario{name: "failover, " + profile, store: onCluster, bots: 2, people: 60, pad: 12_000, faults: failover}
		if profile == fast {
			s.may = tolerance{lost: true, quiet: 30 * time.Second}
		} else {
			s.profile = profile
		}
		all = append(all, s)
	}
	return all
}
