package greenapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/greenapi"
)

// TestDoneSaysWhetherTheHeadIsGone: what fails is offered again, and a head that
// GREEN-API keeps for ever is an error, not a loop without a pause.
func TestDoneSaysWhetherTheHeadIsGone(t *testing.T) {
	q := newQueue(t, text("1", "one"), text("2", "two"))
	p := puller(t, q.URL)
	got, _ := poll(t, p)
	for _, c := range []struct {
		answer http.HandlerFunc
		kind   channels.ErrorKind
	}{
		{channeltest.JSON(500, ""), channels.ErrUnavailable},
		{channeltest.JSON(429, ""), channels.ErrRateLimited},
		{channeltest.JSON(401, ""), channels.ErrUnauthorized},
		{channeltest.JSON(200, "<html>"), channels.ErrUnavailable},
		{channeltest.JSON(200, `{}`), channels.ErrUnavailable},
	} {
		q.answer("deleteNotification", c.answer)
		fails(t, got.Done(t.Context()), c.kind)
	}
	got, again := poll(t, p)
	if again.Text != "one" {
		t.Fatalf("%+v", again)
	}
	kept := channeltest.JSON(200, `{"result":false,"reason":"sample"}`)
	q.answer("deleteNotification", kept, kept, kept)
	if err := got.Done(t.Context()); err != nil {
		t.Errorf("another process may have deleted it: %v", err)
	}
	fails(t, got.Done(t.Context()), channels.ErrUnavailable)
	fails(t, got.Done(t.Context()), channels.ErrUnavailable)
	if err := got.Done(t.Context()); err != nil {
		t.Errorf("now it is deleted: %v", err)
	}
	if got, e := poll(t, p); e.Text != "two" || got.Done(t.Context()) != nil {
		t.Errorf("then %+v", e)
	}
}

func TestPollEndsWithItsContext(t *testing.T) {
	q := newQueue(t)
	p := puller(t, q.URL)
	ctx, cancel := context.WithCancel(t.Context())
	q.answer("receiveNotification", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := p.Poll(ctx)
	if fails(t, err, channels.ErrUnavailable); !errors.Is(err, context.Canceled) {
		t.Errorf("does not say that it was cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err = p.Poll(ctx); !errors.Is(err, context.DeadlineExceeded) { // the queue is empty, and waits
		t.Errorf("does not say that its time was over: %v", err)
	}
	_, err = p.Poll(ctx)
	fails(t, err, channels.ErrRefused)
}

// TestTwoPollersDoNoHarm: during a change of the leader both see heads, each is
// deleted once, and nothing is skipped.
func TestTwoPollersDoNoHarm(t *testing.T) {
	var bodies []string
	for i := range 60 {
		bodies = append(bodies, text("m"+string(rune('A'+i)), "x"))
	}
	q := newQueue(t, bodies...)
	var mu sync.Mutex
	seen := map[string]bool{}
	all, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	drain := func(p *greenapi.Puller) {
		for q.left() > 0 && all.Err() == nil {
			ctx, cancel := context.WithTimeout(all, time.Second)
			got, err := p.Poll(ctx)
			if err == nil && got != nil {
				mu.Lock()
				seen[got.Events[0].ID] = true
				mu.Unlock()
				_ = got.Done(ctx) // an error is a head that the other one deleted
			}
			cancel()
		}
	}
	var wg sync.WaitGroup
	for range 2 {
		p := puller(t, q.URL)
		wg.Go(func() { drain(p) })
	}
	wg.Wait()
	if len(seen) != len(bodies) || len(q.deleted) != len(bodies) || !slices.IsSorted(q.deleted) {
		t.Errorf("%d seen, %d deleted of %d: %d", len(seen), len(q.deleted), len(bodies), q.deleted)
	}
}

// TestSettingsAreThoseOfAQueue: compared once, set only when they differ, since
// setting restarts the instance. What goes wrong there does not stop the queue.
func TestSettingsAreThoseOfAQueue(t *testing.T) {
	failed := `getSettings fails`
	for name, c := range map[string]struct {
		settings string
		set      bool
	}{
		"the same":    {`{"webhookUrl":"","webhookUrlToken":"other","incomingWebhook":"yes","outgoingWebhook":"yes","stateWebhook":"no"}`, false},
		"null":        {`{"webhookUrl":null,"incomingWebhook":"yes","outgoingWebhook":"yes"}`, false},
		"a webhook":   {`{"webhookUrl":"https://bot.example.test/x","incomingWebhook":"yes","outgoingWebhook":"yes"}`, true},
		"no messages": {`{"webhookUrl":"","incomingWebhook":"no","outgoingWebhook":"yes"}`, true},
		"a number":    {`{"webhookUrl":1,"incomingWebhook":"yes","outgoingWebhook":"yes"}`, true},
		failed:        {``, false},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t, text("1", "one"), text("2", "two"))
			q.settings = c.settings
			if name == failed {
				q.answer("getSettings", channeltest.JSON(429, ""))
			}
			p := puller(t, q.URL)
			for _, want := range []string{"one", "two"} {
				got, e := poll(t, p)
				if e.Text != want || got.Done(t.Context()) != nil {
					t.Fatalf("%+v", e)
				}
			}
			if n := q.count("getSettings"); n != 1 {
				t.Errorf("%d looks at the settings", n)
			}
			const set = `{"incomingWebhook":"yes","outgoingWebhook":"yes","webhookUrl":""}`
			if c.set && !slices.Equal(q.set, []string{set}) || !c.set && len(q.set) > 0 {
				t.Errorf("set %v", q.set)
			}
		})
	}
}
