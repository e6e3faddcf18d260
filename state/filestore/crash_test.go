//go:build linux || darwin

package filestore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/parley-chat/parley/state"
)

// What the test binary does instead of its tests when it is run as a child.
const (
	childVar = "FILESTORE_CHILD"
	dirVar   = "FILESTORE_DIR"
	runVar   = "FILESTORE_RUN"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "load":
		exit(load(os.Getenv(dirVar), os.Getenv(runVar)))
	case "full":
		exit(fill(os.Getenv(dirVar)))
	case "whole":
		exit(copyToFull(os.Getenv(dirVar)))
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(t *testing.T, what, dir, run string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childVar+"="+what, dirVar+"="+dir, runVar+"="+run)
	cmd.Stderr = os.Stderr
	return cmd
}

const crashConvs = 8

func crashConv(i int) state.Conv { return state.Conv(fmt.Sprint("chat/main/", i)) }

// load takes events in and handles them until it is killed. It says what the
// store acknowledged, one line each.
func load(dir, run string) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var failed sync.Map
	for i := range crashConvs {
		wg.Go(func() {
			for n := 0; ; n++ {
				if err := loadOne(s, crashConv(i), fmt.Sprintf("%s.%06d", run, n)); err != nil {
					failed.Store(i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return fmt.Errorf("all stopped: %v", &failed)
}

func loadOne(s *Store, conv state.Conv, id string) error {
	ctx := context.Background()
	events := []state.NewEvent{{DedupeID: id, Window: 1 << 40, Payload: []byte(id)}}
	_, out, err := s.Accept(ctx, conv, events, state.Caller{Process: id, Room: true})
	if err != nil {
		return err
	}
	fmt.Println("accepted", conv, id)
	return handle(s, conv, out, func(id string) { fmt.Println("committed", conv, id) })
}

// handle works until the lease ends. The state lists all events.
func handle(s *Store, conv state.Conv, out state.HandOut, committed func(id string)) (err error) {
	ctx := context.Background()
	for err == nil && (out.Kind == state.Turn || out.Kind == state.Send) {
		if out.Kind == state.Send {
			out, err = s.Mark(ctx, conv, out.Token, out.Row.Number, out.Attempt, state.Outcome{Kind: state.Sent})
			continue
		}
		id := string(out.Event.Payload)
		r := state.Result{State: append(out.State, id+" "...), Rows: [][]byte{[]byte(id)}}
		if out, err = s.Commit(ctx, conv, out.Token, out.Event.Number, r); err == nil {
			committed(id)
		}
	}
	return err
}

// TestNothingAcknowledgedIsLostInAKill kills a process under load, again and
// again, and looks for all that it said.
func TestNothingAcknowledgedIsLostInAKill(t *testing.T) {
	const kills = 10
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	accepted, committed := map[string][]string{}, map[string][]string{}
	for run := range kills {
		cmd := child(t, "load", dir, fmt.Sprintf("%03d", run))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for after := 20 + random.IntN(200); lines.Scan(); after-- {
			if after == 0 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			word := strings.Fields(lines.Text())
			if len(word) != 3 {
				continue // cut short by the kill
			}
			switch word[0] {
			case "accepted":
				accepted[word[1]] = append(accepted[word[1]], word[2])
			case "committed":
				committed[word[1]] = append(committed[word[1]], word[2])
			}
		}
		var killed *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &killed) || killed.Exited() {
			t.Fatalf("the child was not killed: %v", err)
		}
	}
	s := open(t, dir, Options{})
	for i := range crashConvs {
		compare(t, s, crashConv(i), accepted[string(crashConv(i))], committed[string(crashConv(i))])
	}
	if err := errors.Join(s.Audit(t.Context()), checkPages(s.db)); err != nil {
		t.Fatal(err)
	}
}

// compare finishes a conversation and compares its state with what was said.
func compare(t *testing.T, s *Store, conv state.Conv, accepted, committed []string) {
	t.Helper()
	before, err := s.Load(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	done := strings.Fields(string(before))
	for _, id := range committed {
		if !slices.Contains(done, id) {
			t.Errorf("%s: %s was committed and is not in the state", conv, id)
		}
	}
	out, err := s.Claim(t.Context(), conv, state.Caller{Process: "after", Room: true})
	if err == nil {
		err = handle(s, conv, out, func(id string) { done = append(done, id) })
	}
	if err != nil {
		t.Fatal(err)
	}
	letters, err := s.DeadLetters(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(done) || len(slices.Compact(slices.Clone(done))) != len(done) {
		t.Errorf("%s: out of order, or twice: %v", conv, done)
	}
	if len(accepted) == 0 {
		t.Errorf("%s: nothing was accepted", conv)
	}
	for _, id := range accepted {
		// A kill in the turn of the same event, three times: it is set aside.
		aside := slices.ContainsFunc(letters, func(l state.Letter) bool { return string(l.Payload) == id })
		if !slices.Contains(done, id) && !aside {
			t.Errorf("%s: %s was accepted and is lost", conv, id)
		}
	}
}

func TestDiskFullIsAnErrorAndPasses(t *testing.T) {
	if out, err := child(t, "full", t.TempDir(), "").Output(); err != nil || string(out) != "went on\n" {
		t.Fatalf("%v: %q", err, out)
	}
}

// fill runs into a limit on the size of files, as into a full disk, in a process
// of its own, since the limit holds for all files of a process.
func fill(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	info, err := os.Stat(s.db.Path())
	if err != nil {
		return err
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	full := limit
	full.Cur = uint64(info.Size() + 1<<20)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	stored := 0
	for ; err == nil && stored < 10_000; stored++ {
		err = offer(s, stored)
	}
	if stored--; err == nil {
		return fmt.Errorf("%d events were stored on a full disk", stored)
	}
	for failures := 1; failures < 4; failures++ {
		if err := offer(s, stored); err == nil {
			stored, failures = stored+1, 0 // it found pages that were free
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := offer(s, stored); err != nil {
		return fmt.Errorf("there is room again: %w", err)
	}
	if err := errors.Join(s.Audit(context.Background()), s.Close()); err != nil {
		return err
	}
	if s, err = Open(dir, Options{}); err != nil {
		return err
	}
	for i := range stored + 1 {
		out, err := s.Claim(context.Background(), crashConv(i), state.Caller{Process: "after"})
		if err != nil || out.Kind != state.Turn {
			return fmt.Errorf("event %d of %d is %s, %w", i, stored+1, out.Kind, err)
		}
	}
	fmt.Println("went on")
	return s.Close()
}

func TestDiskFullLeavesTheStoreAsItWas(t *testing.T) {
	if out, err := child(t, "whole", t.TempDir(), "").Output(); err != nil || string(out) != "went on\n" {
		t.Fatalf("%v: %q", err, out)
	}
}

// copyToFull compacts, backs up and restores where there is no room for it.
func copyToFull(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	var copied bytes.Buffer
	if err := errors.Join(waste(s, compactAbove>>20+1), s.Backup(context.Background(), &copied), s.Close()); err != nil {
		return err
	}
	full := limit
	full.Cur = 1 << 20 // what stays is more
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	before, after, err := Compact(dir)
	if err == nil || after != before {
		return fmt.Errorf("compacted from %d to %d bytes on a full disk", before, after)
	}
	if s, err = Open(dir, Options{}); err != nil { // tries a compaction as well
		return err
	}
	if err := s.Backup(context.Background(), io.Discard); err == nil {
		return errors.New("backed up on a full disk")
	}
	other := filepath.Join(dir, "other")
	if _, err := Restore(other, &copied, RestoreOptions{}); err == nil {
		return errors.New("restored on a full disk")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	temps, err1 := filepath.Glob(filepath.Join(dir, "*.tmp"))
	files, err2 := os.ReadDir(other)
	if err := errors.Join(err1, err2); err != nil || len(temps)+len(files) > 0 {
		return fmt.Errorf("left behind: %v, %v, %w", temps, files, err)
	}
	if err := errors.Join(s.Audit(context.Background()), checkPages(s.db), offer(s, 20), s.Close()); err != nil {
		return err
	}
	if _, after, err := Compact(dir); err != nil || after > before/4 {
		return fmt.Errorf("there is room again: from %d to %d bytes, %w", before, after, err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		return err
	}
	for i := range 21 {
		out, err := s.Claim(context.Background(), crashConv(i), state.Caller{Process: "after"})
		if err != nil || out.Kind != state.Turn {
			return fmt.Errorf("event %d is %s, %w", i, out.Kind, err)
		}
	}
	fmt.Println("went on")
	return s.Close()
}

func offer(s *Store, i int) error {
	events := []state.NewEvent{{DedupeID: "1", Window: 1 << 40, Payload: make([]byte, state.MaxEvent)}}
	_, _, err := s.Accept(context.Background(), crashConv(i), events, state.Caller{Process: "a"})
	return err
}
