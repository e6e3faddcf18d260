package statetest

import (
	"context"
	"sort"
	"time"

	"github.com/parley-chat/parley/state"
)

// failer is what a test and a random test have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checked is a store that checks itself after each operation, and keeps account
// of events, so that drain can tell whether all came out.
type checked struct {
	state.Store
	t       failer
	advance func(time.Duration)
	books   map[state.Conv]*book
	quiet   bool // leaves steps unchecked
}

// A book is the account of one conversation.
type book struct {
	appended, setAside, dropped int
	handed                      map[uint64]state.Event // turns that were handed out
	committed                   map[uint64]bool        // by the number that they came with
}

func newChecked(t failer, h Harness) *checked {
	return &checked{Store: h.Store, t: t, advance: h.Advance, books: map[state.Conv]*book{}}
}

func (c *checked) book(conv state.Conv) *book {
	if c.books[conv] == nil {
		c.books[conv] = &book{handed: map[uint64]state.Event{}, committed: map[uint64]bool{}}
	}
	return c.books[conv]
}

// look checks what must hold after every step.
func (c *checked) look(ctx context.Context, conv state.Conv, out state.HandOut, err error) {
	c.t.Helper()
	if out.Kind == state.Turn {
		c.book(conv).handed[out.Event.Number] = out.Event
	}
	if err != nil && ctx.Err() != nil || c.quiet {
		return
	}
	due, next, err := c.Store.Due(ctx, 1<<20)
	if err != nil {
		c.t.Fatalf("Due: %v", err)
	}
	if !sort.SliceIsSorted(due, func(i, j int) bool { return due[i].At.Before(due[j].At) }) {
		c.t.Fatalf("Due is not in order: %v", due)
	}
	listed := map[state.Conv]bool{}
	for _, d := range due {
		if listed[d.Conv] {
			c.t.Fatalf("Due lists %s twice", d.Conv)
		}
		listed[d.Conv] = true
		if !next.IsZero() && !next.After(d.At) {
			c.t.Fatalf("Due: the next at %s is not after %s", next, d.At)
		}
	}
	switch out.Kind {
	case state.Turn, state.Send, state.Proceed, state.Busy:
		if len(due) == 0 && next.IsZero() {
			c.t.Fatalf("a leased conversation has no entry in the work index")
		}
	}
	switch out.Kind {
	case state.Turn, state.Send, state.Proceed:
		if out.Token.Number == 0 {
			c.t.Fatalf("%s without a token", out.Kind)
		}
		if out.Left <= 0 || out.Left > state.LeaseTime {
			c.t.Fatalf("%s with %s left", out.Kind, out.Left)
		}
	}
	if a, ok := c.Store.(Auditor); ok {
		if err := a.Audit(ctx); err != nil {
			c.t.Fatalf("audit: %v", err)
		}
	}
}

func (c *checked) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, caller state.Caller) ([]state.Verdict, state.HandOut, error) {
	c.t.Helper()
	verdicts, out, err := c.Store.Accept(ctx, conv, events, caller)
	for _, v := range verdicts {
		switch v {
		case state.Appended:
			c.book(conv).appended++
		case state.SetAside:
			c.book(conv).setAside++
		}
	}
	c.look(ctx, conv, out, err)
	return verdicts, out, err
}

