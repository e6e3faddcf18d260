package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// When too much waits nothing more is taken in, and the platform is told when to
// come again.
func TestBacklogIsBounded(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), token: "0123456789abcdef"})
	defer stopTestBot(t, b)
	waits := &backlog{Store: b.store, waiting: maxBacklog + 1}
	b.store = waits
	if err := b.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := post(t, b, said("ann", "1", "hi"))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := postBulk(b, `{}`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an event was answered %d", w.Code)
	}
	err := b.Deliver(t.Context(), channels.Event{Kind: channels.KindCustom, Channel: "fake", Conversation: "ann"})
	if !errors.Is(err, errBusy) {
		t.Errorf("delivered: %v", err)
	}
	waits.waiting = maxBacklog
	if err := b.measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustPost(t, b, said("ann", "1", "hi"))
}

type backlog struct {
	state.Store
	waiting int
}

func (b *backlog) Backlog(context.Context, int) (int, error) { return b.waiting, nil }

func postBulk(b *Bot, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, eventsPath, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer 0123456789abcdef")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// The bodies that are being read at once are bounded by their bytes; small ones
// always have room.
func TestBodiesInHandAreBounded(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	b.bodies.Store(maxBodies - maxWebhook/4)
	mustPost(t, b, said("ann", "1", "hi"))
	large := func() int {
		body := `[]` + strings.Repeat(" ", maxWebhook/2)
		r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", io.MultiReader(strings.NewReader(body)))
		r.ContentLength = -1
		r.Header.Set("X-Secret", webhookSecret)
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if code := large(); code != http.StatusServiceUnavailable {
		t.Errorf("one too many was answered %d", code)
	}
	if got := b.bodies.Load(); got != maxBodies-maxWebhook/4 {
		t.Errorf("%d bytes are counted after it", got)
	}
	b.bodies.Store(0)
	if code := large(); code != http.StatusOK {
		t.Errorf("with room: %d", code)
	}
	if got := b.bodies.Load(); got != 0 {
		t.Errorf("%d bytes are counted in the end", got)
	}
}

// What nobody waits for is put off while the channel is busy, and its messages
// carry that they have their place already.
func TestBulkEventsArePutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{
			channel: p, token: "0123456789abcdef", spec: func(s *flows.ChannelSpec) { s.Pace.PerSecond = 2 },
			engine: script(func(flows.Input) (flows.Output, error) {
				return flows.Output{Replies: []channels.Reply{{Text: "offer"}}}, nil
			}),
		})
		taken, putOff := 0, 0
		for i := range 20 {
			w := postBulk(b, fmt.Sprintf(`{"kind":"custom","name":"refund_paid","channel":"fake","account":"acc","conversation":"p%d","data":{"reference":"r"},"id":"%d","bulk":true}`, i, i))
			switch w.Code {
			case http.StatusAccepted:
				taken++
			case http.StatusTooManyRequests:
				putOff++
				if w.Header().Get("Retry-After") == "" {
					t.Error("put off without Retry-After")
				}
			default:
				t.Fatalf("answered %d: %s", w.Code, w.Body)
			}
		}
		// A request waits up to a second for its place, of which there are two each.
		if taken < 15 || taken+putOff != 20 {
			t.Errorf("%d taken, %d put off", taken, putOff)
		}
		for _, m := range p.take(t, taken) {
			if !m.Bulk {
				t.Error("a message of a bulk event is not bulk")
			}
		}
	})
}

// A secretive engine can't handle anything, and asks for a secret.
type secretive struct{ asks bool }

func (secretive) Turn(flows.Input) (flows.Output, error) { panic("no") }

func (s secretive) AsksSecret([]byte) bool { return s.asks }

