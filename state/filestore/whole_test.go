package filestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/statetest"
)

// backup returns a copy of the store.
func backup(t *testing.T, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// onlyData expects nothing in the directory but what a store leaves, or what it
// has while it is open.
func onlyData(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name() != dataFile && f.Name() != pidFile {
			t.Errorf("left in the directory: %s", f.Name())
		}
	}
}

// lived makes a store with something of everything in it, and says how many
// conversations, events and rows.
func lived(t *testing.T, dir string) (s *Store, want Restored) {
	t.Helper()
	s = open(t, dir, Options{})
	step := func(out state.HandOut, err error) state.HandOut {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for i := range 10 {
		conv := crashConv(i)
		events := []state.NewEvent{{Payload: []byte("1")}, {Payload: []byte("2")}}
		_, out, err := s.Accept(t.Context(), conv, events, by("a"))
		step(out, err)
		r := state.Result{State: []byte(conv), History: []byte("1"), Rows: [][]byte{[]byte("a"), []byte("b"), []byte("c")}}
		out = step(s.Commit(t.Context(), conv, out.Token, out.Event.Number, r))
		step(s.Mark(t.Context(), conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent}))
	}
	return s, Restored{Conversations: 10, Events: 10, Held: 20}
}

func TestBackupIsRestored(t *testing.T) {
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "a", "b")
	s, want := lived(t, dir)
	copied := backup(t, s)
	onlyData(t, dir)
	got, err := Restore(to, bytes.NewReader(copied), RestoreOptions{})
	if err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	onlyData(t, to)
	r := open(t, to, Options{})
	if err := r.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
	letters, err := r.DeadLetters(t.Context(), "", 100)
	if err != nil || len(letters) != want.Held {
		t.Fatalf("%d dead letters, %v; want %d", len(letters), err, want.Held)
	}
	for _, l := range letters {
		if l.Direction != state.Out || l.Cause != heldCause {
			t.Fatalf("a dead letter of %s with the cause %q", l.Direction, l.Cause)
		}
	}
	for i := range 10 {
		out := claim(t, r, crashConv(i), state.Turn, "2")
		if string(out.State) != string(crashConv(i)) {
			t.Fatalf("the state is %q", out.State)
		}
	}
	if err := r.Retry(t.Context(), letters[0].ID); err != nil {
		t.Fatal(err)
	}
}

func TestBackupOfTheFirstVersionIsRestored(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(version1(t), dataFile))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	got, err := Restore(dir, bytes.NewReader(b), RestoreOptions{})
	if want := (Restored{Conversations: 4, Events: 2, Held: 2}); err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	clock := statetest.NewClock()
	s := open(t, dir, Options{Now: clock.Now})
	if b, err := s.Load(t.Context(), "chat/main/idle"); err != nil || string(b) != "idle state" {
		t.Fatalf("the state is %q, %v", b, err)
	}
}

// stuck is a reader's end that takes nothing until it is let go.
type stuck struct {
	began, free chan struct{}
	once        bool
}

func (s *stuck) Write(b []byte) (int, error) {
	if !s.once {
		s.once = true
		close(s.began)
		<-s.free
	}
	return len(b), nil
}

func TestSlowBackupHoldsNothingUp(t *testing.T) {
	s, _ := lived(t, t.TempDir())
	w := &stuck{began: make(chan struct{}), free: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- s.Backup(t.Context(), w) }()
	<-w.began
	if n := s.db.Stats().OpenTxN; n != 0 {
		t.Errorf("%d transactions are open while nobody reads the copy", n)
	}
	for i := range 100 {
		if err := offer(s, 100+i); err != nil {
			t.Fatal(err)
		}
	}
	close(w.free)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestBackupEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	s, _ := lived(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.Backup(ctx, w) }()
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	go func() { _, _ = io.Copy(io.Discard, r) }()
	err := <-done
	if closed := r.Close(); closed != nil {
		t.Fatal(closed)
	}
	// The copy may have been whole by then.
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
	if err := s.Backup(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want %v", err, context.Canceled)
	}
	onlyData(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), io.Discard); !errors.Is(err, state.ErrClosed) {
		t.Fatalf("got %v, want %v", err, state.ErrClosed)
	}
	onlyData(t, dir)
}

