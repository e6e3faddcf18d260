package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/parley-chat/parley/state"
)

// A report has what a run found.
type report struct {
	bench    *bench
	args     []string
	machine  machine
	main     []*rig
	specimen specimen
	growth   []grown
}

// grown is a growth that was measured.
type grown struct {
	title string
	rigs  []*rig
}

// faults are those of the whole run; again is how many webhooks were posted again.
func (r *report) faults() (f faults, again int64) {
	rigs := r.main
	for _, g := range r.growth {
		rigs = append(rigs, g.rigs...)
	}
	for _, rig := range rigs {
		for m := range rig.samples {
			s := rig.middle(m)
			f.add(s.faults)
			again += s.again
		}
	}
	return f, again
}

// write writes the results to a file, or prints them.
func (r *report) write(file string, out io.Writer) error {
	text := r.text()
	if file == "" {
		_, err := io.WriteString(out, "\n"+text)
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	r.bench.progress("results are in %s", file)
	return nil
}

func (r *report) text() string {
	var b strings.Builder
	command := strings.TrimSpace("go run ./bot/bench " + strings.Join(r.args, " "))
	fmt.Fprintf(&b, "# What a message costs\n\nWritten by `make bench`; do not edit.\n\n")
	fmt.Fprintf(&b, "- %s, `%s`, took %s\n- %s\n\n", r.bench.began.UTC().Format("2006-01-02 15:04 MST"), command,
		time.Since(r.bench.began).Round(time.Second), r.machine)
	b.WriteString(r.howToRead())
	r.targets(&b)
	r.loop(&b, closedLoop, fmt.Sprintf("Closed loop: %d conversations in flight, no think time", inFlight))
	r.loop(&b, openLoop, fmt.Sprintf("Open loop: %.0f messages a second, at random moments", r.bench.rate))
	r.grownTables(&b)
	return b.String()
}

func (r *report) howToRead() string {
	faults, again := r.faults()
	return paragraph(fmt.Sprintf(`Each message is one turn of an order-status conversation of four: a webhook of Telegram in, a durable 200,
a sendMessage out, state, history and a 48-hour dedupe mark written; each fifth conversation has one turn more, with an order number
that is refused. Every reply was checked: %s; %d webhooks were answered 503 and posted again. "floor" is the same bot written by hand for this one dialogue, with the same
three calls of the same Redis store and no flow engine. "floor-lean" has three small scripts of its own instead, without history, retries,
timers and take-over: not a store to run, but what the promises of one turn cost at least. "x" is the processor time of server and Redis
together against that of "floor" in the same loop. Figures are medians of %d rounds of %s, the systems taking turns in each round. Processor time a message is
the figure to trust: load generator, server and Redis share this machine, so rates and latencies are those of a full machine in the closed
loop. A server that has little to do pays more for a message, since it wakes up for each: compare within one table only.`,
		faults, again, r.bench.rounds, r.bench.span)) + "\n"
}

// paragraph breaks a text into lines of 120 bytes at most.
func paragraph(text string) string {
	var b strings.Builder
	length := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case length == 0:
		case length+1+len(word) > 120:
			b.WriteByte('\n')
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String() + "\n"
}

// loop writes the table of a mode.
func (r *report) loop(b *strings.Builder, m mode, title string) {
	fmt.Fprintf(b, "## %s\n\n", title)
	b.WriteString("| system | messages/s | server CPU ms | Redis CPU ms | x | ack p50/p95/p99 ms | reply p50/p95/p99 ms | server MB | Redis MB |\n")
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	floor, hasFloor := r.of("floor", m)
	for _, rig := range r.main {
		s := rig.middle(m)
		x := "-"
		if hasFloor {
			x = fmt.Sprintf("%.2f", s.total()/floor.total())
		}
		fmt.Fprintf(b, "| %s | %.0f | %.3f | %s | %s | %s | %s | %.0f | %s |\n", rig.label, s.perSecond, s.server,
			rig.only("%.3f", s.redis), x, s.ack, s.reply, s.serverMB, rig.only("%.0f", s.redisMB))
	}
	b.WriteByte('\n')
}

// only formats a figure of Redis, if the rig has one.
func (r *rig) only(format string, v float64) string {
	if r.redis == nil {
		return "-"
	}
	return fmt.Sprintf(format, v)
}

func (p percentiles) String() string { return fmt.Sprintf("%.2f/%.2f/%.2f", p.p50, p.p95, p.p99) }

// of returns what a system took, if it was measured.
func (r *report) of(name string, m mode) (sample, bool) {
	for _, rig := range r.main {
		if rig.name == name {
			return rig.middle(m), true
		}
	}
	return sample{}, false
}

func (r *report) grownTables(b *strings.Builder) {
	for _, g := range r.growth {
		fmt.Fprintf(b, "## Growth with %s\n\n", g.title)
		b.WriteString("| Parley with | messages/s | server CPU ms | Redis CPU ms | reply p50/p95/p99 ms | server MB | starts in s | stored bytes a conversation |\n")
		b.WriteString("|---|---:|---:|---:|---:|---:|---:|---:|\n")
		for _, rig := range g.rigs {
			s := rig.middle(closedLoop)
			each := "-"
			if n := rig.idleBytes(); n > 0 {
				each = fmt.Sprint(n)
			}
			fmt.Fprintf(b, "| %s | %.0f | %.3f | %s | %s | %.0f | %.2f | %s |\n", rig.label, s.perSecond, s.server, rig.only("%.3f", s.redis),
				s.reply, s.serverMB, rig.started.Seconds(), each)
		}
		b.WriteByte('\n')
	}
	if len(r.growth) > 0 {
		b.WriteString(paragraph(fmt.Sprintf(`All in the closed loop. "Stored bytes a conversation" is what the store grew by for each before the
server started: memory of Redis, or the size of the file. It is what is left of a conversation that is over: keys, the header
with a state of %d bytes, what is known of the person, and the history, an entry of %d bytes for each message in and
one of %d for each reply; there is one of each, or the %d entries that are kept at most. The process keeps nothing of an idle
conversation: "server MB" does not grow with them, save for the pages of the file store that the system keeps in memory.`,
			len(r.specimen.state), len(r.specimen.in), len(r.specimen.out), state.MaxHistory)))
	}
}

// idleBytes is what one idle conversation takes in the store, 0 when that was not
// measured.
func (r *rig) idleBytes() int64 { return r.filled / int64(r.chats) }

// grouped writes a number with commas.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
