package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/spec"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/memstore"
)

// setAside leaves a dead letter of an event in a store.
func setAside(t testing.TB, s state.Store, conv state.Conv, payload, cause string) {
	t.Helper()
	event := state.NewEvent{DedupeID: payload, Payload: []byte(payload)}
	_, h, err := s.Accept(t.Context(), conv, []state.NewEvent{event}, state.Caller{Process: "seed", Room: true})
	if err != nil || h.Kind != state.Turn {
		t.Fatalf("%s %v", h.Kind, err)
	}
	if _, err = s.Fail(t.Context(), conv, h.Token, h.Event.Number, state.Failure{Cause: cause}); err != nil {
		t.Fatal(err)
	}
}

// seeded is the folder of an embedded store with three dead letters.
func seeded(t testing.TB, dir string) string {
	t.Helper()
	s, err := filestore.Open(dir, filestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	setAside(t, s, convOf("ann"), `{"kind":"message","text":"hi"}`, "a panic in the flows")
	setAside(t, s, "other/acc/bob", `not JSON`, "it can't be read")
	setAside(t, s, convOf("ann"), `{"kind":"message","text":"again"}`, "Not sent within 24h")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runOn starts a bot whose store is embedded in dir.
func runOn(t testing.TB, dir string) *Bot {
	t.Helper()
	return startTestBot(t, setup{engine: script(echo), channel: newPlatform(), options: func(o *Options) {
		o.Store, o.State = nil, "file:"+dir
	}})
}

func operatorOn(t testing.TB, o Options) *Operator {
	t.Helper()
	op, err := OpenOperator(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := op.Close(); err != nil {
			t.Error(err)
		}
	})
	return op
}

// TestOperatorDoesTheSameEitherWay: with a bot that runs, through its socket, with
// none, and within the process of the bot.
func TestOperatorDoesTheSameEitherWay(t *testing.T) {
	for name, reach := range map[string]func(t *testing.T, dir string) *Operator{
		"opened": func(t *testing.T, dir string) *Operator { return operatorOn(t, Options{State: "file:" + dir}) },
		"asked": func(t *testing.T, dir string) *Operator {
			runOn(t, dir)
			return operatorOn(t, Options{State: "file:" + dir})
		},
		"within": func(t *testing.T, dir string) *Operator { return runOn(t, dir).Operator() },
	} {
		t.Run(name, func(t *testing.T) {
			op := reach(t, seeded(t, t.TempDir()))
			if got := op.Info(); got.Running != (name != "opened") || got.Kind != "file" {
				t.Errorf("info %+v", got)
			}
			work(t, op)
		})
	}
}

// work does all that an operator does.
func work(t *testing.T, op *Operator) {
	t.Helper()
	ctx := t.Context()
	all := chosen(t, op, LetterFilter{})
	if len(all) != 3 || all[0].Cause != "a panic in the flows" || all[1].Size != 8 || all[0].Payload != nil {
		t.Fatalf("letters %+v", all)
	}
	for want, f := range map[string]LetterFilter{
		"0 2": {Channel: "fake"}, "1": {Conversation: "other/acc/bob"}, "0 1 2": {Since: time.Now().Add(-time.Hour)},
		"2": {Cause: "not SENT"}, "1 2": {Limit: 2}, "": {Since: time.Now().Add(time.Hour)}, "0": {Conversation: hashed(convOf("ann")), Cause: "panic"},
	} {
		var got []string
		for _, l := range chosen(t, op, f) {
			got = append(got, fmt.Sprint(slices.IndexFunc(all, func(o DeadLetter) bool { return o.ID == l.ID })))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v takes %q, want %q", f, got, want)
		}
	}
	l, err := op.Letter(ctx, all[1].ID)
	if err != nil || string(l.Payload) != "not JSON" || l.Conv != "other/acc/bob" {
		t.Errorf("%+v %v", l, err)
	}
	if err := op.Drop(ctx, all[1].ID); err != nil {
		t.Error(err)
	}
	if err := op.Retry(ctx, all[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := op.Letter(ctx, all[1].ID); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("a letter that was dropped: %v", err)
	}
	for what, err := range map[string]error{"retry": op.Retry(ctx, all[0].ID), "drop": op.Drop(ctx, all[1].ID), "no id": op.Drop(ctx, "../x")} {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s again: %v", what, err)
		}
	}
	r, err := op.Examine(ctx)
	if err != nil || r.Letters != 1 || r.Oldest.IsZero() || r.Accept <= 0 || r.Ahead.Abs() > time.Minute || len(r.Findings) == 0 {
		t.Errorf("report %+v %v", r, err)
	}
	var copied bytes.Buffer
	if err := op.Backup(ctx, &copied); err != nil {
		t.Error(err)
	}
	if _, err := filestore.Restore(t.TempDir(), &copied, filestore.RestoreOptions{}); err != nil {
		t.Errorf("the backup can't be used: %v", err)
	}
	found, err := op.Forget(ctx, convOf("ann"))
	again, err2 := op.Forget(ctx, convOf("ann"))
	if !found || again || errors.Join(err, err2) != nil {
		t.Errorf("forgot %v, then %v: %v %v", found, again, err, err2)
	}
	if left := chosen(t, op, LetterFilter{}); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func chosen(t *testing.T, op *Operator, f LetterFilter) []DeadLetter {
	t.Helper()
	all, err := op.Letters(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestProbeLeavesNothing: neither in the store nor in the hands of the bot.
func TestProbeLeavesNothing(t *testing.T) {
	store := memstore.New(memstore.Options{})
	b := startTestBot(t, setup{engine: script(func(in flows.Input) (flows.Output, error) {
		t.Errorf("the bot handles the probe: %+v", in.Event)
		return echo(in)
	}), channel: newPlatform(), store: store})
	if _, err := b.Operator().Examine(t.Context()); err != nil {
		t.Fatal(err)
	}
	due, next, err := store.Due(t.Context(), 10)
	letters, err2 := store.DeadLetters(t.Context(), "", 10)
	if len(due) > 0 || !next.IsZero() || len(letters) > 0 || errors.Join(err, err2) != nil {
		t.Errorf("left: %v %v %v: %v %v", due, next, letters, err, err2)
	}
}

// TestLetterThatIsPutBackIsHandled by the bot that runs.
func TestLetterThatIsPutBackIsHandled(t *testing.T) {
	dir := seeded(t, t.TempDir())
	p := newPlatform()
	startTestBot(t, setup{engine: script(echo), channel: p, options: func(o *Options) { o.Store, o.State = nil, "file:"+dir }})
	op := operatorOn(t, Options{State: "file:" + dir})
	if err := op.Retry(t.Context(), chosen(t, op, LetterFilter{})[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := p.take(t, 1); got[0].Text != "echo hi" || got[0].Conversation != "ann" {
		t.Errorf("sent %+v", got)
	}
}

func TestOperatorNeedsNoFlows(t *testing.T) {
	dir := folder(t, map[string]string{
		"bot.yaml":         "bot: shop\nstate: file:kept\nchannels: {x: {type: nobody_knows}}\nlimits: 7\n",
		"flows/hello.yaml": "flow: hello\nsteps: [{sey: Hi}]\n",
	})
	seeded(t, filepath.Join(dir, "kept"))
	if got := chosen(t, operatorOn(t, Options{Dir: dir}), LetterFilter{}); len(got) != 3 {
		t.Errorf("letters %+v", got)
	}
	nameless := folder(t, map[string]string{"bot.yaml": "state: file:kept\n"})
	_, err := OpenOperator(t.Context(), Options{Dir: nameless})
	if _, mistakes := errors.AsType[*spec.Error](err); !mistakes {
		t.Errorf("a bot without a name: %v", err)
	}
}

func TestOperatorSaysWhatItCannotReach(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "data")
	held := t.TempDir()
	s, err := filestore.Open(held, filestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for address, want := range map[string]error{"file:" + empty: ErrNoData, "memory:": ErrInMemory, "file:" + held: filestore.ErrInUse} {
		if _, err := OpenOperator(t.Context(), Options{State: address}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	if _, err := os.Stat(empty); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("to look has made the folder: %v", err)
	}
	own := operatorOn(t, Options{Store: memstore.New(memstore.Options{})})
	if err := own.Backup(t.Context(), io.Discard); !errors.Is(err, ErrNotEmbedded) {
		t.Errorf("a backup of what is not embedded: %v", err)
	}
}

// TestSocketIsPrivate, replaces what a process left that died, and is gone when
// the bot has stopped.
func TestSocketIsPrivate(t *testing.T) {
	dir := seeded(t, t.TempDir())
	socket := filepath.Join(dir, socketFile)
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	if err := errors.Join(stale.Close(), os.Mkdir(filepath.Join(dir, privatePrefix+"1"), 0o700)); err != nil {
		t.Fatal(err)
	}
	b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), options: func(o *Options) { o.Store, o.State = nil, "file:"+dir }})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("%v %v", info, err)
	}
	if !operatorOn(t, Options{State: "file:" + dir}).Info().Running {
		t.Error("the bot that runs was not found")
	}
	stopTestBot(t, b)
	left, err := filepath.Glob(filepath.Join(dir, "*sock*"))
	hidden, err2 := filepath.Glob(filepath.Join(dir, ".*"))
	if left = append(left, hidden...); len(left) > 0 || errors.Join(err, err2) != nil {
		t.Errorf("left: %v", left)
	}
	if operatorOn(t, Options{State: "file:" + dir}).Info().Running {
		t.Error("a bot that has stopped was found")
	}
}

// TestSocketInADeepFolder: where the path is longer than a socket may have.
func TestSocketInADeepFolder(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(temp, "t"))
	dir := filepath.Join(temp, strings.Repeat("deep/", 30), "*[data]?")
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.Mkdir(os.TempDir(), 0o700)); err != nil {
		t.Fatal(err)
	}
	runOn(t, seeded(t, dir))
	op := operatorOn(t, Options{State: "file:" + dir})
	if !op.Info().Running || len(chosen(t, op, LetterFilter{})) != 3 {
		t.Errorf("info %+v", op.Info())
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, socketFile)); err != nil {
		t.Error(err)
	}
}