func TestBackupUnderLoadIsOfOneMoment(t *testing.T) {
	s, _ := lived(t, t.TempDir())
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := loadQuietly(s, crashConv(n%crashConvs), fmt.Sprint("load ", n)); err != nil {
				stopped <- err
				return
			}
		}
	}()
	for range 5 {
		if _, err := Restore(t.TempDir(), bytes.NewReader(backup(t, s)), RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

func loadQuietly(s *Store, conv state.Conv, id string) error {
	events := []state.NewEvent{{DedupeID: id, Window: 1 << 40, Payload: []byte(id)}}
	_, out, err := s.Accept(context.Background(), conv, events, by(id))
	if err != nil || out.Kind == state.Busy {
		return err
	}
	return handle(s, conv, out, func(string) {})
}

func TestRestoreLeavesAStoreAlone(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s, _ := lived(t, dir)
	copied := backup(t, s)
	there := open(t, other, Options{})
	if err := offer(there, 77); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(other, bytes.NewReader(copied), RestoreOptions{}); !errors.Is(err, ErrExists) {
		t.Fatalf("got %v, want %v", err, ErrExists)
	}
	if _, err := Restore(other, bytes.NewReader(copied), RestoreOptions{Replace: true}); !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v, want %v", err, ErrInUse)
	}
	if err := there.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(other, strings.NewReader("no backup"), RestoreOptions{Replace: true}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want %v", err, ErrDamaged)
	}
	onlyData(t, other)
	there = open(t, other, Options{})
	claim(t, there, crashConv(77), state.Turn, string(make([]byte, state.MaxEvent)))
	if err := there.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(other, bytes.NewReader(copied), RestoreOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	onlyData(t, other)
	claim(t, open(t, other, Options{}), crashConv(0), state.Turn, "2")
}

func TestRestoreReplacesADamagedStore(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s, want := lived(t, dir)
	write(t, filepath.Join(other, dataFile), bytes.Repeat([]byte("damaged"), 10_000))
	if got, err := Restore(other, bytes.NewReader(backup(t, s)), RestoreOptions{Replace: true}); err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	open(t, other, Options{})
}

func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	s, _ := lived(t, t.TempDir())
	whole := backup(t, s)
	damage := map[string][]byte{
		"nothing":        nil,
		"something else": bytes.Repeat([]byte("not a store\n"), 10_000),
		"the first half": whole[:len(whole)/2],
		"a page less":    whole[:len(whole)-os.Getpagesize()],
	}
	// Of all pages with data at least one matters to what each change is.
	noise := bytes.Clone(whole)
	for i := 2 * os.Getpagesize(); i < len(noise); i += 512 {
		noise[i] ^= 0x55
	}
	damage["noise"] = noise
	for name, do := range map[string]func(tx *bbolt.Tx) error{
		"a table less":       func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("due")) },
		"of another program": func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("about")) },
		"an event less": func(tx *bbolt.Tx) error {
			c := tx.Bucket([]byte("inbox")).Cursor()
			c.First()
			return c.Delete()
		},
	} {
		path := filepath.Join(t.TempDir(), "copy")
		write(t, path, whole)
		change(t, path, do)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damage[name] = b
	}
	for name, b := range damage {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			got, err := Restore(dir, bytes.NewReader(b), RestoreOptions{})
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("got %+v, %v; want %v", got, err, ErrDamaged)
			}
			if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
				t.Fatalf("left in the directory: %v, %v", files, err)
			}
		})
	}
}

func TestRestoreOfAReaderThatFails(t *testing.T) {
	s, _ := lived(t, t.TempDir())
	whole, broken := backup(t, s), errors.New("broken")
	dir := t.TempDir()
	r := io.MultiReader(bytes.NewReader(whole), errorReader{broken})
	if _, err := Restore(dir, r, RestoreOptions{}); !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Fatalf("left in the directory: %v, %v", files, err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// waste fills a store with megabytes that it forgets again, but for a part that
// stays.
func waste(s *Store, megabytes int) error {
	ctx := context.Background()
	s.db.NoSync = true
	for i := range megabytes {
		conv := state.Conv(fmt.Sprint("chat/waste/", i))
		var events []state.NewEvent
		for range state.MaxInboxBytes / state.MaxEvent {
			events = append(events, state.NewEvent{Payload: make([]byte, state.MaxEvent)})
		}
		if _, _, err := s.Accept(ctx, conv, events, state.Caller{Process: "a"}); err != nil {
			return err
		}
	}
	for i := range megabytes {
		if err := s.Forget(ctx, state.Conv(fmt.Sprint("chat/waste/", i))); err != nil {
			return err
		}
	}
	for i := range 20 {
		if err := offer(s, i); err != nil {
			return err
		}
	}
	return s.db.Sync()
}

func TestCompactMakesTheFileSmall(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := waste(s, 10); err != nil {
		t.Fatal(err)
	}
	stats, err := s.Stats(t.Context())
	if err != nil || stats.File < 10<<20 || stats.Free < 8<<20 || stats.Free > stats.File {
		t.Fatalf("stats: %+v, %v", stats, err)
	}
	if _, _, err := Compact(dir); !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v, want %v", err, ErrInUse)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, after, err := Compact(dir)
	if err != nil || before != stats.File || after > 4<<20 {
		t.Fatalf("from %d to %d bytes, %v", before, after, err)
	}
	onlyData(t, dir)
	s = open(t, dir, Options{})
	if err := errors.Join(s.Audit(t.Context()), checkPages(s.db)); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		claim(t, s, crashConv(i), state.Turn, string(make([]byte, state.MaxEvent)))
	}
}

func TestCompactOfNothing(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := Compact(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v, want %v", err, os.ErrNotExist)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Fatalf("it made %v, %v", files, err)
	}
	write(t, filepath.Join(dir, dataFile), bytes.Repeat([]byte("damaged"), 10_000))
	if _, _, err := Compact(dir); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v, want %v", err, ErrDamaged)
	}
	onlyData(t, dir)
}

func TestForgottenBytesAreGoneAfterACompaction(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	events := []state.NewEvent{{DedupeID: "1", Payload: []byte("a word that nobody must read")}}
	if _, _, err := s.Accept(t.Context(), "chat/main/a-name-to-forget", events, by("a")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Forget(t.Context(), "chat/main/a-name-to-forget"), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"a word that nobody must read", "a-name-to-forget"} {
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("the file still has %q", word)
		}
	}
}

func TestLargeFreeFileIsCompactedAtOpen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := errors.Join(waste(s, compactAbove>>20+1), s.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := fileSize(filepath.Join(dir, dataFile))
	if err != nil || before <= compactAbove {
		t.Fatalf("%d bytes, %v", before, err)
	}
	write(t, filepath.Join(dir, "parley-123.tmp"), []byte("left by a process that died"))
	s = open(t, dir, Options{})
	stats, err := s.Stats(t.Context())
	if err != nil || stats.File > 16<<20 {
		t.Fatalf("from %d to %d bytes, %v", before, stats.File, err)
	}
	onlyData(t, dir)
	if err := s.Audit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
