package bot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/memstore"
)

// On the ordinary path a message costs three calls of the store.
func TestMessageTakesThreeStoreCalls(t *testing.T) {
	p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
	b := newTestBot(t, setup{engine: script(echo), channel: p, store: store})
	mustPost(t, b, said("ann", "1", "hello"))
	p.take(t, 1)
	stopTestBot(t, b)
	if got := store.calls.Load(); got != 3 || store.count("accept") != 1 || store.count("commit") != 1 || store.count("mark") != 1 {
		t.Errorf("%d store calls: %v, want accept, commit, mark", got, store.by)
	}
}

// Over real HTTP, on both stores: each conversation's messages are handled in the
// order in which they were accepted, and each once.
func TestConversationIsHandledInOrder(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) state.Store{
		"memory": func(*testing.T) state.Store { return memstore.New(memstore.Options{}) },
		"file": func(t *testing.T) state.Store {
			s, err := filestore.Open(t.TempDir(), filestore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform()
			b := newTestBot(t, setup{engine: script(echo), channel: p, store: open(t)})
			b.o.Listen = "127.0.0.1:0"
			if err := b.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer stopTestBot(t, b)
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			const people, messages = 5, 20
			var wg sync.WaitGroup
			for person := range people {
				wg.Go(func() {
					for i := range messages {
						// Every one twice, as impatient platforms do.
						for range 2 {
							deliverOverHTTP(t, client, b.Addr().String(), person, i)
						}
					}
				})
			}
			wg.Wait()
			p.take(t, people*messages)
			for person := range people {
				var want []string
				for i := range messages {
					want = append(want, fmt.Sprintf("echo %d", i))
				}
				if got := p.texts(fmt.Sprintf("p%d", person)); !slices.Equal(got, want) {
					t.Errorf("person %d got %v", person, got)
				}
			}
		})
	}
}

// deliverOverHTTP posts a message as a platform does: again after a 503, which a
// slow disk may cause.
func deliverOverHTTP(t *testing.T, client *http.Client, address string, person, i int) {
	body := fmt.Sprintf(`[{"kind":"message","account":"acc","conversation":"p%d","text":"%d","dedupe":"p%d-%d"}]`, person, i, person, i)
	for range 100 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/webhooks/fake", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		r.Header.Set("X-Secret", webhookSecret)
		resp, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			return
		case http.StatusServiceUnavailable:
			continue
		}
		t.Errorf("webhook answered %d", resp.StatusCode)
		return
	}
	t.Error("webhook answered 503 a hundred times")
}

// A request with messages of many conversations is answered 200 when all of them
// are durable; what was in before is a duplicate when the platform comes again.
func TestBatchIsAllOrAgain(t *testing.T) {
	p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
	b := startTestBot(t, setup{engine: script(echo), channel: p, store: store})
	var events []wire
	for i := range 50 {
		events = append(events, said(fmt.Sprintf("p%d", i%10), fmt.Sprint(i), fmt.Sprint(i)))
	}
	store.fail(func(op string, conv state.Conv) error {
		if op == "accept" && conv == convOf("p3") {
			return errStoreDown
		}
		return nil
	})
	w := post(t, b, events...)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Fatalf("answered %d, Retry-After %q; want 503 with one", w.Code, w.Header().Get("Retry-After"))
	}
	store.fail(nil)
	mustPost(t, b, events...)
	p.take(t, 50)
	for i := range 10 {
		var want []string
		for j := i; j < 50; j += 10 {
			want = append(want, fmt.Sprintf("echo %d", j))
		}
		if got := p.texts(fmt.Sprintf("p%d", i)); !slices.Equal(got, want) {
			t.Errorf("p%d got %v, want %v", i, got, want)
		}
	}
}

// A store that hangs gives 503 after a second; what it did all the same is used.
func TestLateAcceptIsStillUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, store := newPlatform(), newFaultyStore(memstore.New(memstore.Options{}))
		b := startTestBot(t, setup{engine: script(echo), channel: p, store: store})
		store.fail(func(op string, _ state.Conv) error {
			if op == "accept" {
				time.Sleep(3 * time.Second) // the store's time, not the test's: the clock is virtual
			}
			return nil
		})
		began := time.Now()
		if w := post(t, b, said("ann", "1", "hi")); w.Code != http.StatusServiceUnavailable {
			t.Errorf("answered %d, want 503", w.Code)
		}
		if took := time.Since(began); took != intakeTime {
			t.Errorf("answered after %s, want %s", took, intakeTime)
		}
		p.take(t, 1)
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("handled after %s, want at once when the store was done", took)
		}
		store.fail(nil)
		mustPost(t, b, said("ann", "1", "hi"))
		synctest.Wait()
		if got := p.texts("ann"); len(got) != 1 {
			t.Errorf("the retry of the platform was handled again: %v", got)
		}
	})
}

