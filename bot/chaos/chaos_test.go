package chaos

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// TestChaosShort is what every run of the tests has: a crash at each named point,
// on both stores, and a few of the faults.
func TestChaosShort(t *testing.T) {
	t.Parallel()
	report(t, together(t, slices.Concat(short(), crashes(8, 25)), 20, seed(t)))
}

// TestChaos is all of it; make chaos runs it.
func TestChaos(t *testing.T) {
	if os.Getenv("PARLEY_CHAOS") == "" {
		t.Log("make chaos runs the long form")
		return
	}
	n := seed(t)
	lines := together(t, crashes(20, 25), 6, n)
	lines = append(lines, together(t, pulls(50), 3, n)...)
	lines = append(lines, together(t, long(), 2, n)...)
	report(t, lines)
}

// seed is that of the environment, else a new one.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("PARLEY_CHAOS_SEED")
	if text == "" {
		text = strconv.FormatInt(time.Now().UnixNano()%1_000_000, 10)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("PARLEY_CHAOS_SEED: %v", err)
	}
	t.Logf("PARLEY_CHAOS_SEED=%d", n)
	return n
}

// report prints the table.
func report(t *testing.T, lines []line) {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scenario\tmessages\tkills\tlost\tdoubled\tunknown\treordered\tlate\tsilent\tletters\tunsent\ttimers\t503\tresets\tlongest wait\ttook\tseed\t")
	var names []string
	ran := 0
	for _, l := range lines {
		names = append(names, l.scenario)
		if l.messages == 0 && !l.failed {
			continue // not asked for
		}
		ran++
		end := ""
		if l.failed {
			end = "FAILED"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%s\n", l.scenario, l.messages, l.kills, l.lost, l.doubled,
			l.unknown, l.reordered, l.late, l.silent, l.letters, l.unsent, l.rings, l.refused, l.resets,
			l.longest.Round(10*time.Millisecond), l.took.Round(100*time.Millisecond), l.seed, end)
	}
	_ = w.Flush() // into memory
	t.Log("\n" + out.String() + legend)
	if ran == 0 {
		t.Errorf("no scenario is named like that; there are %s", strings.Join(names, ", "))
	}
}

const legend = `
doubled: handled twice.  unknown: replies that came twice, since nobody knew whether the first arrived.
late: replies of a stopped bot that came after others.  silent: messages that got no reply.  letters: dead letters of
replies, of which unsent were never heard.  timers: that fired.  503: webhooks that were put off.  resets: broken connections.
`
