package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// What went wrong in a turn, and what it did, is told to whoever runs the bot:
// above debug without anything that a person wrote, below it in full.
func TestTurnsLeaveATrace(t *testing.T) {
	engine := script(func(in flows.Input) (flows.Output, error) {
		return flows.Output{
			Replies: []channels.Reply{{Text: "ok"}},
			Handoff: &flows.Handoff{Team: "support", Note: "wrote " + in.Event.Text},
			Tracked: []flows.Tracked{{Name: "asked", Data: map[string]any{"what": in.Event.Text}}},
			Secret:  in.Event.Text == "my-password",
			Trace: &flows.Trace{
				Event: "message", Text: in.Event.Text, Taken: "flow",
				Steps:    []flows.TraceStep{{Flow: "a", Step: "look", Line: 4}},
				Problems: []string{"look failed on " + in.Event.Text},
				Failures: []flows.Failure{{Flow: "a", Step: "look", Line: 4, Kind: "status", Status: 503}, {Flow: "b", Kind: "limit"}},
			},
		}, nil
	})
	const person = "person-0815"
	run := func(text string, debug bool) string {
		p := newPlatform()
		var logs syncBuffer
		b := newTestBot(t, setup{engine: engine, channel: p, logs: &logs, debug: debug})
		mustPost(t, b, said(person, "1", text))
		p.take(t, 1)
		stopTestBot(t, b)
		return logs.String()
	}
	info := run("where-is-it", false)
	hash := "channel=fake conversation_hash=" + hashed(convOf(person))
	for _, want := range []string{
		`level=WARN msg="flow problem" ` + hash + " flow=a step=look line=4 kind=status status=503\n",
		`level=WARN msg="flow problem" ` + hash + " flow=b kind=limit\n",
		`level=INFO msg="conversation handed over" ` + hash + " team=support\n",
		`level=INFO msg=tracked ` + hash + " name=asked\n",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("the log has no %q:\n%s", want, info)
		}
	}
	for _, private := range []string{"where-is-it", person} {
		if strings.Contains(info, private) {
			t.Errorf("the log has %q above debug:\n%s", private, info)
		}
	}
	full := run("where-is-it", true)
	for _, want := range []string{
		`msg=turn ` + hash + " conversation=" + person + " event=message text=where-is-it taken_by=flow steps=a/look:4\n",
		`problem="look failed on where-is-it"`, `note="wrote where-is-it"`, "data=map[what:where-is-it]",
	} {
		if !strings.Contains(full, want) {
			t.Errorf("the log has no %q:\n%s", want, full)
		}
	}
	engine2 := engine
	engine = func(in flows.Input) (flows.Output, error) {
		out, err := engine2(in)
		out.Trace.Text = "" // as flows do it for a secret answer
		return out, err
	}
	if secret := run("my-password", true); strings.Contains(secret, "my-password") || !strings.Contains(secret, "taken_by=flow") {
		t.Errorf("a secret answer is in the log:\n%s", secret)
	}
}

// The embedding program hears of hand-overs and of what is tracked, once the turn
// is durable; whatever it does then, the conversation goes on.
func TestHooksAreCalledBesideTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		handed, tracked := make(chan HandedOver, 9), make(chan Tracked, 9)
		var cut error
		var logs syncBuffer
		b := newTestBot(t, setup{channel: p, logs: &logs, options: func(o *Options) {
			o.OnHandoff = func(ctx context.Context, h HandedOver) {
				handed <- h
				if h.Note == "2" {
					panic("the note was " + h.Note + " of-a-person")
				}
				<-ctx.Done()
				cut = ctx.Err()
			}
			o.OnTrack = func(_ context.Context, e Tracked) { tracked <- e }
		}, engine: script(func(in flows.Input) (flows.Output, error) {
			out := flows.Output{Replies: []channels.Reply{{Text: "ok"}}}
			if in.Event.Text != "3" {
				out.Handoff = &flows.Handoff{Team: "support", Note: in.Event.Text, Tags: []string{"vip"}}
			}
			out.Tracked = []flows.Tracked{{Name: "a", Data: map[string]any{"n": in.Event.Text}}, {Name: "b"}}
			return out, nil
		})})
		began := time.Now()
		mustPost(t, b, said("ann", "1", "1"))
		p.take(t, 1)
		h := <-handed
		if h.Channel != "fake" || h.Account != "acc" || h.Conversation != "ann" || h.Team != "support" || h.Note != "1" || len(h.Tags) != 1 || !h.Time.Equal(began) {
			t.Errorf("handed over %+v", h)
		}
		// Its function still runs: nothing waits for it.
		mustPost(t, b, said("ann", "2", "2"), said("ann", "3", "3"))
		p.take(t, 2)
		if took := time.Since(began); took != 0 {
			t.Errorf("the conversation waited %s", took)
		}
		<-handed
		var names []string
		for range 4 {
			e := <-tracked
			n, _ := e.Data["n"].(string)
			names = append(names, e.Name+n)
			if e.Channel != "fake" || e.Account != "acc" || e.Conversation != "ann" || !e.Time.Equal(began) {
				t.Errorf("tracked %+v", e)
			}
		}
		slices.Sort(names) // those of two turns may overlap
		if want := []string{"a2", "a3", "b", "b"}; !slices.Equal(names, want) {
			t.Errorf("tracked %v, want %v", names, want)
		}
		if e := <-tracked; e.Name != "a" || e.Data["n"] != "1" || time.Since(began) != hookTime {
			t.Errorf("tracked %+v after %s, want what the first turn did, after %s", e, time.Since(began), hookTime)
		}
		stopTestBot(t, b)
		if cut == nil {
			t.Error("the context of a hook did not end")
		}
		if text := logs.String(); !strings.Contains(text, `msg="panic in a hook" hook=OnHandoff`) || strings.Contains(text, "of-a-person") {
			t.Errorf("log:\n%s", text)
		}
	})
}

// A turn that was not made durable is not told of; one that ends while the bot
// stops is.
func TestHooksAreCalledWhileTheBotStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		handed := make(chan HandedOver, 9)
		working, goOn := make(chan struct{}), make(chan struct{})
		b := newTestBot(t, setup{channel: p, options: func(o *Options) {
			o.OnHandoff = func(_ context.Context, h HandedOver) { handed <- h }
		}, engine: script(func(in flows.Input) (flows.Output, error) {
			close(working)
			<-goOn
			return flows.Output{Handoff: &flows.Handoff{Team: "support"}}, nil
		})})
		mustPost(t, b, said("ann", "1", "hi"))
		<-working
		stopped := make(chan struct{})
		go func() {
			stopTestBot(t, b)
			close(stopped)
		}()
		synctest.Wait()
		if len(handed) != 0 {
			t.Error("told before the turn was durable")
		}
		close(goOn)
		<-stopped
		if len(handed) != 1 {
			t.Errorf("told %d times, want once", len(handed))
		}
	})
}