// A wrong secret keeps all messages out until somebody mends it; what else is
// refused comes from strangers.
func TestWrongSecretIsAWarning(t *testing.T) {
	var logs syncBuffer
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), logs: &logs})
	for _, secret := range []string{"other", webhookSecret} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", strings.NewReader("<xml/>"))
		r.Header.Set("X-Secret", secret)
		b.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	text := logs.String()
	if !strings.Contains(text, `level=WARN msg="webhook refused" channel=fake status=401`) || !strings.Contains(text, `level=INFO msg="webhook refused" channel=fake status=400`) {
		t.Errorf("log:\n%s", text)
	}
}

func TestHostileRequestsAreRefused(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	deep := strings.Repeat("[", 20_000)
	for name, c := range map[string]struct {
		method, path, body string
		header             map[string]string
		want               int
	}{
		"no secret":       {body: "[]", want: 401},
		"wrong secret":    {body: "[]", header: map[string]string{"X-Secret": "other"}, want: 401},
		"no such channel": {path: "/webhooks/other", want: 404},
		"wrong method":    {method: http.MethodPut, want: 405},
		"no handshake":    {method: http.MethodGet, want: 405},
		"gzip":            {header: map[string]string{"Content-Encoding": "gzip", "X-Secret": webhookSecret}, want: 415},
		"too large":       {body: strings.Repeat("a", maxWebhook+1), header: map[string]string{"X-Secret": webhookSecret}, want: 413},
		"just too long":   {body: strings.Repeat("a", maxWebhook), header: map[string]string{"X-Secret": webhookSecret}, want: 400},
		"empty":           {header: map[string]string{"X-Secret": webhookSecret}, want: 400},
		"not JSON":        {body: "<xml/>", header: map[string]string{"X-Secret": webhookSecret}, want: 400},
		"deep":            {body: deep, header: map[string]string{"X-Secret": webhookSecret}, want: 400},
		"invalid UTF-8":   {body: "\xff\xfe\x00", header: map[string]string{"X-Secret": webhookSecret}, want: 400},
		"decoder panics":  {body: "panic", header: map[string]string{"X-Secret": webhookSecret}, want: 400},
	} {
		t.Run(name, func(t *testing.T) {
			method, path := c.method, c.path
			if method == "" {
				method = http.MethodPost
			}
			if path == "" {
				path = "/webhooks/fake"
			}
			r := httptest.NewRequest(method, path, strings.NewReader(c.body))
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			b.Handler().ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("answered %d, want %d", w.Code, c.want)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("the answer tells too much: %s", w.Body)
			}
		})
	}
}

// A body without a length is cut off at the limit too.
func TestChunkedBodyIsBounded(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", io.LimitReader(endless{}, 10<<20))
	r.ContentLength = -1
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d, want 413", w.Code)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// odd refuses with a status that no platform may see.
type odd struct{ platform }

func (*odd) Receive(context.Context, *channels.Request) (*channels.Received, error) {
	return nil, &channels.RequestError{Status: 410, Reason: "gone"}
}

func TestWebhookIsNeverAnswered410(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: &odd{}})
	if w := post(t, b); w.Code != http.StatusBadRequest {
		t.Errorf("answered %d, want 400", w.Code)
	}
}

func TestEchoesAndUnknownEventsStartNothing(t *testing.T) {
	p := newPlatform()
	b := newTestBot(t, setup{channel: p, store: sharedStore{memstore.New(memstore.Options{})}, engine: script(func(in flows.Input) (flows.Output, error) {
		return flows.Output{}, fmt.Errorf("a turn on %s", in.Event.Kind)
	})})
	mustPost(t, b,
		wire{Dedupe: "1", Event: channels.Event{Kind: channels.KindEcho, Account: "acc", Conversation: "ann", Text: "me"}},
		wire{Dedupe: "2", Event: channels.Event{Kind: channels.KindUnknown, Account: "acc", Conversation: "ann", Raw: []byte(`{"new":1}`)}},
		wire{Dedupe: "3", Event: channels.Event{Kind: channels.KindTemplate, Account: "acc"}},
	)
	b.awaitIdle()
	stopTestBot(t, b)
	record, err := b.store.History(t.Context(), convOf(ownRecord), 0, 10)
	if err != nil || len(record) != 2 {
		t.Fatalf("the channel's own record has %d entries (%v), want the unknown and the template event", len(record), err)
	}
	if !strings.Contains(string(record[0].Payload), `"new":1`) {
		t.Errorf("what was not understood is not kept: %s", record[0].Payload)
	}
	if letters, err := b.store.DeadLetters(t.Context(), "", 10); err != nil || len(letters) > 0 {
		t.Errorf("dead letters %v, %v", letters, err)
	}
}

