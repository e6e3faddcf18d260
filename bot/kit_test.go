package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A script is an engine that a test writes.
type script func(in flows.Input) (flows.Output, error)

func (s script) Turn(in flows.Input) (flows.Output, error) { return s(in) }

// echo says what was said, and counts the turns in the state.
func echo(in flows.Input) (flows.Output, error) {
	out := flows.Output{State: append(in.State, '.')}
	if in.Event != nil {
		out.Replies = []channels.Reply{{Text: "echo " + in.Event.Text}}
	}
	return out, nil
}

const webhookSecret = "s3cret-of-the-webhook"

// A platform is a fake one: its webhooks are JSON, and it keeps what was sent.
type platform struct {
	mu   sync.Mutex
	sent []channels.Message
	at   []time.Time
	// send decides what an attempt comes to; nil takes everything.
	send func(ctx context.Context, m *channels.Message) error
	got  chan channels.Message
}

func newPlatform() *platform { return &platform{got: make(chan channels.Message, 10_000)} }

// wire is how an event is written in its webhooks.
type wire struct {
	channels.Event
	Dedupe string `json:"dedupe"`
}

func (p *platform) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if !channels.Equal(r.Header.Get("X-Secret"), webhookSecret) {
		return nil, &channels.RequestError{Status: 401, Reason: "wrong secret"}
	}
	if string(r.Body) == "panic" {
		panic("the body was: " + string(r.Body))
	}
	var events []wire
	if err := channels.Decode(r.Body, &events); err != nil {
		return nil, &channels.RequestError{Status: 400, Reason: err.Error()}
	}
	var out channels.Received
	for _, w := range events {
		w.Event.DedupeID = w.Dedupe
		out.Events = append(out.Events, w.Event)
	}
	return &out, nil
}

func (p *platform) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	if p.send != nil {
		if err := p.send(ctx, m); err != nil {
			return channels.Receipt{}, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, *m)
	p.at = append(p.at, time.Now())
	p.got <- *m
	return channels.Receipt{MessageID: fmt.Sprintf("m%d", len(p.sent))}, nil
}

// texts returns what was sent to a conversation.
func (p *platform) texts(conversation string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, m := range p.sent {
		if m.Conversation == conversation {
			out = append(out, m.Text)
		}
	}
	return out
}

// take waits for n messages.
func (p *platform) take(t testing.TB, n int) []channels.Message {
	t.Helper()
	out := make([]channels.Message, 0, n)
	limit := time.After(2 * time.Minute)
	for range n {
		select {
		case m := <-p.got:
			out = append(out, m)
		case <-limit:
			t.Fatalf("got %d messages, want %d", len(out), n)
		}
	}
	return out
}

func factoryOf(c channels.Channel) channels.Factory {
	return channels.Factory{
		Type:         "fake",
		DedupeWindow: time.Hour,
		Capabilities: func(*channels.Config) channels.Capabilities {
			return channels.Capabilities{Text: channels.TextLimit{Max: 100, Unit: channels.Runes}}
		},
		New: func(*channels.Config) (channels.Channel, error) { return c, nil },
	}
}

// A setup is what a test bot is made of.
type setup struct {
	engine   engine
	channel  channels.Channel
	store    state.Store
	handlers []Handler
	allow    []string
	public   string
	wants    bool
	logs     io.Writer
	debug    bool
	token    string
	media    flows.Media
	options  func(o *Options)
	// can changes what the channel can do, spec what bot.yaml says of it.
	can  func(c *channels.Capabilities)
	spec func(s *flows.ChannelSpec)
	// flows names the version of the flows; empty is v1.
	flows string
}

// newTestBot makes a bot that is not started, of one channel named "fake".
func newTestBot(t testing.TB, s setup) *Bot {
	t.Helper()
	if s.store == nil {
		s.store = memstore.New(memstore.Options{})
	}
	if s.logs == nil {
		s.logs = io.Discard
	}
	factory := factoryOf(s.channel)
	if s.can != nil {
		usual := factory.Capabilities
		factory.Capabilities = func(c *channels.Config) channels.Capabilities {
			caps := usual(c)
			s.can(&caps)
			return caps
		}
	}
	spec1 := flows.ChannelSpec{Name: "fake", Factory: factory}
	if s.spec != nil {
		s.spec(&spec1)
	}
	l := &loaded{
		engine: s.engine, name: "test", fingerprint: cmp.Or(s.flows, "v1"), state: "memory:", publicURL: s.public, apology: "Sorry.",
		channels:    []flows.ChannelSpec{spec1},
		allow:       s.allow,
		media:       s.media,
		wantsStatus: func(string) bool { return s.wants },
		apiToken:    s.token,
		checkEvent: func(name string, data map[string]any) error {
			if name != "refund_paid" || len(data) != 1 {
				return fmt.Errorf("no event %q with such data", name)
			}
			return nil
		},
	}
	level := slog.LevelInfo
	if s.debug {
		level = slog.LevelDebug
	}
	given := Options{
		Bot: &flows.Bot{}, Store: s.store, Handlers: s.handlers, Reports: io.Discard,
		Log: slog.New(slog.NewTextHandler(s.logs, &slog.HandlerOptions{Level: level})),
	}
	if s.options != nil {
		s.options(&given)
	}
	o, err := given.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBot(t.Context(), o, func() (*loaded, *spec.Report) { return l, spec.NewReport() })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// startTestBot also starts it, and stops it when the test ends.
func startTestBot(t testing.TB, s setup) *Bot {
	t.Helper()
	b := newTestBot(t, s)
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopTestBot(t, b) })
	return b
}

