//go:build failpoints && unix

package failpoint

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// planned is what the environment says, read at the first hit.
var planned = sync.OnceValue(func() *plan {
	text := os.Getenv("PARLEY_FAILPOINT")
	if text == "" {
		return new(plan)
	}
	p, err := read(text)
	if err != nil {
		refuse("PARLEY_FAILPOINT", err)
	}
	return p
})

// A plan is what happens at one point.
type plan struct {
	name   string
	nth    int64
	action string
	delay  time.Duration
	hits   atomic.Int64
}

func read(text string) (*plan, error) {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 2 || !slices.Contains(Points(), parts[0]) {
		return nil, fmt.Errorf("%q is not name:nth[:action] with one of the names %s", text, strings.Join(Points(), ", "))
	}
	nth, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || nth < 1 {
		return nil, fmt.Errorf("%q is not the number of a hit", parts[1])
	}
	p := &plan{name: parts[0], nth: nth, action: "kill"}
	if len(parts) == 3 {
		p.action = parts[2]
	}
	if d, ok := strings.CutPrefix(p.action, "delay="); ok {
		p.action = "delay"
		if p.delay, err = time.ParseDuration(d); err != nil {
			return nil, err
		}
	}
	if !slices.Contains([]string{"kill", "stop", "delay"}, p.action) {
		return nil, fmt.Errorf("%q is none of the actions kill, stop and delay=DURATION", p.action)
	}
	return p, nil
}

// Hit says that the process came to a point.
func Hit(name string) {
	p := planned()
	if p.name != name || p.hits.Add(1) != p.nth {
		return
	}
	switch p.action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the goroutine must not go on until the signal is there
	case "stop":
		woken := make(chan os.Signal, 1)
		signal.Notify(woken, syscall.SIGCONT)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		<-woken // nor here: the other threads stop a moment later
	case "delay":
		<-time.After(p.delay)
	}
}

// Clock returns a clock that is wrong as the environment says. Nil is time.Now.
func Clock(now func() time.Time) func() time.Time {
	text := os.Getenv("PARLEY_CLOCK_OFFSET")
	if text == "" {
		return now
	}
	first, second, drifts := strings.Cut(text, ",")
	offset, err := time.ParseDuration(first)
	var drift time.Duration
	if err == nil && drifts {
		drift, err = time.ParseDuration(second)
	}
	if err != nil {
		refuse("PARLEY_CLOCK_OFFSET", err)
	}
	if now == nil {
		now = time.Now
	}
	began := time.Now()
	return func() time.Time {
		return now().Add(offset + time.Duration(time.Since(began).Minutes()*float64(drift)))
	}
}

// refuse ends a process that was asked for what there is not: a test that goes on
// without its fault would prove nothing.
func refuse(name string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	os.Exit(3)
}