// Without ids, sender, time and content tell events apart; without a time too,
// repeats within a minute count as one.
func TestEventsWithoutIDsAreTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform()
		b := startTestBot(t, setup{engine: script(echo), channel: p})
		timed := said("ann", "", "timed")
		bare := said("ann", "", "bare")
		bare.Time = time.Time{}
		mustPost(t, b, timed, bare, timed, bare)
		time.Sleep(59 * time.Second)
		mustPost(t, b, timed, bare)
		time.Sleep(2 * time.Second)
		mustPost(t, b, timed, bare)
		synctest.Wait()
		if got, want := p.texts("ann"), []string{"echo timed", "echo bare", "echo bare"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestStatusRaisesHistoryAndStartsOnlyWantedFlows(t *testing.T) {
	for _, wants := range []bool{false, true} {
		p := newPlatform()
		kinds := make(chan channels.Kind, 10)
		b := newTestBot(t, setup{channel: p, store: sharedStore{memstore.New(memstore.Options{})}, wants: wants,
			engine: script(func(in flows.Input) (flows.Output, error) {
				kinds <- in.Event.Kind
				if in.Event.Kind == channels.KindStatus {
					return flows.Output{}, nil
				}
				return echo(in)
			})})
		mustPost(t, b, said("ann", "1", "hi"))
		p.take(t, 1)
		b.awaitIdle()
		delivered := wire{Dedupe: "s1", Event: channels.Event{Kind: channels.KindStatus, Account: "acc", Conversation: "ann",
			Status: &channels.Status{MessageID: "m1", State: "delivered"}}}
		mustPost(t, b, delivered, delivered)
		b.awaitIdle()
		stopTestBot(t, b)
		history, err := b.store.History(t.Context(), convOf("ann"), 0, 10)
		if err != nil || len(history) != 2 || history[1].Status != "delivered" {
			t.Errorf("history %v (%v), want the message delivered", history, err)
		}
		close(kinds)
		turns := 0
		for range kinds {
			turns++
		}
		if want := map[bool]int{false: 1, true: 2}[wants]; turns != want {
			t.Errorf("wanted %v: %d turns, want %d", wants, turns, want)
		}
	}
}

func TestDeliverIsNewEachTime(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{engine: script(echo), channel: p})
	e := channels.Event{Kind: channels.KindCustom, Name: "refund_paid", Channel: "fake", Account: "acc", Conversation: "ann", Text: "paid"}
	for range 2 {
		if err := b.Deliver(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	p.take(t, 2)
	e.Channel = "other"
	if err := b.Deliver(t.Context(), e); err == nil {
		t.Error("an event of no channel was delivered")
	}
	stopTestBot(t, b)
	e.Channel = "fake"
	if err := b.Deliver(t.Context(), e); err == nil {
		t.Error("a bot that has stopped took an event")
	}
}

// What the platform called is what signatures cover: the public address.
func TestRequestHasThePublicURL(t *testing.T) {
	seen := make(chan string, 1)
	b := startTestBot(t, setup{engine: script(echo), channel: watcher{seen}, public: "https://bot.example.com/in/"})
	r := httptest.NewRequest(http.MethodPost, "/webhooks/fake?a=1", strings.NewReader("x"))
	r.Header.Set("X-Forwarded-Host", "evil.example.com")
	b.Handler().ServeHTTP(httptest.NewRecorder(), r)
	if got := <-seen; got != "https://bot.example.com/in/webhooks/fake?a=1" {
		t.Errorf("URL %s", got)
	}
}

type watcher struct{ seen chan string }

func (w watcher) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	w.seen <- r.URL.String()
	return &channels.Received{Answer: &channels.Answer{Status: 200, ContentType: "text/plain", Body: []byte("ok")}}, nil
}

func (w watcher) Send(context.Context, *channels.Message) (channels.Receipt, error) {
	return channels.Receipt{}, nil
}

// A platform whose webhooks are larger than usual says so; what is larger than that
// is refused, and the bodies in hand are bounded all the same.
func TestBodiesAreTakenUpToTheLimitOfTheChannel(t *testing.T) {
	for limit, want := range map[int64]map[int64]int{
		0:        {maxWebhook: http.StatusOK, maxWebhook + 1: http.StatusRequestEntityTooLarge},
		3 << 20:  {3 << 20: http.StatusOK, 3<<20 + 1: http.StatusRequestEntityTooLarge},
		64 << 20: {maxAnyBody + 1: http.StatusRequestEntityTooLarge},
		-1:       {maxWebhook + 1: http.StatusRequestEntityTooLarge},
	} {
		b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), spec: func(s *flows.ChannelSpec) { s.Factory.MaxBody = limit }})
		post := func(size, announced int64) int {
			r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", strings.NewReader("[]"+strings.Repeat(" ", int(size)-2)))
			r.ContentLength = announced
			r.Header.Set("X-Secret", webhookSecret)
			w := httptest.NewRecorder()
			b.Handler().ServeHTTP(w, r)
			return w.Code
		}
		for size, code := range want {
			for _, announced := range []int64{size, -1} {
				if got := post(size, announced); got != code {
					t.Errorf("limit %d: %d bytes (announced %d) were answered %d, want %d", limit, size, announced, got, code)
				}
			}
		}
		b.bodies.Store(maxBodies - maxWebhook/2)
		if got := post(maxWebhook, -1); got != http.StatusServiceUnavailable {
			t.Errorf("limit %d: without room: %d", limit, got)
		}
		b.bodies.Store(0)
	}
}

