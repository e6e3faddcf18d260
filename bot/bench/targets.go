package main

import (
	"fmt"
	"strings"
)

// What is to be reached; a run that misses it says so.
const (
	mostOverFloor = 1.5  // times the floor, server and Redis together
	mostRedis     = 0.07 // milliseconds a message
	mostReply     = 10.0 // milliseconds, p99 in the open loop
	mostIdle      = 1536 // bytes of an idle conversation, with one entry of the history each way
)

// targets writes what Parley on Redis should cost, and what it costs.
func (r *report) targets(b *strings.Builder) {
	closed, ok := r.of("parley-redis", closedLoop)
	if !ok {
		return
	}
	open, _ := r.of("parley-redis", openLoop)
	b.WriteString("## Targets for Parley on Redis\n\n| | at most | measured | |\n|---|---:|---:|---|\n")
	line := func(what, unit string, most, got float64) {
		verdict := "reached"
		if got > most {
			verdict = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", what, figure(most, unit), figure(got, unit), verdict)
	}
	if floor, ok := r.of("floor", closedLoop); ok {
		line("processor time of server and Redis, against the floor", "x", mostOverFloor, closed.total()/floor.total())
	}
	line("processor time of Redis a message, closed loop", " ms", mostRedis, closed.redis)
	line(fmt.Sprintf("reply at %.0f messages a second, p99", r.bench.rate), " ms", mostReply, open.reply.p99)
	for _, g := range r.growth {
		for _, rig := range g.rigs {
			if g.title == "conversations" && rig.chats == r.bench.conversations && rig.redis != nil {
				line("an idle conversation in Redis", " bytes", mostIdle, float64(rig.idleBytes()))
			}
		}
	}
	b.WriteByte('\n')
}

func figure(v float64, unit string) string {
	if unit == " bytes" {
		return fmt.Sprintf("%.0f%s", v, unit)
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", v), "0"), ".") + unit
}
