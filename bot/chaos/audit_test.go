package chaos

import (
	"strings"
	"testing"
	"time"
)

// TestLedgerNotices: each kind of fault shows in the sum, and nothing else does.
func TestLedgerNotices(t *testing.T) {
	for name, c := range map[string]struct {
		taken   int
		replies string
		dead    []string
		want    sum
	}{
		"nothing":                  {3, "got 1 as 1 after |got 2 as 2 after 1|got 3 as 3 after 2", nil, sum{}},
		"a copy":                   {2, "got 1 as 1 after |got 1 as 1 after |got 2 as 2 after 1", nil, sum{unknown: 1}},
		"a late copy":              {2, "got 1 as 1 after |got 2 as 2 after 1|got 1 as 1 after ", nil, sum{late: 1}},
		"handled twice":            {2, "got 1 as 1 after |got 1 as 2 after 1|got 2 as 3 after 1", nil, sum{doubled: 2}},
		"handled twice in silence": {2, "got 1 as 1 after |got 2 as 3 after 2", nil, sum{doubled: 1}},
		"lost at the end":          {2, "got 1 as 1 after ", nil, sum{lost: 1}},
		"lost in the middle":       {3, "got 1 as 1 after |got 3 as 2 after 1", nil, sum{lost: 1}},
		"undone after the reply":   {3, "got 1 as 1 after |got 2 as 2 after 1|got 3 as 2 after 1", nil, sum{lost: 1}},
		"a reply that never came":  {3, "got 1 as 1 after |got 3 as 3 after 2", nil, sum{silent: 1}},
		"a dead letter":            {3, "got 1 as 1 after |got 3 as 3 after 2", []string{"got 2 as 2 after 1"}, sum{letters: 1, unsent: 1}},
		"out of order":             {3, "got 1 as 1 after |got 3 as 3 after 2|got 2 as 2 after 1", nil, sum{reordered: 1}},
		"not asked":                {1, "got 1 as 1 after |got 2 as 2 after 1", nil, sum{doubled: 1}},
		"an apology":               {1, "got 1 as 1 after |Sorry", nil, sum{doubled: 1}},
		"a timer that is missing":  {7, upTo(7), nil, sum{silent: 1}},
		"a timer":                  {7, upTo(7) + "|rang 7", nil, sum{rings: 1}},
		"a timer that came again":  {7, upTo(7) + "|rang 7|rang 7", nil, sum{rings: 1, unknown: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			l, at := newLedger(), time.Now()
			talk := l.of(1)
			for range c.taken {
				talk.offered, talk.acked = append(talk.offered, at), append(talk.acked, at)
			}
			for text := range strings.SplitSeq(c.replies, "|") {
				talk.replies = append(talk.replies, said{text, at.Add(2 * ringWait)})
			}
			got := l.audit(map[int][]string{1: c.dead})
			if (got.lost+got.silent+got.doubled+got.reordered+got.late > 0) != (len(got.details) > 0) {
				t.Errorf("the details are %q", got.details)
			}
			c.want.messages, c.want.longest = c.taken, 2*ringWait
			got.details = nil
			if !equal(got, c.want) {
				t.Errorf("the sum is %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestLedgerNoticesEarlyTimers: a timer is early if it comes before the time that
// has passed since its message was offered.
func TestLedgerNoticesEarlyTimers(t *testing.T) {
	l, at := newLedger(), time.Now()
	talk := l.of(1)
	for range 7 {
		talk.offered, talk.acked = append(talk.offered, at), append(talk.acked, at)
	}
	for text := range strings.SplitSeq(upTo(7)+"|rang 7", "|") {
		talk.replies = append(talk.replies, said{text, at.Add(ringWait - time.Millisecond)})
	}
	if got := l.audit(nil); got.early != 1 {
		t.Errorf("%d timers were early, want 1", got.early)
	}
}

// equal compares all but the details.
func equal(a, b sum) bool {
	return a.messages == b.messages && a.lost == b.lost && a.silent == b.silent && a.doubled == b.doubled && a.reordered == b.reordered &&
		a.unknown == b.unknown && a.late == b.late && a.rings == b.rings && a.early == b.early && a.letters == b.letters && a.unsent == b.unsent && a.longest == b.longest
}

// upTo are the replies to so many messages.
func upTo(n int) string {
	var all []string
	for i := 1; i <= n; i++ {
		all = append(all, "got "+itoa(i)+" as "+itoa(i)+" after "+itoa(i-1))
	}
	return strings.Join(all, "|")
}
