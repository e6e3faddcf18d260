package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressIsALineEachSecondOrABar(t *testing.T) {
	for name, c := range map[string]struct {
		bar  bool
		want string
	}{
		"plain lines": {false, "retrying: 4 of 10\nretrying: 8 of 10\n"},
		"a bar": {true, "\rretrying [######........................] 2/10\rretrying [############..................] 4/10" +
			"\rretrying [##################............] 6/10\rretrying [########################......] 8/10" +
			"\rretrying [##############################] 10/10\r\x1b[K"},
	} {
		synctest.Test(t, func(t *testing.T) {
			every := 250 * time.Millisecond
			if c.bar {
				every = 25 * time.Millisecond
			}
			var out strings.Builder
			p := &progress{w: &out, bar: c.bar, doing: "retrying", total: 10, told: time.Now()}
			for done := range 10 {
				time.Sleep(every)
				p.at(done + 1)
			}
			p.end()
			if out.String() != c.want {
				t.Errorf("%s:\n got %q\nwant %q", name, out.String(), c.want)
			}
		})
	}
}
