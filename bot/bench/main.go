// Command bench measures what a message costs: Parley on each of its stores, and
// beside it a floor, the same bot written by hand without a flow engine.
//
//	go run ./bot/bench            # all of it; writes bot/bench/RESULTS.md
//	go run ./bot/bench -quick     # a look, in half a minute
//
// It plays Telegram: it posts the messages of people and takes the replies, each of
// which is checked. The servers are processes of their own, and only their
// processor time and that of Redis is counted. Everything runs in one command,
// interleaved, so that the figures can be compared with each other whatever else
// the machine does; those of different runs cannot.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/parley-chat/parley/bot/bench/floor"
)

// chats is how many chats people come back to, unless that is what varies.
const chats = 1_000

func main() {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		os.Exit(floor.Main(os.Args[2:], os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := &bench{out: os.Stdout}
	if err := b.run(ctx, os.Args[1:]); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted; all servers were stopped, nothing was written")
		}
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// A bench is one run of the command.
type bench struct {
	rounds        int
	span, warm    time.Duration
	rate          float64
	systems       string
	growth        bool
	conversations int
	programs      programs
	out           io.Writer
	began         time.Time
}

// run is the command, without signals.
func (b *bench) run(ctx context.Context, args []string) error {
	b.began = time.Now()
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&b.rounds, "rounds", 3, "rounds; each figure is the median over them")
	flags.DurationVar(&b.span, "window", 5*time.Second, "how long each system is measured in each round")
	flags.Float64Var(&b.rate, "rate", 300, "messages a second of the open loop")
	flags.StringVar(&b.systems, "systems", strings.Join(names(), ","), "what to measure")
	flags.BoolVar(&b.growth, "growth", true, "measure how cost grows, too")
	flags.IntVar(&b.conversations, "conversations", 1_000_000, "the many conversations of the growth part")
	parley := flags.String("parley", "", "a parley binary to measure; empty: build this tree")
	results := flags.String("out", "bot/bench/RESULTS.md", "file for the results; empty: print them")
	quick := flags.Bool("quick", false, "one short round without growth, printed: a look, not a measurement")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b.warm = time.Second
	if *quick {
		b.rounds, b.span, b.warm, b.growth, *results = 1, time.Second, 500*time.Millisecond, false, ""
	}
	setups, err := b.chosen()
	if err != nil {
		return err
	}
	remove, err := b.build(ctx, *parley)
	if err != nil {
		return err
	}
	defer remove()
	return b.measureAll(ctx, setups, args, *results)
}

// measureAll measures, and writes the results.
func (b *bench) measureAll(ctx context.Context, setups []setup, args []string, results string) error {
	r := &report{bench: b, args: args, machine: thisMachine()}
	var err error
	if r.main, err = b.group(ctx, setups, closedLoop, openLoop); err != nil {
		return err
	}
	if b.growth {
		if r.specimen, err = b.specimen(ctx); err != nil {
			return err
		}
		for _, g := range b.growths(r.specimen) {
			rigs, err := b.group(ctx, g.setups, closedLoop)
			if err != nil {
				return err
			}
			r.growth = append(r.growth, grown{g.title, rigs})
		}
	}
	if err := r.write(results, b.out); err != nil {
		return err
	}
	if f, _ := r.faults(); f != (faults{}) {
		return fmt.Errorf("the bots did not answer as they should: %s", f)
	}
	return nil
}

// group runs setups side by side and measures them in turns, round by round. It
// ends them; what was measured stays in the rigs.
func (b *bench) group(ctx context.Context, setups []setup, modes ...mode) ([]*rig, error) {
	var rigs []*rig
	for _, s := range setups {
		b.progress("starting %s", s.label)
		r, err := raise(ctx, b.programs, s)
		if err != nil {
			return nil, err
		}
		defer r.close()
		rigs = append(rigs, r)
	}
	for round := range b.rounds {
		for _, m := range modes {
			for _, r := range rigs {
				if err := b.measure(ctx, r, m, round+1); err != nil {
					return nil, err
				}
			}
		}
	}
	return rigs, nil
}

// all are the systems, the floors first.
func all() []system {
	return []system{
		{name: "floor", floor: true, store: "redis"}, {name: "floor-lean", floor: true, lean: true, store: "redis"},
		parleyOn("redis"), parleyOn("file"), parleyOn("memory"),
	}
}

func parleyOn(store string) system { return system{name: "parley-" + store, store: store} }

func names() []string {
	var names []string
	for _, s := range all() {
		names = append(names, s.name)
	}
	return names
}

// chosen are the systems that the flag names.
func (b *bench) chosen() ([]setup, error) {
	var setups []setup
	for name := range strings.SplitSeq(b.systems, ",") {
		i := slices.IndexFunc(all(), func(s system) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-systems: there is no %q; choose from %s", name, strings.Join(names(), ","))
		}
		setups = append(setups, setup{system: all()[i], label: name, chats: chats})
	}
	if b.rounds < 1 || b.span <= 0 || b.rate < 1 || b.conversations < chats {
		return nil, fmt.Errorf("-rounds, -window and -rate are 1 at least, -conversations %d", chats)
	}
	return setups, nil
}

// build builds the servers, unless they are given.
func (b *bench) build(ctx context.Context, parley string) (remove func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if b.programs.floor == nil {
		b.programs.floor = []string{self, "floor"}
	}
	if parley != "" {
		b.programs.parley = []string{parley}
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // a temporary folder that stays does no harm
	b.progress("building parley")
	b.programs.parley = []string{filepath.Join(dir, "parley")}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.programs.parley[0], "github.com/parley-chat/parley")
	if text, err := cmd.CombinedOutput(); err != nil {
		remove()
		return nil, fmt.Errorf("build parley (run this in its repository): %w", errors.Join(err, errors.New(string(text))))
	}
	return remove, nil
}

// progress prints a line with the time since the beginning.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.out, "%6s  %s\n", time.Since(b.began).Round(time.Second), fmt.Sprintf(format, args...))
}
