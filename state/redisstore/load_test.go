package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parley-chat/parley/state"
)

// A load takes events in and handles them, on conversations of its own, whatever
// happens to the servers. What the store acknowledged it keeps.
type load struct {
	s     *Store
	convs []state.Conv
	count atomic.Int64 // of commits

	failed atomic.Pointer[error] // the last error that a caller saw

	stop context.CancelFunc
	done sync.WaitGroup

	mu                  sync.Mutex
	accepted, committed map[state.Conv][]string
}

func startLoad(t *testing.T, s *Store, convs []state.Conv) *load {
	t.Helper()
	l := &load{s: s, convs: convs, accepted: map[state.Conv][]string{}, committed: map[state.Conv][]string{}}
	ctx, cancel := context.WithCancel(t.Context())
	l.stop = cancel
	for _, conv := range convs {
		l.done.Go(func() { l.work(ctx, conv) })
	}
	return l
}

// work does one event after the other. What fails is asked again, with the same
// id, as a provider does.
func (l *load) work(ctx context.Context, conv state.Conv) {
	for n := 0; ctx.Err() == nil; n++ {
		id := fmt.Sprintf("%06d", n)
		for ctx.Err() == nil {
			out, err := l.offer(ctx, conv, id)
			if err == nil {
				l.note(l.accepted, conv, id)
				err = l.handle(ctx, conv, out) // what is left waits for the next
			}
			if err == nil {
				break
			}
			if ctx.Err() == nil {
				l.failed.Store(&err)
			}
		}
	}
}

// offer accepts an event, and takes the lease that an answer that was lost may
// have brought.
func (l *load) offer(ctx context.Context, conv state.Conv, id string) (state.HandOut, error) {
	_, out, err := l.s.Accept(ctx, conv, event(id), caller("load"))
	if err == nil && out.Kind == state.Busy && out.Token.Number > 0 {
		if out, err = l.s.Release(ctx, conv, out.Token); err == nil {
			out, err = l.s.Claim(ctx, conv, caller("load"))
		}
	}
	return out, err
}

// handle works until the lease ends. The state lists all events.
func (l *load) handle(ctx context.Context, conv state.Conv, out state.HandOut) (err error) {
	for err == nil && (out.Kind == state.Turn || out.Kind == state.Send) {
		if out.Kind == state.Send {
			out, err = l.s.Mark(ctx, conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent})
			continue
		}
		id := string(out.Event.Payload)
		r := state.Result{State: append(out.State, id+" "...), Rows: [][]byte{[]byte(id)}}
		if out, err = l.s.Commit(ctx, conv, out.Token, out.Event.Number, r); err == nil && out.Kind != state.Lost {
			l.note(l.committed, conv, id)
			l.count.Add(1)
		}
	}
	return err
}

func (l *load) note(where map[state.Conv][]string, conv state.Conv, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	where[conv] = append(where[conv], id)
}

// goOn waits until some more events are committed.
func (l *load) goOn(t *testing.T, more int64) {
	t.Helper()
	from := l.count.Load()
	until(t, "the load goes on", func() bool { return l.count.Load() >= from+more })
}

// smooth expects that no caller saw an error.
func (l *load) smooth(t *testing.T) {
	t.Helper()
	if err := l.failed.Load(); err != nil {
		t.Errorf("a caller was not spared: %v", *err)
	}
}

// compare ends the load, does what is left, and compares the states with what was
// acknowledged: all of it, once, in order.
func (l *load) compare(t *testing.T) {
	t.Helper()
	l.stop()
	l.done.Wait()
	for _, conv := range l.convs {
		until(t, "nothing is left", func() bool {
			out, err := l.offer(t.Context(), conv, "last")
			if err == nil {
				err = l.handle(t.Context(), conv, out)
			}
			return err == nil
		})
		b, err := l.s.Load(t.Context(), conv)
		if err != nil {
			t.Fatal(err)
		}
		done := strings.Fields(string(b))
		if !slices.IsSorted(done) || len(slices.Compact(slices.Clone(done))) != len(done) {
			t.Errorf("%s: out of order, or twice: %v", conv, done)
		}
		for what, all := range map[string][]string{"accepted": l.accepted[conv], "committed": l.committed[conv]} {
			if len(all) == 0 {
				t.Errorf("%s: nothing was %s", conv, what)
			}
			for _, id := range all {
				if !slices.Contains(done, id) {
					t.Errorf("%s: %s was %s and is lost", conv, id, what)
				}
			}
		}
	}
	letters, err := l.s.DeadLetters(t.Context(), "", 10)
	if err != nil || len(letters) > 0 {
		t.Errorf("dead letters: %v, %v", letters, err)
	}
}

func convs(n int) []state.Conv {
	var all []state.Conv
	for i := range n {
		all = append(all, state.Conv(fmt.Sprint("chat/main/", i)))
	}
	return all
}

// convsOf returns conversations of one partition.
func convsOf(p uint8, n int) []state.Conv {
	var all []state.Conv
	for i := 0; len(all) < n; i++ {
		if conv := state.Conv(fmt.Sprint("chat/main/", i)); conv.Partition() == p {
			all = append(all, conv)
		}
	}
	return all
}
