package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
)

// The limits of a turn.
const (
	maxFails = 5
	// suspectDeaths is how many processes died with an event in hand before it is
	// run by itself; quarantine is how long a process has to live before that.
	suspectDeaths = 2
	quarantine    = 2 * time.Second
	failDelay     = time.Second      // after the first failure, four times longer after each further one
	engineTime    = 10 * time.Second // for one run of the engine
	callsTime     = 60 * time.Second // for all calls of a turn
	maxCalls      = 100              // of a turn
)

// errSuspect: the turn has to wait until it may run by itself.
var errSuspect = errors.New("the event is suspected of taking processes down: it waits")

// A failure says why a turn could not be done. The cause is for people and holds
// nothing that they wrote.
type failure struct {
	cause string
	err   error
	// again is true when the turn may succeed later.
	again bool
}

func (f *failure) Error() string { return f.cause }
func (f *failure) Unwrap() error { return f.err }

func (f *failure) logDetail(ctx context.Context, log *slog.Logger) {
	if p, ok := errors.AsType[*panicError](f.err); ok {
		log.ErrorContext(ctx, "panic in a turn", "panic", p.what, "stack", p.stack)
	} else if f.err != nil {
		log.DebugContext(ctx, "failure of a turn", "error", f.err)
	}
}

// A turnInHand is one turn of one conversation, from its event to its result.
type turnInHand struct {
	b  *Bot
	l  *lease
	v  *version
	h  state.HandOut
	in flows.Input
	// out is what the engine said last, once it asked for nothing more.
	out flows.Output

	unread error // why the event can't be handled

	begun bool // the journal has its head
	// convicted: a process died while this turn, and no other, ran in it by itself.
	convicted bool
	rows      int       // that the journal took
	results   int       // bytes of results in the journal
	callsEnd  time.Time // when the calls have had their time; zero before the first
}

// begin prepares a turn. One whose event took a process down before waits until
// no other such turn runs here, so that its neighbours are not convicted with it.
func (b *Bot) begin(ctx context.Context, l *lease, h state.HandOut) (*turnInHand, error) {
	v := b.version.Load()
	t := &turnInHand{b: b, l: l, v: v, h: h}
	t.in = flows.Input{
		State: h.State, Now: h.Now, Seed: b.o.Random(),
		Channel: l.conv.Channel(), Account: l.conv.Account(), Conversation: l.conv.Key(),
	}
	if err := t.place(ctx); err != nil {
		return nil, err
	}
	t.resume(ctx)
	return t, nil
}

// place reads the event, and where the conversation is: an event knows, a wake
// time only has the name of the conversation.
func (t *turnInHand) place(ctx context.Context) error {
	if !t.h.Event.Wake {
		var e *channels.Event
		if e, t.unread = t.l.event(t.h.Event.Payload); t.unread == nil {
			t.in.Event, t.in.Account = e, e.Account
			if e.Conversation != "" {
				t.in.Conversation = e.Conversation
			}
		}
		return nil
	}
	failpoint.Hit(failpoint.DuringTimerFire)
	if !strings.HasPrefix(t.in.Conversation, "#") {
		return nil
	}
	// The key was too long for a name. The last entry of the history has it.
	history, err := t.b.store.History(ctx, t.l.conv, 0, state.MaxHistory)
	if err != nil {
		return fmt.Errorf("look for the address of a conversation: %w", err)
	}
	for _, entry := range history {
		var at struct{ Account, Conversation string }
		if json.Unmarshal(entry.Payload, &at) == nil && at.Conversation != "" {
			t.in.Account, t.in.Conversation = at.Account, at.Conversation
		}
	}
	return nil
}

// run runs the engine until the turn is over: each call that it asks for is made
// and journaled, and the engine runs again with its result. It is pure, so it
// comes to the same point. An error is a *failure, or the lease is lost.
func (t *turnInHand) run(ctx context.Context) (state.Result, error) {
	if t.unread != nil {
		return state.Result{}, &failure{cause: "the stored event can't be read", err: t.unread}
	}
	if t.l.conv.Channel() == probeChannel {
		return state.Result{}, nil
	}
	if t.l.conv.Key() == ownRecord {
		return state.Result{History: t.h.Event.Payload}, nil
	}
	leave, err := t.alone()
	if err != nil {
		return state.Result{}, err
	}
	defer leave()
	if t.h.Deaths >= suspectDeaths {
		if err := t.journal(ctx, []state.JournalEntry{{Key: aloneKey}}, nil); err != nil {
			return state.Result{}, err
		}
	}
	for range maxCalls + 1 {
		out, err := t.think()
		if err != nil {
			return state.Result{}, err
		}
		rows, err := t.render(out.Replies, out.LastIn)
		if err != nil {
			return state.Result{}, err
		}
		if out.Request == nil {
			t.out = out
			return t.result(out, rows)
		}
		result, err := t.answer(ctx, *out.Request, rows)
		if err != nil {
			return state.Result{}, err
		}
		t.in.Results = append(t.in.Results, result)
	}
	return state.Result{}, &failure{cause: fmt.Sprintf("the turn asked for more than %d calls", maxCalls)}
}

// alone lets a suspect run: an event that took down two processes, or was only in
// hand when they died of something else. It runs by itself, and not before this
// process has shown that it lives without it; until then its lease is given back,
// so that it does not run when the process dies of something else. The journal
// has that it runs: a process that dies then has died of it.
func (t *turnInHand) alone() (leave func(), err error) {
	if t.h.Deaths < suspectDeaths {
		return func() {}, nil
	}
	if left := quarantine - time.Since(t.b.began); left > 0 {
		t.b.sweeper.lookIn(left)
		return nil, errSuspect
	}
	select {
	case t.b.suspects <- struct{}{}:
		return func() {
			<-t.b.suspects
			t.b.sweeper.lookIn(0) // the next one
		}, nil
	default:
		return nil, errSuspect
	}
}