// A status up to a time is that of every message before it, and lowers none.
func TestStatusUpToATimeRaisesWhatWasSentBefore(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var clock atomic.Int64
	store := memstore.New(memstore.Options{Now: func() time.Time { return now.Add(time.Duration(clock.Load())) }})
	p := newPlatform()
	b := startTestBot(t, setup{channel: p, engine: script(echo), store: store})
	for i, text := range []string{"one", "two", "three"} {
		clock.Store(int64(i) * int64(time.Minute))
		mustPost(t, b, said("ann", text, text))
		p.take(t, 1)
		b.awaitIdle()
	}
	status := func(dedupe string, s channels.Status) wire {
		return wire{Dedupe: dedupe, Event: channels.Event{Kind: channels.KindStatus, Account: "acc", Conversation: "ann", Status: &s}}
	}
	mustPost(t, b, status("s1", channels.Status{MessageID: "m1", State: "failed"}))
	mustPost(t, b, status("s2", channels.Status{State: "read", Until: now.Add(time.Minute)}))
	mustPost(t, b, status("s3", channels.Status{State: "delivered", Until: now.Add(time.Minute)}))
	b.awaitIdle()
	history, err := store.History(t.Context(), convOf("ann"), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range history {
		if e.Direction == state.Out {
			got = append(got, e.Status)
		}
	}
	if want := []string{"failed", "read", "sent"}; !slices.Equal(got, want) {
		t.Errorf("the statuses are %q, want %q", got, want)
	}
}

// That a person took a message back is in the history, and no apology follows when it
// can't be handled.
func TestDeletedMessagesAreInTheHistory(t *testing.T) {
	p := newPlatform()
	b := startTestBot(t, setup{channel: p, engine: script(func(flows.Input) (flows.Output, error) { return flows.Output{}, nil })})
	mustPost(t, b, wire{Dedupe: "d7", Event: channels.Event{Kind: channels.KindDeleted, Account: "acc", Conversation: "ann", RefersTo: "m7"}})
	b.awaitIdle()
	history, err := b.store.History(t.Context(), convOf("ann"), 0, 10)
	if err != nil || len(history) != 1 || history[0].Direction != state.In || !strings.Contains(string(history[0].Payload), "m7") {
		t.Errorf("history %v (%v), want that m7 was deleted", history, err)
	}
	for kind, want := range map[channels.Kind]int{channels.KindDeleted: 0, channels.KindMessage: 1} {
		l := &lease{conv: convOf("ann")}
		in := &turnInHand{b: b, v: b.version.Load(), l: l}
		in.in.Event = &channels.Event{Kind: kind}
		if got := len(in.apology()); got != want {
			t.Errorf("%s: %d apologies, want %d", kind, got, want)
		}
	}
}