func (c *checked) Claim(ctx context.Context, conv state.Conv, caller state.Caller) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Claim(ctx, conv, caller)
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Journal(ctx context.Context, conv state.Conv, token state.Token, event uint64, entries []state.JournalEntry, rows [][]byte) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Journal(ctx, conv, token, event, entries, rows)
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Commit(ctx context.Context, conv state.Conv, token state.Token, event uint64, r state.Result) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Commit(ctx, conv, token, event, r)
	b := c.book(conv)
	if e, handed := b.handed[event]; handed && !e.Wake && err == nil && out.Kind != state.Lost {
		b.committed[e.First] = true
	}
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Fail(ctx context.Context, conv state.Conv, token state.Token, event uint64, f state.Failure) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Fail(ctx, conv, token, event, f)
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Mark(ctx context.Context, conv state.Conv, token state.Token, row uint64, attempt int, o state.Outcome) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Mark(ctx, conv, token, row, attempt, o)
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Renew(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Renew(ctx, conv, token)
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Release(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	c.t.Helper()
	out, err := c.Store.Release(ctx, conv, token)
	c.look(ctx, conv, out, err)
	return out, err
}

func (c *checked) Status(ctx context.Context, conv state.Conv, messageID, status string) (bool, error) {
	c.t.Helper()
	rose, err := c.Store.Status(ctx, conv, messageID, status)
	c.look(ctx, conv, state.HandOut{}, err)
	return rose, err
}

func (c *checked) Retry(ctx context.Context, id string) error {
	c.t.Helper()
	err := c.Store.Retry(ctx, id)
	c.look(ctx, "", state.HandOut{}, err)
	return err
}

func (c *checked) Drop(ctx context.Context, id string) error {
	c.t.Helper()
	letters, err := c.DeadLetters(ctx, "", 1<<20)
	if err != nil {
		c.t.Fatalf("DeadLetters: %v", err)
	}
	err = c.Store.Drop(ctx, id)
	for _, l := range letters {
		if l.ID == id && l.Direction == state.In && !l.Wake && err == nil {
			c.book(l.Conv).dropped++
		}
	}
	c.look(ctx, "", state.HandOut{}, err)
	return err
}

func (c *checked) Forget(ctx context.Context, conv state.Conv) error {
	c.t.Helper()
	err := c.Store.Forget(ctx, conv)
	if err == nil {
		delete(c.books, conv)
	}
	c.look(ctx, conv, state.HandOut{}, err)
	return err
}

func (c *checked) advanceIfCan(d time.Duration) {
	if c.advance != nil {
		c.advance(d)
	}
}

// now asks the store for its time, by a claim of what nobody uses.
func (c *checked) now() time.Time {
	c.t.Helper()
	out, err := c.Store.Claim(context.Background(), "nobody/nowhere/nothing", state.Caller{Process: "clock"})
	if err != nil || out.Kind != state.Early {
		c.t.Fatalf("claim of an unused conversation: %s, %v", out.Kind, err)
	}
	return out.Now
}

// drain does all the work that Due finds, now and later, and then checks that
// every event that was taken in was committed or set aside.
func (c *checked) drain() {
	c.t.Helper()
	if c.advance == nil {
		return
	}
	c.finish(c.work)
	c.balance()
}

// finish has work do what Due finds, now and later, until nothing is left.
func (c *checked) finish(work func(state.Conv, state.HandOut)) {
	c.t.Helper()
	ctx := context.Background()
	for step := 0; ; step++ {
		due, next, err := c.Store.Due(ctx, 100)
		if err != nil {
			c.t.Fatalf("Due: %v", err)
		}
		if len(due) == 0 && next.IsZero() {
			break
		}
		if step > 10_000 {
			c.t.Fatalf("the store does not become empty: %v is always due", due)
		}
		if len(due) == 0 {
			c.advance(next.Sub(c.now()))
		}
		for _, d := range due {
			out, err := c.Claim(ctx, d.Conv, state.Caller{Process: "drain", Room: true})
			switch {
			case err == nil && out.Kind == state.Early:
				// A wake event now waits behind a turn that failed.
			case err != nil || out.Kind == state.Busy:
				c.t.Fatalf("claim of %s, which is due: %s, %v", d.Conv, out.Kind, err)
			default:
				work(d.Conv, out)
			}
		}
	}
}

// work commits and sends until the lease ends. Of very many steps it checks some,
// since a check reads all that is stored.
func (c *checked) work(conv state.Conv, out state.HandOut) {
	c.t.Helper()
	ctx := context.Background()
	defer func() { c.quiet = false }()
	for step := 0; ; step++ {
		c.quiet = step > 100 && step%50 != 0
		var err error
		switch out.Kind {
		case state.Turn:
			out, err = c.Commit(ctx, conv, out.Token, out.Event.Number, state.Result{})
		case state.Send:
			out, err = c.Mark(ctx, conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent})
		case state.Free:
			return
		default:
			c.t.Fatalf("the holder of a lease was answered %s", out.Kind)
		}
		if err != nil {
			c.t.Fatalf("drain: %v", err)
		}
	}
}

// balance compares what went in with what came out.
func (c *checked) balance() {
	c.t.Helper()
	letters, err := c.DeadLetters(context.Background(), "", 1<<20)
	if err != nil {
		c.t.Fatalf("DeadLetters: %v", err)
	}
	for conv, b := range c.books {
		out := b.dropped + len(b.committed) - b.setAside
		for _, l := range letters {
			if l.Conv == conv && l.Direction == state.In && !l.Wake {
				out++
			}
		}
		if out != b.appended {
			c.t.Fatalf("%s: %d events were appended, %d were committed or set aside", conv, b.appended, out)
		}
	}
}