// What may answer a secret question is not kept in a dead letter either.
func TestSecretAnswerIsNotKeptAside(t *testing.T) {
	for _, asks := range []bool{true, false} {
		b := startTestBot(t, setup{engine: secretive{asks}, channel: newPlatform()})
		mustPost(t, b, said("ann", "1", "4711"))
		b.awaitIdle()
		l := letters(t, b)
		if len(l) != 1 {
			t.Fatalf("%d letters", len(l))
		}
		var e channels.Event
		if err := json.Unmarshal(l[0].Payload, &e); err != nil || e.Conversation != "ann" || (e.Text == "") != asks {
			t.Errorf("asks %v: kept %s, %v", asks, l[0].Payload, err)
		}
	}
}

// Calls of one API are bounded, so that one that hangs leaves room for the others.
func TestCallsOfOneAPIAreBounded(t *testing.T) {
	u := newUnderWay()
	leaves := make([]func(), 0, maxUnderWay)
	for range maxUnderWay {
		leave, room := u.enter("http slow.example")
		if !room {
			t.Fatal("no room")
		}
		leaves = append(leaves, leave)
	}
	if _, room := u.enter("http slow.example"); room {
		t.Error("room for one too many")
	}
	leave, room := u.enter("http other.example")
	if !room {
		t.Error("another API has no room")
	}
	leave()
	for _, leave := range leaves {
		leave()
	}
	if len(u.calls) != 0 {
		t.Errorf("%v are remembered", u.calls)
	}
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), handlers: []Handler{{Name: "work", Call: func(context.Context, HandlerCall) (any, error) { return 1, nil }}}})
	defer stopTestBot(t, b)
	for range maxUnderWay {
		b.under.enter("do work")
	}
	r := b.version.Load().calls.make(t.Context(), flows.Call{Do: &flows.DoCall{Handler: "work"}}, HandlerCall{})
	if r.Error != callCrowded {
		t.Errorf("result %+v", r)
	}
}

// A request that the store can't judge in time is no reason to forget the wait.
func TestUnavailableSaysWhenToComeAgain(t *testing.T) {
	store := newFaultyStore(memstore.New(memstore.Options{}))
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), store: store})
	defer stopTestBot(t, b)
	store.fail(func(op string, _ state.Conv) error {
		if op == "accept" {
			return errors.New("no")
		}
		return nil
	})
	if w := post(t, b, said("ann", "1", "hi")); w.Code != 503 || w.Header().Get("Retry-After") != retryAfter {
		t.Errorf("answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

// A store that takes nothing, though it answers, is no place for requests, until
// somebody tries again.
func TestNotReadyWhileTheStoreTakesNothing(t *testing.T) {
	store := newFaultyStore(memstore.New(memstore.Options{}))
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), store: store})
	defer stopTestBot(t, b)
	ready := func() int {
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Code
	}
	store.fail(func(op string, _ state.Conv) error {
		if op == "accept" {
			return errStoreDown
		}
		return nil
	})
	for i := range manyRefusals {
		if code := ready(); code != http.StatusOK {
			t.Errorf("after %d refusals: %d", i, code)
		}
		post(t, b, said("ann", fmt.Sprint(i), "hi"))
	}
	if code := ready(); code != http.StatusServiceUnavailable {
		t.Errorf("after %d refusals: %d", manyRefusals, code)
	}
	if b.refusals.many(time.Now().Add(refusalTime)) {
		t.Error("nobody would ever find out that it is over")
	}
	store.fail(nil)
	mustPost(t, b, said("ann", "9", "hi"))
	if code := ready(); code != http.StatusOK {
		t.Errorf("when it is over: %d", code)
	}
}

// A key of bot.yaml that only counts at the start is named when it changes, and no
// more once it is as it was.
func TestChangesOfTheStoreAreNamed(t *testing.T) {
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	defer stopTestBot(t, b)
	first := *b.first
	changed := first
	changed.profile, changed.retention.Conversation = "strict", time.Hour
	if got := fmt.Sprint(b.storeChanged(&changed)); got != "[profile retention]" {
		t.Errorf("named %s", got)
	}
	if got := b.storeChanged(&first); len(got) > 0 {
		t.Errorf("named %v", got)
	}
}
