package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows"
)

// hookTime is how long a function of the embedding program has for one turn.
const hookTime = 30 * time.Second

// A HandedOver is a conversation that a flow gave to people: from now on they
// answer, with events of the kinds agent_message and give_back that come in by
// [Bot.Deliver] or POST /events.
//
// The functions that take it, and [Tracked], are called once the turn is durable,
// beside the work of the conversation, so that nothing waits for them. One turn's
// calls come one after the other; those of several turns, also of one
// conversation, may overlap. Their context ends after 30 seconds, and when the
// bot can wait no longer for its end. They may panic. They are called at most
// once: a process that dies between the turn and the call has lost it. What must
// not be lost belongs into a step of the flow, `http` or `do`.
type HandedOver struct {
	// Channel, Account and Conversation say which one.
	Channel, Account, Conversation string
	// Team is that of the step, Note and Tags what it says to the team; they may
	// hold what a person wrote.
	Team, Note string
	Tags       []string
	// Time is the clock of the turn.
	Time time.Time
}

// Tracked is an event of a `track` step, for analytics. See [HandedOver] for when
// it is told.
type Tracked struct {
	// Channel, Account and Conversation say where it was tracked.
	Channel, Account, Conversation string
	// Name and Data are those of the step; Data may hold what a person wrote.
	Name string
	Data map[string]any
	// Time is the clock of the turn.
	Time time.Time
}

// report tells the log and the embedding program what a turn that is durable did
// beside talking, and what went wrong in it.
func (t *turnInHand) report(ctx context.Context) {
	debug := t.b.log.Enabled(ctx, slog.LevelDebug)
	h, trace := t.out.Handoff, t.out.Trace
	if trace == nil {
		trace = new(flows.Trace)
	}
	if !debug && h == nil && len(t.out.Tracked) == 0 && len(trace.Failures) == 0 {
		return
	}
	log := t.b.log.With("channel", t.in.Channel, "conversation_hash", hashed(t.l.conv))
	if debug {
		t.reportDetail(ctx, log, trace)
	}
	for _, f := range trace.Failures {
		log.WarnContext(ctx, "flow problem", failureAttrs(f)...)
	}
	if h != nil {
		log.InfoContext(ctx, "conversation handed over", "team", h.Team)
	}
	for _, tracked := range t.out.Tracked {
		log.InfoContext(ctx, "tracked", "name", tracked.Name)
	}
	t.hooks()
}

// reportDetail logs what has a place below info only: who wrote what. An answer
// that is secret, and what may quote it, has none.
func (t *turnInHand) reportDetail(ctx context.Context, log *slog.Logger, trace *flows.Trace) {
	log = log.With("conversation", t.in.Conversation)
	log.DebugContext(ctx, "turn", "event", trace.Event, "text", trace.Text, "taken_by", trace.Taken, "steps", stepsOf(trace))
	if t.out.Secret {
		return
	}
	for _, text := range trace.Problems {
		log.DebugContext(ctx, "flow problem in words", "problem", text)
	}
	if h := t.out.Handoff; h != nil {
		log.DebugContext(ctx, "conversation handed over in full", "team", h.Team, "note", h.Note, "tags", h.Tags)
	}
	for _, tracked := range t.out.Tracked {
		log.DebugContext(ctx, "tracked in full", "name", tracked.Name, "data", tracked.Data)
	}
}

// stepsOf names the steps that ran.
func stepsOf(trace *flows.Trace) string {
	names := make([]string, len(trace.Steps))
	for i, s := range trace.Steps {
		names[i] = fmt.Sprintf("%s/%s:%d", s.Flow, s.Step, s.Line)
	}
	return strings.Join(names, " ")
}

// failureAttrs writes as much of a failure as is known.
func failureAttrs(f flows.Failure) []any {
	attrs := []any{"flow", f.Flow}
	if f.Step != "" {
		attrs = append(attrs, "step", f.Step)
	}
	if f.Line > 0 {
		attrs = append(attrs, "line", f.Line)
	}
	attrs = append(attrs, "kind", f.Kind)
	if f.Status > 0 {
		attrs = append(attrs, "status", f.Status)
	}
	return attrs
}

// hooks calls the functions of the embedding program.
func (t *turnInHand) hooks() {
	o, out := t.b.o, t.out
	handed := o.OnHandoff != nil && out.Handoff != nil
	if !handed && (o.OnTrack == nil || len(out.Tracked) == 0) {
		return
	}
	channel, account, conversation, now := t.in.Channel, t.in.Account, t.in.Conversation, t.in.Now
	t.b.life.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, hookTime)
		defer cancel()
		if handed {
			h := out.Handoff
			t.b.hook(ctx, "OnHandoff", func() {
				o.OnHandoff(ctx, HandedOver{
					Channel: channel, Account: account, Conversation: conversation,
					Team: h.Team, Note: h.Note, Tags: h.Tags, Time: now,
				})
			})
		}
		if o.OnTrack == nil {
			return
		}
		for _, tracked := range out.Tracked {
			t.b.hook(ctx, "OnTrack", func() {
				o.OnTrack(ctx, Tracked{
					Channel: channel, Account: account, Conversation: conversation,
					Name: tracked.Name, Data: tracked.Data, Time: now,
				})
			})
		}
	})
}

// hook calls one of them. One that panics has had its call.
func (b *Bot) hook(ctx context.Context, name string, call func()) {
	err := guarded(func() error {
		call()
		return nil
	})
	if p, ok := errors.AsType[*panicError](err); ok {
		b.log.ErrorContext(ctx, "panic in a hook", "hook", name, "panic", p.what, "stack", p.stack)
	}
}