// brokenBackup writes something and fails.
type brokenBackup struct{ operations }

func (brokenBackup) backup(_ context.Context, w io.Writer) error {
	_, err := w.Write(make([]byte, 100_000))
	return errors.Join(err, errors.New("the disk is gone"))
}

func TestBackupThatBreaksOffIsNoBackup(t *testing.T) {
	dir := t.TempDir()
	listener, err := listenSocket(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(operatorPages(brokenBackup{}), discard())
	go func() { _ = server.Serve(listener) }() // until it is closed
	defer server.Close()
	r := newRemote(dir)
	defer r.Close()
	if err := r.backup(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "broke the backup off") {
		t.Errorf("got %v", err)
	}
}

// stuck never answers.
type stuck struct{ operations }

func (stuck) drop(ctx context.Context, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestBotThatDoesNotAnswerHoldsNobody: whoever asks gives up when their time is over.
func TestBotThatDoesNotAnswerHoldsNobody(t *testing.T) {
	dir := t.TempDir()
	listener, err := listenSocket(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(operatorPages(stuck{}), discard())
	go func() { _ = server.Serve(listener) }() // until it is closed
	defer server.Close()
	r := newRemote(dir)
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.drop(ctx, "1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestWebhookURLIsThatOfTheBot(t *testing.T) {
	got, err := WebhookURL("https://bot.example.test/a", "my channel")
	if err != nil || got != "https://bot.example.test/a/webhooks/my%20channel" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := WebhookURL("bot.example.test", "x"); err == nil {
		t.Error("an address without a scheme")
	}
}
