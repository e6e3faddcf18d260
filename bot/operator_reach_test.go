package bot

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/memstore"
)

// TestBotThatWasStoppedIsNamed: its kernel takes connections for it. The commands wait
// for a moment only, and say which process it is.
func TestBotThatWasStoppedIsNamed(t *testing.T) {
	dir := seeded(t, t.TempDir())
	listener, err := listenSocket(t.Context(), dir) // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := os.WriteFile(filepath.Join(dir, "parley.pid"), []byte("4711"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenOperator(t.Context(), Options{State: "file:" + dir})
	if silent, ok := errors.AsType[*NoAnswerError](err); !ok || silent.Process != 4711 || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if want := "the bot, process 4711, does not answer: it was stopped, or its disk hangs"; err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
}

// TestForbiddenFolderIsNoNewOne: what may not be looked at is not taken for a bot that
// never ran.
func TestForbiddenFolderIsNoNewOne(t *testing.T) {
	dir := seeded(t, t.TempDir())
	asAnother(t, dir, func() {
		_, err := OpenOperator(t.Context(), Options{State: "file:" + dir})
		if errors.Is(err, ErrNoData) || err == nil {
			t.Errorf("got %v", err)
		}
		foreign, other := errors.AsType[*ForeignError](err)
		if !other && !errors.Is(err, fs.ErrPermission) {
			t.Errorf("got %v", err)
		}
		if other && (foreign.Dir != dir || !strings.Contains(err.Error(), "sudo -u "+foreign.User+" parley")) {
			t.Errorf("it says %q", err)
		}
	})
}

// TestWhatWaitsIsToldByChannel, with what holds it up, by a bot that runs.
func TestWhatWaitsIsToldByChannel(t *testing.T) {
	store := memstore.New(memstore.Options{})
	later := func(conv state.Conv) {
		_, h, err := store.Accept(t.Context(), conv, []state.NewEvent{{DedupeID: "1", Payload: []byte("{}")}}, state.Caller{Process: "seed", Room: true})
		if err == nil {
			h, err = store.Commit(t.Context(), conv, h.Token, h.Event.Number, state.Result{Rows: [][]byte{[]byte("{}"), []byte("{}")}})
		}
		if err == nil {
			_, err = store.Mark(t.Context(), conv, h.Token, h.Row.Number, h.Attempt, state.Outcome{Kind: state.Later, Delay: time.Hour})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	later(convOf("ann"))
	later("gone/acc/bob")
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), store: store})
	pausing := b.version.Load().channels["fake"].breaker
	for i := range tripFailures {
		pausing.done(pass{}, convOf(string(rune('a'+i))), channels.ErrUnauthorized, 0, time.Now())
	}
	r, err := b.Operator().Examine(t.Context())
	if err != nil || len(r.Channels) != 2 {
		t.Fatalf("%+v %v", r.Channels, err)
	}
	if c := r.Channels[0]; c.Channel != "fake" || c.Conversations != 1 || c.Rows != 2 || c.Events != 0 || c.Since.IsZero() || c.Paused != "unauthorized" || c.Off != "" {
		t.Errorf("a channel that pauses: %+v", c)
	}
	if c := r.Channels[1]; c.Channel != "gone" || c.Rows != 2 || c.Off == "" || c.Paused != "" {
		t.Errorf("a channel that is not there: %+v", c)
	}
	got, err := b.Operator().Conversation(t.Context(), "gone/acc/bob")
	if err != nil || !got.Known() || got.Waits == nil || got.Waits.Rows != 2 {
		t.Errorf("%+v %v", got, err)
	}
}

// TestConversationIsToldTheSameEitherWay: by the store, and by the bot through its
// socket.
func TestConversationIsToldTheSameEitherWay(t *testing.T) {
	dir := seeded(t, t.TempDir())
	look := func() ConversationReport {
		t.Helper()
		op, err := OpenOperator(t.Context(), Options{State: "file:" + dir})
		if err != nil {
			t.Fatal(err)
		}
		r, err := op.Conversation(t.Context(), convOf("ann"))
		none, err2 := op.Conversation(t.Context(), convOf("nobody"))
		if err := errors.Join(err, err2, op.Close()); err != nil || none.Known() {
			t.Fatalf("%+v %v", none, err)
		}
		return r
	}
	opened := look()
	if !opened.Known() || len(opened.Letters) != 2 || opened.Waits == nil || opened.Letters[0].Payload != nil {
		t.Errorf("%+v", opened)
	}
	runOn(t, dir)
	if asked := look(); len(asked.Letters) != 2 || asked.Letters[0].ID != opened.Letters[0].ID || asked.Waits == nil {
		t.Errorf("%+v, and asked %+v", opened, asked)
	}
	server := httptest.NewServer(operatorPages(&storeOperations{store: memstore.New(memstore.Options{})}))
	defer server.Close()
	resp, err := http.Post(server.URL+"/conversation", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a request without a conversation: %s", resp.Status)
	}
}

// TestBotOnAnotherStoreIsFound in the folder of the bot.
func TestBotOnAnotherStoreIsFound(t *testing.T) {
	dir := folder(t, map[string]string{"bot.yaml": "bot: shop\nstate: file:data\n"})
	o := Options{Dir: dir}
	if got := RunsElsewhere(t.Context(), o); got != "" {
		t.Errorf("nobody runs, got %q", got)
	}
	other := seeded(t, filepath.Join(dir, "other"))
	runOn(t, other)
	if got := RunsElsewhere(t.Context(), o); got != other {
		t.Errorf("got %q, want %q", got, other)
	}
	o.State = "file:other"
	if got := RunsElsewhere(t.Context(), o); got != "" {
		t.Errorf("of the store itself, got %q", got)
	}
}

// forbid keeps everybody out of a folder until the test ends.
func forbid(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Error(err)
		}
	})
}