func stopTestBot(t testing.TB, b *Bot) {
	t.Helper()
	if err := b.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// said is a message of a person.
func said(conversation, id, text string) wire {
	return wire{Dedupe: id, Event: channels.Event{
		Kind: channels.KindMessage, Account: "acc", Conversation: conversation, ID: id, Text: text,
		Time: time.Unix(1_700_000_000, 0),
	}}
}

// post sends events to the webhook without a network.
func post(t testing.TB, b *Bot, events ...wire) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", strings.NewReader(string(body)))
	r.Header.Set("X-Secret", webhookSecret)
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

// mustPost is post, accepted.
func mustPost(t testing.TB, b *Bot, events ...wire) {
	t.Helper()
	if w := post(t, b, events...); w.Code != http.StatusOK {
		t.Fatalf("webhook answered %d, want 200", w.Code)
	}
}

func convOf(conversation string) state.Conv { return state.NewConv("fake", "acc", conversation) }

var errStoreDown = errors.New("the store is down")

// A faultyStore counts calls and fails as a test wants it.
type faultyStore struct {
	state.Store
	calls  atomic.Int64
	mu     sync.Mutex
	by     map[string]int
	before func(op string, conv state.Conv) error
}

func newFaultyStore(s state.Store) *faultyStore { return &faultyStore{Store: s, by: map[string]int{}} }

func (f *faultyStore) call(op string, conv state.Conv) error {
	f.mu.Lock()
	f.by[op]++
	before := f.before
	f.mu.Unlock()
	if op != "due" {
		f.calls.Add(1)
	}
	if before != nil {
		return before(op, conv)
	}
	return nil
}

// fail sets what happens before each call; nil heals.
func (f *faultyStore) fail(before func(op string, conv state.Conv) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = before
}

func (f *faultyStore) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.by[op]
}

func (f *faultyStore) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, c state.Caller) ([]state.Verdict, state.HandOut, error) {
	if err := f.call("accept", conv); err != nil {
		return nil, state.HandOut{}, err
	}
	return f.Store.Accept(ctx, conv, events, c)
}

func (f *faultyStore) Claim(ctx context.Context, conv state.Conv, c state.Caller) (state.HandOut, error) {
	if err := f.call("claim", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Claim(ctx, conv, c)
}

func (f *faultyStore) Journal(ctx context.Context, conv state.Conv, token state.Token, event uint64, entries []state.JournalEntry, rows [][]byte) (state.HandOut, error) {
	if err := f.call("journal", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Journal(ctx, conv, token, event, entries, rows)
}

func (f *faultyStore) Commit(ctx context.Context, conv state.Conv, token state.Token, event uint64, r state.Result) (state.HandOut, error) {
	if err := f.call("commit", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Commit(ctx, conv, token, event, r)
}

func (f *faultyStore) Fail(ctx context.Context, conv state.Conv, token state.Token, event uint64, how state.Failure) (state.HandOut, error) {
	if err := f.call("fail", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Fail(ctx, conv, token, event, how)
}

func (f *faultyStore) Mark(ctx context.Context, conv state.Conv, token state.Token, row uint64, attempt int, o state.Outcome) (state.HandOut, error) {
	if err := f.call("mark", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Mark(ctx, conv, token, row, attempt, o)
}

func (f *faultyStore) Renew(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	if err := f.call("renew", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Renew(ctx, conv, token)
}

func (f *faultyStore) Release(ctx context.Context, conv state.Conv, token state.Token) (state.HandOut, error) {
	if err := f.call("release", conv); err != nil {
		return state.HandOut{}, err
	}
	return f.Store.Release(ctx, conv, token)
}

func (f *faultyStore) Status(ctx context.Context, conv state.Conv, id, status string) (bool, error) {
	if err := f.call("status", conv); err != nil {
		return false, err
	}
	return f.Store.Status(ctx, conv, id, status)
}

func (f *faultyStore) Due(ctx context.Context, limit int) ([]state.Due, time.Time, error) {
	if err := f.call("due", ""); err != nil {
		return nil, time.Time{}, err
	}
	return f.Store.Due(ctx, limit)
}

// sharedStore is a store that outlives the bots that use it.
type sharedStore struct{ state.Store }

func (sharedStore) Close() error { return nil }

// awaitIdle waits until nothing is worked on.
func (b *Bot) awaitIdle() {
	for range maxConversations {
		b.slots <- struct{}{}
	}
	for range maxConversations {
		<-b.slots
	}
}

// A syncBuffer is a buffer for logs of many goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