// think runs the engine once. One that panics or does not come back in time is
// never asked again about this event; an engine that hangs is left behind.
func (t *turnInHand) think() (flows.Output, error) {
	type answer struct {
		out flows.Output
		err error
	}
	came := make(chan answer, 1)
	in, e := t.in, t.v.engine
	t.b.life.workers.run(func() {
		var a answer
		a.err = guarded(func() (err error) {
			a.out, err = e.Turn(in)
			return err
		})
		came <- a
	})
	timer := time.NewTimer(engineTime)
	defer timer.Stop()
	select {
	case a := <-came:
		if _, ok := errors.AsType[*panicError](a.err); ok {
			return a.out, &failure{cause: "the flows panicked", err: a.err}
		}
		if a.err != nil {
			return a.out, &failure{cause: "the flows could not handle it: " + a.err.Error(), err: a.err, again: true}
		}
		return a.out, nil
	case <-timer.C:
		return flows.Output{}, &failure{cause: fmt.Sprintf("the flows took more than %s", engineTime)}
	}
}

// result is what the turn leaves behind.
func (t *turnInHand) result(out flows.Output, rows [][]byte) (state.Result, error) {
	r := state.Result{State: out.State, Rows: rows, Wake: out.Wake, Cancel: out.Cancel, Flows: t.v.number}
	e := t.in.Event
	if e == nil || e.Kind == channels.KindStatus {
		return r, nil
	}
	r.History = t.h.Event.Payload
	if out.Secret {
		var err error
		if r.History, err = withoutContent(e); err != nil {
			return r, &failure{cause: "the event can't be kept", err: err}
		}
	}
	return r, nil
}

// withoutContent encodes an event without what the person wrote.
func withoutContent(e *channels.Event) ([]byte, error) {
	return json.Marshal(channels.Event{
		Kind: e.Kind, Channel: e.Channel, Account: e.Account, Conversation: e.Conversation,
		Sender: e.Sender, ID: e.ID, Time: e.Time,
	})
}

// keptAside is what a dead letter keeps of the event in place of its payload; nil
// for all of it. What may be the answer to a secret question is not kept.
func (t *turnInHand) keptAside() []byte {
	e := t.in.Event
	if e == nil || !fromPerson(e.Kind) || t.l.conv.Key() == ownRecord {
		return nil
	}
	flows, ok := t.v.engine.(interface{ AsksSecret(state []byte) bool })
	if !ok || !flows.AsksSecret(t.h.State) {
		return nil
	}
	kept, err := withoutContent(e)
	if err != nil {
		return []byte("{}")
	}
	return kept
}

// render turns replies into rows, one for each request to the platform.
func (t *turnInHand) render(replies []channels.Reply, lastIn time.Time) ([][]byte, error) {
	var capabilities channels.Capabilities
	if ch, ok := t.v.channels[t.in.Channel]; ok {
		capabilities = ch.capabilities
	}
	var rows [][]byte
	for _, reply := range replies {
		for _, m := range renderAt(capabilities, reply, t.in.Now, lastIn) {
			m.Account, m.Conversation, m.Ref = t.in.Account, t.in.Conversation, t.ref(len(rows))
			m.Bulk = t.in.Event != nil && t.in.Event.Bulk
			row, err := json.Marshal(m)
			if err != nil {
				return nil, &failure{cause: "a reply can't be encoded", err: err}
			}
			if len(rows) == 0 {
				t.l.first = rendered{row: row, message: m}
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// renderAt renders a reply at a time, with its template only when there is nothing else or
// free text may not be sent: the person has not written within the platform's window, with
// a minute to spare.
func renderAt(c channels.Capabilities, r channels.Reply, now, lastIn time.Time) []channels.Message {
	open := c.Window == 0 || now.Sub(lastIn) < c.Window-time.Minute
	if open && r.Text != "" {
		r.Template = nil
	}
	return channels.Render(c, r)
}

// fromPerson reports whether an event is something that the person said or did.
func fromPerson(k channels.Kind) bool {
	switch k {
	case channels.KindMessage, channels.KindChoice, channels.KindReaction, channels.KindEdited, channels.KindDeleted:
		return true
	}
	return false
}

// apology is what the person hears when their message was set aside.
func (t *turnInHand) apology() [][]byte {
	if t.in.Event == nil || !fromPerson(t.in.Event.Kind) || t.in.Event.Kind == channels.KindDeleted || t.l.conv.Key() == ownRecord {
		return nil
	}
	rows, err := t.render([]channels.Reply{{Text: t.v.apology}}, t.in.Now)
	if err != nil {
		return nil
	}
	return rows
}

// ref names a row. It is the same whenever the turn runs again, and differs for
// every other row, also in a store that begins to count anew.
func (t *turnInHand) ref(index int) string { return t.name(fmt.Sprintf("row %d", index)) }

// name makes 32 hexadecimal digits for a part of the turn, the first two the
// partition.
func (t *turnInHand) name(part string) string {
	text := fmt.Sprintf("%s\x00%d\x00%d\x00%s", t.l.conv, t.h.Event.First, t.h.Event.At.UnixMilli(), part)
	sum := sha256.Sum256([]byte(text))
	sum[0] = t.l.conv.Partition()
	return hex.EncodeToString(sum[:16])
}
